import { eq, sql } from 'drizzle-orm';
import { folderOf } from '../../../domain/stacks/multipart-name.ts';
import { REDEFINED_IN, type StackStatus } from '../../../domain/stacks/statuses.ts';
import type { PreparedDefinition, StackDefinition } from '../../../domain/stacks/definition.ts';
import type { Database } from '../../connection.ts';
import { stackRevisions, stacks } from '../../schema/index.ts';
import { decodeRow, isUUID } from '../rows.ts';
import { writePlans, writeUses, type Executor } from './plan-rows.ts';
import type { NestingCheck, NewStack, StackRepository, StackRow } from './life-cycle-repositories.ts';
import type { StateChange } from '../repository-types.ts';

/** Of the advisory lock that definitions with nested stacks take turns by; any number that nothing else uses. */
const NESTING_LOCK = 7_466_120_541;

type Definitions = Pick<
  StackRepository,
  'add' | 'storeRevision' | 'forgetRevision' | 'findRevision' | 'activate' | 'forgetRetired' | 'remove'
>;

/** How definitions come into the database, change and go. */
export function createStackDefinitions(database: Database): Definitions {
  return {
    add: (stack, check) =>
      database.write((db) =>
        db.transaction(async (tx) => {
          await pass(tx, check);
          return await add(tx, stack);
        }),
      ),
    storeRevision: (stack, { definition, revision }, now, check) =>
      database.run((db) =>
        db.transaction(async (tx) => {
          await pass(tx, check);
          // A revision left by a request that ended in between is of no use any more.
          await tx.execute(sql`
            delete from stack_revisions
            where stack = ${stack} and created_at < ${now}::timestamptz - interval '1 day'`);
          // Of a stack that was removed meanwhile there is nothing to keep.
          await tx.execute(sql`
            insert into stack_revisions (revision, stack, definition, created_at)
            select ${revision}::uuid, name, ${JSON.stringify(definition)}::jsonb, ${now}::timestamptz
            from stacks where name = ${stack}
            on conflict (revision) do nothing`);
        }),
      ),
    forgetRevision: (revision) =>
      database.run(async (db) => {
        await db.delete(stackRevisions).where(eq(stackRevisions.revision, revision));
      }),
    findRevision: (revision) =>
      database.run(async (db) => {
        if (!isUUID(revision)) return undefined;
        const { stack, definition } = stackRevisions;
        const wanted = eq(stackRevisions.revision, revision);
        return (await db.select({ stack, definition }).from(stackRevisions).where(wanted))[0];
      }),
    activate: (prepared, change) =>
      database.write((db) => db.transaction((tx) => activate(tx, prepared, change))),
    forgetRetired: (name) => database.run(async (db) => void (await db.execute(deleteRetired(name)))),
    remove: (name, createdAt, change) =>
      database.write(async (db) => {
        await db.execute(sql`
          with gone as (
            delete from stacks
            where name = ${name} and status = 'stopped' and created_at = ${createdAt}::timestamptz
            returning name, status
          )
          insert into stack_events (stack, at, actor, kind, from_state, reason)
          select name, ${change.now}::timestamptz, ${change.actor}::text, 'removed', status, ${change.reason}::text
          from gone`);
      }),
  };
}

/**
 * Of two definitions that are judged at once the second one must see the first one: they take turns until they are written.
 */
async function pass(tx: Executor, check: NestingCheck | undefined): Promise<void> {
  if (!check) return;
  await tx.execute(sql`select pg_advisory_xact_lock(${NESTING_LOCK}::bigint)`);
  await check((names) => definitionsOf(tx, names));
}

/**
 * A revision that was stored long ago belongs to a request that was never carried out: one that waits in the engine is gone
 * after minutes.
 */
async function definitionsOf(db: Executor, names: string[]): Promise<StackDefinition[]> {
  if (names.length === 0) return [];
  const wanted = sql`any(${sql.param(names)}::text[])`;
  const rows = await db.execute<{ definition: StackDefinition }>(sql`
    select definition from stacks where name = ${wanted}
    union all
    select definition from stack_revisions
    where stack = ${wanted} and created_at > now() - interval '1 day'`);
  return rows.map(({ definition }) => definition);
}

async function add(db: Executor, stack: NewStack): Promise<StackRow | undefined> {
  const { definition, revision, createdBy, createdAt } = stack;
  const { container, folder } = folderOf(definition.name);
  const [raw] = await db.execute(sql`
    with inserted as (
      insert into stacks (name, container, folder, definition, revision, stop_at, status, status_at, action, created_by,
                          idempotency_key, request_hash, created_at, updated_at)
      values (${definition.name}, ${container}, ${folder}, ${JSON.stringify(definition)}::jsonb, ${revision},
              ${definition.schedule.stop_time}, 'stopped',
              ${createdAt}, 0, ${createdBy}, ${stack.idempotencyKey ?? null}, ${stack.requestHash ?? null}, ${createdAt},
              ${createdAt})
      on conflict do nothing
      returning *
    ), logged as (
      insert into stack_events (stack, at, actor, kind, to_state, reason)
      select name, created_at, created_by, 'added', status, 'Added through the API' from inserted
    )
    select * from inserted`);
  if (!raw) return undefined;
  await writePlans(db, stack, labelsOf(stack), createdAt);
  await writeUses(db, stack);
  return decodeRow(stacks, raw);
}

async function activate(db: Executor, prepared: PreparedDefinition, change: StateChange): Promise<void> {
  const { definition, revision } = prepared;
  const { name } = definition;
  const [standing] = await db.execute<{ status: StackStatus; revision: string }>(
    sql`select status, revision from stacks where name = ${name} for update`,
  );
  if (!standing || standing.revision === revision) return;
  // A revision is used up when it is activated: a late execution must not bring an overtaken definition back.
  const [stored] = await db.execute(sql`
    with stored as (
      delete from stack_revisions where stack = ${name} and revision = ${revision} returning created_at
    ), older as (
      delete from stack_revisions using stored
      where stack = ${name} and stack_revisions.created_at < stored.created_at
    )
    select created_at from stored`);
  if (!stored) return;

  if (REDEFINED_IN.includes(standing.status)) {
    await db.execute(sql`delete from stack_oplans where stack = ${name}`);
  } else {
    await db.execute(sql`
      update stack_oplans set retired = true
      where stack = ${name}
        and not ${JSON.stringify([...labelsOf(prepared)])}::jsonb ? label`);
    await db.execute(deleteRetired(name));
  }
  await writePlans(db, prepared, labelsOf(prepared), change.now);
  await writeUses(db, prepared);
  await db.execute(sql`
    with changed as (
      update stacks
      set definition = ${JSON.stringify(definition)}::jsonb, revision = ${revision},
          stop_at = ${definition.schedule.stop_time}::timestamptz, updated_at = ${change.now}
      where name = ${name}
      returning name
    )
    insert into stack_events (stack, at, actor, kind, reason)
    select name, ${change.now}::timestamptz, ${change.actor}::text, 'defined', ${change.reason}::text from changed`);
}

/** Their objects go with them. */
function deleteRetired(name: string): ReturnType<typeof sql> {
  return sql`
    delete from stack_oplans as oplan
    where stack = ${name} and retired
      and not exists (
        select from stack_objects as object
        where object.stack = oplan.stack and object.label = oplan.label and object.condition <> 'absent'
      )`;
}

function labelsOf({ plan }: PreparedDefinition): Set<string> {
  return new Set(plan.oplans.map(({ label }) => label));
}
