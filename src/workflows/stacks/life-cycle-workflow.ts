import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setHandler,
} from '@temporalio/workflow';
import { isTransitional, type StackStatus } from '../../domain/stacks/statuses.ts';
import {
  stackObservedSignal,
  stackProgressQuery,
  stackResyncSignal,
  type ObservedInstance,
  type StackInput,
} from '../contract/stacks.ts';
import { StackActions } from './actions.ts';
import { catchUp, takeUpNewPlans } from './catch-up.ts';
import { StackInstances } from './instances.ts';
import { observedInput } from './message-inputs.ts';
import { StackObjects } from './object-steps.ts';
import { stackProjection } from './object-proxies.ts';
import { StackRequests } from './requests.ts';
import { StackState } from './known-state.ts';
import { handleSignal } from '../parsed-messages.ts';
import { continueAsNewIsDue } from '../tuning.ts';
import { workflowNow } from '../workflow-time.ts';

/** The next action by the clock. */
interface Due {
  at: number;
  action: 'START' | 'STOP';
}

/** Temporal's own request to cancel, which means STOP. */
interface CancelRequest {
  isOpen: boolean;
  /** A run can be canceled once: the next one can be canceled again. */
  isAnswered: boolean;
}

const CANCELED = 'The workflow was canceled in Temporal';
const RUNS: readonly StackStatus[] = ['ready', 'warning', 'shut_down', 'error', 'starting'];

/**
 * The life of one stack (A59, A69): waits for requests, for the times of its schedule and for news of its instances, and
 * carries out one action after the other, until the stack is removed. Everything it knows stands in the database: a run
 * that begins anew, after whatever ended the one before, goes on from there.
 */
export async function stackWorkflow(input: StackInput): Promise<void> {
  const state = new StackState(input);
  const objects = new StackObjects(state);
  const actions = new StackActions(state, objects);
  const instances = new StackInstances(state, objects, input.carried);
  const requests = new StackRequests(state, actions, instances);
  const observed: ObservedInstance[] = [];
  handleSignal(stackObservedSignal, observedInput, (news) => {
    observed.push(...news);
    state.changes += 1;
  });
  setHandler(stackResyncSignal, () => {
    // Work that is under way finds out by itself when it is not wanted any more.
    if (state.isLoaded && !state.isGone() && !isTransitional(state.status)) state.fallBehind();
  });
  setHandler(stackProgressQuery, () => state.progress());
  const cancel: CancelRequest = { isOpen: input.isCanceled ?? false, isAnswered: false };
  CancellationScope.current().cancelRequested.catch(() => {
    cancel.isOpen = true;
    state.changes += 1;
  });

  const { tuning } = input;
  await CancellationScope.nonCancellable(async () => {
    state.load(await stackProjection('reads the stack').loadStack({ name: input.name }));
    await takeUpNewPlans(state);
    await instances.settle();
    while (!state.isGone()) {
      state.show();
      const seen = state.changes;
      if (state.isOutOfStep()) {
        await catchUp(state, instances);
      } else if (cancel.isOpen && (await mayStop(state, requests))) {
        await stopAsCanceled(requests, cancel);
      } else if (isTransitional(state.status)) {
        await instances.endAll();
        await carryOut(state, actions, requests, cancel);
      } else {
        // Nothing is begun on what a request is just changing.
        await condition(() => !requests.isBusy || state.isOutOfStep());
        if (state.isGone() || isTransitional(state.status) || state.isOutOfStep()) continue;
        if (continueAsNewIsDue(tuning) || cancel.isAnswered) return;
        await instances.settle();
        instances.resume();
        for (const { label, name } of observed.splice(0)) instances.observe(label, name);
        const due = dueOf(state);
        if (due && due.at <= workflowNow()) await requests.beginBySelf(due.action, timeHasCome(due));
        else await untilSomethingHappens(state, seen, due, () => continueAsNewIsDue(tuning));
      }
    }
  });
  await CancellationScope.nonCancellable(() => untilQuiet(state, instances));
  if (!state.isGone()) {
    const carried = instances.unfinished;
    await continueAsNew<typeof stackWorkflow>({ ...input, carried, isCanceled: cancel.isOpen });
  }
}

/** False while an action that STOP can't end is under way, or has just been begun by an earlier request. */
async function mayStop(state: StackState, requests: StackRequests): Promise<boolean> {
  await condition(() => !requests.isBusy || state.isOutOfStep());
  if (state.isOutOfStep()) return false;
  return state.isGone() || !isTransitional(state.status) || state.status === 'starting';
}

/** Nothing when nothing of the stack exists. */
async function stopAsCanceled(requests: StackRequests, cancel: CancelRequest): Promise<void> {
  cancel.isOpen = false;
  cancel.isAnswered = true;
  await requests.beginBySelf('STOP', CANCELED);
}

/** A request that is being answered may begin something: nothing is left running, or to be written, when the run ends. */
async function untilQuiet(state: StackState, instances: StackInstances): Promise<void> {
  do {
    await condition(() => allHandlersFinished() && !state.isWriting);
    await instances.pause();
  } while (!allHandlersFinished() || !instances.isIdle || state.isWriting);
}

/** An action to its end; a start also ends when the time to stop comes, or with a request to cancel. */
async function carryOut(
  state: StackState,
  actions: StackActions,
  requests: StackRequests,
  cancel: CancelRequest,
): Promise<void> {
  const { status } = state;
  if (!isTransitional(status)) return;
  let left = 1;
  const work = actions.carryOut(status).finally(() => (left = 0));
  const due = dueOf(state);
  const interrupted = (): boolean => left === 0 || (cancel.isOpen && state.status === 'starting');
  if (due) {
    await condition(interrupted, Math.max(1, due.at - workflowNow()), { summary: summaryOf(due) });
  } else await condition(interrupted);
  if (left > 0 && state.status === 'starting') {
    if (cancel.isOpen) await stopAsCanceled(requests, cancel);
    else if (due) await requests.beginBySelf('STOP', timeHasCome(due));
  }
  await work;
}

async function untilSomethingHappens(
  state: StackState,
  seen: number,
  due: Due | undefined,
  mustEnd: () => boolean,
): Promise<void> {
  const happened = (): boolean => state.changes !== seen || mustEnd();
  if (!due) return await condition(happened);
  await condition(happened, due.at - workflowNow(), { summary: summaryOf(due) });
}

/** The next time of the schedule. One to stop counts for a start before it: who starts a stack later means to run it. */
function dueOf(state: StackState): Due | undefined {
  const { start_time: start, stop_time: stop } = state.plan.schedule;
  if (state.status === 'scheduled' && start !== null) return { at: Date.parse(start), action: 'START' };
  if (!RUNS.includes(state.status) || stop === null || state.startedAt === null) return undefined;
  return Date.parse(stop) > Date.parse(state.startedAt)
    ? { at: Date.parse(stop), action: 'STOP' }
    : undefined;
}

function timeHasCome({ action }: Due): string {
  return `Its time to ${action.toLowerCase()} has come`;
}

function summaryOf({ at, action }: Due): string {
  return `waits for its time to ${action.toLowerCase()}, ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
