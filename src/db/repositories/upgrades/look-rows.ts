import { and, asc, eq, gt, isNotNull, sql, type SQL } from 'drizzle-orm';
import { describeUncertain } from '../../../domain/upgrades/looks-again.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import type { ControlRepository, LookingWave, Unhealthy } from './control-repository.ts';

/** Runtimes that a wave names; the others are counted. */
const MOST_NAMED = 5;

type LookRows = Pick<ControlRepository, 'listToLookAt' | 'recordLooks' | 'lookAgain' | 'noteWait'>;

/** Looks at the runtimes of a wave that has soaked: which ones, and what was seen. */
export function createLookRows(database: Database): LookRows {
  return {
    listToLookAt: (id, wave, limit) =>
      database.run((db) =>
        db
          .select({
            id: operations.id,
            shootName: operations.shootName,
            runtimeID: operations.runtimeID,
            position: operations.position,
            isForgiven: operations.isForgiven,
          })
          .from(operations)
          .where(
            and(
              eq(operations.orchestrationID, id),
              eq(operations.state, 'succeeded'),
              eq(operations.wave, wave.number),
              gt(operations.position, wave.lookedTo ?? -1),
              wave.looksAgainAt === null ? undefined : isNotNull(operations.uncertain),
            ),
          )
          .orderBy(asc(operations.position))
          .limit(limit),
      ),

    recordLooks: (id, wave, { upTo, looks }, now) =>
      database.write(async (db) => {
        const [answer] = await db.execute<{ count: number }>(sql`
          with moved as (
            update waves set looked_to = ${upTo}, look_waits = null where ${standsAs(id, wave)}
            returning number, name
          ), looked as (
            select * from jsonb_to_recordset(${JSON.stringify(looks)}::jsonb) as l(id uuid, unhealthy text, uncertain text)
          ), old as (
            select o.id, looked.uncertain, moved.name, o.unhealthy as before,
                   case when looked.uncertain is null then looked.unhealthy else o.unhealthy end as unhealthy
            from moved, looked join operations o on o.id = looked.id
            where o.state = 'succeeded'
              and (o.uncertain is distinct from looked.uncertain
                or looked.uncertain is null and o.unhealthy is distinct from looked.unhealthy)
            order by o.id for update of o
          ), changed as (
            update operations set unhealthy = old.unhealthy, uncertain = old.uncertain, updated_at = ${now}
            from old where operations.id = old.id
            returning operations.id, operations.orchestration_id, operations.unhealthy, old.before, old.name
          ), logged as (
            insert into events (orchestration_id, operation_id, at, actor, kind, reason)
            select orchestration_id, id, ${now}, 'drydock', 'looked',
                   'After wave ' || name || ': ' || coalesce('unhealthy, ' || unhealthy, 'healthy again')
            from changed where unhealthy is distinct from before
          )
          select count(*)::int as count from moved`);
        return (answer?.count ?? 0) > 0;
      }),

    lookAgain: (id, wave, { at, until }) =>
      database.run(async (db) => {
        const uncertain = (await readSaid(db, id, sql`uncertain`)).get(wave.number);
        const waits = uncertain && describeUncertain(uncertain);
        await db.execute(sql`
          update waves set looked_to = -1, looks_again_at = ${at}, looks_until = ${until}, look_waits = ${waits ?? null}
          where ${standsAs(id, wave)}`);
      }),

    noteWait: (id, wave, reason) =>
      database.run(async (db) => {
        await db.execute(
          sql`update waves set look_waits = ${reason} where ${standsAs(id, wave)} and look_waits is distinct from ${reason}`,
        );
      }),
  };
}

/** The wave is looked at as it was read, and nothing else is wanted of its orchestration since: what was seen before a pause does not count. */
function standsAs(id: string, wave: LookingWave): SQL {
  const { number, lookedTo, looksAgainAt, revision, queueRevision } = wave;
  return sql`orchestration_id = ${id} and number = ${number} and phase = 'looking' and queue_revision = ${queueRevision}
    and looked_to is not distinct from ${lookedTo}::int
    and looks_again_at is not distinct from ${looksAgainAt}::timestamptz
    and exists (select from orchestrations o where o.id = ${id} and o.revision = ${revision})`;
}

/** By the number of the wave; nothing for one that has none. */
export async function readUnhealthy(db: Drizzle, id: string): Promise<Map<number, Unhealthy>> {
  return await readSaid(db, id, sql`unhealthy`);
}

/** Operations with words in a column. */
async function readSaid(db: Drizzle, id: string, column: SQL): Promise<Map<number, Unhealthy>> {
  const rows = await db.execute<{ wave: number; count: number; first: Unhealthy['first'] }>(sql`
    select wave, max(place)::int as count,
           jsonb_agg(jsonb_build_object('shootName', shoot_name, 'runtimeID', runtime_id, 'said', said) order by place)
             filter (where place <= ${MOST_NAMED}) as first
    from (
      select wave, shoot_name, runtime_id, ${column} as said, row_number() over (partition by wave order by position) as place
      from operations where orchestration_id = ${id} and ${column} is not null
    ) as placed
    group by wave`);
  return new Map(rows.map(({ wave, count, first }) => [wave, { count, first }]));
}
