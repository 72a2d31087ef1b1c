/** Which operations of an orchestration a list answers. */
import { inArray, sql, type SQL } from 'drizzle-orm';
import { DESCRIPTION_BEGINS } from '../../../domain/upgrades/descriptions.ts';
import { LIMIT_KINDS, type FullKeys } from '../../../domain/upgrades/limits.ts';
import { AFTER_WAVES, CODE_OF_LIMIT } from '../../../domain/upgrades/waits-in-plan.ts';
import { operations } from '../../schema/index.ts';
import { oneOf, uuidArray } from '../rows.ts';
import { columnOf } from './limit-columns.ts';
import type { OperationFilter, WaitingByRow, WaitingRows } from './operation-repository.ts';
import { WAITING } from './plan-reads.ts';

/** Searched together; the character between them is in none of them, nor in what is searched for. */
const SEARCHED = sql.raw(
  `concat_ws(chr(10), ${[
    'shoot_name',
    'runtime_id',
    'instance_id',
    'global_account_id',
    'sub_account_id',
    'region',
    'service_plan_name',
    'id',
  ]
    .map((column) => `operations.${column}`)
    .join(', ')})`,
);

/** A filter whose cause and waves were looked up: `positions` are those of the operations that have failed for it. */
export interface ResolvedFilter extends Omit<OperationFilter, 'cause' | 'waves'> {
  /** Empty for names that no wave has. */
  waveNumbers?: readonly number[];
  positions?: readonly number[];
}

/** Conditions on rows of `operations` of one orchestration. */
export function narrowed({ states, search, waiting, waveNumbers, positions }: ResolvedFilter): SQL[] {
  return [
    ...(states && states.length > 0 ? [sql`operations.state in ${oneOf(states)}`] : []),
    ...(search === undefined ? [] : [sql`strpos(lower(${SEARCHED}), lower(${search}::text)) > 0`]),
    ...(waiting ? [waitsLike(waiting)] : []),
    ...(waveNumbers === undefined ? [] : [ofWaves(waveNumbers)]),
    ...(positions === undefined
      ? []
      : [
          // A retry may have begun since they were looked up.
          sql`operations.state = 'failed' and operations.position in (select unnest(${sql.param(positions)}::int[]))`,
        ]),
  ];
}

function ofWaves(numbers: readonly number[]): SQL {
  return numbers.length === 0 ? sql`false` : inArray(operations.wave, [...numbers]);
}

function waitsLike({ executing, waiting }: WaitingRows): SQL {
  const those = sql`operations.state = 'in progress' and operations.id = any(${uuidArray(executing)})`;
  if (waiting === 'none') return sql`(${those})`;
  if (waiting === 'all') return sql`(${those} or ${WAITING})`;
  return sql`((${those}) or (${WAITING} and (${codeOf(waiting)} in ${oneOf(waiting.codes)} or ${behindWaves(waiting)})))`;
}

/** Rows of later waves that wait for one of the codes when their wave opens. */
function behindWaves({ codes, openWave, opensAfter, full }: WaitingByRow): SQL {
  const then = codes.filter((code) => AFTER_WAVES.includes(code));
  if (openWave === undefined || opensAfter === undefined || then.length === 0) return sql`false`;
  return sql`(operations.wave > ${openWave}::int and ${codeOf({ now: opensAfter, full })} in ${oneOf(then)})`;
}

/** The same as `waitingInPlan`, for many rows at once. */
export function codeOf({ now, openWave, full, isPaused = false }: Omit<WaitingByRow, 'codes'>): SQL {
  const after = (column: string): SQL => sql`${sql.raw(`operations.${column}`)} > ${now}::timestamptz`;
  const wave = openWave === undefined ? [] : [sql`when operations.wave > ${openWave}::int then 'wave'`];
  return sql`case
    ${sql.join(wave, sql` `)}
    when operations.latest_start is not null and not ${after('latest_start')} then 'cutoff'
    when operations.not_before is not null and operations.not_before > greatest(${now}::timestamptz, operations.window_begin)
      then case when operations.busy_since is null then 'retry-backoff' else 'runtime-busy' end
    when operations.window_begin is null or not ${after('window_begin')} then ${isPaused ? WAS_BUSY : slotOf(full)}
    when starts_with(operations.description, ${DESCRIPTION_BEGINS.frozen}) then 'freeze'
    else 'window'
  end`;
}

const WAS_BUSY = sql`case
    when operations.busy_since is not null or starts_with(operations.description, ${DESCRIPTION_BEGINS.wasBusy}) then 'runtime-busy'
    else 'slot'
  end`;

function slotOf(full: FullKeys): SQL {
  const limits = LIMIT_KINDS.flatMap((kind) => {
    const keys = full[kind];
    return keys
      ? [
          sql`when ${columnOf(kind)} in (select unnest(${sql.param(keys)}::text[])) then ${sql.raw(`'${CODE_OF_LIMIT[kind]}'`)}`,
        ]
      : [];
  });
  return limits.length === 0 ? sql`'slot'` : sql`case ${sql.join(limits, sql` `)} else 'slot' end`;
}
