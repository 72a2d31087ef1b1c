/** The place up to which the logs were read for webhooks. */
import { sql, type SQL } from 'drizzle-orm';
import { BEGINNING, type Position } from '../../../domain/event-stream/position.ts';
import type { Statements } from '../../connection.ts';
import { webhookPosition } from '../../schema/index.ts';
import { lastPosition } from '../event-stream/change-log.ts';

export async function readPosition(db: Statements): Promise<Position | undefined> {
  const [row] = await db.select().from(webhookPosition);
  return row && { tx: row.tx, source: row.source, id: row.id, at: row.at ?? BEGINNING.at };
}

/** True of the row when it stands there. */
export function standsAt({ tx, source, id }: Position): SQL {
  return sql`tx = ${tx} and source = ${source} and id = ${id}`;
}

/** Assignments that move it there. */
export function placed({ tx, source, id, at }: Position): SQL {
  return sql`tx = ${tx}, source = ${source}, id = ${id}, at = ${at === '' ? null : at}`;
}

/**
 * Before a webhook is enabled: while none is, nobody reads the logs, and the place is behind. Whoever else adds or enables one waits for the end of this
 * transaction, and finds this one then.
 */
export async function readFromNowOn(db: Statements): Promise<void> {
  const { tx, source, id } = BEGINNING;
  await db.execute(sql`
    insert into webhook_position (tx, source, id) values (${tx}, ${source}, ${id}) on conflict do nothing`);
  await db.execute(sql`select from webhook_position for update`);
  const [enabled] = await db.execute(sql`select 1 from webhooks where is_enabled limit 1`);
  if (enabled) return;
  await db.execute(sql`update webhook_position set ${placed(await lastPosition(db))}`);
}
