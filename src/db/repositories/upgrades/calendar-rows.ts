import { sql } from 'drizzle-orm';
import { NEVER } from '../../../domain/upgrades/windows.ts';
import type { Database } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { VERSION } from './named-columns.ts';
import type { CalendarRepository, ComingWindow } from './calendar-repository.ts';

type Raw = ComingWindow & Record<string, unknown>;

export function createCalendarRepository(database: Database): CalendarRepository {
  return {
    comingWindows: ({ accounts, now, limit }) =>
      database.run(async (db) => {
        const ofAccounts = accounts
          ? sql`and op.global_account_id = any(${sql.param(accounts)}::text[])`
          : sql``;
        // States and conditions are written out so that the planner sees that the partial index covers them.
        const rows = await db.execute<Raw>(sql`
          select op.id as "operationID", op.orchestration_id as "orchestrationID", op.type, op.shoot_name as "shootName",
            ${VERSION} as version, op.window_begin as begin, op.window_end as end, op.created_at as "createdAt", op.updated_at as "updatedAt"
          from operations op join orchestrations o on o.id = op.orchestration_id
          where op.state in ('pending', 'retrying') and op.window_begin is not null and not op.dry_run
            and op.window_end > ${now}::timestamptz and op.window_end < ${NEVER}::timestamptz ${ofAccounts}
            and o.state in ('pending', 'in progress', 'retrying')
          order by op.window_begin, op.window_end, op.global_account_id, op.id limit ${limit}`);
        return rows.map(toWindow);
      }),
  };
}

function toWindow(raw: Raw): ComingWindow {
  const instantOf = (value: string): string => operations.dueAt.mapFromDriverValue(value) as string;
  return {
    ...raw,
    begin: instantOf(raw.begin),
    end: instantOf(raw.end),
    createdAt: instantOf(raw.createdAt),
    updatedAt: instantOf(raw.updatedAt),
  };
}
