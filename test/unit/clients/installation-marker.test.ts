import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readMarker } from '../../../src/clients/installation-marker.ts';

const MARKED = { memo: { installationID: 'an-installation' } };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A client whose Schedule is described by these answers, one after the other, the last one again and again. */
function clientOf(...answers: (object | Error)[]) {
  const describe = vi.fn(() => {
    const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { describe, client: { schedule: { getHandle: () => ({ describe }) } } as unknown as Client };
}

const failed = (code: number) => Object.assign(new Error('Failed to describe schedule'), { code });

test('a marker that the engine fails to answer for is asked for again', async () => {
  const { client, describe } = clientOf(failed(4), failed(14), MARKED);
  const marker = readMarker(client);
  await vi.runAllTimersAsync();
  expect(await marker).toBe('an-installation');
  expect(describe).toHaveBeenCalledTimes(3);
});

test('an engine that never answers is given up', async () => {
  const { client, describe } = clientOf(failed(4));
  const given = expect(readMarker(client)).rejects.toThrow('Failed to describe schedule');
  await vi.runAllTimersAsync();
  await given;
  expect(describe).toHaveBeenCalledTimes(10);
});

test('a refusal is not asked for again, and no marker is none', async () => {
  const refused = clientOf(failed(3));
  await expect(readMarker(refused.client)).rejects.toThrow('Failed to describe schedule');
  expect(refused.describe).toHaveBeenCalledTimes(1);
  const none = clientOf(new ScheduleNotFoundError('no such schedule', 'a-schedule'));
  expect(await readMarker(none.client)).toBeUndefined();
});
