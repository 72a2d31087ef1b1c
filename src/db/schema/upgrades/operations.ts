import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { FailureCode } from '../../../domain/errors.ts';
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { DailyWindow } from '../../../domain/upgrades/runtime.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { OperationConfig } from '../../../domain/upgrades/operation-config.ts';
import { instant } from '../instant.ts';
import { orchestrations } from './orchestrations.ts';
import { ERROR_LIST, SILENT_LIST } from './state-lists.ts';

/** One row per runtime of an orchestration: the frozen plan and the projection of its workflow in one. */
export const operations = pgTable(
  'operations',
  {
    /** UUIDv5 of orchestration and runtime. */
    id: uuid('id').primaryKey(),
    orchestrationID: uuid('orchestration_id')
      .notNull()
      .references(() => orchestrations.id, { onDelete: 'cascade' }),
    type: text('type').$type<OrchestrationType>().notNull(),
    /** Place in the inventory's order, from 0, without gaps within an orchestration. */
    position: integer('position').notNull(),
    /** The number of its wave, from 0; 0 for all without waves. */
    wave: integer('wave').notNull().default(0),
    runtimeID: text('runtime_id').notNull(),
    shootName: text('shoot_name').notNull(),
    globalAccountID: text('global_account_id').notNull(),
    subAccountID: text('sub_account_id').notNull(),
    instanceID: text('instance_id').notNull(),
    servicePlanID: text('service_plan_id').notNull(),
    servicePlanName: text('service_plan_name').notNull(),
    region: text('region').notNull(),
    dryRun: boolean('dry_run').notNull(),
    /** The Shoot's own daily window, raw; null for one that has none and is scheduled by the maintenance policy. */
    dailyWindow: jsonb('daily_window').$type<DailyWindow>(),
    /** The window this operation is scheduled into; null for an immediate one that no freeze is in the way of. */
    windowBegin: instant('window_begin'),
    windowEnd: instant('window_end'),
    /** Nothing is sent at this instant or later: the end of the window, or earlier by the cutoff of the policy. */
    latestStart: instant('latest_start'),
    /**
     * Version of the maintenance policy whose freezes and opt-outs its window heeds. Null while it has waited all the time: then it is that
     * of its orchestration, so that a new version is no write for those that it does not touch.
     */
    freezesVersion: integer('freezes_version'),
    /** Not before: the window's begin; long ago for one that has none. */
    dueAt: instant('due_at').notNull(),
    /** First sort key of what is due: the latest start; for one that has no window, later than all of these. */
    orderAt: instant('order_at').notNull(),
    /** Windows that have closed before it could begin; of those with the same latest start, who has missed more goes first. */
    missed: integer('missed').notNull().default(0),
    /** Set while the runtime was found busy, and while another try waits: not before then. */
    notBefore: instant('not_before'),
    /** Since when the runtime has been found busy. */
    busySince: instant('busy_since'),
    state: text('state').$type<OperationState>().notNull(),
    description: text('description').notNull(),
    failureCode: text('failure_code').$type<FailureCode>(),
    /** Its failure no longer counts; a retry takes that back. */
    isForgiven: boolean('is_forgiven').notNull().default(false),
    /** Grows by one with every retry, from 1. */
    attempt: integer('attempt').notNull(),
    /** The attempt with which the present round of tries began: 1, or the one that somebody has asked for last. */
    firstAttempt: integer('first_attempt').notNull().default(1),
    /**
     * The start of a child that this row is at, from 1: grows when the operation is given back to the plan (released, missed
     * its window, retried). Whoever acts for an earlier one, or has looked at it, changes nothing.
     */
    dispatch: integer('dispatch').notNull().default(1),
    /** The execution that may send the request: the last one that has claimed the row. Null while it waits. */
    claim: text('claim'),
    /** The retry request that set the current attempt. */
    retryRequestID: text('retry_request_id'),
    /** The request to the Provisioner, secrets masked; null before that. */
    config: jsonb('config').$type<OperationConfig>(),
    /**
     * ID of the last operation the Provisioner had for the runtime right before ours was sent; '' for none. Null when
     * nothing was sent, or when it was refused.
     */
    baselineOperationID: text('baseline_operation_id'),
    /**
     * Versions of the Secrets that the requests since the baseline were sent with, as a digest of their names and
     * versions: when they have changed since, the values that must not be shown are not known any more. Null before
     * the first request.
     */
    sentSecrets: text('sent_secrets'),
    /** ID of our operation in the Provisioner. */
    provisionerOperationID: text('provisioner_operation_id'),
    /** ID of the last operation in the Provisioner that an earlier attempt has started. */
    earlierOperationID: text('earlier_operation_id'),
    /** When the upgrade itself of this attempt had succeeded, or was not needed, and the check after it began; null before. */
    upgradedAt: instant('upgraded_at'),
    /** The fault of the runtime, by the look at its wave; null when there was none. */
    unhealthy: text('unhealthy'),
    /** The reason why the look at its wave can't tell yet whether the runtime is healthy; null when it can. */
    uncertain: text('uncertain'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    uniqueIndex('operations_position').on(t.orchestrationID, t.position),
    // Only what still waits: reading on in a plan of which 99,000 operations have ended stays as cheap as at its start.
    index('operations_plan')
      .on(t.orchestrationID, t.wave, t.orderAt, sql`(-${t.missed})`, t.position, t.dueAt)
      .where(sql`${t.state} in ('pending', 'retrying')`),
    index('operations_due')
      .on(t.orchestrationID, t.wave, t.dueAt)
      .where(sql`${t.state} in ('pending', 'retrying')`),
    // All that a calendar chooses by, so that one of an account is read off the index alone.
    index('operations_windows')
      .on(t.windowBegin, t.windowEnd, t.globalAccountID, t.id)
      .where(sql`${t.state} in ('pending', 'retrying') and ${t.windowBegin} is not null and not ${t.dryRun}`),
    index('operations_freezes')
      .on(t.orchestrationID, t.freezesVersion)
      .where(sql`${t.state} in ('pending', 'retrying') and ${t.freezesVersion} is not null`),
    index('operations_deferred')
      .on(t.orchestrationID, t.notBefore)
      .where(sql`${t.notBefore} is not null`),
    index('operations_unhealthy')
      .on(t.orchestrationID, t.wave)
      .where(sql`${t.unhealthy} is not null`),
    index('operations_uncertain')
      .on(t.orchestrationID, t.wave, t.position)
      .where(sql`${t.uncertain} is not null`),
    index('operations_state').on(t.orchestrationID, t.state, t.position),
    index('operations_executing')
      .on(t.id)
      .where(sql`${t.state} = 'in progress'`),
    // Operations by which the last upgrade of a runtime has failed, or waits to be tried again.
    index('operations_failed')
      .on(t.runtimeID)
      .where(sql`${t.state} in ${ERROR_LIST} and not ${t.dryRun}`),
    // Its last upgrade that has done something, and the one that has installed its Kyma: one look for each, however long the history is.
    index('operations_last')
      .on(t.runtimeID, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst())
      .where(sql`${t.state} not in ${SILENT_LIST} and not ${t.dryRun}`),
    index('operations_installed')
      .on(t.runtimeID, t.finishedAt.desc().nullsFirst(), t.orchestrationID)
      .where(sql`${t.state} = 'succeeded' and ${t.type} = 'upgradeKyma' and not ${t.dryRun}`),
    index('operations_runtime').on(t.runtimeID, t.type, t.createdAt.desc().nullsFirst()),
  ],
);
export type OperationRow = typeof operations.$inferSelect;
