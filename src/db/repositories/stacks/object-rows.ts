import { and, asc, eq, inArray, notInArray, sql, type SQL } from 'drizzle-orm';
import { TRANSITIONAL_STATUSES } from '../../../domain/stacks/statuses.ts';
import { objectTitle, type ObjectReference, type ObjectType } from '../../../domain/stacks/definition.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { existing, stackObjects, stackOplans, stacks } from '../../schema/index.ts';
import { decodeRow } from '../rows.ts';
import { inFolder } from './folder-rows.ts';
import type { Executor } from './plan-rows.ts';
import type {
  Folder,
  ObjectChange,
  ObjectEvent,
  ObjectKey,
  StackObjectRepository,
  StackObjectRow,
} from './life-cycle-repositories.ts';
import type { Page, Paging } from '../repository-types.ts';

/** Stacks that may have the same object are told this many at the most. */
const SAME_NAME_LIMIT = 100;

/** Objects of stacks: what became of each. */
export function createStackObjectRepository(database: Database): StackObjectRepository {
  return {
    find: (key) => database.run(async (db) => (await db.select().from(stackObjects).where(isKey(key)))[0]),
    ofStack: (stack) => database.run((db) => ofStacks(db, [stack])),
    ofStacks: (names) =>
      database.run(async (db) => {
        const byStack = new Map(names.map((stack): [string, StackObjectRow[]] => [stack, []]));
        for (const row of await ofStacks(db, names)) byStack.get(row.stack)?.push(row);
        return byStack;
      }),
    findByName: (objType, name) =>
      database.run((db) =>
        db
          .select()
          .from(stackObjects)
          .where(and(eq(stackObjects.objType, objType), eq(stackObjects.name, name)))
          .orderBy(...ownedFirst())
          .limit(SAME_NAME_LIMIT),
      ),
    listNamed: (objType, names) =>
      database.run(async (db) => {
        if (names.length === 0) return [];
        return await db
          .selectDistinctOn([stackObjects.name])
          .from(stackObjects)
          .where(
            and(eq(stackObjects.objType, objType), inArray(stackObjects.name, names), existing(stackObjects)),
          )
          .orderBy(asc(stackObjects.name), ...ownedFirst());
      }),
    listNames: (objType, folder, paging) => database.run((db) => namesIn(db, objType, folder, paging)),
    change: (key, change, event) => database.write((db) => changeOne(db, key, change, event)),
    destroyed: (key, change, event, object) =>
      database.write((db) =>
        db.transaction(async (tx) => {
          await changeOne(tx, key, change, event);
          await tellAdopters(tx, key.stack, object, event);
        }),
      ),
    attachmentsTo: (stack, instance) =>
      database.run((db) =>
        db
          .select()
          .from(stackObjects)
          .where(
            and(
              eq(stackObjects.stack, stack),
              eq(stackObjects.objType, 'storage/attachment'),
              eq(stackObjects.owned, true),
              eq(stackObjects.condition, 'available'),
              sql`${stackObjects.spec} ->> 'instance_name' = ${instance}`,
            ),
          )
          .orderBy(asc(stackObjects.label), asc(stackObjects.position)),
      ),
    listPowered: (after, limit) =>
      database.run(async (db) => {
        const { stack, label, name, objType, condition, desired, pendingSince } = stackObjects;
        const from = after ?? { stack: '', label: '', name: '' };
        return await db
          .select({ stack, label, name, objType, condition, desired, pendingSince })
          .from(stackObjects)
          .innerJoin(stacks, eq(stacks.name, stack))
          .where(
            and(
              sql`(${stack}, ${label}, ${name}) > (${from.stack}, ${from.label}, ${from.name})`,
              // As in the index for it.
              sql`${objType} in ('launchplan', 'orchestration') and ${condition} in ('running', 'shutdown', 'stopped')`,
              notInArray(stacks.status, [...TRANSITIONAL_STATUSES]),
            ),
          )
          .orderBy(asc(stack), asc(label), asc(name))
          .limit(limit);
      }),
    notePending: (key, since) =>
      database.run(async (db) => {
        await db
          .update(stackObjects)
          .set({ pendingSince: since })
          .where(and(isKey(key), eq(stackObjects.condition, 'running')));
      }),
  };
}

function isKey({ stack, label, name }: ObjectKey): SQL | undefined {
  return and(eq(stackObjects.stack, stack), eq(stackObjects.label, label), eq(stackObjects.name, name));
}

/** Of the rows under one name: the one whose stack created it, then what exists, then what is defined. */
function ownedFirst(): SQL[] {
  return [
    sql`coalesce(${stackObjects.owned}, false) desc`,
    sql`${existing(stackObjects)} desc`,
    asc(stackObjects.stack),
    asc(stackObjects.label),
  ];
}

async function ofStacks(db: Drizzle, names: string[]): Promise<StackObjectRow[]> {
  if (names.length === 0) return [];
  const rows = await db
    .select({ object: stackObjects })
    .from(stackObjects)
    .innerJoin(
      stackOplans,
      and(eq(stackOplans.stack, stackObjects.stack), eq(stackOplans.label, stackObjects.label)),
    )
    .where(inArray(stackObjects.stack, names))
    .orderBy(
      asc(stackObjects.stack),
      asc(stackOplans.retired),
      asc(stackOplans.position),
      asc(stackOplans.label),
      asc(stackObjects.position),
    );
  return rows.map(({ object }) => object);
}

/** Names of what exists, each once: two stacks may have the same object, one as its own and one adopted. */
async function namesIn(
  db: Drizzle,
  objType: ObjectType,
  folder: Folder,
  { page, pageSize }: Paging,
): Promise<Page<string>> {
  const { name } = stackObjects;
  const wanted = and(
    eq(stackObjects.objType, objType),
    inFolder(stackObjects, folder),
    existing(stackObjects),
  );
  const rows = await db
    .selectDistinct({ name })
    .from(stackObjects)
    .where(wanted)
    .orderBy(asc(name))
    .limit(pageSize)
    .offset((page - 1) * pageSize);
  const [total] = await db
    .select({ count: sql<number>`count(distinct ${name})::int` })
    .from(stackObjects)
    .where(wanted);
  return { rows: rows.map((row) => row.name), total: total?.count ?? 0 };
}

/** Stacks that had adopted what is gone now. Instances are watched: the monitor finds out about them by itself. */
async function tellAdopters(
  db: Executor,
  owner: string,
  { objType, name, id }: ObjectReference & { id: string | null },
  { actor, now }: ObjectEvent,
): Promise<void> {
  const reason = `${objectTitle(objType, name)} was destroyed by ${owner}, which had created it; STOP and START make a new one`;
  await db.execute(sql`
    with old as (
      select * from stack_objects
      where obj_type = ${objType} and name = ${name} and stack <> ${owner} and owned = false
        and condition = 'available' and object_id = ${id}
      for update
    ), changed as (
      update stack_objects as object
      set condition = 'absent', condition_at = ${now}::timestamptz, object_id = null, owned = null,
          attributes = null, error = ${reason}::text, failure_code = 'OBJECT_MISSING'
      from old
      where object.stack = old.stack and object.label = old.label and object.name = old.name
      returning object.stack, object.label, object.name
    )
    insert into stack_events (stack, at, actor, kind, label, object, from_state, to_state, reason)
    select stack, ${now}::timestamptz, ${actor}::text, 'observed', label, name, 'available', 'absent', ${reason}::text
    from changed`);
}

/**
 * Changes one object in one statement, with its event. A write on behalf of an action that an object has left behind
 * (a smaller `doneFor`) changes nothing. `notified` tells of no change: it is written once, until something else
 * happens to the object.
 */
async function changeOne(
  db: Executor,
  { stack, label, name }: ObjectKey,
  change: ObjectChange,
  { actor, reason, now, kind = 'object', action }: ObjectEvent,
): Promise<StackObjectRow | undefined> {
  const given = assignments(change, now);
  const set = given.length > 0 ? sql.join(given, sql`, `) : sql`done_for = old.done_for`;
  const [raw] = await db.execute(sql`
    with old as (
      select * from stack_objects where stack = ${stack} and label = ${label} and name = ${name} for update
    ), changed as (
      update stack_objects as object set ${set}
      from old
      where object.stack = old.stack and object.label = old.label and object.name = old.name
        and old.done_for <= ${change.doneFor ?? action ?? null}::int is not false
      returning object.*
    ), differing as (
      select case when changed.condition <> old.condition and ${kind} <> 'desired' then ${kind}
                  when changed.desired <> old.desired then 'desired'
                  when changed.condition <> old.condition then 'object'
                  when ${kind} = 'notified' then 'notified' end as kind,
             old.condition as from_condition, changed.condition as to_condition,
             old.desired as from_desired, changed.desired as to_desired
      from changed cross join old
    ), logged as (
      insert into stack_events (stack, at, actor, kind, label, object, from_state, to_state, reason)
      select ${stack}::text, ${now}::timestamptz, ${actor}::text, kind, ${label}::text, ${name}::text,
             case kind when 'desired' then from_desired when 'notified' then null else from_condition end,
             case kind when 'desired' then to_desired when 'notified' then null else to_condition end,
             ${reason}::text
      from differing
      where kind is not null
        and (kind <> 'notified' or not exists (
          select from (
            select event.kind, event.reason from stack_events as event
            where event.stack = ${stack} and event.label = ${label} and event.object = ${name}
            order by event.id desc limit 1
          ) as latest
          where latest.kind = 'notified' and latest.reason = ${reason}
        ))
    )
    select * from changed
    union all
    select * from old where not exists (select from changed)`);
  return raw ? decodeRow(stackObjects, raw) : undefined;
}

function assignments(change: ObjectChange, now: string): SQL[] {
  const { condition, desired, objectID, owned, attributes, error, failureCode, doneFor } = change;
  const set: SQL[] = [];
  if (condition !== undefined) {
    set.push(sql`condition = ${condition}`);
    set.push(
      sql`condition_at = case when old.condition = ${condition} then old.condition_at else ${now}::timestamptz end`,
    );
    set.push(sql`pending_since = case when old.condition = ${condition} then old.pending_since end`);
  }
  if (desired !== undefined) set.push(sql`desired = ${desired}`);
  if (objectID !== undefined) set.push(sql`object_id = ${objectID}`);
  if (owned !== undefined) set.push(sql`owned = ${owned}`);
  if (attributes !== undefined) {
    set.push(sql`attributes = ${attributes === null ? null : JSON.stringify(attributes)}::jsonb`);
  }
  if (error !== undefined) set.push(sql`error = ${error}`);
  if (failureCode !== undefined) set.push(sql`failure_code = ${failureCode}`);
  if (doneFor !== undefined) set.push(sql`done_for = ${doneFor}`);
  return set;
}
