import { sql } from 'drizzle-orm';
import type { ExclusionReason } from '../../../domain/upgrades/runtime.ts';
import type { Database, Statements } from '../../connection.ts';
import { atOneMoment } from './at-one-moment.ts';
import type { CountOf, FleetCounts, FleetRepository } from './fleet-repository.ts';
import { readFailing, readUpgrading } from './upgraded-runtimes.ts';
import { IN_SIGHT, isAmong } from './runtime-filter.ts';

/** Groups of each kind that are counted by themselves: real fleets have some tens. */
const MOST_GROUPS = 1_000;

type Kind = 'plan' | 'region' | 'kubernetes';

interface RawCount extends Record<string, unknown> {
  key: string;
  count: number;
}

/** The whole fleet, counted as it was at one moment. */
export function createFleetCounts(database: Database): Pick<FleetRepository, 'counts'> {
  return { counts: () => atOneMoment(database, countAll) };
}

async function countAll(tx: Statements): Promise<FleetCounts> {
  const byState = await tx.execute<RawCount>(sql`
    select case
        when r.standing <> 'active' then r.standing
        when ${isAmong(await readUpgrading(tx))} then 'upgrading'
        when ${isAmong(await readFailing(tx))} then 'error'
        else 'succeeded'
      end as key, count(*)::int as count
    from runtimes r where r.removed_at is null and r.standing <> 'stray'
    group by 1 order by count desc, key`);
  const groups = await tx.execute<RawCount & { kind: Kind }>(sql`
    select case when grouping(r.service_plan_name) = 0 then 'plan' when grouping(r.region) = 0 then 'region' else 'kubernetes' end as kind,
      coalesce(r.service_plan_name, r.region, r.kubernetes_version) as key, count(*)::int as count
    from runtimes r where ${IN_SIGHT}
    group by grouping sets ((r.service_plan_name), (r.region), (r.kubernetes_version))
    order by count desc, key`);
  // Counted by orchestration first, of which there are few.
  const byKymaVersion = await tx.execute<{ key: string | null; count: number }>(sql`
    select a.parameters -> 'kyma' ->> 'version' as key, sum(installed.count)::int as count
    from (
      select last.orchestration_id, count(*) as count
      from runtimes r left join lateral (
        select o.orchestration_id from operations o
        where o.runtime_id = r.runtime_id and o.type = 'upgradeKyma' and o.state = 'succeeded' and not o.dry_run
        order by o.finished_at desc limit 1
      ) as last on true
      where ${IN_SIGHT} group by last.orchestration_id
    ) as installed left join orchestrations a on a.id = installed.orchestration_id
    group by 1 order by count desc, key`);
  const leftOut = await tx.execute<{ key: ExclusionReason; count: number }>(sql`
    select r.left_out as key, count(*)::int as count from runtimes r
    where r.removed_at is null and r.left_out is not null group by 1 order by count desc, key`);
  const of = (kind: Kind): CountOf[] => groups.filter((group) => group.kind === kind).map(plain);
  const byPlan = of('plan');
  return {
    runtimes: byPlan.reduce((sum, { count }) => sum + count, 0),
    byState: byState.map(plain),
    byPlan: byPlan.slice(0, MOST_GROUPS),
    byRegion: of('region').slice(0, MOST_GROUPS),
    byKymaVersion: byKymaVersion.map(plain).slice(0, MOST_GROUPS),
    byKubernetesVersion: of('kubernetes').slice(0, MOST_GROUPS),
    leftOut: leftOut.map(plain),
  };
}

function plain<K extends string | null>({ key, count }: { key: K; count: number }): CountOf<K> {
  return { key, count };
}
