import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { refresher } from '../../../src/ui/refresher.ts';

it('a thousand events cost one read at once and one after the rest, which is longer for a slow service', async () => {
  let now = 0;
  const rests: { call: () => void; ms: number }[] = [];
  let reads = 0;
  let end: () => void = () => undefined;
  const refresh = refresher({
    read: () => {
      reads += 1;
      return new Promise((resolve) => (end = resolve));
    },
    restMs: 1_000,
    clock: () => now,
    later: (call, ms) => void rests.push({ call, ms }),
  });
  for (let event = 0; event < 1_000; event += 1) refresh();
  expect(reads).toBe(1);
  now = 50;
  end();
  await nextTurn();
  expect(rests.map(({ ms }) => ms)).toEqual([1_000]);
  refresh();
  expect(reads).toBe(1);
  rests[0]?.call();
  expect(reads).toBe(2);
  now = 2_050;
  end();
  await nextTurn();
  expect(rests.at(-1)?.ms).toBe(6_000);
  // Nothing has happened since: nothing is read.
  rests.at(-1)?.call();
  expect(reads).toBe(2);
});

it('a read that a hidden tab has held for an hour is not followed by hours of rest', async () => {
  let now = 0;
  const rests: number[] = [];
  const refresh = refresher({
    read: async () => void (now = 3_600_000),
    restMs: 1_000,
    clock: () => now,
    later: (_, ms) => void rests.push(ms),
  });
  refresh();
  await nextTurn();
  expect(rests).toEqual([30_000]);
});
