import { setMaxListeners } from 'node:events';
import { Context, log } from '@temporalio/activity';
import type { ObjectKey, WatchedInstance } from '../../db/repositories/stacks/life-cycle-repositories.ts';
import { stackStartOptions, type StackWorkflow } from '../../clients/stacks/start-options.ts';
import { stackObservedSignal, type ObservedInstance } from '../../workflows/contract/stacks.ts';
import { WORKFLOW_TYPES } from '../../workflows/contract/engine.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { LOOKS_AT_ONCE, StackRound } from './survey-round.ts';
import type { StackMonitorActivities } from './object-activity-types.ts';

/** The activity ends after that long, so that its workflow's history tells that it is well. */
const SHIFT_MS = 10 * 60_000;
const PAGE_SIZE = 500;

/** Looks after the instances of all stacks: one that is not as recorded is reported to its stack's workflow (A85, A86). */
export function createStackMonitorActivities(deps: ActivityDependencies): StackMonitorActivities {
  return {
    watchInstances: ({ everySeconds }) =>
      withHeartbeat(async (signal) => {
        const end = deps.clock() + SHIFT_MS;
        // Each look that is under way listens to it; Node would warn of a leak.
        setMaxListeners(2 * LOOKS_AT_ONCE, signal);
        try {
          do {
            await lookAtAll(deps, signal);
            await Context.current().sleep(everySeconds * 1000);
          } while (deps.clock() < end);
        } catch (error) {
          // A shift may end at any time: the next one begins on another worker, or when this one is back.
          if (!Context.current().cancellationDetails?.workerShutdown) throw error;
        }
      }),
  };
}

async function lookAtAll(deps: ActivityDependencies, signal: AbortSignal): Promise<void> {
  const round = new StackRound(deps, signal, (instances, reason) => {
    log.warn('Some instances could not be looked at', { instances, reason: String(reason) });
  });
  let after: ObjectKey | undefined;
  for (;;) {
    const rows = await deps.repositories.stackObjects.listPowered(after, PAGE_SIZE);
    const news = await round.newsOf(rows);
    await report(
      deps,
      news.filter((one) => one.news === 'other').map(({ row }) => row),
    );
    for (const { row, news: what } of news) {
      if (what === 'pending') await deps.repositories.stackObjects.notePending(row, nowOf(deps));
      if (what === 'ready') await deps.repositories.stackObjects.notePending(row, null);
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_SIZE) return;
    after = { stack: last.stack, label: last.label, name: last.name };
  }
}

/** A workflow that was terminated is started again by the report. */
async function report(deps: ActivityDependencies, rows: WatchedInstance[]): Promise<void> {
  const byStack = new Map<string, ObservedInstance[]>();
  for (const { stack, label, name } of rows) {
    byStack.set(stack, [...(byStack.get(stack) ?? []), { label, name }]);
  }
  for (const [name, observed] of byStack) {
    try {
      await deps.temporal.workflow.signalWithStart<StackWorkflow, [ObservedInstance[]]>(
        WORKFLOW_TYPES.stack,
        {
          ...stackStartOptions(name, deps.tuning),
          signal: stackObservedSignal,
          signalArgs: [observed],
        },
      );
    } catch (error) {
      // The next round reports it again; the other stacks are reported all the same.
      log.warn('Instances could not be reported', { stack: name, error });
    }
  }
}
