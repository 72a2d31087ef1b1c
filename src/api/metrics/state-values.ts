/** The values of the gauges that show the state of the rows. Each label has all its values, at 0 where there is nothing, so that no alert loses sight of one. */
import { STACK_STATUSES } from '../../domain/stacks/statuses.ts';
import type { Lanes } from '../../domain/upgrades/lanes.ts';
import { ORCHESTRATION_TYPES } from '../../domain/upgrades/orchestration-parameters.ts';
import { PAUSE_CODES } from '../../domain/upgrades/rollout-control.ts';
import {
  isFinalOrchestrationState,
  OPERATION_STATES,
  ORCHESTRATION_STATES,
} from '../../domain/upgrades/states.ts';
import { WAITING_CODES } from '../../domain/upgrades/waiting.ts';
import type { State } from './read-state.ts';

const OPEN_STATES = ORCHESTRATION_STATES.filter((state) => !isFinalOrchestrationState(state));

/** Names without their prefix `drydock_`, what each tells, and its labels. */
export const STATE_GAUGES = {
  orchestrations: ['Orchestrations that have not ended', 'type', 'state'],
  orchestrations_paused: ['Orchestrations in progress that are paused, by reason', 'reason'],
  orchestrations_unobserved: ['Orchestrations whose workflows have not read what is wanted of them'],
  operations: ['Operations of orchestrations that have not ended', 'type', 'state'],
  operations_waiting: [
    'Operations that wait, and those in progress that do not get on, by what they wait for',
    'code',
  ],
  slots_used: ['Operations in progress', 'lane'],
  slots_limit: [
    'Operations that may be in progress at once in what has the turn; 0 also while nothing of it may begin',
    'lane',
  ],
  turns_held: ['Orchestrations that have the turn', 'lane'],
  queue_length: ['Orchestrations that wait for a turn', 'lane'],
  queue_paused: ['1 while everything is paused'],
  approvals_waiting: ['Questions whether the next wave may run that nobody has answered'],
  approval_oldest_seconds: ['Age of the oldest of them; 0 without any'],
  failure_budget_used_ratio: [
    'Failures by those that are too many: at 1 the budget of what has the turn is exceeded; absent without a budget',
    'lane',
  ],
  inventory_age_seconds: ['Age of the inventory that is shown; absent before its first read'],
  stacks: ['Stacks', 'status'],
  webhook_backlog_seconds: [
    'Age of the oldest delivery to a webhook that is due and that nobody sends; 0 without any',
  ],
} as const satisfies Record<string, readonly [help: string, ...labels: string[]]>;

export type StateGaugeName = keyof typeof STATE_GAUGES;
type Values = [labels: Record<string, string>, value: number][];

export function valuesOf(state: State, lanes: Lanes, nowMs: number): Record<StateGaugeName, Values> {
  const names = lanesOf(state, lanes);
  const byLane = (valueOf: (lane: string) => number | undefined): Values =>
    names.flatMap((lane): Values => {
      const value = valueOf(lane);
      return value === undefined ? [] : [[{ lane }, value]];
    });
  const ageOf = (instant: string): number => Math.max(0, (nowMs - Date.parse(instant)) / 1_000);
  const { questions, inventoryAsOf, lanesAtWork, webhooksDueSince } = state;
  return {
    orchestrations: byTypeAndState(OPEN_STATES, state.orchestrations),
    orchestrations_paused: filled('reason', PAUSE_CODES, ofPauses(state)),
    orchestrations_unobserved: [[{}, state.unobserved]],
    operations: byTypeAndState(OPERATION_STATES, state.operations),
    operations_waiting: filled('code', WAITING_CODES, state.waits),
    slots_used: byLane((name) => state.executing.find(({ lane }) => lane === name)?.count ?? 0),
    slots_limit: byLane((name) =>
      lanesAtWork.filter(({ lane }) => lane === name).reduce((sum, { workers }) => sum + workers, 0),
    ),
    turns_held: byLane((name) => lanesAtWork.filter(({ lane }) => lane === name).length),
    queue_length: byLane((name) => state.waiting.get(name) ?? 0),
    queue_paused: [[{}, state.isPaused ? 1 : 0]],
    approvals_waiting: [[{}, questions.count]],
    approval_oldest_seconds: [[{}, questions.firstAskedAt === null ? 0 : ageOf(questions.firstAskedAt)]],
    failure_budget_used_ratio: byLane((name) => lanesAtWork.find(({ lane }) => lane === name)?.budgetUsed),
    inventory_age_seconds: inventoryAsOf === null ? [] : [[{}, ageOf(inventoryAsOf)]],
    stacks: filled('status', STACK_STATUSES, state.stacks),
    webhook_backlog_seconds: [[{}, webhooksDueSince === null ? 0 : ageOf(webhooksDueSince)]],
  };
}

/** Those that are set, and those that were and still have something to do. */
function lanesOf({ executing, waiting, lanesAtWork }: State, lanes: Lanes): string[] {
  const busy = [...executing, ...lanesAtWork].map(({ lane }) => lane);
  return [...new Set([...lanes.map(({ name }) => name), ...busy, ...waiting.keys()])];
}

/** The pause of everything holds for each that is in progress. */
function ofPauses({ paused, isPaused, holders }: State): ReadonlyMap<string, number> {
  const counts = new Map<string, number>(paused.map(({ code, count }) => [code, count]));
  if (isPaused) counts.set('queue', holders.filter(({ state }) => state === 'in progress').length);
  return counts;
}

function filled(label: string, all: readonly string[], counts: ReadonlyMap<string, number>): Values {
  return all.map((value) => [{ [label]: value }, counts.get(value) ?? 0]);
}

function byTypeAndState(
  states: readonly string[],
  counted: readonly { type: string; state: string; count: number }[],
): Values {
  return ORCHESTRATION_TYPES.flatMap((type) =>
    states.map((state): Values[number] => {
      const found = counted.find((one) => one.type === type && one.state === state);
      return [{ type, state }, found?.count ?? 0];
    }),
  );
}
