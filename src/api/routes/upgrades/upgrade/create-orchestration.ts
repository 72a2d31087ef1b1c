/** Creating an orchestration, the same for both kinds of upgrade. */
import { v5 as uuidV5 } from 'uuid';
import { z } from 'zod';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { UnavailableError } from '../../../../domain/errors.ts';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../../../domain/upgrades/orchestration-parameters.ts';
import type { OrchestrationRequest } from '../../../../workflows/contract/upgrades.ts';
import { nowOf, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { IDEMPOTENCY_NAMESPACE, requestHash } from '../../../idempotency.ts';
import { principalOf } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { withinDatabaseLimit } from '../../../time-limit.ts';

export interface CreateRequest {
  type: OrchestrationType;
  parameters: OrchestrationParameters;
  idempotencyKey?: string;
}

/**
 * Starts the orchestration and answers its ID (A21). The start is the one write that matters; nothing is stored when the
 * engine is away. The row under an idempotency key decides before the engine, which forgets what ended long ago.
 * Throws ProblemError idempotency-key-reused, UnavailableError('engine').
 */
export async function createOrchestration(
  c: ApiContext,
  deps: AppDependencies,
  { type, parameters, idempotencyKey }: CreateRequest,
): Promise<string> {
  const createdBy = principalOf(c).subject;
  const hash = requestHash({ type, parameters: { ...parameters, ...askedVersions(await c.req.json()) } });
  if (idempotencyKey !== undefined) {
    const earlier = await findEarlier(c, deps, createdBy, idempotencyKey);
    if (earlier) return sameRequest(earlier.id, earlier.requestHash, hash);
  }
  const request: OrchestrationRequest = {
    orchestrationID:
      idempotencyKey === undefined
        ? deps.randomUUID()
        : uuidV5(JSON.stringify([createdBy, idempotencyKey]), IDEMPOTENCY_NAMESPACE),
    type,
    parameters,
    createdAt: nowOf(deps),
    createdBy,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: hash }),
  };
  const standing = await startOnce(deps, request);
  sameRequest(standing.orchestrationID, standing.requestHash, request.requestHash);
  c.var.logger.info({ orchestrationID: request.orchestrationID, type }, 'orchestration accepted');
  await recordIfPossible(c, deps, standing);
  return request.orchestrationID;
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

/**
 * The versions as the request names them: the configured ones, which stand in for those that it does not name, may have
 * changed by the time that it is repeated.
 */
function askedVersions(body: unknown): Pick<OrchestrationParameters, 'kyma' | 'kubernetes'> {
  const { kyma, kubernetes } = versionsSchema.parse(body);
  return { kyma: { version: kyma?.version ?? '' }, kubernetes: kubernetes ?? {} };
}

/** Starts it, or answers the request that was started under this ID before. */
async function startOnce(
  deps: AppDependencies,
  request: OrchestrationRequest,
): Promise<OrchestrationRequest> {
  if ((await deps.orchestrations.start(request)) === 'started') return request;
  const described = await deps.orchestrations.describe(request.orchestrationID);
  if (described) return described.request;
  throw new UnavailableError('engine', 'The engine knows this orchestration but can not describe it');
}

function sameRequest(id: string, known: string | null | undefined, hash: string | undefined): string {
  if (known === hash) return id;
  throw new ProblemError(
    'idempotency-key-reused',
    `This Idempotency-Key belongs to orchestration ${id}, which another request created; use a new key for a new request`,
  );
}

/** Undefined also when the database is away: then the engine decides, which knows the keys of some hours. */
async function findEarlier(
  c: ApiContext,
  deps: AppDependencies,
  createdBy: string,
  key: string,
): Promise<OrchestrationRow | undefined> {
  try {
    return await withinDatabaseLimit(deps.repositories.orchestrations.findByIdempotencyKey(createdBy, key));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error }, 'the idempotency key can not be looked up');
    return undefined;
  }
}

/** The workflow records itself, too: this only lets the next GET see the row without asking the engine. */
async function recordIfPossible(
  c: ApiContext,
  deps: AppDependencies,
  request: OrchestrationRequest,
): Promise<void> {
  try {
    await withinDatabaseLimit(deps.repositories.orchestrations.record(request));
  } catch (error) {
    const { orchestrationID } = request;
    c.var.logger.warn({ err: error, orchestrationID }, 'the orchestration records itself later');
  }
}
