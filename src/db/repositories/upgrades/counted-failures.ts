/** Failures of which a budget takes notice. */
import { sql, type SQL } from 'drizzle-orm';
import type { Drizzle } from '../../connection.ts';

/**
 * Those of operations of which something was sent, by any attempt, or was refused, and of runtimes that are unhealthy although nothing had to be
 * sent. `o` is the row of an operation.
 */
export const COUNTED = sql`o.state = 'failed' and not o.is_forgiven
  and (o.baseline_operation_id is not null or o.provisioner_operation_id is not null or o.earlier_operation_id is not null
    or o.failure_code in ('PROVISIONER_REFUSED', 'GARDENER_REFUSED', 'HEALTH_CHECK_FAILED'))`;

/** Likewise, of operations that have succeeded. */
export const UNHEALTHY = sql`o.unhealthy is not null and not o.is_forgiven`;

/** The statement that counts those of an orchestration, or of one of its waves. */
export function failures(id: string, wave: number | undefined): SQL {
  const ofWave = wave === undefined ? sql`` : sql`and o.wave = ${wave}`;
  return sql`select ${countedAmong(sql`o.orchestration_id = ${id} ${ofWave}`)} as count`;
}

/** Those of several, in the order in which they were asked for. */
export async function failuresOf(
  db: Drizzle,
  asked: readonly { id: string; wave?: number }[],
): Promise<number[]> {
  const places = asked.map((one, place) => ({ ...one, place }));
  const chosen = sql`o.orchestration_id = asked.id and (asked.wave is null or o.wave = asked.wave)`;
  const rows = await db.execute<{ count: number }>(sql`
    select ${countedAmong(chosen)} as count
    from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as asked(id uuid, wave int, place int)
    order by asked.place`);
  return rows.map(({ count }) => count);
}

function countedAmong(chosen: SQL): SQL {
  const of = (kind: SQL): SQL => sql`(select count(*) from operations o where ${kind} and ${chosen})`;
  return sql`(${of(COUNTED)} + ${of(UNHEALTHY)})::int`;
}
