import { dice } from '../../../support/dice.ts';
import { describe, expect, it } from 'vitest';
import {
  WEEKDAYS,
  type FrozenSpan,
  type WindowDefinition,
} from '../../../../src/domain/upgrades/maintenance-policy.ts';
import { windowsFrom } from '../../../../src/domain/upgrades/policy-windows.ts';
import { QUARTER, WallOracle, withoutFrozen, type OraclePiece, type OracleWindow } from './wall-oracle.ts';
import { many, seeds } from '../../../support/seeds.ts';

const DAY = 96 * QUARTER;
/** Two years with a leap day and four changes of the clock. */
const FROM = Date.UTC(2027, 6, 1);
const UNTIL = Date.UTC(2029, 6, 1);
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Nuuk',
  'America/St_Johns',
  'Asia/Kathmandu',
];
/** Offsets of whole hours, as Intl knows them: their signs are the other way round. */
const OFFSETS = [
  ['+0000', 'Etc/GMT'],
  ['+1400', 'Etc/GMT-14'],
  ['-1200', 'Etc/GMT+12'],
] as const;

const oracles = new Map<string, WallOracle>();
function oracleOf(zone: string): WallOracle {
  const oracle = oracles.get(zone) ?? new WallOracle(zone, FROM - 3 * DAY, UNTIL);
  oracles.set(zone, oracle);
  return oracle;
}

const clock = (quarters: number): string =>
  `${String(Math.floor(quarters / 4)).padStart(2, '0')}${String((quarters % 4) * 15).padStart(2, '0')}00`;

function definitionOf({ days, begin, end, cutoff }: OracleWindow, where: string): WindowDefinition {
  const isOffset = /^[+-]/.test(where);
  return {
    days: WEEKDAYS.filter((day) => days.includes(day)),
    timeBegin: `${clock(begin)}${isOffset ? where : ''}`,
    timeEnd: `${clock(end)}${isOffset ? where : ''}`,
    ...(!isOffset && { timeZone: where }),
    ...(cutoff > 0 && { cutoff: `${cutoff * 15}m` }),
  };
}

const between = (pieces: OraclePiece[], from: number, until: number): OraclePiece[] =>
  pieces.filter(({ begin, latestStart }) => latestStart > from && begin < until);

const FIELDS = ['begin', 'latestStart', 'end'] as const;

/** The first window that differs, told with its dates; undefined when none does. */
function difference(found: readonly OraclePiece[], expected: readonly OraclePiece[]): string | undefined {
  const show = (piece: OraclePiece | undefined): string =>
    piece
      ? [piece.begin, piece.latestStart, piece.end].map((ms) => new Date(ms).toISOString()).join(' ')
      : 'none';
  for (let index = 0; index < Math.max(found.length, expected.length); index++) {
    const [one, other] = [found[index], expected[index]];
    const isSame = one && other && FIELDS.every((field) => one[field] === other[field]);
    if (!isSame) return `window ${index}: ${show(one)}, but the clock says ${show(other)}`;
  }
  return undefined;
}

function anyWindow(roll: (limit: number) => number): OracleWindow {
  const begin = roll(96);
  const length = 1 + roll(95);
  const days = WEEKDAYS.filter(() => roll(2) === 0);
  return {
    days: days.length > 0 ? days : WEEKDAYS,
    begin,
    end: (begin + length) % 96,
    cutoff: roll(Math.min(length, 8)),
  };
}

describe('over two years the windows are where the clock shows them', () => {
  it.each(ZONES)('%s, beginning at any quarter of an hour', (zone) => {
    for (let begin = 0; begin < 96; begin += Math.round(96 / many(96))) {
      const window = { days: WEEKDAYS, begin, end: (begin + 16) % 96, cutoff: 1 };
      const found = [...windowsFrom(definitionOf(window, zone), [], FROM, UNTIL)];
      expect(found.length).toBeGreaterThan(729);
      expect(difference(found, between(oracleOf(zone).windows(window), FROM, UNTIL))).toBeUndefined();
    }
  });

  it.each(OFFSETS)('at the offset %s, on some days', (offset, zone) => {
    for (const days of [['Mon'], ['Sat', 'Sun']]) {
      for (const begin of [0, 1, 40, 95]) {
        const window = { days, begin, end: (begin + 20) % 96, cutoff: 0 };
        const found = [...windowsFrom(definitionOf(window, offset), [], FROM, UNTIL)];
        expect(difference(found, between(oracleOf(zone).windows(window), FROM, UNTIL))).toBeUndefined();
      }
    }
  });
});

describe('random windows with random freezes', () => {
  it('are what is left when every quarter of an hour is asked', () => {
    for (let seed = 1; seed <= seeds(300); seed++) {
      const roll = dice(seed);
      const zone = ZONES[roll(ZONES.length)] ?? 'UTC';
      const window = anyWindow(roll);
      const definition = definitionOf(window, zone);
      const from = FROM + roll(640) * DAY + roll(96) * QUARTER;
      const until = from + (1 + roll(60)) * DAY;
      const freezes = Array.from({ length: roll(8) }, (_, index): FrozenSpan => {
        const fromMs = from - DAY + roll(70 * 96) * QUARTER;
        const length = roll(3) === 0 ? roll(20 * 96) : roll(24);
        return { name: `f${index}`, reason: 'r', fromMs, toMs: fromMs + (1 + length) * QUARTER };
      });
      const whole = oracleOf(zone).windows(window);
      const near = whole.filter(({ begin, end }) => end > from && begin < until);
      const pieces = withoutFrozen(near, freezes, window.cutoff);
      const found = [...windowsFrom(definition, freezes, from, until)];
      const wrong = difference(found, between(pieces, from, until));
      expect(wrong && `seed ${seed}: ${wrong}`).toBeUndefined();
    }
  });
});
