import { count, desc, eq, sql } from 'drizzle-orm';
import { EMPTY_POLICY } from '../../../domain/upgrades/maintenance-policy.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { maintenancePolicies } from '../../schema/index.ts';
import { columnsOfLog, withoutPlace } from '../../schema/stream-place.ts';
import { decodeRow } from '../rows.ts';
import type { PolicyRepository } from './policy-repository.ts';

/** The versions of the maintenance policy. */
export function createPolicyRepository(database: Database): PolicyRepository {
  const { version, changedBy, reason, changedAt } = maintenancePolicies;

  return {
    current: () =>
      database.run(async (db) => {
        const [row] = await db
          .select(columnsOfLog(maintenancePolicies))
          .from(maintenancePolicies)
          .orderBy(desc(version))
          .limit(1);
        return row;
      }),
    find: (wanted) =>
      database.run(async (db) => {
        const [row] = await db
          .select(columnsOfLog(maintenancePolicies))
          .from(maintenancePolicies)
          .where(eq(version, wanted));
        return row;
      }),
    list: ({ page, pageSize }) =>
      database.run(async (db) => {
        const rows = await db
          .select({ version, changedBy, reason, changedAt })
          .from(maintenancePolicies)
          .orderBy(desc(version))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const [total] = await db.select({ count: count() }).from(maintenancePolicies);
        return { rows, total: total?.count ?? 0 };
      }),
    add: (policy, change) => database.write((db) => add(db, policy, change)),
  };
}

async function add(
  db: Drizzle,
  policy: Parameters<PolicyRepository['add']>[0],
  { after, changedBy, reason, now }: Parameters<PolicyRepository['add']>[1],
): ReturnType<PolicyRepository['add']> {
  // Two that replace the same version want the same number: the primary key lets one of them have it.
  const [raw] = await db.execute(sql`
    with latest as (
      select version, freezes_since, policy from maintenance_policies
      union all
      select 0, 0, ${JSON.stringify(EMPTY_POLICY)}::jsonb
      order by version desc limit 1
    ), given as (
      select ${JSON.stringify(policy)}::jsonb as policy
    )
    insert into maintenance_policies (version, freezes_since, policy, changed_by, reason, changed_at)
    select latest.version + 1,
           case when given.policy -> 'freezes' = latest.policy -> 'freezes' and given.policy -> 'optOut' = latest.policy -> 'optOut'
                then latest.freezes_since else latest.version + 1 end,
           given.policy, ${changedBy}, ${reason}, ${now}::timestamptz
    from latest, given
    where ${after}::int = latest.version
    on conflict do nothing
    returning *`);
  return raw && withoutPlace(decodeRow(maintenancePolicies, raw));
}
