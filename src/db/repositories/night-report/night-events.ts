/** The logs of orchestrations in a time, without what is about single operations. */
import { sql, type SQL } from 'drizzle-orm';
import type { Listed, NightEvent } from '../../../domain/night-report/facts.ts';
import type { Statements } from '../../connection.ts';
import { during, instantOf } from './night-time.ts';
import type { Night } from './report-repository.ts';

/** Of each orchestration. */
const MOST_EVENTS = 50;

type Raw = NightEvent & { orchestrationID: string; total: number } & Record<string, unknown>;

/** The last ones of each, in their order; of the moves of waves those that people are told of. */
export async function readEvents(
  tx: Statements,
  night: Night,
  ids: SQL,
): Promise<Map<string, Listed<NightEvent>>> {
  const rows = await tx.execute<Raw>(sql`
    select orchestration_id as "orchestrationID", at, actor, kind, wave, from_state as "fromState", to_state as "toState", reason, total
    from (
      select *, (count(*) over each_one)::int as total, row_number() over (each_one order by at desc, id desc) as place from events
      where ${during(night)} and operation_id is null and orchestration_id = any(${ids})
        and kind not in ('rescheduled', 'deferred', 'hurried')
        and (kind <> 'wave' or to_state in ('asking', 'passed') or from_state = 'asking')
      window each_one as (partition by orchestration_id)
    ) as told
    where place <= ${MOST_EVENTS} order by at, id`);
  const told = new Map<string, Listed<NightEvent>>();
  for (const { orchestrationID, at, actor, kind, wave, fromState, toState, reason, total } of rows) {
    const of = told.get(orchestrationID) ?? { rows: [], total };
    of.rows.push({ at: instantOf(at), actor, kind, wave, fromState, toState, reason });
    told.set(orchestrationID, of);
  }
  return told;
}
