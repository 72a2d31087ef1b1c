import { and, eq, isNull, sql, type SQL } from 'drizzle-orm';
import type { Meter } from '../../../domain/measures.ts';
import type { Database } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { isHeld } from './control-rows.ts';
import { changeOne, standsAs } from './guarded-changes.ts';
import { measureEnd } from './measured-changes.ts';
import {
  SEVERAL_VERSIONS,
  type OperationRepository,
  type OperationRow,
  type SeenOperation,
} from './orchestration-repositories.ts';

type ExecutionChanges = Pick<
  OperationRepository,
  'finish' | 'recordUpgraded' | 'recordRequest' | 'withdrawRequest' | 'recordAccepted' | 'describe'
>;

const ACTOR = 'drydock';

/** Longest wait for the row of the orchestration, in ms: below what a request may take to be sent (`LONGEST_PASSAGE_MS`). */
const RECORD_LOCK_MS = 2_000;

/** Once a request may have been sent, neither a pause nor a cancel keeps it from its end. */
const MAY_BE_SENT = sql`(operations.baseline_operation_id is not null or not ${isHeld(sql`operations.orchestration_id`)})`;

/** Changes by an execution of an upgrade, after its claim. */
export function createExecutionChanges(database: Database, meter: Meter): ExecutionChanges {
  return {
    finish: async (id, dispatch, end, now) => {
      const done = await database.write(async (db) => {
        const code = end.state === 'failed' ? end.code : null;
        const config = end.state === 'succeeded' && end.config ? JSON.stringify(end.config) : null;
        return await changeOne(db, id, {
          set: sql`state = ${end.state}, description = ${end.description}, failure_code = ${code}, finished_at = ${now},
              config = coalesce(${config}::jsonb, operations.config)`,
          guard: sql`${standsAs(dispatch)} and old.state = 'in progress'`,
          kind: 'state',
          actor: ACTOR,
          reason: end.description,
          now,
        });
      });
      if (done?.changed) measureEnd(meter, done.row);
      return ofAttempt(done?.row, dispatch.attempt);
    },

    recordRequest: (id, seen, { config, baselineOperationID, sentSecrets = null }) =>
      database.run((db) =>
        db.transaction(async (tx) => {
          // A command may hold that row for a minute. A record that waited for as long would hold a connection, and stand too late to be sent.
          await tx.execute(sql`set local lock_timeout = ${sql.raw(`${RECORD_LOCK_MS}`)}`);
          // A pause or cancel changes that row: what is read of it now holds until the record stands.
          await tx.execute(
            sql`select from orchestrations where id = (select orchestration_id from operations where id = ${id}) for share`,
          );
          const accepted = await tx
            .update(operations)
            .set({
              config,
              baselineOperationID: sql`coalesce(${operations.baselineOperationID}, ${baselineOperationID})`,
              sentSecrets: sql`case when ${operations.baselineOperationID} is null
              or ${operations.sentSecrets} is not distinct from ${sentSecrets}::text
              then ${sentSecrets} else ${SEVERAL_VERSIONS} end`,
            })
            .where(and(claimedBy(id, seen), isNull(operations.provisionerOperationID), MAY_BE_SENT))
            .returning({ id: operations.id });
          return accepted.length > 0;
        }),
      ),

    withdrawRequest: (id, seen) =>
      database.run(async (db) => {
        await db
          .update(operations)
          .set({ baselineOperationID: null })
          .where(and(claimedBy(id, seen), isNull(operations.provisionerOperationID)));
      }),

    recordUpgraded: (id, seen, description, now) =>
      database.run(async (db) => {
        await db
          .update(operations)
          .set({ upgradedAt: now, description, updatedAt: now })
          .where(and(claimedBy(id, seen), isNull(operations.upgradedAt)));
        const [row] = await db.select().from(operations).where(eq(operations.id, id));
        return row;
      }),

    recordAccepted: (id, attempt, { provisionerOperationID, description, now }) =>
      database.run(async (db) => {
        const ours = sql`attempt = ${attempt}`;
        await db.execute(sql`
          update operations
          set provisioner_operation_id = case when ${ours} then ${provisionerOperationID} else provisioner_operation_id end,
              earlier_operation_id = case when ${ours} then earlier_operation_id else ${provisionerOperationID} end,
              description = case when ${ours} and state = 'in progress' then ${description} else description end,
              updated_at = ${now}
          where id = ${id} and (attempt in (${attempt}, ${attempt + 1}) or attempt > ${attempt} and earlier_operation_id is null)`);
      }),

    describe: (id, attempt, description, now) =>
      database.run(async (db) => {
        await db.update(operations).set({ description, updatedAt: now }).where(executing(id, attempt));
      }),
  };
}

/** The row when it is of the attempt that is asked for. */
function ofAttempt(row: OperationRow | undefined, attempt: number): OperationRow | undefined {
  return row?.attempt === attempt ? row : undefined;
}

/** An operation that executes in this attempt; a note for another one comes too late. */
export function executing(id: string, attempt: number): SQL | undefined {
  return and(eq(operations.id, id), eq(operations.attempt, attempt), eq(operations.state, 'in progress'));
}

/** An operation that this very execution has claimed. */
function claimedBy(id: string, { attempt, dispatch, claim }: SeenOperation): SQL | undefined {
  return and(
    executing(id, attempt),
    eq(operations.dispatch, dispatch),
    claim === null ? isNull(operations.claim) : eq(operations.claim, claim),
  );
}
