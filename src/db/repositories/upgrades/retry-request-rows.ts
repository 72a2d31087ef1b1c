import { eq, sql } from 'drizzle-orm';
import type { Database, Statements } from '../../connection.ts';
import { retryRequests } from '../../schema/index.ts';
import { isUUID } from '../rows.ts';
import type { RetryRequestRepository } from './orchestration-repositories.ts';

/** Retries that were asked for under an idempotency key. */
export function createRetryRequestRepository(database: Database): RetryRequestRepository {
  const find: RetryRequestRepository['find'] = (id) =>
    database.run(async (db) => {
      if (!isUUID(id)) return undefined;
      return (await db.select().from(retryRequests).where(eq(retryRequests.id, id)))[0];
    });

  return {
    find,
    record: async (request) => {
      const [inserted] = await database.run((db) =>
        db.insert(retryRequests).values(request).onConflictDoNothing().returning(),
      );
      const row = inserted ?? (await find(request.id));
      if (!row) throw new Error(`The retry request ${request.id} was neither inserted nor found`);
      return row;
    },
  };
}

/**
 * Marks the row of a request that has one. False when it was marked before: its operations may have been retried under
 * another request since, so that their rows do not name this one any more.
 */
export async function takeRequest(db: Statements, id: string, now: string): Promise<boolean> {
  if (!isUUID(id)) return true;
  const [row] = await db.execute<{ taken: boolean }>(sql`
    with old as (
      select id, applied_at from retry_requests where id = ${id} for update
    ), taken as (
      update retry_requests set applied_at = ${now} from old
      where retry_requests.id = old.id and old.applied_at is null
      returning true
    )
    select exists (select from taken) as taken from old`);
  return row?.taken ?? true;
}
