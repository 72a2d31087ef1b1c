import { createRoute, z } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import { BODY_PROBLEMS, bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import {
  requestOf,
  type OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { StateChange } from '../../../../db/repositories/repository-types.ts';
import { isFinalOrchestrationState } from '../../../../domain/upgrades/states.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { toleratesBody } from '../../../middleware/json-body.ts';
import { ProblemError } from '../../../problem.ts';
import { withinDatabaseLimit } from '../../../time-limit.ts';
import { commandBody, limitOfReason } from '../commands/command-route.ts';
import { isUntold, tellOrchestration } from '../commands/tell-orchestrations.ts';
import { findOrchestration } from './find-orchestration.ts';

const route = createRoute({
  method: 'put',
  path: '/orchestrations/{orchestrationID}/cancel',
  tags: ['orchestrations'],
  summary: 'Cancel an orchestration',
  description:
    'Nothing more is sent: operations to which something was sent finish, the others become `canceled`, then the state does. A reason stands in its events. Nothing changes when it is canceling or has ended already.',
  security: bearer,
  middleware: [permits('write'), ...toleratesBody(limitOfReason)],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: noQuery,
    body: { required: false, content: { [JSON_TYPE]: { schema: commandBody('Cancel', {}) } } },
  },
  responses: {
    200: {
      description: 'The next GET shows `canceling` or `canceled`, or the end it had before',
      content: {
        'application/json': {
          schema: z
            .object({ orchestrationID: z.uuid() })
            .openapi('Canceled', { example: { orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804' } }),
        },
      },
    },
    ...problems(...BODY_PROBLEMS, 'not-found', 'conflict', 'engine-unavailable'),
  },
});

/** A15, A40, A41. */
export function registerCancelOrchestration(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    await cancel(c, deps, orchestrationID, c.req.valid('json').reason || 'Cancel requested');
    return c.json({ orchestrationID }, 200);
  });
}

/**
 * The signal comes first, for it is what cancels; the row follows so that the next GET shows it. With the database away
 * the signal alone must do: a fleet can be stopped at any moment, also while the database hangs.
 */
async function cancel(c: ApiContext, deps: AppDependencies, id: string, reason: string): Promise<void> {
  const row = await unlessDatabaseIsAway(c, () => deps.repositories.orchestrations.find(id));
  if (row?.state === 'canceling') return await cancelOnceMore(c, deps, row);
  // A failed one is signaled all the same: the run of a retry by hand may have begun without having written it yet.
  if (row && row.state !== 'failed' && endsAnyway(row)) return;
  const actor = principalOf(c).subject;
  const mark = { actor, reason, now: nowOf(deps) };
  let answer = await signal(c, deps, id, mark);
  if (answer === 'marked') return;
  if (answer === 'not running' && (await startUnstarted(c, deps, id))) {
    answer = await deps.orchestrations.cancel(id, actor, reason);
  }
  if (answer === 'not running') return await explainNotRunning(deps, id);
  c.var.logger.info({ orchestrationID: id, reason }, 'cancel signaled');
  await unlessDatabaseIsAway(c, async () => {
    await deps.repositories.orchestrations.transition(id, 'canceling', mark);
  });
}

/** Maybe its row alone says that it is canceled. If this fails, the reconciler tells. */
async function cancelOnceMore(c: ApiContext, deps: AppDependencies, row: OrchestrationRow): Promise<void> {
  if (!isUntold(row)) return;
  try {
    await startIfUnstarted(deps, row);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error, orchestrationID: row.id }, 'the orchestration is started later');
    return;
  }
  await tellOrchestration(c, deps, row);
}

/** Reads the row again: it may have been accepted or retried a moment ago. False when there is nothing to start. */
async function startUnstarted(c: ApiContext, deps: AppDependencies, id: string): Promise<boolean> {
  const row = await unlessDatabaseIsAway(c, () => deps.repositories.orchestrations.find(id));
  return row !== undefined && (await startIfUnstarted(deps, row));
}

/** Of one that was accepted or retried and not started since. False when there is nothing to start. */
async function startIfUnstarted(deps: AppDependencies, row: OrchestrationRow): Promise<boolean> {
  if (row.lookAt === null) return false;
  if (row.state === 'pending') await deps.orchestrations.start(requestOf(row));
  else await deps.orchestrations.retry(requestOf(row));
  return true;
}

/**
 * With the engine away the mark in the row must do: nothing begins against it, and the reconciler tells the workflow. Throws
 * UnavailableError('engine') when neither is there.
 */
async function signal(
  c: ApiContext,
  deps: AppDependencies,
  id: string,
  mark: StateChange,
): Promise<'signaled' | 'not running' | 'marked'> {
  try {
    return await deps.orchestrations.cancel(id, mark.actor, mark.reason);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    const wanted = { ...mark, isWanted: true };
    const marked = await unlessDatabaseIsAway(c, () =>
      deps.repositories.orchestrations.transition(id, 'canceling', wanted),
    );
    if (!marked) throw error;
    c.var.logger.warn({ err: error, orchestrationID: id }, 'canceled in the row alone');
    return 'marked';
  }
}

/** Nothing runs under this ID: it has ended, never was, or ended without its row being told. */
async function explainNotRunning(deps: AppDependencies, id: string): Promise<void> {
  // Read again: it may have ended between the first look and the signal.
  const row = await withinDatabaseLimit(findOrchestration(deps, id));
  if (endsAnyway(row)) return;
  throw new ProblemError(
    'conflict',
    'The workflow of this orchestration has ended without reporting, so nothing more is started; its state is settled within minutes, look again then',
  );
}

function endsAnyway(row: OrchestrationRow): boolean {
  return row.state === 'canceling' || isFinalOrchestrationState(row.state);
}

async function unlessDatabaseIsAway<T>(c: ApiContext, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await withinDatabaseLimit(work());
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ reason: error.message, err: error }, 'canceling goes on without it');
    return undefined;
  }
}
