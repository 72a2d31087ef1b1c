import { eq, sql, type SQL } from 'drizzle-orm';
import type { FailureCode } from '../../../domain/errors.ts';
import type { Meter } from '../../../domain/measures.ts';
import { DESCRIPTION_BEGINS } from '../../../domain/upgrades/descriptions.ts';
import { describeTry, nextTry, type NextTry } from '../../../domain/upgrades/retry-decision.ts';
import { minuteOf } from '../../../domain/upgrades/windows.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations } from '../../schema/index.ts';
import { ANOTHER_ATTEMPT, changeOne, ENDED, enters, standsAs } from './guarded-changes.ts';
import { measureEnd } from './measured-changes.ts';
import type { OperationRepository } from './orchestration-repositories.ts';

type FailureChanges = Pick<OperationRepository, 'fail' | 'refuse'>;

const ACTOR = 'drydock';
/** Codes of failures that tell that nothing was begun. */
const REFUSED: readonly FailureCode[] = ['PROVISIONER_REFUSED', 'GARDENER_REFUSED'];

/** Ends of operations that are no success, of those that execute. All that fail one go through `fail`. */
export function createFailureChanges(database: Database, meter: Meter): FailureChanges {
  return {
    fail: async (id, seen, failure, now) => {
      const done = await database.write(async (db) => {
        const { code, message } = failure;
        const next = await findNextTry(db, id, seen.attempt, failure, now);
        const again = next && (await tryAgain(db, id, seen, { ...failure, next }, now));
        if (again?.changed) return again;
        // Refused: nothing of it can turn up there later.
        const baseline = REFUSED.includes(code) ? sql`, baseline_operation_id = null` : sql``;
        return await changeOne(db, id, {
          set: sql`state = 'failed', description = ${message}, failure_code = ${code}, finished_at = ${now}, ${ENDED}${baseline}`,
          guard: sql`${standsAs(seen)} and ${enters('failed')}`,
          kind: 'state',
          actor: ACTOR,
          reason: message,
          now,
        });
      });
      if (done?.changed && done.row.state === 'failed') measureEnd(meter, done.row);
      return done?.row;
    },

    refuse: async (id, seen, { code, message }, now) => {
      const done = await database.write((db) =>
        changeOne(db, id, {
          set: sql`state = 'canceled', description = ${message}, failure_code = ${code}, finished_at = ${now}, ${ENDED}`,
          guard: sql`${standsAs(seen)} and old.state = 'in progress' and old.baseline_operation_id is null
            and old.provisioner_operation_id is null`,
          kind: 'state',
          actor: ACTOR,
          reason: message,
          now,
        }),
      );
      if (done?.changed) measureEnd(meter, done.row);
      return done?.changed ?? false;
    },
  };
}

type Failure = Parameters<OperationRepository['fail']>[2];

/** The rules of an orchestration never change, and the round only with the attempt, which the statement that follows names. */
async function findNextTry(
  db: Drizzle,
  id: string,
  attempt: number,
  { code }: Failure,
  now: string,
): Promise<NextTry | undefined> {
  const [row] = await db
    .select({
      firstAttempt: operations.firstAttempt,
      baseline: operations.baselineOperationID,
      accepted: operations.provisionerOperationID,
      parameters: orchestrations.parameters,
    })
    .from(operations)
    .innerJoin(orchestrations, eq(orchestrations.id, operations.orchestrationID))
    .where(eq(operations.id, id));
  if (!row) return undefined;
  const { firstAttempt, baseline, accepted, parameters } = row;
  const isUncertain = baseline !== null && accepted === null;
  const round = { attempt, firstAttempt, isUncertain };
  return nextTry(code, parameters.strategy.retryPolicy, round, Date.parse(now));
}

/** Not of an orchestration that is to be canceled, or that has ended: nobody would carry it out. */
const GOES_ON: SQL = sql`exists (
  select from orchestrations o where o.id = old.orchestration_id and o.state in ('in progress', 'retrying'))`;

async function tryAgain(
  db: Drizzle,
  id: string,
  seen: Parameters<OperationRepository['fail']>[1],
  { message, next }: Failure & { next: NextTry },
  now: string,
): ReturnType<typeof changeOne> {
  const said = describeTry(next);
  const until = minuteOf(next.notBefore);
  return await changeOne(db, id, {
    set: sql`description = ${`${DESCRIPTION_BEGINS.backoff}${said} until ${until}: ${message}`}, ${ANOTHER_ATTEMPT},
      not_before = ${next.notBefore}, busy_since = null`,
    guard: sql`${standsAs(seen)} and old.state = 'in progress' and ${GOES_ON}`,
    kind: 'state',
    actor: ACTOR,
    reason: `${message}; ${said} follows, not before ${until}`,
    now,
  });
}
