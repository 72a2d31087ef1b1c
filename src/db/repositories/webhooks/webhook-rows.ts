import { and, asc, count, desc, eq, getTableColumns, inArray, sql, type SQL } from 'drizzle-orm';
import {
  additionOf,
  changeOf,
  redeliveryOf,
  REMOVAL,
  ROTATION,
  type DeliveryChoice,
} from '../../../domain/webhooks/deed-reasons.ts';
import type { Database, Drizzle, Statements } from '../../connection.ts';
import { webhookDeliveries, webhooks } from '../../schema/index.ts';
import { isUUID, uuidArray } from '../rows.ts';
import type { StateChange } from '../repository-types.ts';
import { afterDisabling, giveUp, writeDeliveries } from './delivery-writing.ts';
import { logDeed } from './webhook-log.ts';
import { readFromNowOn } from './webhook-place.ts';
import type {
  DoneBy,
  KeyedWebhook,
  ListedWebhook,
  NewWebhook,
  WebhookAdministration,
  WebhookChange,
} from './webhook-repository.ts';

const {
  secret: _secret,
  earlierSecret: _earlierSecret,
  idempotencyKey: _key,
  requestHash: _hash,
  tx: _tx,
  ...SHOWN
} = getTableColumns(webhooks);

/** Of one that something was done to. */
const NAMED = { id: webhooks.id, description: webhooks.description };

export function createWebhookAdministration(database: Database): WebhookAdministration {
  return {
    list: () => database.run((db) => select(db, undefined)),
    find: (id) => database.run((db) => find(db, id)),
    findByIdempotencyKey: (createdBy, key) => database.run((db) => findByKey(db, createdBy, key)),
    add: (webhook, most) => database.write((db) => db.transaction((tx) => add(tx, webhook, most))),
    change: (id, change, by) => database.write((db) => db.transaction((tx) => changeOne(tx, id, change, by))),
    rotate: (id, secret, earlierUntil, by) =>
      database.write((db) =>
        db.transaction(async (tx) => {
          const isNew = sql`${webhooks.secret} <> ${secret}`;
          const [row] = await tx
            .update(webhooks)
            .set({ secret, earlierSecret: webhooks.secret, earlierUntil, updatedAt: by.now })
            .where(and(eq(webhooks.id, id), isNew))
            .returning(NAMED);
          if (row) await logDeed(tx, row, ROTATION, by);
          return await find(tx, id);
        }),
      ),
    remove: (id, by) =>
      database.write((db) =>
        db.transaction(async (tx) => {
          if (!isUUID(id)) return false;
          const [row] = await tx.delete(webhooks).where(eq(webhooks.id, id)).returning(NAMED);
          if (row) await logDeed(tx, row, REMOVAL, by);
          return row !== undefined;
        }),
      ),
    deliveries: (id, states, { page, pageSize }) =>
      database.run(async (db) => {
        const { webhookID, state, seq } = webhookDeliveries;
        const wanted = and(eq(webhookID, id), states && inArray(state, [...states]));
        const rows = await db
          .select()
          .from(webhookDeliveries)
          .where(wanted)
          .orderBy(desc(seq))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const [total] = await db.select({ count: count() }).from(webhookDeliveries).where(wanted);
        return { rows, total: total?.count ?? 0 };
      }),
    dueSince: (now) =>
      database.run(async (db) => {
        const [row] = await db.execute<{ since: unknown }>(sql`
          select min(due.next_at) as since
          from webhooks w
          cross join lateral (
            select next_at from webhook_deliveries
            where webhook_id = w.id and state = 'pending' and next_at <= ${now}
              and (sending_until is null or sending_until <= ${now})
            order by next_at limit 1
          ) as due
          where w.is_enabled`);
        const since = row?.since ?? null;
        return since === null ? null : (webhookDeliveries.nextAt.mapFromDriverValue(since) as string);
      }),
    tell: (delivery, now) => database.run((db) => writeDeliveries(db, [delivery], now)),
    redeliver: (id, choice, most, by) =>
      database.write((db) => db.transaction((tx) => redeliver(tx, id, choice, { most, ...by }))),
  };
}

async function find(db: Statements, id: string): Promise<ListedWebhook | undefined> {
  if (!isUUID(id)) return undefined;
  const [row] = await select(db, eq(webhooks.id, id));
  return row;
}

/** Oldest first. */
async function select(db: Statements, wanted: SQL | undefined): Promise<ListedWebhook[]> {
  const newest = sql`
    (select d.id from webhook_deliveries d where d.webhook_id = ${webhooks.id} order by d.seq desc limit 1)`;
  const rows = await db
    .select({ webhook: SHOWN, lastDelivery: webhookDeliveries })
    .from(webhooks)
    .leftJoin(webhookDeliveries, eq(webhookDeliveries.id, newest))
    .where(wanted)
    .orderBy(asc(webhooks.createdAt), asc(webhooks.id));
  return rows.map(({ webhook, lastDelivery }) => ({ ...webhook, lastDelivery }));
}

async function findByKey(db: Statements, createdBy: string, key: string): Promise<KeyedWebhook | undefined> {
  const wanted = and(eq(webhooks.createdBy, createdBy), eq(webhooks.idempotencyKey, key));
  const { id, requestHash } = webhooks;
  const [keyed] = await db.select({ id, requestHash }).from(webhooks).where(wanted);
  const row = keyed && (await find(db, keyed.id));
  return row && { ...row, requestHash: keyed.requestHash };
}

async function add(tx: Statements, webhook: NewWebhook, most: number): Promise<KeyedWebhook | undefined> {
  // Others who add one at the same time wait here, also under the same key.
  await readFromNowOn(tx);
  const { createdBy, idempotencyKey } = webhook;
  const earlier = idempotencyKey === undefined ? undefined : await findByKey(tx, createdBy, idempotencyKey);
  if (earlier) return earlier;
  const [there] = await tx.select({ count: count() }).from(webhooks);
  if (there && there.count >= most) return undefined;
  const { now, ...rest } = webhook;
  const [row] = await tx
    .insert(webhooks)
    .values({ ...rest, isEnabled: true, createdAt: now, updatedAt: now })
    .returning(SHOWN);
  if (!row) return undefined;
  await logDeed(tx, row, additionOf(row), { actor: createdBy, now });
  return { ...row, lastDelivery: null, requestHash: webhook.requestHash ?? null };
}

type Transaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];

async function changeOne(
  tx: Transaction,
  id: string,
  { isEnabled, ...change }: WebhookChange,
  by: StateChange,
): Promise<ListedWebhook | undefined> {
  if (isEnabled) await readFromNowOn(tx);
  const [before] = await tx.select(SHOWN).from(webhooks).where(eq(webhooks.id, id)).for('no key update');
  if (!before) return undefined;
  const isTurned = isEnabled !== undefined && isEnabled !== before.isEnabled;
  const turned = isEnabled
    ? { isEnabled, disabledReason: null, disabledBy: null, tx: sql`stream_place()` }
    : { isEnabled, disabledReason: by.reason, disabledBy: by.actor };
  const [row] = await tx
    .update(webhooks)
    .set({ ...change, ...(isTurned && turned), updatedAt: by.now })
    .where(eq(webhooks.id, id))
    .returning(SHOWN);
  if (row) await logDeed(tx, row, changeOf(before, row, by.reason), by);
  if (row && isTurned && !isEnabled) await afterDisabling(tx, row, by);
  // A reader of the logs may have written something for it while it was being disabled.
  if (isTurned && isEnabled) await giveUp(tx, id, 'The webhook was disabled');
  return await find(tx, id);
}

async function redeliver(
  tx: Transaction,
  id: string,
  choice: DeliveryChoice,
  { most, ...by }: DoneBy & { most: number },
): Promise<number | undefined> {
  const [begun] = await tx.execute(sql`
    with chosen as (
      select id from webhook_deliveries where webhook_id = ${id} and ${chosenBy(choice)} limit ${most + 1}
    ), begun as (
      update webhook_deliveries
      set state = 'pending', next_at = ${by.now}, attempts = case state when 'pending' then attempts else 0 end
      where id in (select id from chosen) and (select count(*) from chosen) <= ${most}
      returning 1
    )
    select (select count(*) from begun)::int as count, (select count(*) from chosen) > ${most} as is_too_many`);
  if (begun?.['is_too_many'] === true) return undefined;
  const count = Number(begun?.['count']);
  const [row] = await tx.select(NAMED).from(webhooks).where(eq(webhooks.id, id));
  if (row) await logDeed(tx, row, redeliveryOf(choice, count), by);
  return count;
}

function chosenBy(choice: DeliveryChoice): SQL {
  if ('ids' in choice) return sql`id = any(${uuidArray(choice.ids)})`;
  return sql`created_at >= ${choice.since} and created_at < ${choice.until}`;
}
