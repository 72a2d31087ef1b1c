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
  lookSignal,
  MOST_COUNTED,
  queueStateQuery,
  turnSignal,
  type Holder,
  type QueueState,
  type WaitingLine,
} from '../contract/upgrades.ts';
import type { Tuning } from '../contract/engine.ts';
import { continueAsNewIsDue, heartbeatTimeoutMs } from '../tuning.ts';

/** Input of the queue: nothing on a first start, its memory after continue-as-new. */
export interface QueueInput {
  state?: QueueState;
  tuning?: Tuning;
}

/**
 * Gives the turn to one orchestration after the other, oldest first (A6, A7, A45), and watches the one that has it until
 * its workflow has closed, however that came about. Rows say who waits; the signal only says to look at them. The queue
 * itself remembers only who has the turn, and finds that out when it has lost its memory.
 */
export async function queueWorkflow(input: QueueInput = {}): Promise<void> {
  const queue: QueueState = input.state ?? { holders: [], waiting: { count: 0, first: [] } };
  let mustLook = true;
  /** They could not be told of their turn; the next look tries them again. */
  let passedOver: string[] = [];
  setHandler(lookSignal, () => {
    mustLook = true;
    passedOver = [];
  });
  setHandler(queueStateQuery, () => queue);

  const activities = queueActivities(input.tuning);
  if (!input.state) {
    queue.holders.push(...(await activities.findHolders()));
    // A holder that was found may not have heard of its turn; a second word changes nothing.
    for (const holder of queue.holders) await giveTurn(activities, holder);
  }

  const suggested = (): boolean => continueAsNewIsDue(input.tuning);
  let watch: Watch | undefined;
  while (!suggested()) {
    describe(queue);
    const [holder] = queue.holders;
    if (holder) watch ??= watchOver(activities, holder);
    await condition(() => mustLook || watch?.hasEnded === true || suggested());
    if (holder && watch?.hasEnded) {
      const ended = await watch.end;
      watch = undefined;
      queue.holders.shift();
      mustLook = true;
      if (ended && ended.status !== 'COMPLETED') {
        log.warn('The orchestration that had the turn was closed from outside', { ...holder, ...ended });
        await activities.settleOrchestration({ orchestrationID: holder.orchestrationID });
      }
    } else if (mustLook) {
      mustLook = false;
      const { waiting, next } = await activities.readLine({
        choose: queue.holders.length === 0,
        except: passedOver,
      });
      // Holder first, signal second: nobody else can get a turn while the signal is under way.
      if (next) queue.holders.push(next);
      queue.waiting = without(waiting, queue.holders);
      if (next && !(await giveTurn(activities, next))) {
        queue.holders.shift();
        passedOver.push(next.orchestrationID);
        mustLook = true;
      }
    }
  }
  watch?.scope.cancel();
  await watch?.end;
  await continueAsNew<typeof queueWorkflow>({ state: queue, tuning: input.tuning });
}

function queueActivities(tuning: Tuning | undefined): QueueActivities {
  const retry = { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 };
  const heartbeatTimeout = heartbeatTimeoutMs(tuning);
  const { currentRun, settleOrchestration } = proxyActivities<QueueActivities>({
    startToCloseTimeout: '5m',
    retry,
  });
  // A hundred thousand that are open are looked at one by one.
  const { findHolders, readLine } = proxyActivities<QueueActivities>({
    startToCloseTimeout: '6h',
    heartbeatTimeout,
    retry,
  });
  const { watchOrchestration } = proxyActivities<QueueActivities>({
    startToCloseTimeout: '30d',
    heartbeatTimeout,
    summary: 'watches the orchestration that has the turn',
    retry,
  });
  return { findHolders, readLine, watchOrchestration, currentRun, settleOrchestration };
}

/** An activity that waits for the end of the one that has the turn. */
interface Watch {
  scope: CancellationScope;
  hasEnded: boolean;
  /** Undefined when it was canceled before. */
  end: Promise<WatchResult | undefined>;
}

function watchOver(activities: QueueActivities, holder: Holder): Watch {
  const scope = new CancellationScope();
  const end = scope.run(async () => {
    try {
      return await activities.watchOrchestration(holder);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      return undefined;
    } finally {
      watch.hasEnded = true;
    }
  });
  // Thrown again where it is awaited.
  end.catch(() => undefined);
  const watch: Watch = { scope, hasEnded: false, end };
  return watch;
}

/** False when there is nobody left to take the turn: canceled while waiting, or terminated. */
async function giveTurn(activities: QueueActivities, holder: Holder): Promise<boolean> {
  const { orchestrationID } = holder;
  if (await signalTurn(orchestrationID, holder.runID)) return true;
  // A reset has closed the run that asked and goes on in another one of the same chain.
  const current = await activities.currentRun(holder);
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

/** A new holder's row still says for a moment that it waits. */
function without({ count, first }: WaitingLine, holders: readonly Holder[]): WaitingLine {
  const others = first.filter(({ orchestrationID: id }) =>
    holders.every((one) => one.orchestrationID !== id),
  );
  return { count: count - (first.length - others.length), first: others };
}

function describe({ holders, waiting }: QueueState): void {
  const holder = holders.map(({ orchestrationID }) => orchestrationID).join(', ') || 'nobody';
  const line = waiting.first
    .map(({ orchestrationID, queuedAt }, index) => `${index + 1}. ${orchestrationID}, since ${queuedAt}`)
    .join('\n');
  const count = waiting.count < MOST_COUNTED ? waiting.count : `${MOST_COUNTED} or more`;
  setCurrentDetails(`**Turn:** ${holder}\n\n**Waiting:** ${count}\n\n${line}`);
}
