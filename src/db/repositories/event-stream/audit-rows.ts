/** Deeds of people, read from all logs at once. */
import { sql, type SQL } from 'drizzle-orm';
import { SOURCES, type Source } from '../../../domain/event-stream/position.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { OF_PEOPLE } from '../../schema/index.ts';
import type { Page, Paging } from '../repository-types.ts';
import type { AuditFilter, AuditRepository, Deed, NamedOrchestration } from './audit-repository.ts';
import { LOGS, toLogged, toPosition } from './change-log.ts';

export function createAuditRepository(database: Database): AuditRepository {
  return { list: (filter, paging) => database.run((db) => list(db, filter, paging)) };
}

/** Which rows are deeds. Those of the queue, of the policy and of webhooks all are, but for what Drydock has put there itself. */
const DEEDS: Record<Source, SQL> = {
  upgrades: OF_PEOPLE.upgrades,
  stacks: OF_PEOPLE.stacks,
  queue: sql`changed_by <> 'drydock'`,
  policy: sql`changed_by <> 'drydock'`,
  webhooks: sql`actor <> 'drydock'`,
};

async function list(db: Drizzle, filter: AuditFilter, { page, pageSize }: Paging): Promise<Page<Deed>> {
  const sources = SOURCES.filter((source) => filter.sources?.includes(source) ?? true);
  const skipped = (page - 1) * pageSize;
  const counts = sources.map(
    (source) => sql`(select count(*) from ${LOGS[source].table} where ${conditionOf(source, filter)})`,
  );
  const parts = sources.map((source) => {
    const { table, id, at, columns } = LOGS[source];
    const number = sql.raw(String(SOURCES.indexOf(source)));
    return sql`(
      select ${number} as source, tx, ${id}::bigint as id, ${at} as at, ${columns} from ${table}
      where ${conditionOf(source, filter)} order by ${at} desc, ${id} desc limit ${skipped + pageSize})`;
  });
  const raw = await db.execute(sql`
    select counted.total, deed.*, o.type as of_type, o.created_by as of_creator,
      jsonb_strip_nulls(jsonb_build_object(
        'kyma', o.parameters->'kyma', 'kubernetes', o.parameters->'kubernetes', 'dryRun', o.parameters->'dryRun'
      )) as of_parameters
    from (select ${sql.join(counts, sql` + `)} as total) as counted
    left join lateral (
      select * from (${sql.join(parts, sql` union all `)}) as deeds
      order by at desc, source, id desc limit ${pageSize} offset ${skipped}
    ) as deed on true
    left join orchestrations o on o.id = deed.orchestration_id
    order by deed.at desc, deed.source, deed.id desc`);
  const rows = raw.filter(({ at }) => at !== null).map(toDeed);
  return { rows, total: Number(raw[0]?.['total'] ?? 0) };
}

function conditionOf(source: Source, { actors, since, until }: AuditFilter): SQL {
  const { at, actor } = LOGS[source];
  const conditions = [
    DEEDS[source],
    ...(actors ? [sql`${actor} = any(${sql.param(actors)}::text[])`] : []),
    ...(since === undefined ? [] : [sql`${at} >= ${since}::timestamptz`]),
    ...(until === undefined ? [] : [sql`${at} < ${until}::timestamptz`]),
  ];
  return sql.join(conditions, sql` and `);
}

function toDeed(raw: Record<string, unknown>): Deed {
  const { tx: _tx, ...position } = toPosition(raw);
  const orchestration = toNamed(raw);
  return { ...toLogged(raw), position, ...(orchestration && { orchestration }) };
}

function toNamed(raw: Record<string, unknown>): NamedOrchestration | undefined {
  const { of_type: type, of_creator: createdBy, of_parameters: parameters } = raw;
  if (typeof type !== 'string') return undefined;
  return { type, createdBy, parameters } as NamedOrchestration;
}
