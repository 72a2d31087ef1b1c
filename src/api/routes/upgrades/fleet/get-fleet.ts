import { createRoute } from '@hono/zod-openapi';
import { SharedReads } from '../../../../clients/upgrades/shared-reads.ts';
import type { FleetCounts, FleetReadRow } from '../../../../db/repositories/upgrades/fleet-repository.ts';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { withinReadLimit } from '../../../time-limit.ts';
import { permits } from '../../../middleware/authorization.ts';
import { overviewSchema, toOverview, type FleetPolicies } from './overview-answer.ts';

/** All who look at the fleet within that time see the same: a very large one takes a second to count. */
const SHARED_MS = 5_000;

const route = createRoute({
  method: 'get',
  path: '/fleet',
  tags: ['fleet'],
  summary: 'The fleet by state, version, plan and region, and its next windows',
  description: `Counted at most every ${SHARED_MS / 1_000} seconds, and when another maintenance policy was stored.`,
  security: bearer,
  middleware: [permits('read')],
  request: { query: noQuery },
  responses: {
    200: { description: 'The fleet', content: { 'application/json': { schema: overviewSchema } } },
    ...problems('invalid-input'),
  },
});

interface Seen {
  counts: FleetCounts;
  read: FleetReadRow | undefined;
  policies: FleetPolicies;
}

/** With repositories that have no limit: a count that its caller has given up on goes on, and is not begun a second time beside that. */
export function registerGetFleet(
  api: Api,
  {
    repositories,
    clock,
    elapsed = () => performance.now(),
  }: Pick<AppDependencies, 'repositories' | 'clock' | 'elapsed'>,
): void {
  const shared = new SharedReads<Seen>(SHARED_MS, elapsed);
  api.openapi(route, async (c) => {
    const { counts, read, policies } = await withinReadLimit(lookShared(shared, repositories));
    return c.json(toOverview(counts, read, policies, clock()), 200);
  });
}

/** By the versions of the policy that is stored and of the one that the windows go by: a PUT changes one after the other, and what comes in between must not be kept for after both. */
async function lookShared(
  shared: SharedReads<Seen>,
  repositories: AppDependencies['repositories'],
): Promise<Seen> {
  const [stored, read] = await Promise.all([
    repositories.policies.list({ page: 1, pageSize: 1 }),
    repositories.fleet.lastRead(),
  ]);
  const version = stored.rows[0]?.version ?? 0;
  return await shared.get(`version ${version}, windows of ${windowsVersion(read)}`, () =>
    look(repositories, read),
  );
}

async function look(
  { fleet, policies }: AppDependencies['repositories'],
  read: FleetReadRow | undefined,
): Promise<Seen> {
  const [counts, current] = await Promise.all([fleet.counts(), policies.current()]);
  const version = windowsVersion(read);
  const asked = version === current?.version || version === 0 ? current : await policies.find(version);
  return { counts, read, policies: { asked: version === 0 ? undefined : asked?.policy, current } };
}

/** 0 where no policy counts, or none that can be used. */
function windowsVersion(read: FleetReadRow | undefined): number {
  return read?.outlook?.kind === 'windows' ? read.outlook.policyVersion : 0;
}
