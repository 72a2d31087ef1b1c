/** Deliveries as they are written, by whoever tells of an event. */
import { sql } from 'drizzle-orm';
import { bodyOf, wants } from '../../../domain/webhooks/event-types.ts';
import { disabledEvent } from '../../../domain/webhooks/logged-events.ts';
import type { Statements } from '../../connection.ts';
import { webhooks } from '../../schema/index.ts';
import { decodeRow } from '../rows.ts';
import type { StateChange } from '../repository-types.ts';
import type { DeliveryOf } from './webhook-repository.ts';

/** An event that a webhook was told of already is left as it is, and a webhook that is gone is told nothing. */
export async function writeDeliveries(
  db: Statements,
  deliveries: readonly DeliveryOf[],
  now: string,
): Promise<void> {
  if (deliveries.length === 0) return;
  const rows = deliveries.map(({ webhookID, event }, place) => ({
    place,
    webhook: webhookID,
    event: event.id,
    type: event.type,
    body: bodyOf(event),
  }));
  await db.execute(sql`
    insert into webhook_deliveries (webhook_id, event_id, type, body, state, next_at, created_at)
    select w.id, given.event, given.type, given.body, 'pending', ${now}, ${now}
    from webhooks w
    join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as given(place int, webhook uuid, event uuid, type text, body text) on given.webhook = w.id
    order by given.place
    for key share of w
    on conflict (webhook_id, event_id) do nothing`);
}

/** Deliveries on their way to a webhook that is disabled, or was, are not sent any more. */
export async function giveUp(db: Statements, webhookID: string, reason: string): Promise<void> {
  await db.execute(sql`
    update webhook_deliveries set state = 'failed', next_at = null, sending_until = null, answer = ${reason}
    where webhook_id = ${webhookID} and state = 'pending'`);
}

/** After a webhook was disabled: gives up what was on its way, and tells the others. */
export async function afterDisabling(
  db: Statements,
  { id, description }: { id: string; description: string },
  { actor, reason, now }: StateChange,
): Promise<void> {
  await giveUp(db, id, 'The webhook was disabled');
  const event = disabledEvent({ webhookID: id, description, by: actor, reason }, now);
  const all = await db.execute(sql`select * from webhooks where is_enabled and id <> ${id}`);
  const others = all.map((raw) => decodeRow(webhooks, raw));
  const told = others.filter(({ tx, ...other }) => wants({ ...other, since: tx }, event));
  await writeDeliveries(
    db,
    told.map((other) => ({ webhookID: other.id, event })),
    now,
  );
}
