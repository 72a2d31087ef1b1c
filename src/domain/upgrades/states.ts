/**
 * States of orchestrations and operations, and which state may follow which.
 * The one table that code, the database's guarded updates, the docs and the tests share.
 */

/** Every state of an orchestration, as it stands on the wire (A47). */
export const ORCHESTRATION_STATES = [
  'pending',
  'in progress',
  'canceling',
  'canceled',
  'retrying',
  'succeeded',
  'failed',
] as const;
export type OrchestrationState = (typeof ORCHESTRATION_STATES)[number];

/** Every state of an operation, as it stands on the wire. */
export const OPERATION_STATES = [
  'pending',
  'in progress',
  'retrying',
  'canceled',
  'succeeded',
  'failed',
] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/**
 * From which states each state of an orchestration may be entered. `retrying` waits for its turn as `pending` does;
 * a failed orchestration leaves its end only through a retry.
 */
export const ORCHESTRATION_ENTERED_FROM: Readonly<Record<OrchestrationState, readonly OrchestrationState[]>> =
  {
    pending: [],
    'in progress': ['pending', 'retrying'],
    canceling: ['pending', 'in progress', 'retrying'],
    canceled: ['pending', 'in progress', 'canceling', 'retrying'],
    retrying: ['failed'],
    succeeded: ['in progress'],
    failed: ['pending', 'in progress', 'canceling', 'retrying'],
  };

/**
 * From which states each state of an operation may be entered. One that executes waits again (as `pending`, or as `retrying`
 * from the second attempt on) when its window has closed before anything was sent, and as `retrying` when it has failed and is tried
 * again by itself. It is canceled when the check before its upgrade refuses it.
 */
export const OPERATION_ENTERED_FROM: Readonly<Record<OperationState, readonly OperationState[]>> = {
  pending: ['in progress'],
  'in progress': ['pending', 'retrying'],
  retrying: ['failed', 'in progress'],
  canceled: ['pending', 'in progress', 'retrying'],
  succeeded: ['in progress'],
  failed: ['pending', 'in progress', 'retrying'],
};

/** States of operations that still wait to be dispatched. */
export const WAITING_OPERATION_STATES = ['pending', 'retrying'] as const;

const FINAL_ORCHESTRATION: ReadonlySet<OrchestrationState> = new Set(['canceled', 'succeeded', 'failed']);
const FINAL_OPERATION: ReadonlySet<OperationState> = new Set(['canceled', 'succeeded', 'failed']);

/** True for a state in which the orchestration's workflow has ended. */
export function isFinalOrchestrationState(state: OrchestrationState): boolean {
  return FINAL_ORCHESTRATION.has(state);
}

/** True for a state in which nothing more happens to the operation, unless a retry is asked for. */
export function isFinalOperationState(state: OperationState): boolean {
  return FINAL_OPERATION.has(state);
}

/** True when an orchestration in `from` may be set to `to`. */
export function mayEnterOrchestrationState(from: OrchestrationState, to: OrchestrationState): boolean {
  return ORCHESTRATION_ENTERED_FROM[to].includes(from);
}

/** True when an operation in `from` may be set to `to`. */
export function mayEnterOperationState(from: OperationState, to: OperationState): boolean {
  return OPERATION_ENTERED_FROM[to].includes(from);
}
