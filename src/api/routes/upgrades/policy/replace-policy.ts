import { createRoute, z } from '@hono/zod-openapi';
import type { MaintenancePolicyRow } from '../../../../db/repositories/upgrades/policy-repository.ts';
import type { MaintenancePolicy } from '../../../../domain/upgrades/maintenance-policy.ts';
import { hasControls } from '../../../../domain/texts.ts';
import { BODY_PROBLEMS, bearer, problems } from '../../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { requestHash } from '../../../idempotency.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../../time-limit.ts';
import { tellOrchestrations } from '../commands/tell-orchestrations.ts';
import { countFleet, withoutWindowExample, withoutWindowSchema } from './fleet-answer.ts';
import {
  acceptsPolicy,
  POLICY_PATH,
  policySchema,
  tagHeader,
  tagOf,
  toVersion,
  versionSchema,
} from './policy-document.ts';

const LONGEST_REASON = 1_000;
/** A column has no room for one that follows a higher version; none is reached by hand. */
const MOST_REPLACED = 2_147_483_646;

const TAG = /^"(0|[1-9]\d*)"$/;

const replacedSchema = z
  .object({
    ...versionSchema.shape,
    withoutWindow: withoutWindowSchema.shape.withoutWindow
      .nullable()
      .openapi({ description: 'Null when they could not be counted' }),
    named: withoutWindowSchema.shape.named,
    notCounted: z.string().nullable().openapi({
      description: 'Why they could not be counted, and what to do; null when they were',
    }),
  })
  .openapi('PolicyReplaced', {
    example: {
      version: 4,
      changedBy: 'jane@example.com',
      changedAt: '2030-10-12T19:27:22.281515Z',
      reason: 'Freeze over the year end',
      ...withoutWindowExample,
      notCounted: null,
    },
  });

const reasonQuery = z
  .string({ error: 'must be given once' })
  .trim()
  .max(LONGEST_REASON, {
    error: `must not be longer than ${LONGEST_REASON.toLocaleString('en-US')} characters`,
  })
  .refine((text) => !hasControls(text), 'must not contain control characters or broken Unicode')
  .optional()
  .openapi({
    type: 'string',
    maxLength: LONGEST_REASON,
    description: 'Why, for the list of versions',
    example: 'Freeze over the year end',
  });

const matchHeader = z
  .string()
  .regex(
    TAG,
    `must be one version in quotes, like "3", as GET ${POLICY_PATH} answers it as ETag; weak tags, lists and * are not taken`,
  )
  .optional()
  .openapi({
    param: { required: true },
    description:
      'The version that this one replaces, as `ETag` of GET has it; `"0"` for the first one. Missing: 428. Another one holds: 412',
    example: '"3"',
  });

const route = createRoute({
  method: 'put',
  path: POLICY_PATH,
  tags: ['maintenance policy'],
  summary: 'Replace the maintenance policy',
  description:
    'Stores a new version, when the one that `If-Match` names still holds. A request that is repeated because its answer was lost gets that answer again. The answer names runtimes without a window in the next 30 days. Without workers the policy is stored all the same.',
  security: bearer,
  middleware: [permits('write'), ...acceptsPolicy],
  request: {
    query: z.strictObject({ reason: reasonQuery }),
    headers: z.object({ 'If-Match': matchHeader }),
    body: { required: true, content: { 'application/json': { schema: policySchema } } },
  },
  responses: {
    200: {
      description: 'Stored; it holds',
      headers: tagHeader,
      content: { 'application/json': { schema: replacedSchema } },
    },
    ...problems(...BODY_PROBLEMS, 'precondition-failed', 'precondition-required'),
  },
});

interface Change {
  policy: MaintenancePolicy;
  /** The version that is replaced. */
  after: number;
  changedBy: string;
  reason: string;
}

/** Stores versions of the policy, each in place of the one that its author has seen. */
export function registerReplacePolicy(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const row = await store(c, deps, {
      policy: c.req.valid('json'),
      after: replacedVersion(c.req.valid('header')['If-Match']),
      changedBy: principalOf(c).subject,
      reason: c.req.valid('query').reason ?? '',
    });
    // Also when the request is repeated: nobody may have been told the first time.
    await tellOrchestrations(c, deps, 'the freezes');
    c.header('ETag', tagOf(row));
    return c.json({ ...toVersion(row), ...(await countFleet(c, deps, row)) }, 200);
  });
}

function replacedVersion(tag: string | undefined): number {
  const version = TAG.exec(tag ?? '')?.[1];
  if (version !== undefined) return Number(version);
  throw new ProblemError(
    'precondition-required',
    `Send the version that yours replaces, as ETag of GET ${POLICY_PATH} has it, like If-Match: "3"; for the first policy of all If-Match: "0"`,
  );
}

/** The version that holds now. Throws ProblemError precondition-failed, UnavailableError('database'). */
async function store(c: ApiContext, deps: AppDependencies, change: Change): Promise<MaintenancePolicyRow> {
  const { policies } = deps.repositories;
  const { policy, ...rest } = change;
  const added =
    change.after > MOST_REPLACED
      ? undefined
      : await withinDatabaseLimit(policies.add(policy, { ...rest, now: nowOf(deps) }), READ_LIMIT_MS);
  if (added) {
    c.var.logger.info({ version: added.version }, 'maintenance policy stored');
    return added;
  }
  const current = await policies.current();
  if (current && isRepeated(change, current)) return current;
  throw outdated(current);
}

/** The version that holds is what this very request has stored, now or when its answer was lost. */
function isRepeated(change: Change, current: MaintenancePolicyRow): boolean {
  return (
    current.version === change.after + 1 &&
    current.changedBy === change.changedBy &&
    current.reason === change.reason &&
    requestHash(current.policy) === requestHash(change.policy)
  );
}

function outdated(current: MaintenancePolicyRow | undefined): ProblemError {
  const tag = tagOf(current);
  const detail = current
    ? `Version ${current.version} holds, which ${current.changedBy} stored at ${current.changedAt}; get it, make your change to it, and send it with If-Match: ${tag}`
    : `No policy was stored yet; send the first one with If-Match: ${tag}`;
  return new ProblemError('precondition-failed', detail, { headers: { ETag: tag } });
}
