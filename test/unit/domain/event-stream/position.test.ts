import { describe, expect, it } from 'vitest';
import {
  BEGINNING,
  comparePositions,
  eventIDOf,
  isSamePosition,
  readEventID,
  type Position,
} from '../../../../src/domain/event-stream/position.ts';
import { place } from './places.ts';

const ORDERED: Position[] = [
  BEGINNING,
  place(9, 1),
  place(9, 2),
  place(10, 1),
  place(10, 1, 'stacks'),
  place(10, 1, 'queue'),
  place(10, 1, 'policy'),
  place(11, 1),
  { ...place(0, 1), tx: '18446744073709551615' },
];

describe('the order of the stream', () => {
  it('goes by transactions as numbers, then by logs, then by what a log counts', () => {
    const sorted = [...ORDERED].reverse().sort(comparePositions);
    expect(sorted).toEqual(ORDERED);
  });

  it('does not take another row in the same place for the same one', () => {
    const other = { ...place(9, 1), at: '2027-01-01T00:00:00.000000Z' };
    expect(isSamePosition(place(9, 1), place(9, 1))).toBe(true);
    expect(isSamePosition(place(9, 1), other)).toBe(false);
  });
});

describe('the ID of an event', () => {
  it.each(ORDERED)('names its place: %j', (position) => {
    expect(readEventID(eventIDOf(position))).toEqual(position);
  });

  it('has no character that a header or a line of the stream could not carry', () => {
    for (const position of ORDERED) expect(eventIDOf(position)).toMatch(/^[\w-]+$/);
  });

  const encoded = (text: string): string => Buffer.from(text).toString('base64url');
  it.each([
    ['nothing', ''],
    ['another text', 'seven'],
    ['a number', '12'],
    ['a log that there is not', encoded('9 7 1 2026-01-02T03:04:05.678901Z')],
    ['a transaction that no number fits', encoded('18446744073709551616 0 1 2026-01-02T03:04:05.678901Z')],
    ['an ID beyond all', encoded('9 0 99999999999999999999 2026-01-02T03:04:05.678901Z')],
    ['a revision that no integer fits', encoded('1 2 2147483648 2026-01-02T03:04:05.678901Z')],
    ['a version that no integer fits', encoded('1 3 2147483648 2026-01-02T03:04:05.678901Z')],
    ['a day that there is not', encoded('1 0 5 2026-02-30T03:04:05.678901Z')],
    ['a time that there is not', encoded('1 0 5 2020-99-99T99:99:99.000000Z')],
    ['a year that there is not', encoded('1 0 5 0000-01-02T03:04:05.678901Z')],
    ['without a time', encoded('1 0 5 ')],
    ['no time', encoded("9 0 1 2026'; drop table events")],
  ])('is refused when it is %s', (_what, text) => {
    expect(readEventID(text)).toBeUndefined();
  });
});
