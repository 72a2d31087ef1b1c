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
import type { LineAnswer, QueueActivities, WatchResult } from '../../activities/upgrades/activity-types.ts';
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
 * Gives the turns of lanes: in each of them to one orchestration after the other, in the order of the line (A6, A7, A45), and
 * watches those that have one until their workflows have closed, however that came about. Rows say who waits; the signal only
 * says to look at them. The queue itself remembers only who has a turn, and finds that out when it has lost its memory.
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
  const watches = new Map<Holder, Watch>();
  const ended = (): Watch | undefined => [...watches.values()].find(({ hasEnded }) => hasEnded);
  while (!suggested()) {
    describe(queue);
    for (const holder of queue.holders)
      if (!watches.has(holder)) watches.set(holder, watchOver(activities, holder));
    await condition(() => mustLook || ended() !== undefined || suggested());
    const over = ended();
    if (over) {
      watches.delete(over.holder);
      queue.holders = queue.holders.filter((holder) => holder !== over.holder);
      mustLook = true;
      await settle(activities, over);
    } else if (mustLook) {
      mustLook = false;
      const { holders } = queue;
      const line = await activities.readLine({ holders, except: passedOver });
      const missed = await giveTurns(activities, queue, line);
      passedOver.push(...missed);
      mustLook ||= missed.length > 0 || line.isPartial;
    }
  }
  for (const { scope } of watches.values()) scope.cancel();
  for (const { end } of watches.values()) await end;
  await continueAsNew<typeof queueWorkflow>({ state: queue, tuning: input.tuning });
}

/** Answers those that could not be told of their turn. */
async function giveTurns(
  activities: QueueActivities,
  queue: QueueState,
  { turns, waiting, paused }: LineAnswer,
): Promise<string[]> {
  queue.paused = paused;
  const missed: string[] = [];
  // Holders first, signals second: nobody else can get their turns while the signals are under way.
  queue.holders.push(...turns);
  queue.waiting = without(waiting, queue.holders);
  for (const holder of turns) {
    if (await giveTurn(activities, holder)) continue;
    queue.holders = queue.holders.filter((one) => one !== holder);
    missed.push(holder.orchestrationID);
  }
  return missed;
}

async function settle(activities: QueueActivities, { holder, end }: Watch): Promise<void> {
  const result = await end;
  if (!result || result.status === 'COMPLETED') return;
  log.warn('The orchestration that had the turn was closed from outside', { ...holder, ...result });
  await activities.settleOrchestration({ orchestrationID: holder.orchestrationID });
}

function queueActivities(tuning: Tuning | undefined): QueueActivities {
  const retry = { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 };
  const heartbeatTimeout = heartbeatTimeoutMs(tuning);
  const { currentRun, settleOrchestration } = proxyActivities<QueueActivities>({
    startToCloseTimeout: '5m',
    heartbeatTimeout,
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
    summary: 'watches an orchestration that has the turn of its lane',
    retry,
  });
  return { findHolders, readLine, watchOrchestration, currentRun, settleOrchestration };
}

/** An activity that waits for the end of one that has a turn. */
interface Watch {
  holder: Holder;
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
  const watch: Watch = { holder, scope, hasEnded: false, end };
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

function describe({ holders, waiting, paused }: QueueState): void {
  const turns = holders.map(({ orchestrationID, lane }) => `${orchestrationID} (lane ${lane})`).join(', ');
  const line = waiting.first
    .map(({ orchestrationID, lane, queuedAt }, index) => {
      return `${index + 1}. ${orchestrationID} (lane ${lane}), since ${queuedAt}`;
    })
    .join('\n');
  const count = waiting.count < MOST_COUNTED ? waiting.count : `${MOST_COUNTED} or more`;
  const stop = paused === undefined ? '' : `**Everything** is ${paused}\n\n`;
  setCurrentDetails(`${stop}**Turn:** ${turns || 'nobody'}\n\n**Waiting:** ${count}\n\n${line}`);
}
