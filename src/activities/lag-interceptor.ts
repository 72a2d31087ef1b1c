import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Meter } from '../domain/measures.ts';
import type { ProjectionActivities, OrchestrationActivities } from './upgrades/activity-types.ts';

/** Activities by which a workflow writes down what it has decided; the others ask. */
const RECORDING: readonly string[] = [
  'recordOrchestration',
  'enterState',
  'failOperation',
  'rescheduleOperation',
  'giveBackOperation',
  'cancelOperation',
  'closeOrchestration',
] satisfies (keyof (ProjectionActivities & OrchestrationActivities))[];

/**
 * Tells the meter how long it took from the decision of a workflow to its row, whatever was tried in vain in between: the database may have been
 * away, or no worker free. `clock` answers ms since the epoch; the times of Temporal's server are of another clock.
 */
export function createLagInterceptor(meter: Meter, clock: () => number): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      async execute(input, next) {
        const answer = await next(input);
        const { activityType, scheduledTimestampMs } = Context.current().info;
        if (RECORDING.includes(activityType))
          meter.projectionLag({}, Math.max(0, clock() - scheduledTimestampMs) / 1_000);
        return answer;
      },
    },
  });
}
