import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { planOf } from '../../../domain/stacks/prepared-plan.ts';
import {
  STACK_ENTERED_FROM,
  TRANSITIONAL_STATUSES,
  type StackStatus,
} from '../../../domain/stacks/statuses.ts';
import type { PlannedOplan } from '../../../domain/stacks/definition.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { stackObjects, stackOplans, stacks, stackUpdates } from '../../schema/index.ts';
import { decodeRow, oneOf } from '../rows.ts';
import { createStackDefinitions } from './definition-rows.ts';
import { createStackLists } from './folder-rows.ts';
import type {
  LoadedStack,
  StackObjectRow,
  StackRepository,
  StackRow,
  StackStatusChange,
} from './life-cycle-repositories.ts';

/** Stacks: what they are defined to be, and where they stand. */
export function createStackRepository(database: Database): StackRepository {
  return {
    ...createStackDefinitions(database),
    ...createStackLists(database),
    find: (name) =>
      database.run(async (db) => (await db.select().from(stacks).where(eq(stacks.name, name)))[0]),
    findByIdempotencyKey: (createdBy, key) =>
      database.run(async (db) => {
        const wanted = and(eq(stacks.createdBy, createdBy), eq(stacks.idempotencyKey, key));
        return (await db.select().from(stacks).where(wanted))[0];
      }),
    load: (name) =>
      database.run((db) =>
        db.transaction((tx) => load(tx, name), {
          isolationLevel: 'repeatable read',
          accessMode: 'read only',
        }),
      ),
    currentAction: (name) =>
      database.run(async (db) => {
        const [row] = await db.select({ action: stacks.action }).from(stacks).where(eq(stacks.name, name));
        return row?.action;
      }),
    enterStatus: (name, to, change) => database.write((db) => enterStatus(db, name, to, change)),
    hasBegun: (stack, id) =>
      database.run(async (db) => {
        const wanted = and(eq(stackUpdates.stack, stack), eq(stackUpdates.id, id));
        return (await db.select({ id: stackUpdates.id }).from(stackUpdates).where(wanted)).length > 0;
      }),
    noteUpdate: (stack, id, now) =>
      database.run(async (db) => {
        await db.execute(sql`
          insert into stack_updates (stack, id, at)
          select name, ${id}::text, ${now}::timestamptz from stacks where name = ${stack}
          on conflict do nothing`);
      }),
  };
}

/** Statuses whose entry begins an action. */
const COUNTED: readonly StackStatus[] = [...TRANSITIONAL_STATUSES, 'scheduled'];

async function enterStatus(
  db: Drizzle,
  name: string,
  to: StackStatus,
  change: StackStatusChange,
): Promise<StackRow | undefined> {
  const counted = COUNTED.includes(to) ? 1 : 0;
  const startsFrom: StackStatus[] = to === 'starting' || to === 'scheduled' ? ['stopped', 'scheduled'] : [];
  const starts = sql`old.status in ${oneOf(startsFrom)}`;
  // A stack that waited for its time starts for whom it was scheduled for.
  const startedFor = sql`coalesce(${change.startedFor ?? null}::text, case old.status when 'scheduled' then old.started_for end)`;
  const [raw] = await db.execute(sql`
    with old as (
      select * from stacks where name = ${name} for update
    ), changed as (
      update stacks
      set status = ${to}, status_at = ${change.now}, updated_at = ${change.now}, action = stacks.action + ${counted}::int,
          started_at = case when ${to === 'stopping'}::boolean then null
                            when ${starts} or (${to === 'starting'}::boolean and old.started_at is null) then ${change.now}::timestamptz
                            else stacks.started_at end,
          started_for = case when ${starts} then ${startedFor} else stacks.started_for end
      from old
      where stacks.name = old.name and old.status in ${oneOf(STACK_ENTERED_FROM[to])}
        and old.action = coalesce(${change.action ?? null}::int, old.action)
      returning stacks.*
    ), logged as (
      insert into stack_events (stack, at, actor, kind, from_state, to_state, reason)
      select changed.name, ${change.now}::timestamptz, ${change.actor}::text, 'status', old.status, changed.status,
             ${change.reason}::text
      from changed join old on old.name = changed.name
    ), noted as (
      insert into stack_updates (stack, id, at)
      select changed.name, ${change.begunBy ?? null}::text, ${change.now}::timestamptz
      from changed where ${change.begunBy ?? null}::text is not null
      on conflict do nothing
    )
    select * from changed
    union all
    select * from old where not exists (select from changed)`);
  return raw ? decodeRow(stacks, raw) : undefined;
}

/** More than are ever under way at once for one stack. */
const UPDATES_LOADED = 20;

async function load(db: Pick<Drizzle, 'select'>, name: string): Promise<LoadedStack | undefined> {
  const [row] = await db.select().from(stacks).where(eq(stacks.name, name));
  if (!row) return undefined;
  const oplans = await db
    .select()
    .from(stackOplans)
    .where(eq(stackOplans.stack, name))
    .orderBy(asc(stackOplans.retired), asc(stackOplans.position), asc(stackOplans.label));
  const objects = await db.select().from(stackObjects).where(eq(stackObjects.stack, name));
  const ordered = oplans.flatMap(({ label }) =>
    objects.filter((object) => object.label === label).sort((a, b) => a.position - b.position),
  );
  const retired = oplans
    .filter((oplan) => oplan.retired)
    .map(({ label, objType, haPolicy, needs, digest }): PlannedOplan => {
      return { label, objType, haPolicy, needs, digest, objects: namesOf(ordered, label) };
    });
  const updates = await db
    .select({ id: stackUpdates.id })
    .from(stackUpdates)
    .where(eq(stackUpdates.stack, name))
    .orderBy(desc(stackUpdates.at))
    .limit(UPDATES_LOADED);
  return {
    row,
    plan: planOf(row.definition),
    retired,
    objects: ordered,
    begunBy: updates.map(({ id }) => id),
  };
}

function namesOf(objects: StackObjectRow[], label: string): string[] {
  return objects.filter((object) => object.label === label).map(({ name }) => name);
}
