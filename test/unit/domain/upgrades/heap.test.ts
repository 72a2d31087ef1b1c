import { expect, it } from 'vitest';
import { Heap } from '../../../../src/domain/upgrades/heap.ts';
import { dice } from '../../../support/dice.ts';

const byNumber = (a: { at: number }, b: { at: number }): number => a.at - b.at;

function smallest(list: readonly { at: number }[]): number | undefined {
  return list.length > 0 ? Math.min(...list.map(({ at }) => at)) : undefined;
}

it('has nothing to give when it is empty, also after all was taken', () => {
  const heap = new Heap(byNumber);
  expect([heap.first, heap.pop()]).toEqual([undefined, undefined]);
  heap.push({ at: 1 });
  expect([heap.first, heap.pop(), heap.first, heap.pop()]).toEqual([
    { at: 1 },
    { at: 1 },
    undefined,
    undefined,
  ]);
});

it('gives the first one of those that are in it, whatever comes and goes', () => {
  const roll = dice(11);
  for (let round = 0; round < 100; round++) {
    const heap = new Heap(byNumber);
    const inIt: { at: number }[] = [];
    const given: unknown[] = [];
    const wanted: unknown[] = [];
    for (let step = 0; step < 200; step++) {
      const value = { at: roll(50) };
      // Mostly more come than go first, and then it is the other way round.
      if (roll(200) > step) {
        heap.push(value);
        inIt.push(value);
      } else {
        wanted.push(smallest(inIt));
        const taken = heap.pop();
        given.push(taken?.at);
        if (taken) inIt.splice(inIt.indexOf(taken), 1);
      }
      wanted.push(smallest(inIt));
      given.push(heap.first?.at);
    }
    expect(given).toEqual(wanted);
  }
});

it('asks for the order of few pairs, however many values there are', () => {
  let asked = 0;
  const heap = new Heap<number>((a, b) => {
    asked += 1;
    return a - b;
  });
  const roll = dice(12);
  for (let count = 0; count < 1_024; count++) heap.push(roll(1_000));
  while (heap.pop() !== undefined);
  // Up by 10 levels at the most, and down by as many with two questions for each.
  expect(asked).toBeLessThan(1_024 * 30);
});
