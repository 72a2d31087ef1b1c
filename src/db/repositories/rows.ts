import { getTableColumns, sql, type SQL, type Table } from 'drizzle-orm';

/** A row as a hand-written statement answers it, by column names, in the form that Drizzle's own queries answer. */
export function decodeRow<T extends Table>(table: T, raw: Record<string, unknown>): T['$inferSelect'] {
  const decoded = Object.entries(getTableColumns(table)).map(([property, column]) => {
    const value = raw[column.name];
    return [property, value === null ? null : column.mapFromDriverValue(value)];
  });
  return Object.fromEntries(decoded) as T['$inferSelect'];
}

/** `('a', 'b')`, for the states that a guarded update may leave. */
export function oneOf(values: readonly string[]): SQL {
  if (values.length === 0) return sql`(null)`;
  return sql`(${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`;
}

/** UUIDs as one parameter, however many. Anything else must have been sorted out before. */
export function uuidArray(ids: readonly string[]): SQL {
  return sql`${`{${ids.join(',')}}`}::uuid[]`;
}

/** Texts as one parameter, however many. */
export function textArray(texts: readonly string[]): SQL {
  return sql`(select array_agg(value) from jsonb_array_elements_text(${JSON.stringify(texts)}::jsonb))`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for a text that PostgreSQL takes as a UUID. */
export function isUUID(text: string): boolean {
  return UUID.test(text);
}
