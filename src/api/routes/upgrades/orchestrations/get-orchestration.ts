import { createRoute, z } from '@hono/zod-openapi';
import type { Repositories } from '../../../../db/repositories/repository-types.ts';
import { bearer, idParameter, noQuery, problems, timestamp } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { waitsOfOrchestrations } from '../waiting/orchestration-waits.ts';
import { findWithPauseOfAll } from './find-orchestration.ts';
import type { CountedWave } from '../../../../db/repositories/upgrades/control-repository.ts';
import type {
  OperationStats,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { failedAtPause } from '../../../../domain/upgrades/failure-budget.ts';
import { OPERATION_STATES } from '../../../../domain/upgrades/states.ts';
import { orchestrationExample, orchestrationSchema, toOrchestration } from './orchestration.ts';
import { inFlightOf } from './progress-answer.ts';
import { budgetAnswer, toWaves, wavesAnswer } from './wave-answer.ts';

const budgetOfAll = budgetAnswer.openapi({
  description: 'Null without a budget for the whole orchestration, and until the plan is complete',
});

const canceledAnswer = z
  .object({ by: z.string(), at: timestamp, reason: z.string() })
  .nullable()
  .openapi({ description: 'Who has canceled it, while it is `canceling` or `canceled`; null otherwise' });

export const detailSchema = orchestrationSchema
  .extend({ failureBudget: budgetOfAll, waves: wavesAnswer, canceled: canceledAnswer })
  .openapi('OrchestrationDetail', {
    description: 'An orchestration with its waves',
    example: { ...orchestrationExample, failureBudget: null, waves: [], canceled: null },
  });

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}',
  tags: ['orchestrations'],
  summary: 'The status of one orchestration',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: noQuery,
  },
  responses: {
    200: {
      description: 'The orchestration',
      content: { 'application/json': { schema: detailSchema } },
    },
    ...problems('invalid-input', 'not-found'),
  },
});

/** A14. */
export function registerGetOrchestration(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const row = await findWithPauseOfAll(deps, orchestrationID);
    const { stats, waves, failureBudget, canceled } = await detailsOf(deps, row);
    const waits = await waitsOfOrchestrations(deps, [row], stats);
    const inFlight = (await inFlightOf(deps, [row], stats)).get(row.id);
    const answer = toOrchestration(row, stats.get(row.id), waits.get(row.id), inFlight);
    return c.json({ ...answer, failureBudget, waves, canceled }, 200);
  });
}

interface Reading {
  repositories: Pick<Repositories, 'control' | 'operations' | 'events'>;
}

interface Details {
  stats: ReadonlyMap<string, OperationStats>;
  waves: z.infer<typeof wavesAnswer>;
  failureBudget: z.infer<typeof budgetAnswer>;
  canceled: z.infer<typeof canceledAnswer>;
}

/** Everything of the answer that does not stand in the row. */
export async function detailsOf(deps: Reading, row: OrchestrationRow): Promise<Details> {
  const waves = row.parameters.strategy.waves ? await deps.repositories.control.waves(row.id) : [];
  const stats = await statsOf(deps, row.id, waves);
  const isCanceled = row.state === 'canceling' || row.state === 'canceled';
  const canceled = isCanceled ? await deps.repositories.events.canceled(row.id) : undefined;
  return {
    ...{ stats, waves: toWaves(waves), failureBudget: await budgetOf(deps, row) },
    canceled: canceled ?? null,
  };
}

/** Operations are counted once: with waves, by them. */
async function statsOf(
  { repositories }: Reading,
  id: string,
  waves: readonly CountedWave[],
): Promise<ReadonlyMap<string, OperationStats>> {
  if (waves.length === 0) return await repositories.operations.stats([id]);
  const sum: OperationStats = {};
  for (const { stats } of waves) {
    for (const state of OPERATION_STATES) {
      const count = stats[state];
      if (count !== undefined) sum[state] = (sum[state] ?? 0) + count;
    }
  }
  return new Map([[id, sum]]);
}

/** Null without one for all of it, and until the plan is complete. */
async function budgetOf(
  { repositories }: Reading,
  { id, budgetMax, pauses }: OrchestrationRow,
): Promise<z.infer<typeof budgetAnswer>> {
  if (budgetMax === null) return null;
  const failed = await repositories.control.countFailures(id);
  return { max: budgetMax, failed, failedAtPause: failedAtPause(pauses) ?? null };
}
