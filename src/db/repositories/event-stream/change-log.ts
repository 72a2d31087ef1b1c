/** The logs of both features, of the queue, of the maintenance policy and of webhooks, read as one. */
import { eq, getTableColumns, inArray, sql, type SQL } from 'drizzle-orm';
import type { LoggedChange } from '../../../domain/event-stream/logged-change.ts';
import {
  BEGINNING,
  isSamePosition,
  SOURCES,
  type Position,
  type Source,
} from '../../../domain/event-stream/position.ts';
import type { Database, Drizzle, Statements } from '../../connection.ts';
import { events, operations, orchestrations, stackObjects, stacks } from '../../schema/index.ts';
import { isUUID, uuidArray } from '../rows.ts';
import type { ChangeLogRepository, ReadChanges, StreamedOperation } from './change-log-repository.ts';

export function createChangeLogRepository(database: Database): ChangeLogRepository {
  return {
    last: () => database.run((db) => lastPosition(db)),
    read: (after, limit, until) => database.run((db) => read(db, after, limit, until)),
    adopt: (limit) => database.run((db) => adopt(db, limit)),
    listen: (onNews, onLost) => database.listen(onNews, onLost),
    operations: (ids) =>
      database.run(async (db) => {
        const { config: _config, ...columns } = getTableColumns(operations);
        const schedule = sql<
          StreamedOperation['schedule']
        >`${orchestrations.parameters} #>> '{strategy,schedule}'`;
        return await db
          .select({ ...columns, schedule })
          .from(operations)
          .innerJoin(orchestrations, eq(orchestrations.id, operations.orchestrationID))
          .where(sql`${operations.id} = any(${uuidArray(ids.filter(isUUID))})`);
      }),
    stacks: (names) =>
      database.run((db) => {
        const { name, status, statusAt, createdBy } = stacks;
        return db
          .select({ name, status, statusAt, createdBy })
          .from(stacks)
          .where(inArray(name, [...names]));
      }),
    objects: (keys) =>
      database.run((db) => {
        const { spec: _spec, attributes: _attributes, ...columns } = getTableColumns(stackObjects);
        const wanted = JSON.stringify(keys);
        return db
          .select(columns)
          .from(stackObjects)
          .where(
            sql`(${stackObjects.stack}, ${stackObjects.label}, ${stackObjects.name}) in (
              select k.stack, k.label, k.name from jsonb_to_recordset(${wanted}::jsonb) as k(stack text, label text, name text))`,
          );
      }),
  };
}

/** Everything below it is committed, or never will be. */
const HORIZON = sql`pg_snapshot_xmin(pg_current_snapshot())`;
/** Nothing that was written in this cluster and can be seen has this number, or a greater one. */
const FUTURE = sql`pg_snapshot_xmax(pg_current_snapshot())`;

interface Log {
  table: SQL;
  id: SQL;
  at: SQL;
  actor: SQL;
  /** All columns of a change but its place, in one order and by the same names. */
  columns: SQL;
}

const OF_NO_UPGRADE = sql`null::uuid as orchestration_id, null::uuid as operation_id, null::int as wave`;
const OF_NO_STACK = sql`null::text as stack, null::text as label, null::text as object`;
const OF_NO_WEBHOOK = sql`null::uuid as webhook_id, null::text as webhook`;
const OF_NO_STATE = sql`null::text as from_state, null::text as to_state`;
/** The columns of a log that is about nothing but itself. */
const OF_NOTHING = sql`${OF_NO_UPGRADE}, ${OF_NO_STACK}, ${OF_NO_WEBHOOK}, ${OF_NO_STATE}`;

export const LOGS: Record<Source, Log> = {
  upgrades: {
    table: sql`events`,
    id: sql`id`,
    at: sql`at`,
    actor: sql`actor`,
    columns: sql`actor, kind, orchestration_id, operation_id, wave, ${OF_NO_STACK}, ${OF_NO_WEBHOOK}, from_state, to_state, reason`,
  },
  stacks: {
    table: sql`stack_events`,
    id: sql`id`,
    at: sql`at`,
    actor: sql`actor`,
    columns: sql`actor, kind, ${OF_NO_UPGRADE}, stack, label, object, ${OF_NO_WEBHOOK}, from_state, to_state, reason`,
  },
  queue: {
    table: sql`queue_control`,
    id: sql`revision`,
    at: sql`changed_at`,
    actor: sql`changed_by`,
    columns: sql`changed_by as actor, case when is_paused then 'paused' else 'resumed' end as kind, ${OF_NOTHING}, reason`,
  },
  policy: {
    table: sql`maintenance_policies`,
    id: sql`version`,
    at: sql`changed_at`,
    actor: sql`changed_by`,
    columns: sql`changed_by as actor, 'replaced' as kind, ${OF_NOTHING}, reason`,
  },
  webhooks: {
    table: sql`webhook_changes`,
    id: sql`id`,
    at: sql`at`,
    actor: sql`actor`,
    columns: sql`actor, kind, ${OF_NO_UPGRADE}, ${OF_NO_STACK}, webhook_id, description as webhook, ${OF_NO_STATE}, reason`,
  },
};

const MOST_ID = '9223372036854775807';

/** The place of a position within one log: of a log that comes before its own, everything of the transaction is before it, of a later one nothing. */
function placeIn(source: Source, { tx, source: its, id }: Position): SQL {
  const order = SOURCES.indexOf(source) - SOURCES.indexOf(its);
  const bound = order < 0 ? MOST_ID : order > 0 ? '-1' : String(id);
  return sql`(${tx}::xid8, ${bound}::bigint)`;
}

function unionOf(part: (source: Source, log: Log, number: number) => SQL): SQL {
  return sql.join(
    SOURCES.map((source, number) => sql`(${part(source, LOGS[source], number)})`),
    sql` union all `,
  );
}

/** One statement, so that the horizon is that of the rows that it sees. */
async function read(db: Drizzle, after: Position, limit: number, until?: Position): Promise<ReadChanges> {
  const unread = unionOf((source, { table, id, at, columns }, number) => {
    const bounds = until ? sql` and (tx, ${id}::bigint) <= ${placeIn(source, until)}` : sql``;
    return sql`
      select ${sql.raw(String(number))} as source, tx, ${id}::bigint as id, ${at} as at, ${columns} from ${table}
      where (tx, ${id}::bigint) > ${placeIn(source, after)} and tx < ${HORIZON}${bounds}
      order by tx, ${id} limit ${limit}`;
  });
  const raw = await db.execute(sql`
    select seen.is_known, seen.is_held_up, change.*
    from (select ${isThere(after)} as is_known, ${isHeldUp()} as is_held_up) as seen
    left join lateral (
      select * from (${unread}) as unread where seen.is_known order by tx, source, id limit ${limit}
    ) as change on true
    order by change.tx, change.source, change.id`);
  return {
    isKnown: raw[0]?.['is_known'] === true,
    isHeldUp: raw[0]?.['is_held_up'] === true,
    changes: raw.filter(({ tx }) => tx !== null).map(toChange),
  };
}

/** Without that, a position of before would be gone on from in a database that was set back. */
function isThere(position: Position): SQL {
  if (isSamePosition(position, BEGINNING)) return sql`true`;
  const { table, id, at } = LOGS[position.source];
  return sql`exists (
    select from ${table} where tx = ${position.tx}::xid8 and ${id} = ${position.id} and ${at} = ${position.at}::timestamptz)`;
}

function isHeldUp(): SQL {
  return sql.join(
    SOURCES.map((source) => sql`exists (select from ${LOGS[source].table} where tx >= ${HORIZON})`),
    sql` or `,
  );
}

export async function lastPosition(db: Statements): Promise<Position> {
  const lasts = unionOf(
    (_source, { table, id, at }, number) => sql`
      select ${sql.raw(String(number))} as source, tx, ${id}::bigint as id, ${at} as at from ${table}
      where tx < ${HORIZON} order by tx desc, ${id} desc limit 1`,
  );
  const [raw] = await db.execute(
    sql`select * from (${lasts}) as lasts order by tx desc, source desc, id desc limit 1`,
  );
  return raw ? toPosition(raw) : BEGINNING;
}

async function adopt(db: Drizzle, limit: number): Promise<number> {
  let count = 0;
  for (const { table, id } of Object.values(LOGS)) {
    const adopted = await db.execute(sql`
      update ${table} set tx = '1'::xid8
      where ${id} in (select ${id} from ${table} where tx >= ${FUTURE} order by tx limit ${limit})
      returning 1`);
    count += adopted.length;
  }
  return count;
}

export function toPosition(raw: Record<string, unknown>): Position {
  const source = SOURCES[Number(raw['source'])];
  if (source === undefined) throw new Error(`There is no log of the number ${String(raw['source'])}`);
  const at = events.at.mapFromDriverValue(raw['at']) as string;
  return { tx: String(raw['tx']), source, id: Number(raw['id']), at };
}

function toChange(raw: Record<string, unknown>): LoggedChange {
  return { position: toPosition(raw), ...toLogged(raw) };
}

/** The columns of a change, as `LOGS` names them. */
export function toLogged(raw: Record<string, unknown>): Omit<LoggedChange, 'position'> {
  const text = (column: string): string | null => (raw[column] as string | null | undefined) ?? null;
  return {
    actor: text('actor') ?? '',
    kind: text('kind') ?? '',
    orchestrationID: text('orchestration_id'),
    operationID: text('operation_id'),
    wave: raw['wave'] === null ? null : Number(raw['wave']),
    stack: text('stack'),
    label: text('label'),
    object: text('object'),
    webhookID: text('webhook_id'),
    webhook: text('webhook'),
    fromState: text('from_state'),
    toState: text('to_state'),
    reason: text('reason') ?? '',
  };
}
