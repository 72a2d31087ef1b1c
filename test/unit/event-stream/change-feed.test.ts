import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createChangeFeed, type ChangeFeed } from '../../../src/api/event-stream/change-feed.ts';
import type { StreamedStack } from '../../../src/db/repositories/event-stream/change-log-repository.ts';
import type { LoggedChange } from '../../../src/domain/event-stream/logged-change.ts';
import { BEGINNING, comparePositions } from '../../../src/domain/event-stream/position.ts';
import { AT } from '../../support/rows.ts';
import { aChange, place } from '../domain/event-stream/places.ts';

let rows: LoggedChange[];
let reads: number;
let begins: number;
let isHeldUp: boolean;
let failure: Error | undefined;
let lines: { level: number; msg: string }[];
let feed: ChangeFeed;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  [rows, lines, reads, begins, isHeldUp, failure] = [[], [], 0, 0, false, undefined];
  const changes = {
    adopt: () => Promise.resolve(0),
    last: () => {
      begins += 1;
      return Promise.resolve(rows.at(-1)?.position ?? BEGINNING);
    },
    listen: () => Promise.reject(new Error('nothing can be heard here')),
    read: (after: LoggedChange['position'], limit: number) => {
      reads += 1;
      if (failure) return Promise.reject(failure);
      const found = rows.filter(({ position }) => comparePositions(position, after) > 0).slice(0, limit);
      return Promise.resolve({ isKnown: true, isHeldUp, changes: found });
    },
    stacks: (names: readonly string[]) =>
      Promise.resolve(
        names.map(
          (name) => ({ name, status: 'ready', statusAt: AT, createdBy: 'alice' }) satisfies StreamedStack,
        ),
      ),
  };
  const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
  feed = createChangeFeed({
    repositories: { changes } as never,
    logger: pino({ level: 'debug' }, { write }),
    capacity: 3,
  });
});

afterEach(async () => {
  const closed = feed.close();
  await vi.advanceTimersByTimeAsync(10_000);
  await closed;
  vi.useRealTimers();
});

const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const logged = (level: number): number => lines.filter((line) => line.level === level).length;

/** A change of a stack of its own. */
function append(number: number): void {
  rows.push(aChange({ position: place(number, number, 'stacks'), stack: `/acme/${number}` }));
}

it('reads on every two seconds, and four times a second while a transaction holds it up', async () => {
  await feed.join(undefined);
  await wait(10_000);
  const quiet = reads;
  expect(quiet).toBeLessThanOrEqual(6);
  isHeldUp = true;
  await wait(2_000);
  const before = reads;
  await wait(2_000);
  expect(reads - before).toBe(8);
});

it('warns once when it is held up for half a minute, and says when that is over', async () => {
  await feed.join(undefined);
  isHeldUp = true;
  await wait(29_000);
  expect(logged(40)).toBe(0);
  await wait(60_000);
  expect(logged(40)).toBe(1);
  isHeldUp = false;
  await wait(3_000);
  expect(lines.map(({ msg }) => msg)).toContain('the event stream is not held up any more');
});

it('says each reason why it cannot read once', async () => {
  await feed.join(undefined);
  failure = new Error('one reason');
  await wait(5_000);
  failure = new Error('another reason');
  await wait(5_000);
  expect(logged(50)).toBe(2);
});

it('reads on for 30 seconds after the last client has gone, and then keeps nothing', async () => {
  await feed.join(undefined);
  append(1);
  await wait(3_000);
  expect([feed.ring.end - feed.ring.first, begins]).toEqual([1, 1]);
  feed.leave();
  await wait(29_000);
  await feed.join(undefined);
  expect([feed.ring.end - feed.ring.first, begins]).toEqual([1, 1]);
  feed.leave();
  await wait(33_000);
  const last = reads;
  await wait(60_000);
  expect([reads - last, feed.ring.end - feed.ring.first]).toEqual([0, 0]);
  await feed.join(undefined);
  expect(begins).toBe(2);
});

it('keeps no state of what it has no change of any more', async () => {
  await feed.join(undefined);
  for (const number of [1, 2, 3, 4]) append(number);
  await wait(3_000);
  expect(feed.ring.end - feed.ring.first).toBe(3);
  expect(feed.stateOf('stack /acme/1')).toBe('null');
  expect(JSON.parse(feed.stateOf('stack /acme/4'))).toMatchObject({ name: '/acme/4' });
});
