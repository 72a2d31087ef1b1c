import { describe, expect, it } from 'vitest';
import {
  WEEKDAYS,
  type FrozenSpan,
  type WindowDefinition,
} from '../../../../src/domain/upgrades/maintenance-policy.ts';
import { firstWindow, windowsFrom } from '../../../../src/domain/upgrades/policy-windows.ts';

const DAY = 86_400_000;

const ms = (utc: string): number => Date.parse(`${utc}Z`);
const utc = (at: number): string => new Date(at).toISOString().slice(0, 16);

const definition: WindowDefinition = {
  days: [...WEEKDAYS],
  timeBegin: '220000+0000',
  timeEnd: '020000+0000',
  cutoff: '1h',
};

const frozen = (name: string, from: string, to: string): FrozenSpan => ({
  name,
  reason: `why ${name}`,
  fromMs: ms(from),
  toMs: ms(to),
});

describe('freezes', () => {
  const firstNight = (freezes: FrozenSpan[]): string[] =>
    [...windowsFrom(definition, freezes, ms('2027-01-01T12:00'), ms('2027-01-02T12:00'))].map(
      ({ begin, latestStart, end }) => [begin, latestStart, end].map((at) => utc(at).slice(11)).join(' '),
    );

  it.each<[string, FrozenSpan[], string[]]>([
    ['none', [], ['22:00 01:00 02:00']],
    ['the begin', [frozen('a', '2027-01-01T00:00', '2027-01-01T23:00')], ['23:00 01:00 02:00']],
    ['the end', [frozen('a', '2027-01-02T00:00', '2027-01-03T00:00')], ['22:00 23:00 00:00']],
    [
      'the middle',
      [frozen('a', '2027-01-01T23:30', '2027-01-02T00:15')],
      ['22:00 22:30 23:30', '00:15 01:00 02:00'],
    ],
    [
      'so much of it that a piece is no longer than the cutoff',
      [frozen('a', '2027-01-01T23:00', '2027-01-02T00:00')],
      ['00:00 01:00 02:00'],
    ],
    ['all of it', [frozen('a', '2027-01-01T22:00', '2027-01-02T02:00')], []],
    [
      'all of it together, overlapping and in any order',
      [
        frozen('late', '2027-01-01T23:00', '2027-01-02T05:00'),
        frozen('inside', '2027-01-01T23:30', '2027-01-01T23:45'),
        frozen('early', '2027-01-01T20:00', '2027-01-01T23:00'),
      ],
      [],
    ],
    [
      'what touches it without a minute in common',
      [
        frozen('before', '2027-01-01T20:00', '2027-01-01T22:00'),
        frozen('after', '2027-01-02T02:00', '2027-01-02T03:00'),
      ],
      ['22:00 01:00 02:00'],
    ],
  ])('cut away %s', (_, freezes, expected) => {
    expect(firstNight(freezes)).toEqual(expected);
  });

  it('are named when there is no window, and when there is none before', () => {
    const closing = frozen('closing', '2026-12-20T00:00', '2027-01-03T00:00');
    const later = frozen('later', '2027-01-03T12:00', '2027-03-01T00:00');
    const from = ms('2027-01-01T12:00');
    expect(firstWindow(definition, [closing, later], from, from + 30 * DAY)).toMatchObject({
      window: { begin: ms('2027-01-03T00:00') },
      frozenBy: ['closing'],
    });
    const all = frozen('all', '2026-01-01T00:00', '2028-01-01T00:00');
    expect(firstWindow(definition, [later, all], from, from + 30 * DAY)).toEqual({
      frozenBy: ['all', 'later'],
      heldBy: all,
    });
    expect(firstWindow(definition, [later], from, from + 30 * DAY)).toMatchObject({ frozenBy: [] });
  });

  it('are not named when they lie between two nights, or only touch one that others take', () => {
    const night = frozen('night', '2027-01-01T22:00', '2027-01-02T02:00');
    const freezes = [
      frozen('noon', '2027-01-01T13:00', '2027-01-01T14:00'),
      frozen('before', '2027-01-01T18:00', '2027-01-01T22:00'),
      night,
      frozen('as long', '2027-01-01T23:00', '2027-01-02T02:00'),
      frozen('after', '2027-01-02T02:00', '2027-01-02T22:00'),
    ];
    const from = ms('2027-01-01T12:00');
    expect(firstWindow(definition, freezes, from, from + 30 * DAY)).toMatchObject({
      window: { begin: ms('2027-01-02T22:00') },
      frozenBy: ['night', 'as long'],
      heldBy: night,
    });
  });

  it('are not named when they were over before', () => {
    const past = frozen('past', '2027-01-01T22:30', '2027-01-01T23:00');
    const rest = frozen('rest', '2027-01-01T23:30', '2027-01-02T02:00');
    const from = ms('2027-01-01T23:30');
    expect(firstWindow(definition, [past, rest], from, from + 2 * DAY)).toMatchObject({
      window: { begin: ms('2027-01-02T22:00') },
      frozenBy: ['rest'],
    });
  });

  it('are not named when they took nothing: later ones, and those in the cutoff', () => {
    const evening = frozen('evening', '2027-01-01T20:00', '2027-01-01T23:00');
    const later = frozen('later', '2027-01-02T00:30', '2027-01-02T00:45');
    const from = ms('2027-01-01T12:00');
    expect(firstWindow(definition, [evening, later], from, from + DAY)).toMatchObject({
      window: { begin: ms('2027-01-01T23:00') },
      frozenBy: ['evening'],
    });
    const atTheEnd = frozen('end', '2027-01-02T01:10', '2027-01-02T01:30');
    // From the cutoff on nothing would have started anyway.
    expect(firstWindow(definition, [atTheEnd], ms('2027-01-02T01:00'), from + 2 * DAY)).toMatchObject({
      window: { begin: ms('2027-01-02T22:00') },
      frozenBy: [],
    });
  });
});
