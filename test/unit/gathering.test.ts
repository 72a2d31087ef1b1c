import { describe, expect, it } from 'vitest';
import { gathering } from '../../src/db/repositories/gathering.ts';
import { UnavailableError } from '../../src/domain/errors.ts';

interface Begun {
  key: string;
  items: number[];
  end: (end: 'well' | 'short' | Error) => void;
}

/** A gathering whose work ends when the test says so; the answer of an item is its double. */
function held(most: number): { ask: (key: string, item: number) => Promise<number>; begun: Begun[] } {
  const begun: Begun[] = [];
  const ask = gathering(
    most,
    (key, items: number[]) =>
      new Promise<Map<number, number>>((resolve, reject) => {
        const end: Begun['end'] = (how) => {
          if (how instanceof Error) reject(how);
          else resolve(new Map(items.slice(how === 'short' ? 1 : 0).map((item) => [item, 2 * item])));
        };
        begun.push({ key, items, end });
      }),
  );
  return { ask, begun };
}

const settled = async (all: Promise<number>[]): Promise<unknown[]> =>
  (await Promise.allSettled(all)).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));

describe('what comes in for a key', () => {
  it('is begun at once alone, and together with what came in meanwhile, a part of it at a time', async () => {
    const { ask, begun } = held(3);
    const all = [1, 2, 3, 4, 5].map((item) => ask('a', item));
    expect(begun.map(({ items }) => items)).toEqual([[1]]);
    begun[0]?.end('well');
    expect(await all[0]).toBe(2);
    expect(begun.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
    all.push(ask('a', 6));
    begun[1]?.end('well');
    expect(await Promise.all(all.slice(1, 4))).toEqual([4, 6, 8]);
    expect(begun[2]?.items).toEqual([5, 6]);
    begun[2]?.end('well');
    expect(await Promise.all(all.slice(4))).toEqual([10, 12]);
    all.push(ask('a', 7));
    expect(begun[3]?.items).toEqual([7]);
  });

  it('waits for no other key', () => {
    const { ask, begun } = held(3);
    for (const key of ['a', 'b', 'a']) void ask(key, 1);
    expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('fails with the work that it is part of, and what waits behind that is begun', async () => {
    const { ask, begun } = held(2);
    const all = [1, 2, 3, 4].map((item) => ask('a', item));
    begun[0]?.end(new Error('first'));
    expect(await settled(all.slice(0, 1))).toEqual(['Error: first']);
    begun[1]?.end('short');
    expect(await settled(all.slice(1, 3))).toEqual(['Error: It was left without an answer', 6]);
    begun[2]?.end('well');
    expect(await settled(all.slice(3))).toEqual([8]);
  });

  it('fails when the database did not answer what is before it, and later items are begun', async () => {
    const { ask, begun } = held(1);
    const all = [1, 2, 3].map((item) => ask('a', item));
    begun[0]?.end(new UnavailableError('database', 'gone'));
    expect(await settled(all)).toEqual(Array(3).fill('UnavailableError: gone'));
    const later = ask('a', 4);
    expect(begun.map(({ items }) => items)).toEqual([[1], [4]]);
    begun[1]?.end('well');
    expect(await later).toBe(8);
  });
});
