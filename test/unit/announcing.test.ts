import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announcing } from '../../src/db/announcing.ts';

let told: number[];
let failures: unknown[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.setSystemTime(0);
  told = [];
  failures = [];
});

afterEach(() => {
  vi.useRealTimers();
});

function start(tell = (): Promise<void> => Promise.resolve()): ReturnType<typeof announcing> {
  return announcing(
    () => {
      told.push(Date.now());
      return tell();
    },
    (error) => failures.push(error),
  );
}

it('tells what is alone at once', async () => {
  const { announce } = start();
  announce();
  await vi.advanceTimersByTimeAsync(1_000);
  announce();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([0, 1_000]);
});

it('tells what comes in close together five times a second, and the last of it, too', async () => {
  const { announce } = start();
  for (let at = 0; at < 1_000; at += 10) {
    announce();
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toEqual([0, 200, 400, 600, 800, 1_000]);
});

it('goes on when something could not be told, and says so', async () => {
  const { announce } = start(() => Promise.reject(new Error('away')));
  announce();
  await vi.advanceTimersByTimeAsync(200);
  announce();
  await vi.advanceTimersByTimeAsync(200);
  expect(told).toEqual([0, 200]);
  expect(failures.map(String)).toEqual(['Error: away', 'Error: away']);
});

it('tells nothing more after its end', async () => {
  const { announce, end } = start();
  announce();
  announce();
  end();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([0]);
});
