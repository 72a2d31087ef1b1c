/** Creating an orchestration, the same for both kinds of upgrade. */
import { v5 as uuidV5 } from 'uuid';
import { z } from '@hono/zod-openapi';
import {
  requestOf,
  type OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { UnavailableError } from '../../../../domain/errors.ts';
import { laneAsked } from '../../../../domain/upgrades/lanes.ts';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../../../domain/upgrades/orchestration-parameters.ts';
import type { OrchestrationRequest } from '../../../../workflows/contract/upgrades.ts';
import { nowOf, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { assertSameRequest, IDEMPOTENCY_NAMESPACE, requestHash } from '../../../idempotency.ts';
import { principalOf } from '../../../middleware/authorization.ts';
import { READ_LIMIT_MS, withinDatabaseLimit, withinStartLimit } from '../../../time-limit.ts';
import { approvedPlan, checkLane, checkUntil } from './request-checks.ts';

export const createdSchema = z
  .object({ orchestrationID: z.uuid() })
  .openapi('Created', { example: { orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804' } });

export interface CreateRequest {
  type: OrchestrationType;
  parameters: OrchestrationParameters;
  /** The versions as they were asked for, which tell a repeated request from another one. */
  asked: AskedVersions;
  /** Why; empty when nobody has said so. */
  reason: string;
  idempotencyKey?: string;
}

/**
 * Writes the row of the orchestration, starts its workflow, and answers its ID (A21). The row is the one write that
 * matters: an engine that is away is told later. Throws ProblemError idempotency-key-reused,
 * invalid-input, conflict, UnavailableError('database').
 */
export async function createOrchestration(
  c: ApiContext,
  deps: AppDependencies,
  { type, parameters, asked, reason, idempotencyKey }: CreateRequest,
): Promise<string> {
  const createdBy = principalOf(c).subject;
  const hash = requestHash({
    ...{ type, parameters: { ...parameters, ...asked } },
    // Requests from before there was one keep their hash.
    ...(reason !== '' && { reason }),
  });
  const request: OrchestrationRequest = {
    orchestrationID:
      idempotencyKey === undefined
        ? deps.randomUUID()
        : uuidV5(JSON.stringify([createdBy, idempotencyKey]), IDEMPOTENCY_NAMESPACE),
    type,
    parameters,
    createdAt: nowOf(deps),
    createdBy,
    lane: laneAsked(deps.lanes, parameters),
    ...(reason !== '' && { reason }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: hash }),
  };
  await checkLane(deps, request);
  await checkUntil(deps, request);
  const planID = await approvedPlan(deps, request);
  const { record } = deps.repositories.orchestrations;
  // Under a key that was sent before, the row of the first request stands.
  const row = await withinDatabaseLimit(record({ ...request, ...(planID && { planID }) }), READ_LIMIT_MS);
  if (idempotencyKey !== undefined)
    assertSameRequest(row.requestHash, hash, `orchestration ${row.id}, which another request created`);
  c.var.logger.info({ orchestrationID: row.id, type }, 'orchestration accepted');
  if (row.lookAt !== null) await startIfPossible(c, deps, row);
  return row.id;
}

const given = z
  .string()
  .nullish()
  .transform((text) => text || undefined);
const versionsSchema = z.object({
  kyma: z.object({ version: given }).nullish(),
  kubernetes: z
    .object({ kubernetesVersion: given, machineImage: given, machineImageVersion: given })
    .nullish(),
});

export type AskedVersions = Pick<OrchestrationParameters, 'kyma' | 'kubernetes'>;

/**
 * The versions as the request names them: the configured ones, which stand in for those that it does not name, may have
 * changed by the time that it is repeated.
 */
export function askedVersions(body: unknown): AskedVersions {
  const { kyma, kubernetes } = versionsSchema.parse(body);
  return { kyma: { version: kyma?.version ?? '' }, kubernetes: kubernetes ?? {} };
}

const reasonSchema = z.object({ reason: given });

/** The reason of a request, which is no parameter of it: it says nothing of what is to be done. */
export function askedReason(body: unknown): string {
  return reasonSchema.parse(body).reason?.trim() ?? '';
}

/** If this fails, the reconciler starts it within minutes, or the queue when its turn comes. */
async function startIfPossible(c: ApiContext, deps: AppDependencies, row: OrchestrationRow): Promise<void> {
  try {
    await withinStartLimit(deps.orchestrations.start(requestOf(row)));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error, orchestrationID: row.id }, 'the orchestration is started later');
  }
}
