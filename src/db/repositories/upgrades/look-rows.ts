import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Database, Drizzle } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import type { ControlRepository, Unhealthy } from './control-repository.ts';

/** Runtimes that a wave names; the others are counted. */
const MOST_NAMED = 5;

/** Looks at the runtimes of a wave that has soaked: which ones, and what was seen. */
export function createLookRows(database: Database): Pick<ControlRepository, 'listToLookAt' | 'recordLooks'> {
  return {
    listToLookAt: (id, { number, lookedTo }, limit) =>
      database.run((db) =>
        db
          .select({
            id: operations.id,
            shootName: operations.shootName,
            runtimeID: operations.runtimeID,
            position: operations.position,
          })
          .from(operations)
          .where(
            and(
              eq(operations.orchestrationID, id),
              eq(operations.state, 'succeeded'),
              eq(operations.wave, number),
              gt(operations.position, lookedTo ?? -1),
            ),
          )
          .orderBy(asc(operations.position))
          .limit(limit),
      ),

    recordLooks: (id, { number, lookedTo }, { upTo, looks }, now) =>
      database.run(async (db) => {
        const [answer] = await db.execute<{ count: number }>(sql`
          with moved as (
            update waves set looked_to = ${upTo}
            where orchestration_id = ${id} and number = ${number} and phase = 'looking'
              and looked_to is not distinct from ${lookedTo}::int
            returning number, name
          ), looked as (
            select * from jsonb_to_recordset(${JSON.stringify(looks)}::jsonb) as l(id uuid, said text)
          ), old as (
            select o.id, looked.said, moved.name
            from moved, looked join operations o on o.id = looked.id
            where o.state = 'succeeded' and o.unhealthy is distinct from looked.said
            order by o.id for update of o
          ), changed as (
            update operations set unhealthy = old.said, updated_at = ${now}
            from old where operations.id = old.id
            returning operations.id, operations.orchestration_id, operations.unhealthy, old.name
          ), logged as (
            insert into events (orchestration_id, operation_id, at, actor, kind, reason)
            select orchestration_id, id, ${now}, 'drydock', 'looked',
                   'After wave ' || name || ': ' || coalesce('unhealthy, ' || unhealthy, 'healthy again')
            from changed
          )
          select count(*)::int as count from moved`);
        return (answer?.count ?? 0) > 0;
      }),
  };
}

/** By the number of the wave; nothing for one that has none. */
export async function readUnhealthy(db: Drizzle, id: string): Promise<Map<number, Unhealthy>> {
  const rows = await db.execute<{ wave: number; count: number; first: Unhealthy['first'] }>(sql`
    select wave, max(place)::int as count,
           jsonb_agg(jsonb_build_object('shootName', shoot_name, 'runtimeID', runtime_id, 'said', unhealthy) order by place)
             filter (where place <= ${MOST_NAMED}) as first
    from (
      select wave, shoot_name, runtime_id, unhealthy, row_number() over (partition by wave order by position) as place
      from operations where orchestration_id = ${id} and unhealthy is not null
    ) as placed
    group by wave`);
  return new Map(rows.map(({ wave, count, first }) => [wave, { count, first }]));
}
