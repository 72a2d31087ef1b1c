import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { StackMonitorActivities } from '../../activities/stacks/object-activity-types.ts';
import { MONITOR_TASK_QUEUE, type Tuning } from '../contract/engine.ts';
import { heartbeatTimeoutMs, monitorSeconds } from '../tuning.ts';

/** Shifts of the monitor in one run. */
const SHIFTS = 100;

/** Looks after the instances of all stacks, for ever; there is one. */
export async function stackMonitorWorkflow(input: { tuning?: Tuning }): Promise<void> {
  const { watchInstances } = proxyActivities<StackMonitorActivities>({
    taskQueue: MONITOR_TASK_QUEUE,
    summary: 'looks after the instances of all stacks',
    startToCloseTimeout: '1h',
    heartbeatTimeout: heartbeatTimeoutMs(input.tuning),
    retry: { initialInterval: 1000, backoffCoefficient: 2, maximumInterval: 30_000 },
  });
  for (let shift = 0; shift < SHIFTS; shift += 1) {
    await watchInstances({ everySeconds: monitorSeconds(input.tuning) });
  }
  await continueAsNew<typeof stackMonitorWorkflow>(input);
}
