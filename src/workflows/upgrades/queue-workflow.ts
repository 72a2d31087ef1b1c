import {
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { QueueActivities, WatchResult } from '../../activities/upgrades/activity-types.ts';
import {
  enqueueSignal,
  queueStateQuery,
  turnSignal,
  type QueueEntry,
  type QueueState,
} from '../contract/upgrades.ts';
import type { Tuning } from '../contract/engine.ts';
import { handleSignal } from '../parsed-messages.ts';
import { queueEntryInput } from './signal-inputs.ts';
import { continueAsNewIsDue, heartbeatTimeoutMs } from '../tuning.ts';

/** Input of the queue: nothing on a first start, its memory after continue-as-new. */
export interface QueueInput {
  state?: QueueState;
  tuning?: Tuning;
}

/**
 * Gives the turn to one orchestration after the other, oldest first (A6, A7, A45), and watches the one that has it until
 * its workflow has closed, however that came about. A queue without memory rebuilds it from the open orchestrations.
 */
export async function queueWorkflow(input: QueueInput = {}): Promise<void> {
  const queue: QueueState = { waiting: [], holders: [] };
  const add = (entry: QueueEntry): void => {
    const known = [...queue.waiting, ...queue.holders];
    if (known.some((other) => other.orchestrationID === entry.orchestrationID && other.runID === entry.runID))
      return;
    queue.waiting.push(entry);
    queue.waiting.sort(byAge);
  };
  handleSignal(enqueueSignal, queueEntryInput, add);
  setHandler(queueStateQuery, () => queue);

  const activities = queueActivities(input.tuning);
  const known = input.state ?? (await activities.rebuildQueue());
  // A holder that was found may not have heard of its turn; a second word changes nothing.
  const toBeTold = new Set(input.state ? [] : known.holders);
  queue.holders.push(...known.holders);
  for (const entry of known.waiting) add(entry);
  // A request may have reached this run before the rebuilt memory did: one that has the turn does not wait.
  queue.waiting = queue.waiting.filter(
    (entry) => !queue.holders.some((holder) => holder.runID === entry.runID),
  );

  const suggested = (): boolean => continueAsNewIsDue(input.tuning);
  for (;;) {
    describe(queue);
    await condition(() => queue.holders.length > 0 || queue.waiting.length > 0 || suggested());
    const holder = queue.holders[0];
    if (holder) {
      if (toBeTold.delete(holder)) await giveTurn(activities, holder);
      const ended = await watch(activities, holder, suggested);
      if (ended) {
        queue.holders.shift();
        if (ended.status !== 'COMPLETED') {
          log.warn('The orchestration that had the turn was closed from outside', { ...holder, ...ended });
          await activities.settleOrchestration({ orchestrationID: holder.orchestrationID });
        }
      }
    } else {
      const next = queue.waiting.shift();
      // Holder first, signal second: nobody else can get a turn while the signal is under way.
      if (next) {
        queue.holders.push(next);
        if (!(await giveTurn(activities, next))) queue.holders.shift();
      }
    }
    if (suggested()) break;
  }
  await continueAsNew<typeof queueWorkflow>({ state: queue, tuning: input.tuning });
}

function queueActivities(tuning: Tuning | undefined): QueueActivities {
  const retry = { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 };
  const short = proxyActivities<QueueActivities>({ startToCloseTimeout: '5m', retry });
  const long = proxyActivities<QueueActivities>({
    startToCloseTimeout: '30d',
    heartbeatTimeout: heartbeatTimeoutMs(tuning),
    summary: 'watches the orchestration that has the turn',
    retry,
  });
  return { ...pick(short), watchOrchestration: long.watchOrchestration };
}

/** Proxies are not plain objects: name what is used. */
function pick(activities: QueueActivities): Omit<QueueActivities, 'watchOrchestration'> {
  const { rebuildQueue, currentRun, settleOrchestration } = activities;
  return { rebuildQueue, currentRun, settleOrchestration };
}

/** Answers how the holder ended, or undefined when the queue must continue as new before that. */
async function watch(
  activities: QueueActivities,
  holder: QueueEntry,
  interrupted: () => boolean,
): Promise<WatchResult | undefined> {
  const scope = new CancellationScope();
  let ended: WatchResult | undefined;
  const watching = scope.run(async () => {
    ended = await activities.watchOrchestration(holder);
  });
  const interruption = scope.run(() => condition(interrupted));
  await Promise.race([watching, interruption]);
  // The scope ends the one that is left: a forgotten condition would be evaluated for ever.
  scope.cancel();
  for (const leftover of [watching, interruption]) {
    try {
      await leftover;
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }
  return ended;
}

/** False when there is nobody left to take the turn: canceled while waiting, or terminated. */
async function giveTurn(activities: QueueActivities, entry: QueueEntry): Promise<boolean> {
  const { orchestrationID } = entry;
  if (await signalTurn(orchestrationID, entry.runID)) return true;
  // A reset has closed the run that asked and goes on in another one of the same chain.
  const current = await activities.currentRun(entry);
  return current !== undefined && (await signalTurn(orchestrationID, current.runID));
}

async function signalTurn(orchestrationID: string, runID: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(orchestrationID, runID).signal(turnSignal);
    return true;
  } catch (error) {
    log.info('The run that is to have the turn has closed', { orchestrationID, runID, error });
    return false;
  }
}

function byAge(a: QueueEntry, b: QueueEntry): number {
  return a.createdAt.localeCompare(b.createdAt) || a.orchestrationID.localeCompare(b.orchestrationID);
}

function describe(queue: QueueState): void {
  const holder = queue.holders.map((entry) => entry.orchestrationID).join(', ') || 'nobody';
  const waiting = queue.waiting
    .slice(0, 20)
    .map((entry, index) => `${index + 1}. ${entry.orchestrationID}, since ${entry.createdAt}`)
    .join('\n');
  setCurrentDetails(`**Turn:** ${holder}\n\n**Waiting:** ${queue.waiting.length}\n\n${waiting}`);
}
