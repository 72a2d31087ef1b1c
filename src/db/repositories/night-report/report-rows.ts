/** The facts of a night report: counted in the database, read in pieces of a few rows. */
import { sql, type SQL } from 'drizzle-orm';
import type {
  ControlChange,
  Listed,
  NightCounts,
  NightFacts,
  NightOrchestration,
  StackError,
  WebhookChange,
} from '../../../domain/night-report/facts.ts';
import type { Database, Statements } from '../../connection.ts';
import { atOneMoment } from '../upgrades/at-one-moment.ts';
import { uuidArray } from '../rows.ts';
import { readCauses } from './night-causes.ts';
import { readEvents } from './night-events.ts';
import { during, instantOf } from './night-time.ts';
import type { Night, ReportRepository } from './report-repository.ts';
import { NAMED } from '../upgrades/named-columns.ts';
import { readWaiting } from './waiting-now.ts';

/** Orchestrations that are told in detail. */
const MOST_ORCHESTRATIONS = 50;
/** Changes of the policy, of the queue and of webhooks, and stacks in error. */
const MOST_CHANGES = 20;

export function createReportRepository(database: Database): ReportRepository {
  return { read: (night) => atOneMoment(database, (tx) => read(tx, night)) };
}

async function read(tx: Statements, night: Night): Promise<NightFacts> {
  const { counts, orchestrations } = await readOrchestrations(tx, night);
  const policy = sql`select changed_at as at, changed_by as actor, version::text as what, reason, version as number
    from maintenance_policies where changed_by <> 'drydock'`;
  const queue = sql`select changed_at as at, changed_by as actor, case when is_paused then 'paused' else 'resumed' end as what, reason,
    revision as number from queue_control where changed_by <> 'drydock'`;
  const webhooks = sql`select at, actor, kind as what, reason, id as number, webhook_id as "webhookID", description from webhook_changes`;
  return {
    counts,
    orchestrations,
    policy: await readChanges(tx, policy, night),
    queue: await readChanges(tx, queue, night),
    webhooks: await readChanges<WebhookChange>(tx, webhooks, night),
    stacks: await readStackErrors(tx, night),
    waiting: await readWaiting(tx, night),
  };
}

type Told = Omit<NightOrchestration, 'counts' | 'waves' | 'causes' | 'otherFailures' | 'events'>;
type Raw = Told &
  NightCounts & { waves: string[]; total: number; all: NightCounts } & Record<string, unknown>;

/** Those that are under way come first, then those with most failures: when there are too many, these must not be missing. */
async function readOrchestrations(
  tx: Statements,
  night: Night,
): Promise<Pick<NightFacts, 'counts' | 'orchestrations'>> {
  const rows = await tx.execute<Raw>(sql`
    with happened as (
      select orchestration_id, operation_id, max(at) as last,
        bool_or(to_state = 'in progress') as began, bool_or(to_state = 'succeeded') as succeeded,
        bool_or(to_state = 'failed') as failed, bool_or(to_state = 'canceled') as canceled
      from (
        select orchestration_id, operation_id, at, case when kind = 'state' and operation_id is not null then to_state end as to_state
        from events where ${during(night)}
      ) as told group by 1, 2
    ), counted as (
      select orchestration_id, max(last) as last,
        count(*) filter (where began)::int as began, count(*) filter (where succeeded)::int as succeeded,
        count(*) filter (where failed)::int as failed, count(*) filter (where canceled)::int as canceled
      from happened group by 1
    )
    select (count(*) over ())::int as total,
      jsonb_build_object('began', sum(began) over (), 'succeeded', sum(succeeded) over (),
        'failed', sum(failed) over (), 'canceled', sum(canceled) over ()) as "all",
      c.began, c.succeeded, c.failed, c.canceled, ${NAMED},
      o.state, o.description, o.created_by as "createdBy", o.created_at as "createdAt", o.planned_count as "plannedCount", o.pauses,
      o.parameters #>> '{strategy,schedule}' as schedule,
      coalesce(o.workers, (o.parameters #>> '{strategy,parallel,workers}')::int) as workers,
      o.parameters ->> 'restOf' as "restOf",
      array(select w.name from waves w where w.orchestration_id = o.id order by w.number) as waves
    from counted c join orchestrations o on o.id = c.orchestration_id
    order by o.state in ('succeeded', 'failed', 'canceled'), c.failed desc, c.last desc, o.id
    limit ${MOST_ORCHESTRATIONS}`);
  const ids = uuidArray(rows.map(({ orchestrationID }) => orchestrationID));
  const causes = await readCauses(tx, night, ids);
  const told = await readEvents(tx, night, ids);
  const toFacts = ({
    began,
    succeeded,
    failed,
    canceled,
    total: _t,
    all: _a,
    ...raw
  }: Raw): NightOrchestration => ({
    ...raw,
    createdAt: instantOf(raw.createdAt),
    counts: { began, succeeded, failed, canceled },
    ...(causes.get(raw.orchestrationID) ?? { causes: [], otherFailures: 0 }),
    events: told.get(raw.orchestrationID) ?? { rows: [], total: 0 },
  });
  return {
    counts: rows[0]?.all ?? { began: 0, succeeded: 0, failed: 0, canceled: 0 },
    orchestrations: { rows: rows.map(toFacts), total: rows[0]?.total ?? 0 },
  };
}

/** The last ones, in their order. There are as many as people have made. */
async function readChanges<T extends ControlChange>(
  tx: Statements,
  changes: SQL,
  night: Night,
): Promise<Listed<T>> {
  const raw = await tx.execute<{ change: T; at: unknown; total: number }>(sql`
    select to_jsonb(changes) as change, at, (count(*) over ())::int as total from (${changes}) as changes
    where ${during(night)} order by number desc limit ${MOST_CHANGES}`);
  return {
    rows: raw.map(({ change, at }) => ({ ...change, at: instantOf(at) })).reverse(),
    total: raw[0]?.total ?? 0,
  };
}

async function readStackErrors(tx: Statements, night: Night): Promise<Listed<StackError>> {
  // The conditions on kind, state and object are those of the index.
  const rows = await tx.execute<StackError & { total: number } & Record<string, unknown>>(sql`
    select at, stack, from_state as "fromState", reason, (count(*) over ())::int as total from stack_events
    where kind = 'status' and to_state = 'error' and object is null and ${during(night)}
    order by at desc, id desc limit ${MOST_CHANGES}`);
  return {
    rows: rows
      .map(({ at, stack, fromState, reason }) => ({ at: instantOf(at), stack, fromState, reason }))
      .reverse(),
    total: rows[0]?.total ?? 0,
  };
}
