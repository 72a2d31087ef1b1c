/** Retries: changes of the rows of operations, and of the orchestration that is to carry them out. */
import { eq, sql, type SQL } from 'drizzle-orm';
import { QUEUED } from '../../../domain/upgrades/descriptions.ts';
import { HORIZON_MS } from '../../../domain/upgrades/placement.ts';
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { Database, Statements } from '../../connection.ts';
import { events, orchestrations, retryRequests } from '../../schema/index.ts';
import { isUUID, uuidArray } from '../rows.ts';
import type { StateChange } from '../repository-types.ts';
import { afterOthers } from './control-statements.ts';
import { ANOTHER_ATTEMPT, changeMany, ENDED, enters } from './guarded-changes.ts';
import type { ManyChanged } from './measured-changes.ts';
import { hasNewer } from './operation-reads.ts';
import type { OrchestrationRow } from './orchestration-repositories.ts';
import { transition } from './orchestration-transitions.ts';
import type { AskedRetry, Retried, RetryRepository, RetrySelection } from './retry-repository.ts';

/** All failed operations of a hundred thousand take some seconds. */
const RETRY_LIMIT_MS = 120_000;
/** A canceled orchestration stays so, in one that has not begun nothing has failed yet, nor in one that has succeeded. */
const RETRYABLE: readonly OrchestrationState[] = ['failed', 'in progress', 'retrying'];
const REQUESTED = 'Retry requested';
const AGAIN = 'Waits to be tried again';
/** True for one whose next try waits for its time; a busy runtime is known since some moment. Of columns, without a name before them. */
const BACKS_OFF = sql`state = 'retrying' and not_before is not null and busy_since is null`;

export function createRetryRepository(database: Database): RetryRepository {
  return {
    retry: (asked, now) =>
      database.write(async (db) => {
        if (!isUUID(asked.orchestrationID)) return undefined;
        return await afterOthers(db, asked.orchestrationID, (tx) => retry(tx, asked, now));
      }, RETRY_LIMIT_MS),
  };
}

/** The row of the orchestration is locked: nobody else retries, cancels or closes it meanwhile. */
async function retry(tx: Statements, asked: AskedRetry, now: string): Promise<Retried | undefined> {
  const { orchestrationID: id, requestHash } = asked;
  const [row] = await tx.select().from(orchestrations).where(eq(orchestrations.id, id));
  if (!row) return undefined;
  const before = requestHash === undefined ? undefined : await findRequest(tx, asked.requestID);
  if (before) {
    const { retried, old } = before;
    return { kind: 'repeated', row, retried, old, requestHash: before.requestHash };
  }
  if (!RETRYABLE.includes(row.state)) return { kind: 'refused', row };
  const selection = await select(tx, asked);
  if (selection.retried.length === 0) return { kind: 'nothing', row, ...selection };
  // Of each of maybe a hundred thousand operations the log says no more than that.
  const change = { actor: asked.requestedBy, reason: REQUESTED, now };
  await changeOperations(tx, asked, selection.retried, change);
  if (requestHash !== undefined) await keepRequest(tx, { ...asked, requestHash }, selection, now);
  return {
    kind: 'done',
    row: await callForWork(tx, row, { ...change, reason: asked.reason || REQUESTED }),
    ...selection,
  };
}

async function findRequest(
  tx: Statements,
  id: string,
): Promise<typeof retryRequests.$inferSelect | undefined> {
  return (await tx.select().from(retryRequests).where(eq(retryRequests.id, id)))[0];
}

async function keepRequest(
  tx: Statements,
  { requestID: id, orchestrationID, requestHash }: AskedRetry & { requestHash: string },
  { retried, old }: RetrySelection,
  createdAt: string,
): Promise<void> {
  await tx.insert(retryRequests).values({ id, orchestrationID, requestHash, retried, old, createdAt });
}

async function select(
  tx: Statements,
  { orchestrationID, operationIDs, requestID }: AskedRetry,
): Promise<RetrySelection> {
  const chosen =
    operationIDs === null ? sql`true` : sql`o.id = any(${uuidArray(operationIDs.filter(isUUID))})`;
  const rows = await tx.execute<{ id: string; newer: boolean }>(sql`
    select o.id, ${hasNewer(sql`o`)} as newer
    from operations o
    where o.orchestration_id = ${orchestrationID} and (state = 'failed' or ${BACKS_OFF}) and ${chosen}
      and o.retry_request_id is distinct from ${requestID}
    order by o.position`);
  const ids = (isOld: boolean): string[] => rows.filter(({ newer }) => newer === isOld).map(({ id }) => id);
  return { retried: ids(false), old: ids(true) };
}

/** A failure, and the wait for another try, end by the wish of a person; the first of them begins a new round of tries. */
async function changeOperations(
  tx: Statements,
  { orchestrationID, requestID }: AskedRetry,
  ids: readonly string[],
  change: StateChange,
): Promise<void> {
  const asked = sql`orchestration_id = ${orchestrationID} and id = any(${uuidArray(ids)})`;
  const told = sql`description = ${AGAIN}, retry_request_id = ${requestID}`;
  const begun = (chosen: SQL, set: SQL, guard: SQL, kind: string): Promise<ManyChanged> =>
    changeMany(tx, sql`${asked} and ${chosen}`, { ...change, set: sql`${told}, ${set}`, guard, kind });
  await begun(BACKS_OFF, ENDED, sql`old.state = 'retrying'`, 'hurried');
  // Nobody has looked at its window since it failed: it is placed anew if there are any freezes.
  const anew = sql`first_attempt = operations.attempt + 1, ${ANOTHER_ATTEMPT}, ${ENDED}`;
  await begun(sql`state = 'failed'`, anew, enters('retrying'), 'state');
}

/** Its workflow is to look, or to be started. A retry of what has run out of windows is meant to find some. */
async function callForWork(
  tx: Statements,
  { id, state }: OrchestrationRow,
  change: StateChange,
): Promise<OrchestrationRow> {
  const { actor, now, reason } = change;
  if (state === 'failed') await transition(tx, id, 'retrying', { ...change, description: QUEUED });
  else await tx.insert(events).values({ orchestrationID: id, at: now, actor, kind: 'retried', reason });
  const windowsUntil = new Date(Date.parse(now) + HORIZON_MS).toISOString();
  const [row] = await tx
    .update(orchestrations)
    .set({
      lookAt: now,
      revision: sql`${orchestrations.revision} + 1`,
      windowsUntil: sql`case when ${orchestrations.windowsUntil} <= ${now}::timestamptz then ${windowsUntil}::timestamptz else ${orchestrations.windowsUntil} end`,
      updatedAt: now,
    })
    .where(eq(orchestrations.id, id))
    .returning();
  if (!row) throw new Error(`The orchestration ${id} was locked, and is gone`);
  return row;
}
