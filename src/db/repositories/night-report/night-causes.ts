/** Causes of the failures of a time. */
import { sql, type SQL } from 'drizzle-orm';
import type { FailureCause, NightOrchestration } from '../../../domain/night-report/facts.ts';
import type { Statements } from '../../connection.ts';
import { generalTexts, withoutNames } from '../upgrades/failure-messages.ts';
import { during, instantOf } from './night-time.ts';
import type { Night } from './report-repository.ts';

/** Of each orchestration. */
const MOST_CAUSES = 10;

type Causes = Pick<NightOrchestration, 'causes' | 'otherFailures'>;
type Raw = FailureCause & { orchestrationID: string; all: number } & Record<string, unknown>;

/**
 * The log says what has failed: an operation that was retried since then has no failure any more. Its words are told apart as those of operations are.
 */
export async function readCauses(tx: Statements, night: Night, ids: SQL): Promise<Map<string, Causes>> {
  const rows = await tx.execute<Raw>(sql`
    with failed as (
      select orchestration_id, operation_id, at, reason from events
      where ${during(night)} and operation_id is not null and kind = 'state' and to_state = 'failed'
        and orchestration_id = any(${ids})
    ), named as materialized (
      select failed.orchestration_id, failed.at, ${withoutNames('o', sql`failed.reason`)} as text
      from failed join operations o on o.id = failed.operation_id
    ), ${generalTexts}, causes as (
      select named.orchestration_id, texts.message, count(*)::int as count, min(named.at) as first, max(named.at) as last
      from named join texts on texts.text = named.text group by 1, 2
    ), placed as (
      select *, row_number() over (partition by orchestration_id order by count desc, first, message) as place from causes
    ), totals as (
      select orchestration_id, count(*)::int as "all" from named group by 1
    )
    select placed.orchestration_id as "orchestrationID", message, count, first, last, totals."all"
    from placed join totals on totals.orchestration_id = placed.orchestration_id
    where place <= ${MOST_CAUSES} order by place`);
  const told = new Map<string, Causes>();
  for (const { orchestrationID, message, count, first, last, all } of rows) {
    const of = told.get(orchestrationID) ?? { causes: [], otherFailures: all };
    of.causes.push({ message, count, first: instantOf(first), last: instantOf(last) });
    of.otherFailures -= count;
    told.set(orchestrationID, of);
  }
  return told;
}
