import { sql } from 'drizzle-orm';
import { isFinalOrchestrationState, ORCHESTRATION_STATES } from '../../../domain/upgrades/states.ts';
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { Database } from '../../connection.ts';
import { oneOf } from '../rows.ts';

const ENDED_STATES = ORCHESTRATION_STATES.filter(isFinalOrchestrationState);

/** Orchestrations that are looked at, whatever they are; and those of the type, ended and no dry run, that are used. */
const NEWEST = 200;
const USED = 10;
/** Operations that are read. */
const MOST = 1_000;

/** The statement of `OperationRepository.earlierDurations`: as much work at 100,000 rows as at 1,000. */
export async function earlierDurations(database: Database, type: OrchestrationType): Promise<number[]> {
  return await database.run(async (db) => {
    const rows = await db.execute<{ seconds: number }>(sql`
      with newest as (
        select id, type, state, parameters, created_at, seq from orchestrations
        order by created_at desc nulls first, seq desc nulls first limit ${NEWEST}
      ), used as (
        select id, created_at, seq from newest
        where type = ${type} and state in ${oneOf(ENDED_STATES)} and not coalesce((parameters ->> 'dryRun')::boolean, false)
        order by created_at desc, seq desc limit ${USED}
      )
      select extract(epoch from finished_at - started_at)::float8 as seconds
      from used cross join lateral (
        select started_at, finished_at, dry_run, provisioner_operation_id from operations
        where orchestration_id = used.id and state = 'succeeded'
        order by position limit ${MOST}
      ) as ended
      where not dry_run and finished_at >= started_at and provisioner_operation_id is not null
      order by used.created_at desc, used.seq desc limit ${MOST}`);
    return rows.map(({ seconds }) => seconds);
  });
}
