import { log } from '@temporalio/activity';
import { UnavailableError } from '../../domain/errors.ts';
import { whyTooMany } from '../../domain/upgrades/lanes.ts';
import { CANCELED } from '../../domain/upgrades/descriptions.ts';
import { LEAD_MS } from '../../domain/upgrades/loop-steps.ts';
import type { Command } from '../../domain/upgrades/rollout-control.ts';
import { isFinalOperationState, type OrchestrationState } from '../../domain/upgrades/states.ts';
import type {
  Dispatch,
  OperationRow,
  OrchestrationRow,
} from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OperationOutcome } from '../../workflows/contract/upgrades.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import type { ProjectionActivities, RecordedOrchestration } from './activity-types.ts';
import { heedFreezes, reschedule, rollOverdue } from './rescheduling.ts';
import { readWanted } from './wanted.ts';

/** Between two looks at a busy runtime, at the least. */
const SHORTEST_WAIT_MS = 100;

/** Short writes to the database. Each may run twice: what has moved on already stays as it is. */
export function createProjectionActivities(
  deps: Pick<ActivityDependencies, 'repositories' | 'policies' | 'shoots' | 'clock' | 'lanes'>,
): ProjectionActivities {
  const { orchestrations, operations, retries, control } = deps.repositories;

  return {
    async recordOrchestration({ orchestrationID, request }) {
      const row = request ? await orchestrations.begun(request) : await orchestrations.find(orchestrationID);
      if (!row)
        throw new UnavailableError('database', `There is no row for orchestration ${orchestrationID} yet`);
      return recorded(row);
    },

    async enterState({ orchestrationID, state, actor, reason }) {
      const row = await orchestrations.find(orchestrationID);
      const change = { actor, reason, description: describe(row, state), now: nowOf(deps) };
      const changed = await orchestrations.transition(orchestrationID, state, change);
      // Also when somebody else has written it: an unsent operation ends now, and not when what is in its way does.
      if (state === 'canceling')
        await operations.stopUnsent(orchestrationID, { actor, reason: CANCELED, now: change.now });
      return changed?.state ?? (await orchestrations.find(orchestrationID))?.state ?? state;
    },

    async readPlan({ orchestrationID, after, limit, wave = 0, limits }) {
      const nowMs = Math.max(deps.clock(), limits?.nowMs ?? 0);
      const replaced = await heedFreezes(deps, orchestrationID);
      if (replaced.hasRolled) return { items: [], isBehind: true, ...replaced };
      const rolled = await rollOverdue(deps, orchestrationID, wave, nowMs);
      if (rolled.hasRolled) return { items: [], isBehind: false, ...rolled };
      const now = new Date(nowMs).toISOString();
      const dueBy = new Date(nowMs + LEAD_MS).toISOString();
      const page = await operations.readPlan(orchestrationID, { after, limit, now, dueBy, wave, limits });
      const untilMs = (time: string): number => Math.max(Date.parse(time) - nowMs, SHORTEST_WAIT_MS);
      return {
        items: page.items,
        isBehind: false,
        ...rolled,
        ...(page.nextNotBefore === undefined ? {} : { lookAgainInMs: untilMs(page.nextNotBefore) }),
        ...(page.nextDueAt === undefined ? {} : { nextDueInMs: untilMs(page.nextDueAt) }),
      };
    },

    async failOperation({ operationID, attempt, dispatch, code, message }) {
      const row = await operations.fail(operationID, { attempt, dispatch }, { code, message }, nowOf(deps));
      return (row && endOf(row, { attempt, dispatch })) ?? { kind: 'failed', code, message };
    },

    async rescheduleOperation({ operationID, attempt, dispatch }) {
      const [row] = await operations.findMany([operationID]);
      const stands = row?.attempt === attempt && row.dispatch === dispatch;
      return { givenUp: stands && (await reschedule(deps, row)) === 'given up' };
    },

    async giveBackOperation({ operationID, attempt, dispatch }) {
      await operations.giveBack(operationID, { attempt, dispatch });
    },

    async cancelOperation({ operationID, attempt, dispatch, reason }) {
      const change = { actor: DRYDOCK, reason, now: nowOf(deps) };
      await operations.cancelOne(operationID, { attempt, dispatch }, change);
    },

    readControl: (input) => readWanted(deps, input),

    async applyCommand({ orchestrationID, command, numbered }) {
      const refused = await whyRefused(deps, orchestrationID, command);
      if (refused !== undefined) {
        log.warn('A command is dropped', { orchestrationID, command: command.command, reason: refused });
        return;
      }
      const done = await control.command(orchestrationID, command, nowOf(deps), numbered);
      if (done?.isOld)
        log.warn('A command is dropped: one with its number was carried out before', {
          orchestrationID,
          ...numbered,
        });
    },

    async applyRetry({ orchestrationID, retry: { requestID, operationIDs, requestedBy } }) {
      const asked = { orchestrationID, requestID, operationIDs, requestedBy };
      const done = await retries.retry(asked, nowOf(deps));
      if (done?.kind === 'refused')
        log.warn('A retry is dropped', { orchestrationID, requestedBy, state: done.row.state });
    },

    async failOvertaken({ orchestrationID }) {
      await operations.failOvertaken(orchestrationID, {
        actor: DRYDOCK,
        reason: 'Not tried again: its runtime has had a newer operation of the same type since',
        now: nowOf(deps),
      });
    },
  };
}

/** The reason for which the API answers 400; undefined for a command that it takes. */
async function whyRefused(
  { repositories, lanes }: Pick<ActivityDependencies, 'repositories' | 'lanes'>,
  id: string,
  command: Command,
): Promise<string | undefined> {
  if (command.command !== 'workers') return undefined;
  const row = await repositories.orchestrations.find(id);
  const problem = row && whyTooMany(lanes, row.lane, command.workers);
  return problem && `workers ${problem}`;
}

/** An orchestration that has its plan already was retried: it no longer says what failed. */
function describe(row: OrchestrationRow | undefined, entered: OrchestrationState): string | undefined {
  const planned = row?.plannedCount ?? undefined;
  return entered === 'in progress' && planned !== undefined ? `Scheduled ${planned} operations` : undefined;
}

/**
 * How a dispatch has ended, as far as its row tells: undefined while it has not. A dispatch that the row has left
 * behind has ended without having begun, as far as its parent is concerned: what became of the operation stands in
 * the plan.
 */
export function endOf(row: OperationRow, { attempt, dispatch }: Dispatch): OperationOutcome | undefined {
  if (row.attempt === attempt && isFinalOperationState(row.state)) return outcomeOf(row);
  return row.attempt === attempt && row.dispatch === dispatch ? undefined : { kind: 'released' };
}

/** The recorded end of a row as an outcome. */
export function outcomeOf(row: OperationRow): OperationOutcome {
  if (row.state === 'succeeded') return { kind: 'succeeded' };
  if (row.state === 'failed') {
    return { kind: 'failed', code: row.failureCode ?? 'OPERATION_LOST', message: row.description };
  }
  return { kind: 'canceled' };
}

function recorded(row: OrchestrationRow): RecordedOrchestration {
  return { type: row.type, parameters: row.parameters, state: row.state, createdAt: row.createdAt };
}
