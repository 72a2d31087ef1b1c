import { createRoute, z } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import { EMPTY_POLICY, type MaintenancePolicy } from '../../../../domain/upgrades/maintenance-policy.ts';
import { readMoment } from '../../../../domain/upgrades/policy-times.ts';
import { givenText } from '../../../../domain/upgrades/selector-schema.ts';
import type { PolicyPreviewAnswer } from '../../../../workflows/contract/upgrades.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { INSTANT_ERROR, instantOf } from '../../../given-instant.ts';
import { permits } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { fleetSchema, toFleet } from './fleet-answer.ts';
import { acceptsPolicy, POLICY_PATH, policySchema } from './policy-document.ts';
import { runtimeWindowsSchema, toInstant, toRuntimeWindows } from './window-answer.ts';

const tryPolicySchema = z
  .strictObject({
    policy: policySchema.nullish().openapi({
      description: 'A policy to be tried, which is not stored; the stored one by default',
    }),
    runtimeID: givenText(
      'ID of a runtime, exact; without it the whole fleet is counted.',
      '5791e81d-8959-4b78-82e4-7e4edea45683',
    ),
    from: z
      .string()
      .refine((text) => text === '' || instantOf(text) !== undefined, { error: INSTANT_ERROR })
      .nullish()
      .openapi({
        description: 'From when on windows are looked for, RFC 3339; now by default.',
        example: '2030-12-24T18:00:00+01:00',
      }),
  })
  .openapi('TryPolicy', {
    examples: [
      {},
      { runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683', from: '2030-12-24T18:00:00+01:00' },
      {
        policy: {
          rules: [{ match: { region: '^us-' }, timeBegin: '220000-0500', timeEnd: '040000-0500' }],
        },
      },
    ],
  });

const route = createRoute({
  method: 'post',
  path: `${POLICY_PATH}/preview`,
  tags: ['maintenance policy'],
  summary: 'The effect of a maintenance policy: the next windows of a runtime, or the fleet by zone',
  description:
    'Changes nothing. A worker reads the inventory; of a large fleet that takes a while, and what takes longer than 20 seconds is a 503.',
  security: bearer,
  middleware: [permits('read'), ...acceptsPolicy],
  request: {
    query: noQuery,
    body: { required: true, content: { 'application/json': { schema: tryPolicySchema } } },
  },
  responses: {
    200: {
      description: 'The windows of the runtime, or the fleet',
      content: {
        'application/json': { schema: z.discriminatedUnion('kind', [runtimeWindowsSchema, fleetSchema]) },
      },
    },
    ...problems(
      ...BODY_PROBLEMS,
      'not-found',
      'conflict',
      'engine-unavailable',
      'outside-system-unavailable',
    ),
  },
});

export function registerTryPolicy(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { runtimeID, from, policy } = c.req.valid('json');
    const asked = policy ? { policy, version: null } : await stored(deps);
    const fromMs = from ? (readMoment(from)?.ms ?? deps.clock()) : deps.clock();
    const answer = await deps.orchestrations.previewPolicy({
      policy: asked.policy,
      fromMs,
      ...(runtimeID && { runtimeID }),
    });
    const rest = { version: asked.version, from: toInstant(fromMs) };
    const found = knownOf(answer, runtimeID);
    return found.kind === 'runtime'
      ? c.json({ ...toRuntimeWindows(found, asked), ...rest }, 200)
      : c.json({ ...toFleet(found, { ...asked, fromMs }), ...rest }, 200);
  });
}

async function stored(deps: AppDependencies): Promise<{ policy: MaintenancePolicy; version: number }> {
  const row = await deps.repositories.policies.current();
  return { policy: row?.policy ?? EMPTY_POLICY, version: row?.version ?? 0 };
}

/** Throws ProblemError not-found or conflict, UnavailableError('inventory'). */
function knownOf(
  answer: PolicyPreviewAnswer,
  runtimeID: string | null | undefined,
): Extract<PolicyPreviewAnswer, { kind: 'fleet' | 'runtime' }> {
  switch (answer.kind) {
    case 'fleet':
    case 'runtime':
      return answer;
    case 'unknown runtime':
      throw new ProblemError(
        'not-found',
        `No runtime of the fleet has the ID ${runtimeID ?? ''}; without runtimeID the whole fleet is counted`,
      );
    case 'unusable policy':
      throw new ProblemError('conflict', answer.message);
    case 'inventory away':
      // Its words are for the log alone: they may have addresses in them.
      throw new UnavailableError('inventory', 'The inventory does not answer', {
        cause: new Error(answer.message),
      });
  }
}
