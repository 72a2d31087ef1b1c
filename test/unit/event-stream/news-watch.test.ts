import { pino } from 'pino';
import { expect, it } from 'vitest';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createNewsWatch } from '../../../src/api/event-stream/news-watch.ts';

it('does not end a listener because an earlier one is lost, which may be told twice', async () => {
  const lost: (() => void)[] = [];
  const closed: number[] = [];
  const watch = createNewsWatch(
    (_onNews, onLost) => {
      const number = lost.push(onLost) - 1;
      return Promise.resolve({ close: () => Promise.resolve(void closed.push(number)) });
    },
    pino({ level: 'silent' }),
  );
  watch.ensure();
  await nextTurn();
  lost[0]?.();
  watch.ensure();
  await nextTurn();
  lost[0]?.();
  watch.ensure();
  await nextTurn();
  expect([lost.length, new Set(closed)]).toEqual([2, new Set([0])]);
  await watch.stop();
  expect(closed.at(-1)).toBe(1);
});
