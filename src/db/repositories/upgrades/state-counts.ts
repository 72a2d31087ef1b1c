/** Counts for metrics of all that is under way: each statement is read off an index and bounded by what is open. */
import { count, inArray, sql } from 'drizzle-orm';
import type { PauseCode } from '../../../domain/upgrades/rollout-control.ts';
import {
  isFinalOrchestrationState,
  ORCHESTRATION_STATES,
  type OperationState,
} from '../../../domain/upgrades/states.ts';
import type { Database, Statements } from '../../connection.ts';
import { fleetReads, orchestrations, waves } from '../../schema/index.ts';
import { oneOf } from '../rows.ts';
import { atOneMoment } from './at-one-moment.ts';
import { IS_UNOBSERVED } from './control-rows.ts';
import { countByLane } from './line-rows.ts';
import { latestControl } from './queue-rows.ts';
import type { StateCountRepository, UpgradeCounts } from './state-count-repository.ts';

const OPEN_STATES = ORCHESTRATION_STATES.filter((state) => !isFinalOrchestrationState(state));
/** A scrape is given up earlier than that. */
const STATEMENT_LIMIT_MS = 2_000;
const MOST_UNOBSERVED = 1_000;
const MOST_HOLDERS = 100;
/** A canceled one keeps its turn until what executes has ended; one that was canceled in line has none, though it may have had one before it was retried. */
const HAS_TURN = sql`(${orchestrations.state} = 'in progress' or (${orchestrations.state} = 'canceling' and ${orchestrations.turnAt} >= ${orchestrations.queuedAt}))`;

export function createStateCountRepository(database: Database): StateCountRepository {
  return { upgrades: () => atOneMoment(database, countUpgrades, STATEMENT_LIMIT_MS) };
}

async function countUpgrades(tx: Statements): Promise<UpgradeCounts> {
  const { type, state } = orchestrations;
  const control = await latestControl(tx);
  return {
    orchestrations: await tx
      .select({ type, state, count: count() })
      .from(orchestrations)
      .where(inArray(state, OPEN_STATES))
      .groupBy(type, state),
    operations: await countOperations(tx),
    paused: await countPaused(tx),
    isPaused: control?.isPaused ?? false,
    executing: await countExecuting(tx),
    waiting: await countByLane(tx),
    retrying: await countRetrying(tx),
    questions: await countQuestions(tx),
    unobserved: await countUnobserved(tx),
    inventoryAsOf: (await tx.select({ asOf: fleetReads.asOf }).from(fleetReads).limit(1))[0]?.asOf ?? null,
    holders: await tx.select().from(orchestrations).where(HAS_TURN).limit(MOST_HOLDERS),
  };
}

/** An operation has the type of its orchestration, which spares reading its row. */
async function countOperations(tx: Statements): Promise<UpgradeCounts['operations']> {
  return await tx.execute<{ type: string; state: OperationState; count: number }>(sql`
    select o.type, counted.state, sum(counted.count)::int as count
    from orchestrations o, lateral (
      select op.state, count(*) from operations op where op.orchestration_id = o.id group by op.state
    ) as counted
    where o.state in ${oneOf(OPEN_STATES)} group by 1, 2`);
}

async function countPaused(tx: Statements): Promise<UpgradeCounts['paused']> {
  return await tx.execute<{ code: PauseCode; count: number }>(sql`
    select pause ->> 'code' as code, count(*)::int as count
    from orchestrations o, jsonb_array_elements(o.pauses) as pause
    where o.state = 'in progress' group by 1`);
}

async function countExecuting(tx: Statements): Promise<UpgradeCounts['executing']> {
  return await tx.execute<{ lane: string; count: number }>(sql`
    select o.lane, count(*)::int as count
    from operations op join orchestrations o on o.id = op.orchestration_id
    where op.state = 'in progress' group by o.lane`);
}

async function countRetrying(tx: Statements): Promise<UpgradeCounts['retrying']> {
  return await tx.execute<{ isPaused: boolean; count: number }>(sql`
    select o.pauses <> '[]'::jsonb as "isPaused", count(*)::int as count
    from orchestrations o join operations op on op.orchestration_id = o.id
    where o.state = 'retrying' and op.state in ('pending', 'retrying') group by 1`);
}

async function countQuestions(tx: Statements): Promise<UpgradeCounts['questions']> {
  const [row] = await tx.execute<{ count: number; first: unknown }>(sql`
    select count(*)::int as count, min(w.asked_at) as first
    from orchestrations o join waves w on w.orchestration_id = o.id
    where o.state = 'in progress' and w.phase = 'asking' and w.approved_by is null`);
  const { count: number = 0, first = null } = row ?? {};
  return {
    count: number,
    firstAskedAt: first === null ? null : (waves.askedAt.mapFromDriverValue(first) as string),
  };
}

async function countUnobserved(tx: Statements): Promise<number> {
  const some = tx
    .select({ id: orchestrations.id })
    .from(orchestrations)
    .where(IS_UNOBSERVED)
    .limit(MOST_UNOBSERVED)
    .as('some');
  const [row] = await tx.select({ count: count() }).from(some);
  return row?.count ?? 0;
}
