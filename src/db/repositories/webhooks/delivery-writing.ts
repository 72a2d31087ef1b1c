/** Deliveries as they are written, by whoever tells of an event. */
import { eq, sql } from 'drizzle-orm';
import { bodyOf, toAll, type DeliveryOf, type WebhookWants } from '../../../domain/webhooks/event-types.ts';
import { disabledEvent } from '../../../domain/webhooks/logged-events.ts';
import type { Statements } from '../../connection.ts';
import { webhooks } from '../../schema/index.ts';
import type { StateChange } from '../repository-types.ts';

export async function enabledWebhooks(db: Statements): Promise<WebhookWants[]> {
  const { id, isEnabled, events, tx: since } = webhooks;
  return await db.select({ id, isEnabled, events, since }).from(webhooks).where(eq(isEnabled, true));
}

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
    update webhook_deliveries set state = 'failed', next_at = null, sending_until = null, answer_status = null, answer = ${reason}
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
  const others = (await enabledWebhooks(db)).filter((other) => other.id !== id);
  await writeDeliveries(db, toAll(others, [event]), now);
}
