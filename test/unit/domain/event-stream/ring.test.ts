import { describe, expect, it } from 'vitest';
import { BEGINNING, type Position } from '../../../../src/domain/event-stream/position.ts';
import { createRing } from '../../../../src/domain/event-stream/ring.ts';
import { dice } from '../../../support/dice.ts';
import { place } from './places.ts';

const entries = (...numbers: number[]): { position: Position }[] =>
  numbers.map((number) => ({ position: place(number, number) }));
const numbersIn = (found: readonly { position: Position }[]): number[] =>
  found.map(({ position }) => position.id);

describe('a ring', () => {
  it('keeps the latest, and answers what it lets go', () => {
    const ring = createRing(3, BEGINNING);
    expect(ring.append(entries(1, 2))).toEqual([]);
    expect(numbersIn(ring.append(entries(3, 4, 5)))).toEqual([1, 2]);
    expect({ first: ring.first, end: ring.end, base: ring.base }).toEqual({
      ...{ first: 2, end: 5, base: place(2, 2) },
    });
    expect(numbersIn(ring.slice(2, 10))).toEqual([3, 4, 5]);
    expect(numbersIn(ring.slice(4, 1))).toEqual([5]);
    expect(ring.slice(5, 10)).toEqual([]);
  });

  it('lets go even of what it was just given, when that is more than it has room for', () => {
    const ring = createRing(2, BEGINNING);
    expect(numbersIn(ring.append(entries(1, 2, 3, 4, 5)))).toEqual([1, 2, 3]);
    expect(ring.base).toEqual(place(3, 3));
  });

  it('knows where to go on after an entry, and after what comes right before its first one', () => {
    const ring = createRing(3, BEGINNING);
    expect(ring.after(BEGINNING)).toBe(0);
    ring.append(entries(1, 2, 4, 5));
    expect(ring.after(place(1, 1))).toBe(1);
    expect(ring.after(place(4, 4))).toBe(3);
    expect(ring.after(place(5, 5))).toBe(4);
    for (const unknown of [BEGINNING, place(3, 3), place(6, 6), { ...place(4, 4), at: '' }])
      expect(ring.after(unknown)).toBeUndefined();
  });

  it('knows the place before each number, from which the same number follows', () => {
    const ring = createRing(3, BEGINNING);
    expect(ring.placeBefore(0)).toEqual(BEGINNING);
    ring.append(entries(1, 2, 4, 5));
    for (let number = ring.first; number <= ring.end; number++)
      expect(ring.after(ring.placeBefore(number))).toBe(number);
  });

  it('takes earlier entries where there is room, without a new number for the others', () => {
    const ring = createRing(4, place(3, 3));
    ring.append(entries(4, 5));
    expect(ring.prepend(entries(1, 2, 3), BEGINNING)).toBe(false);
    expect(ring.room).toBe(2);
    expect(ring.prepend(entries(2, 3), place(1, 1))).toBe(true);
    expect([ring.first, ring.end, ring.after(place(1, 1)), ring.after(place(4, 4))]).toEqual([-2, 2, -2, 1]);
    expect(numbersIn(ring.slice(-1, 2))).toEqual([3, 4]);
  });

  it('starts anew with numbers that nobody has had', () => {
    const ring = createRing(4, BEGINNING);
    ring.append(entries(1, 2));
    expect(numbersIn(ring.restart(place(9, 9)))).toEqual([1, 2]);
    expect([ring.first, ring.end, ring.base]).toEqual([2, 2, place(9, 9)]);
    expect(ring.after(place(2, 2))).toBeUndefined();
  });

  it('gives a reader who keeps up every entry once, in whatever portions they come', () => {
    const roll = dice(7);
    const ring = createRing(50, BEGINNING);
    const read: number[] = [];
    let next = 0;
    let last = 0;
    while (last < 2_000) {
      const portion = Array.from({ length: roll(21) }, () => (last += 1));
      ring.append(entries(...portion));
      while (next < ring.end && ring.end - next > roll(30)) {
        const got = ring.slice(next, 1 + roll(7));
        next += got.length;
        read.push(...numbersIn(got));
      }
      expect(ring.end - next).toBeLessThan(50);
    }
    read.push(...numbersIn(ring.slice(next, 50)));
    expect(read).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });
});
