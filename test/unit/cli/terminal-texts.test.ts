import { describe, expect, it } from 'vitest';
import {
  clock,
  counted,
  cut,
  duration,
  parseDuration,
  plain,
  plainLines,
  time,
} from '../../../src/cli/terminal-texts.ts';

const NOW = Date.parse('2026-11-29T06:00:00Z');

describe('times', () => {
  it('are in UTC, to the second', () => {
    expect(time('2026-11-29T07:39:42.161000+01:00')).toBe('2026-11-29T06:39:42Z');
    expect(time(null)).toBe('');
    expect(time('soon')).toBe('soon');
  });

  it('have their day where it is another one', () => {
    expect(clock('2026-11-29T22:00:00Z', NOW)).toBe('22:00Z');
    expect(clock('2026-11-30T05:40:00Z', NOW)).toBe('2026-11-30T05:40Z');
  });
});

it.each([
  [0, '0 s'],
  [-5_000, '0 s'],
  [12_000, '12 s'],
  [61_000, '1 m 1 s'],
  [3_600_000, '1 h'],
  [18_060_000, '5 h 1 m'],
  [100_800_000, '1 d 4 h'],
  [86_401_000, '1 d'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
  ['0s', undefined],
  ['', undefined],
  ['10', undefined],
  ['1m1h', undefined],
  ['-5s', undefined],
])('--timeout %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it('texts stay on their line', () => {
  expect(plain('a\tb\r\nc\u001b[31md\u2028e\u202ef')).toBe('a b c [31md e f');
  expect(plainLines('a\u001b[2J\n  b\tc\u2029d\n')).toBe('a [2J\n  b c d\n');
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('abcd', 4)).toBe('abcd');
  expect(counted(1, 'upgrade')).toBe('1 upgrade');
  expect(counted(1200, 'upgrade')).toBe('1,200 upgrades');
});
