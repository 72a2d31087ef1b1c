import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { Position } from '../../../domain/event-stream/position.ts';
import type { DeliveryOf } from '../../../domain/webhooks/event-types.ts';
import { MOST_NAMED, type UpcomingWindow, type WaveNames } from '../../../domain/webhooks/logged-events.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations, waves, webhookDeliveries, webhooks } from '../../schema/index.ts';
import { lastPosition } from '../event-stream/change-log.ts';
import { decodeRow, uuidArray } from '../rows.ts';
import { EVERYTHING_PAUSED } from '../upgrades/guarded-changes.ts';
import { afterDisabling, enabledWebhooks, writeDeliveries } from './delivery-writing.ts';
import { logDeed } from './webhook-log.ts';
import { placed, readPosition, standsAt } from './webhook-place.ts';
import type { TakenDelivery, Taking, UpcomingQuery, WebhookDelivering } from './webhook-repository.ts';

export function createWebhookDelivering(database: Database): WebhookDelivering {
  return {
    enabled: () => database.run((db) => enabledWebhooks(db)),
    position: () => database.run((db) => readPosition(db)),
    advance: (from, to, deliveries, now) => database.run((db) => advance(db, from, to, deliveries, now)),
    restart: (from) =>
      database.run((db) =>
        db.transaction(async (tx) => {
          const end = placed(await lastPosition(tx));
          await tx.execute(sql`update webhook_position set ${end} where ${standsAt(from)}`);
          // Places of another cluster may be greater than any that this one has.
          await tx.execute(sql`update webhooks set tx = stream_place() where tx > stream_place()`);
        }),
      ),
    waveNames: (ids) => database.run((db) => waveNames(db, ids)),
    standstills: (before) =>
      database.run(async (db) => {
        const rows = await db.execute(standstills(before));
        return rows.map(({ id, since }) => ({
          orchestrationID: String(id),
          since: orchestrations.createdAt.mapFromDriverValue(since) as string,
        }));
      }),
    upcoming: (query) =>
      database.run(async (db) => {
        const rows = await db.execute(upcoming(query));
        return rows.map(toUpcoming);
      }),
    tellAll: (deliveries, now) => database.run((db) => writeDeliveries(db, deliveries, now)),
    take: (taking) => database.run((db) => take(db, taking)),
    settle: (delivery, { state, nextAt, status, answer, now }) =>
      database.run(async (db) => {
        const changes = { state, nextAt, answerStatus: status, answer, attemptedAt: now, sendingUntil: null };
        await db
          .update(webhookDeliveries)
          .set({ ...changes, attempts: delivery.attempts + 1 })
          .where(isStillTaken(delivery));
      }),
    release: (delivery) =>
      database.run(async (db) => {
        await db.update(webhookDeliveries).set({ sendingUntil: null }).where(isStillTaken(delivery));
      }),
    disableGone: (id, url, by) =>
      database.write((db) =>
        db.transaction(async (tx) => {
          const disabled = { isEnabled: false, disabledReason: by.reason, disabledBy: by.actor };
          const [row] = await tx
            .update(webhooks)
            .set({ ...disabled, updatedAt: by.now })
            .where(and(eq(webhooks.id, id), eq(webhooks.url, url), eq(webhooks.isEnabled, true)))
            .returning({ id: webhooks.id, description: webhooks.description });
          if (!row) return false;
          await logDeed(tx, row, { kind: 'disabled', reason: by.reason }, by);
          await afterDisabling(tx, row, by);
          return true;
        }),
      ),
    prune: (before, limit) =>
      database.run(async (db) => {
        const deleted = await db.execute(sql`
          delete from webhook_deliveries
          where id in (select id from webhook_deliveries where created_at < ${before} order by created_at limit ${limit})`);
        return deleted.count;
      }),
  };
}

/** Nobody has taken it since, and nothing was settled. */
function isStillTaken({ id, attempts, sendingUntil }: TakenDelivery): SQL | undefined {
  const { id: ofRow, attempts: made, sendingUntil: until } = webhookDeliveries;
  return and(eq(ofRow, id), eq(made, attempts), eq(until, sendingUntil));
}

/** The place moves once only, and the deliveries are written with it. */
async function advance(
  db: Drizzle,
  from: Position,
  to: Position,
  deliveries: readonly DeliveryOf[],
  now: string,
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const moved = await tx.execute(
      sql`update webhook_position set ${placed(to)} where ${standsAt(from)} returning 1`,
    );
    if (moved.length === 0) return false;
    await writeDeliveries(tx, deliveries, now);
    return true;
  });
}

async function waveNames(db: Drizzle, ids: readonly string[]): Promise<WaveNames> {
  const names = new Map<string, Map<number, string>>();
  if (ids.length === 0) return names;
  const { orchestrationID, number, name } = waves;
  const rows = await db
    .select({ orchestrationID, number, name })
    .from(waves)
    .where(inArray(orchestrationID, [...ids]));
  for (const row of rows) {
    const ofIt = names.get(row.orchestrationID) ?? new Map<number, string>();
    names.set(row.orchestrationID, ofIt.set(row.number, row.name));
  }
  return names;
}

/**
 * Something could begin or end when it is being planned, when an operation executes, or when one is due in the wave that runs: neither while nobody's
 * window is open, nor while a wave soaks or asks. It stands still since the last change, or since the first of those was due.
 */
function standstills(before: string) {
  return sql`
    select o.id, greatest(changed.at, due.at) as since
    from orchestrations o
    cross join lateral (
      select e.at from events e
      where e.orchestration_id = o.id and e.kind in ('state', 'planned', 'wave', 'approved', 'resumed', 'retried', 'workers', 'skipped')
      order by e.id desc limit 1
    ) as changed
    left join lateral (
      select coalesce((select w.number from waves w where w.orchestration_id = o.id and w.phase = 'running' limit 1),
        case when exists (select from waves w where w.orchestration_id = o.id) then -1 else 0 end) as number
    ) as wave on true
    left join lateral (
      select case when exists (select from operations p where p.orchestration_id = o.id and p.state = 'in progress')
        then changed.at
        else (select p.due_at from operations p
          where p.orchestration_id = o.id and p.wave = wave.number and p.state in ('pending', 'retrying')
          order by p.due_at limit 1) end as at
    ) as due on true
    where o.state = 'in progress' and o.pauses = '[]'::jsonb and not ${EVERYTHING_PAUSED}
      and (o.planned_count is null or due.at is not null)
      and greatest(changed.at, due.at) < ${before}::timestamptz`;
}

function upcoming({ after, until, unless, last, limit }: UpcomingQuery): SQL {
  const anew = unless
    ? sql`having bool_or(op.window_begin > ${unless.toldUntil}::timestamptz or op.updated_at >= ${unless.toldAt}::timestamptz)`
    : sql``;
  const next = last
    ? sql`and (op.window_begin, op.window_end, op.global_account_id, op.orchestration_id)
        > (${last.begin}::timestamptz, ${last.end}::timestamptz, ${last.globalAccountID}, ${last.orchestrationID}::uuid)`
    : sql``;
  // States and conditions are written out so that the planner sees that the partial index covers them.
  return sql`
    select op.orchestration_id, op.global_account_id, op.window_begin, op.window_end, count(*)::int as count,
      (array_agg(jsonb_build_object('operationID', op.id, 'runtimeID', op.runtime_id, 'shootName', op.shoot_name)
        order by op.position))[1:${MOST_NAMED}::int] as first
    from operations op join orchestrations o on o.id = op.orchestration_id
    where op.state in ('pending', 'retrying') and op.window_begin is not null and not op.dry_run
      and op.window_begin > ${after}::timestamptz and op.window_begin <= ${until}::timestamptz ${next}
      and o.state in ('pending', 'in progress', 'retrying') and o.planned_count is not null
    group by op.window_begin, op.window_end, op.global_account_id, op.orchestration_id ${anew}
    order by op.window_begin, op.window_end, op.global_account_id, op.orchestration_id
    limit ${limit}`;
}

function toUpcoming(raw: Record<string, unknown>): UpcomingWindow {
  const instantOf = (value: unknown): string => operations.dueAt.mapFromDriverValue(value) as string;
  return {
    orchestrationID: String(raw['orchestration_id']),
    globalAccountID: String(raw['global_account_id']),
    begin: instantOf(raw['window_begin']),
    end: instantOf(raw['window_end']),
    count: Number(raw['count']),
    operations: raw['first'] as UpcomingWindow['operations'],
  };
}

/** Two processes never take the same one, and none that the other is sending. */
async function take(db: Drizzle, { mostOfEach, busy, now, sendingUntil }: Taking): Promise<TakenDelivery[]> {
  const full = [...busy].filter(([, count]) => count >= mostOfEach).map(([id]) => id);
  const under = JSON.stringify(Object.fromEntries(busy));
  const rows = await db.execute(sql`
    with due as (
      select d.id from webhooks w
      cross join lateral (
        select id from webhook_deliveries
        where webhook_id = w.id and state = 'pending' and next_at <= ${now}
          and (sending_until is null or sending_until <= ${now})
        order by next_at, seq
        limit ${mostOfEach}::int - coalesce((${under}::jsonb ->> w.id::text)::int, 0)
        for update skip locked
      ) as d
      where w.is_enabled and not w.id = any(${uuidArray(full)})
    ), taken as (
      update webhook_deliveries set sending_until = ${sendingUntil}
      from due where webhook_deliveries.id = due.id
      returning webhook_deliveries.*
    )
    select t.*, w.url, w.secret, case when w.earlier_until > ${now} then w.earlier_secret end as earlier_secret
    from taken t join webhooks w on w.id = t.webhook_id
    order by t.next_at, t.seq`);
  return rows.map((raw) => {
    const { id, webhookID, eventID, body, attempts } = decodeRow(webhookDeliveries, raw);
    const secrets = [raw['secret'], raw['earlier_secret']].filter((one) => typeof one === 'string');
    return { id, webhookID, eventID, body, attempts, sendingUntil, url: String(raw['url']), secrets };
  });
}
