import { Context } from '@temporalio/activity';
import { expect, it } from 'vitest';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { createLagInterceptor } from '../../src/activities/lag-interceptor.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { recordingMeter } from '../support/recording-meter.ts';

const SCHEDULED_MS = 1_000_000;
const NOW_MS = SCHEDULED_MS + 2_500;
const INPUT: ActivityExecuteInput = { args: [], headers: {} };

async function lagsOf(activityType: string, next: () => Promise<unknown>): Promise<Record<string, number[]>> {
  const { meter, take } = recordingMeter();
  await executeActivity(
    async () => {
      const { inbound } = createLagInterceptor(meter, () => NOW_MS)(Context.current());
      await Promise.allSettled([inbound?.execute?.(INPUT, next)]);
    },
    {},
    { activityType, scheduledTimestampMs: SCHEDULED_MS },
  );
  return take();
}

it('what a workflow has decided is timed from then to the end of the activity that writes it', async () => {
  expect(await lagsOf('enterState', () => Promise.resolve())).toEqual({ projection_lag_seconds: [2.5] });
});

it('a try that fails is not timed, nor is an activity that asks', async () => {
  expect(await lagsOf('enterState', () => Promise.reject(new Error('away')))).toEqual({});
  expect(await lagsOf('readPlan', () => Promise.resolve())).toEqual({});
});
