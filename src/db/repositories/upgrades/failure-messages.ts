/** Failures by their causes, as `causeOf` tells them, for many rows at once. */
import { sql, type SQL } from 'drizzle-orm';
import type { Drizzle } from '../../connection.ts';
import { SHORTEST_NAME, TAKEN_OUT } from '../../../domain/upgrades/failure-causes.ts';

/** Names and IDs of its own that may stand in a message, and what stands in their place. */
const NAMES = [
  ['runtime_id', '<runtime>'],
  ['instance_id', '<instance>'],
  ['sub_account_id', '<account>'],
  ['global_account_id', '<account>'],
  ['shoot_name', '<shoot>'],
  ['provisioner_operation_id', '<id>'],
  ['id', '<id>'],
] as const;

/** Different texts that are told apart, the most frequent ones: each takes some 0.1 ms. */
const MOST_TEXTS = 20_000;

/** A message, by default that of a row of operations, without what is the row's own; `o` is its alias. */
export function withoutNames(o: string, message = sql.raw(`${o}.description`)): SQL {
  return NAMES.reduce((text, [column, instead]) => {
    const name = sql.raw(`coalesce(${o}.${column}::text, '')`);
    const isShort = sql`length(${name}) < ${sql.raw(String(SHORTEST_NAME))}`;
    return sql`replace(${text}, case when ${isShort} then '' else ${name} end, ${sql.raw(`'${instead}'`)})`;
  }, message);
}

function general(text: SQL): SQL {
  return TAKEN_OUT.reduce(
    (less, { pattern, instead }) =>
      sql`regexp_replace(${less}, ${sql.raw(`'${pattern}'`)}, ${sql.raw(`'${instead}'`)}, 'g')`,
    text,
  );
}

/** Parts of a `with`, after `named`: the `message` of each `text`, of the most frequent ones, as `texts`. */
export const generalTexts = sql`frequent as (
      select text from named group by text order by count(*) desc, text limit ${sql.raw(String(MOST_TEXTS))}
    ), texts as materialized (
      select text, ${general(sql`text`)} as message from frequent
    )`;

/**
 * Parts of a `with`: `named` are the failures of an orchestration, and `failures` those of them whose cause is known, each with `cause`,
 * `message` and `position`. The regular expressions take longest by far: they run once for each text, and upgrades that fail for one cause mostly
 * have the same one but for what is their own.
 */
export function failuresWithCauses(orchestrationID: string): SQL {
  return sql`named as materialized (
      select o.position, o.failure_code as code, ${withoutNames('o')} as text, coalesce(o.finished_at, o.updated_at) as at
      from operations o where o.orchestration_id = ${orchestrationID} and o.state = 'failed'
    ), ${generalTexts}, failures as materialized (
      select named.position, named.code, named.at, texts.message,
        md5(coalesce(named.code, '') || ' ' || texts.message) as cause
      from named join texts on texts.text = named.text
    )`;
}

/** Positions of the operations that have failed for a cause. */
export async function positionsOfCause(
  db: Drizzle,
  orchestrationID: string,
  cause: string,
): Promise<number[]> {
  const rows = await db.execute<{ position: number }>(
    sql`with ${failuresWithCauses(orchestrationID)} select position from failures where cause = ${cause}`,
  );
  return rows.map(({ position }) => position);
}
