/** Which runtimes a list answers. */
import { sql, type SQL } from 'drizzle-orm';
import type { AskedRuntimeState } from '../../../domain/upgrades/runtime-state.ts';
import type { RuntimeFilter } from './fleet-repository.ts';

/** Of the alias `r`. Written out so that the planner sees that the partial index covers it. */
export const IN_SIGHT = sql`r.removed_at is null and r.standing not in ('suspended', 'stray')`;

/** Operations that have done something to their runtime, of an alias. */
const TELLING = (o: string): SQL =>
  sql.raw(`not ${o}.dry_run and ${o}.state in ('in progress', 'retrying', 'succeeded', 'failed')`);

/** Read from the partial index of what executes. */
export const UPGRADING = sql`r.runtime_id in (
  select o.runtime_id from operations o where o.state = 'in progress' and not o.dry_run
)`;

/** Read from the partial index of what has failed, which leads to what was done to the same runtimes since. */
export const LAST_FAILED = sql`r.runtime_id in (
  select o.runtime_id from operations o
  where o.state in ('failed', 'retrying') and not o.dry_run and not exists (
    select from operations n
    where n.runtime_id = o.runtime_id and ${TELLING('n')} and (n.created_at, n.id) > (o.created_at, o.id)
  )
)`;

/** The same as `runtimeStateOf`, for many rows at once. */
const OF_STATE: Record<AskedRuntimeState, SQL> = {
  succeeded: sql`(${IN_SIGHT} and r.standing = 'active' and not coalesce(${UPGRADING}, false) and not coalesce(${LAST_FAILED}, false))`,
  error: sql`(${IN_SIGHT} and r.standing = 'active' and not coalesce(${UPGRADING}, false) and ${LAST_FAILED})`,
  upgrading: sql`(${IN_SIGHT} and r.standing = 'active' and ${UPGRADING})`,
  provisioning: sql`(${IN_SIGHT} and r.standing = 'provisioning')`,
  failed: sql`(${IN_SIGHT} and r.standing = 'failed')`,
  deprovisioning: sql`(${IN_SIGHT} and r.standing = 'deprovisioning')`,
  suspended: sql`(r.removed_at is null and r.standing = 'suspended')`,
  deprovisioned: sql`(r.removed_at is not null and r.standing <> 'stray')`,
  updating: sql`false`,
  deprovisionincomplete: sql`false`,
  // As the broker means it: what is gone has to be asked for by its own state.
  all: sql`(r.removed_at is null and r.standing <> 'stray')`,
};

/** The condition on rows of `runtimes`, alias `r`. */
export function matching(filter: RuntimeFilter): SQL {
  const conditions = [
    ofStates(filter.states),
    ...among('r.global_account_id', filter.globalAccountIDs),
    ...among('r.sub_account_id', filter.subAccountIDs),
    ...among('r.instance_id', filter.instanceIDs),
    ...among('r.runtime_id', filter.runtimeIDs),
    ...among('r.region', filter.regions),
    ...among('r.service_plan_name', filter.plans),
    ...among('r.shoot_name', filter.shoots),
  ];
  return sql.join(conditions, sql` and `);
}

function ofStates(states: readonly AskedRuntimeState[] = []): SQL {
  if (states.length === 0) return IN_SIGHT;
  return sql`(${sql.join(
    [...new Set(states)].map((state) => OF_STATE[state]),
    sql` or `,
  )})`;
}

function among(column: string, values: readonly string[] | undefined): SQL[] {
  return values === undefined ? [] : [sql`${sql.raw(column)} = any(${sql.param(values)}::text[])`];
}
