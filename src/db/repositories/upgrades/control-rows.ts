import { and, asc, eq, gt, inArray, ne, sql, type SQL } from 'drizzle-orm';
import type { Command, Pause } from '../../../domain/upgrades/control.ts';
import { ORCHESTRATION_STATES, isFinalOrchestrationState } from '../../../domain/upgrades/states.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { orchestrations } from '../../schema/index.ts';
import { decodeRow, isUUID, oneOf } from '../rows.ts';
import type { CommandNumber, ControlRepository } from './control-repository.ts';

/** One that is canceling starts nothing more anyway, and can't be called back. */
const CONTROLLABLE = ORCHESTRATION_STATES.filter(
  (state) => state !== 'canceling' && !isFinalOrchestrationState(state),
);

/** Nothing of an orchestration may begin: it is paused, or to be canceled. `id` is the ID of its row. */
export function isHeld(id: SQL): SQL {
  return sql`exists (
    select from orchestrations held
    where held.id = ${id} and (held.pauses <> '[]'::jsonb or held.state in ('canceling', 'canceled')))`;
}

export function createControlRepository(database: Database): ControlRepository {
  return {
    command: (id, command, now, numbered) =>
      database.run(async (db) => {
        if (!isUUID(id)) return undefined;
        const [raw] = await db.execute(statement(id, command, now, numbered));
        return raw && { changed: raw['was_changed'] === true, row: decodeRow(orchestrations, raw) };
      }),
    observe: (id) => database.run((db) => observe(db, id)),
    listUnobserved: (afterID, limit) =>
      database.run(async (db) => {
        const { id, state, revision, observedRevision } = orchestrations;
        const rows = await db
          .select({ id })
          .from(orchestrations)
          .where(
            and(
              ne(revision, observedRevision),
              // The others read it when they get their turn.
              inArray(state, ['in progress', 'canceling']),
              afterID === '' ? undefined : gt(id, afterID),
            ),
          )
          .orderBy(asc(id))
          .limit(limit);
        return rows.map((row) => row.id);
      }),
  };
}

/** The change that a command makes, and the condition on `old` under which it makes any. */
function effectOf(
  { command, by, reason }: Command,
  now: string,
): { pauses: SQL; applies: SQL; kind: string } {
  switch (command) {
    case 'pause': {
      const pause: Pause = { code: 'person', by, reason, since: now };
      return {
        pauses: sql`old.pauses || ${JSON.stringify([pause])}::jsonb`,
        applies: sql`not old.pauses @> '[{"code": "person"}]'::jsonb`,
        kind: 'paused',
      };
    }
    case 'resume':
      return { pauses: sql`'[]'::jsonb`, applies: sql`old.pauses <> '[]'::jsonb`, kind: 'resumed' };
  }
}

/** One with a number leaves its number in the row, also when it has nothing to change: it must not do so later. */
function statement(id: string, command: Command, now: string, numbered: CommandNumber | undefined): SQL {
  const { pauses, applies, kind } = effectOf(command, now);
  const { chain, number } = numbered ?? { chain: null, number: null };
  const isNew = sql`(${number}::int is null or old.command_chain is distinct from ${chain} or old.command_number < ${number})`;
  return sql`
    with old as (
      select * from orchestrations where id = ${id} for update
    ), decided as (
      select id, old.state in ${oneOf(CONTROLLABLE)} and ${applies} as applies from old where ${isNew}
    ), changed as (
      update orchestrations
      set pauses = case when applies then ${pauses} else old.pauses end,
          revision = old.revision + applies::int,
          updated_at = case when applies then ${now} else old.updated_at end,
          command_chain = coalesce(${chain}, old.command_chain),
          command_number = coalesce(${number}, old.command_number)
      from old join decided on decided.id = old.id
      where orchestrations.id = old.id and (applies or ${number}::int is not null)
      returning orchestrations.*
    ), logged as (
      insert into events (orchestration_id, at, actor, kind, reason)
      select id, ${now}, ${command.by}, ${kind}, ${command.reason} from decided where applies
    )
    select decided.applies as was_changed, changed.* from changed join decided on decided.id = changed.id
    union all
    select false, old.* from old where not exists (select from changed)`;
}

async function observe(db: Drizzle, id: string): ReturnType<ControlRepository['observe']> {
  const { pauses, revision, observedRevision, state } = orchestrations;
  const [row] = await db
    .select({ pauses, revision, observedRevision, state })
    .from(orchestrations)
    .where(eq(orchestrations.id, id));
  if (!row) return undefined;
  if (row.observedRevision !== row.revision)
    await db
      .update(orchestrations)
      .set({ observedRevision: row.revision })
      .where(and(eq(orchestrations.id, id), eq(revision, row.revision)));
  return { pauses: row.pauses, revision: row.revision, state: row.state };
}
