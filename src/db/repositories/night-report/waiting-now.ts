/** All that waits for somebody, read off what is under way. */
import { sql } from 'drizzle-orm';
import type {
  AskedApproval,
  FailedOperations,
  Listed,
  PausedOrchestration,
  WaitingNow,
} from '../../../domain/night-report/facts.ts';
import { pauseOfEverything } from '../../../domain/upgrades/rollout-control.ts';
import type { Statements } from '../../connection.ts';
import { latestControl } from '../upgrades/queue-rows.ts';
import { NAMED } from '../upgrades/named-columns.ts';
import { instantOf } from './night-time.ts';
import type { Night } from './report-repository.ts';

/** Of each kind. */
const MOST = 50;

export async function readWaiting(tx: Statements, night: Night): Promise<WaitingNow> {
  return {
    everything: pauseOfEverything(await latestControl(tx)) ?? null,
    approvals: await readApprovals(tx),
    paused: await readPaused(tx),
    failures: await readFailures(tx, night),
    stacks: await readStacks(tx),
  };
}

type Row<T> = T & { total: number } & Record<string, unknown>;

function listed<T>(rows: readonly Row<T>[], toRow: (raw: Row<T>) => T): Listed<T> {
  return { rows: rows.map(toRow), total: rows[0]?.total ?? 0 };
}

async function readApprovals(tx: Statements): Promise<Listed<AskedApproval>> {
  const rows = await tx.execute<Row<AskedApproval>>(sql`
    select ${NAMED}, w.name as wave, w.asked_at as "askedAt", w.expires_at as "expiresAt", (count(*) over ())::int as total
    from orchestrations o join waves w on w.orchestration_id = o.id
    where o.state = 'in progress' and w.phase = 'asking' and w.approved_by is null
    order by w.asked_at, o.id limit ${MOST}`);
  return listed(rows, ({ total: _, ...raw }) => ({
    ...raw,
    askedAt: instantOf(raw.askedAt),
    expiresAt: raw.expiresAt === null ? null : instantOf(raw.expiresAt),
  }));
}

async function readPaused(tx: Statements): Promise<Listed<PausedOrchestration>> {
  const rows = await tx.execute<Row<PausedOrchestration>>(sql`
    select ${NAMED}, o.pauses, (count(*) over ())::int as total from orchestrations o
    where o.state in ('pending', 'in progress', 'retrying') and o.pauses <> '[]'::jsonb
    order by o.pauses #>> '{0,since}', o.id limit ${MOST}`);
  return listed(rows, ({ total: _, ...raw }) => raw);
}

/** Failures of a dry run are nobody's work. */
async function readFailures(tx: Statements, { since }: Night): Promise<Listed<FailedOperations>> {
  const rows = await tx.execute<Row<FailedOperations>>(sql`
    select ${NAMED}, o.state, counted.failed, (count(*) over ())::int as total
    from orchestrations o, lateral (
      select count(*)::int as failed from operations op where op.orchestration_id = o.id and op.state = 'failed'
    ) as counted
    where (o.state in ('in progress', 'retrying') or o.state = 'failed' and o.finished_at >= ${since}::timestamptz)
      and not coalesce((o.parameters ->> 'dryRun')::boolean, false) and counted.failed > 0
    order by counted.failed desc, o.id limit ${MOST}`);
  return listed(rows, ({ total: _, ...raw }) => raw);
}

async function readStacks(tx: Statements): Promise<Listed<string>> {
  const rows = await tx.execute<{ name: string; total: number }>(sql`
    select name, (count(*) over ())::int as total from stacks where status = 'error' order by name limit ${MOST}`);
  return { rows: rows.map(({ name }) => name), total: rows[0]?.total ?? 0 };
}
