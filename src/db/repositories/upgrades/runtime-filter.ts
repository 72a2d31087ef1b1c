/** Which runtimes a list answers. */
import { sql, type SQL } from 'drizzle-orm';
import type { AskedRuntimeState } from '../../../domain/upgrades/runtime-state.ts';
import type { Statements } from '../../connection.ts';
import type { RuntimeFilter } from './fleet-repository.ts';
import { readFailing, readUpgrading, type UpgradedRuntimes } from './upgraded-runtimes.ts';

/** Of the alias `r`. Written out so that the planner sees that the partial index covers it. */
export const IN_SIGHT = sql`r.removed_at is null and r.standing not in ('suspended', 'stray')`;

const ACTIVE = sql`${IN_SIGHT} and r.standing = 'active'`;

/** The same as `runtimeStateOf`, for many rows at once. */
function ofState(state: AskedRuntimeState, { upgrading, failing }: UpgradedRuntimes): SQL {
  const isUpgrading = isAmong(upgrading);
  const isFailing = isAmong(failing);
  switch (state) {
    case 'succeeded':
      return sql`(${ACTIVE} and not ${isUpgrading} and not ${isFailing})`;
    case 'error':
      return sql`(${ACTIVE} and not ${isUpgrading} and ${isFailing})`;
    case 'upgrading':
      return sql`(${ACTIVE} and ${isUpgrading})`;
    case 'provisioning':
    case 'failed':
    case 'deprovisioning':
      return sql`(${IN_SIGHT} and r.standing = ${state})`;
    case 'suspended':
      return sql`(r.removed_at is null and r.standing = 'suspended')`;
    case 'deprovisioned':
      return sql`(r.removed_at is not null and r.standing <> 'stray')`;
    case 'updating':
    case 'deprovisionincomplete':
      return sql`false`;
    case 'all':
      // As the broker means it: what is gone has to be asked for by its own state.
      return sql`(r.removed_at is null and r.standing <> 'stray')`;
  }
}

/** A runtime that is active has an ID. The array is hashed in a subquery alone, whether PostgreSQL plans the statement anew or not. */
export function isAmong(runtimeIDs: readonly string[]): SQL {
  return sql`(r.runtime_id in (select unnest(${sql.param(runtimeIDs)}::text[])))`;
}

/** The upgrades that decide whether a runtime is in one of these states; none are read for the others. */
export async function upgradesFor(tx: Statements, { states = [] }: RuntimeFilter): Promise<UpgradedRuntimes> {
  const asks = (...some: AskedRuntimeState[]): boolean => some.some((state) => states.includes(state));
  return {
    upgrading: asks('succeeded', 'error', 'upgrading') ? await readUpgrading(tx) : [],
    failing: asks('succeeded', 'error') ? await readFailing(tx) : [],
  };
}

/** The condition on rows of `runtimes`, alias `r`. */
export function matching(filter: RuntimeFilter, upgraded: UpgradedRuntimes): SQL {
  const conditions = [
    ofStates(filter.states, upgraded),
    ...among('r.global_account_id', filter.globalAccountIDs),
    ...among('r.sub_account_id', filter.subAccountIDs),
    ...among('r.instance_id', filter.instanceIDs),
    ...among('r.runtime_id', filter.runtimeIDs),
    ...among('r.region', filter.regions),
    ...among('r.service_plan_name', filter.plans),
    ...among('r.shoot_name', filter.shoots),
    ...searched(filter.search),
  ];
  return sql.join(conditions, sql` and `);
}

function ofStates(states: readonly AskedRuntimeState[] = [], upgraded: UpgradedRuntimes): SQL {
  if (states.length === 0) return IN_SIGHT;
  return sql`(${sql.join(
    [...new Set(states)].map((state) => ofState(state, upgraded)),
    sql` or `,
  )})`;
}

function among(column: string, values: readonly string[] | undefined): SQL[] {
  return values === undefined ? [] : [sql`${sql.raw(column)} = any(${sql.param(values)}::text[])`];
}

/** A part of a name is in no index: each runtime is looked at, of which there are as many as in the inventory. A line end is in no name. */
function searched(text: string | undefined): SQL[] {
  if (text === undefined) return [];
  return [
    sql`strpos(lower(concat_ws(chr(10), r.shoot_name, r.runtime_id)), lower(${sql.param(text)}::text)) > 0`,
  ];
}
