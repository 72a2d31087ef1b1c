import { createRoute, z } from '@hono/zod-openapi';
import { PolicyVersions } from '../../../../db/repositories/upgrades/policy-versions.ts';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { UnusablePolicyError } from '../../../../domain/upgrades/compiled-policy.ts';
import {
  firstGroups,
  GROUPED_BY,
  groupByZone,
  totalOf,
  type GroupedBy,
  type OperationGroup,
} from '../../../../domain/upgrades/rollout-groups.ts';
import { OPERATION_STATES } from '../../../../domain/upgrades/states.ts';
import { bearer, idParameter, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { findOrchestration } from './find-orchestration.ts';

/** Real fleets have tens of regions and plans, and a month has 720 hours. */
const MOST_GROUPS = 1_000;

const summarySchema = z
  .object({
    orchestrationID: z.uuid(),
    by: z.enum(GROUPED_BY),
    total: z.int().min(0).openapi({ description: 'All of its operations' }),
    groups: z.array(
      z.object({
        key: z.string().nullable().openapi({
          description:
            'The number of the wave from 0, the zone or offset of the windows, the plan, the region, or the begin of the hour; null for those that have none',
        }),
        name: z.string().optional().openapi({ description: 'Of the wave' }),
        total: z.int().min(0),
        states: z.partialRecord(z.enum(OPERATION_STATES), z.int().min(0)).openapi({
          description: 'States that no operation is in are left out',
        }),
      }),
    ),
    others: z
      .int()
      .min(0)
      .openapi({
        description: `Operations in groups beyond the first ${MOST_GROUPS.toLocaleString('en-US')}, in the order of their keys`,
      }),
  })
  .openapi('Summary', {
    example: {
      orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
      by: 'wave',
      total: 40,
      groups: [
        { key: '0', name: 'canary', total: 2, states: { succeeded: 2 } },
        { key: '1', name: 'rest', total: 38, states: { failed: 1, 'in progress': 5, pending: 32 } },
      ],
      others: 0,
    },
  });

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}/summary',
  tags: ['orchestrations'],
  summary: 'Its operations by state, and by wave, zone, plan, region or hour',
  description:
    'By `hour`: the hour in which an operation has ended, or in which the window of one that waits begins. By `zone`: the time zone, or offset, of the windows of its runtime.',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: z.strictObject({
      by: z.enum(GROUPED_BY, { error: `must be one of: ${GROUPED_BY.join(', ')}` }),
    }),
  },
  responses: {
    200: { description: 'The groups', content: { 'application/json': { schema: summarySchema } } },
    ...problems('invalid-input', 'not-found', 'conflict'),
  },
});

export function registerSummary(api: Api, deps: AppDependencies): void {
  const policies = new PolicyVersions(deps.repositories.policies);
  api.openapi(route, async (c) => {
    const orchestration = await findOrchestration(deps, c.req.valid('param').orchestrationID);
    const { by } = c.req.valid('query');
    const all = await groupsOf(deps, policies, orchestration, by);
    const { groups, others } = firstGroups(all, MOST_GROUPS);
    const names = by === 'wave' ? await waveNames(deps, orchestration.id) : new Map<string, string>();
    const answers = groups.map(({ key, states }) => {
      const name = key === null ? undefined : names.get(key);
      return { key, ...(name !== undefined && { name }), total: totalOf(states), states };
    });
    const total = all.reduce((sum, { states }) => sum + totalOf(states), 0);
    return c.json({ orchestrationID: orchestration.id, by, total, groups: answers, others }, 200);
  });
}

async function groupsOf(
  { repositories }: Pick<AppDependencies, 'repositories'>,
  policies: PolicyVersions,
  { id, policyVersion }: OrchestrationRow,
  by: GroupedBy,
): Promise<OperationGroup[]> {
  if (by !== 'zone') return await repositories.rollouts.group(id, by);
  try {
    // Version 0 has no rules: a version that the database has lost leaves the windows of the Shoots.
    const policy = (await policies.find(policyVersion ?? 0)) ?? (await policies.find(0));
    return policy ? groupByZone(policy, await repositories.rollouts.alike(id)) : [];
  } catch (error) {
    if (error instanceof UnusablePolicyError) throw new ProblemError('conflict', error.message);
    throw error;
  }
}

async function waveNames(
  { repositories }: Pick<AppDependencies, 'repositories'>,
  orchestrationID: string,
): Promise<Map<string, string>> {
  const rows = await repositories.control.waveRows(orchestrationID);
  return new Map(rows.map(({ number, name }) => [String(number), name]));
}
