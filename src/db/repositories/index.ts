/** The one way to the tables. */
import { sql } from 'drizzle-orm';
import { SILENT_METER, type Meter } from '../../domain/measures.ts';
import type { Database } from '../connection.ts';
import { createAuditRepository } from './event-stream/audit-rows.ts';
import { createChangeLogRepository } from './event-stream/change-log.ts';
import { createBackupRepository } from './stacks/backup-rows.ts';
import { createReportRepository } from './night-report/report-rows.ts';
import { createCalendarRepository } from './upgrades/calendar-rows.ts';
import { createControlRepository } from './upgrades/control-rows.ts';
import { createEstimateRepository } from './upgrades/estimate-rows.ts';
import { createEventRepository } from './upgrades/event-log.ts';
import { createClaims } from './upgrades/claims.ts';
import { createExecutionChanges } from './upgrades/execution-changes.ts';
import { createFailureChanges } from './upgrades/failure-changes.ts';
import { createFleetRepository } from './upgrades/fleet-rows.ts';
import { createFreezeChanges } from './upgrades/freeze-changes.ts';
import { createOperationReads } from './upgrades/operation-reads.ts';
import { createPlanChanges } from './upgrades/plan-changes.ts';
import { createOrchestrationRepository } from './upgrades/orchestration-rows.ts';
import { createPlanRepository } from './upgrades/rollout-plan-rows.ts';
import { createPlanWriting } from './upgrades/plan-writing.ts';
import { createPolicyRepository } from './upgrades/policy-rows.ts';
import { createQueueRepository } from './upgrades/queue-rows.ts';
import { createRetryRepository } from './upgrades/retry-rows.ts';
import { createStateCountRepository } from './upgrades/state-counts.ts';
import { createRolloutRepository } from './upgrades/rollout-rows.ts';
import { createWaitRepository } from './upgrades/wait-rows.ts';
import { createStackObjectRepository } from './stacks/object-rows.ts';
import { createStackRepository } from './stacks/status-rows.ts';
import { createWebhookAdministration } from './webhooks/webhook-rows.ts';
import { createWebhookDelivering } from './webhooks/due-deliveries.ts';
import { createInstallationRepository } from './installation-row.ts';
import type { Repositories } from './repository-types.ts';

export type * from './repository-types.ts';
export type * from './upgrades/orchestration-repositories.ts';
export type * from './upgrades/control-repository.ts';
export type * from './upgrades/policy-repository.ts';
export type * from './upgrades/plan-repository.ts';
export type * from './upgrades/wait-repository.ts';
export type * from './upgrades/estimate-repository.ts';
export type * from './upgrades/fleet-repository.ts';
export type * from './upgrades/queue-repository.ts';
export type * from './upgrades/retry-repository.ts';
export type * from './upgrades/rollout-repository.ts';
export type * from './upgrades/calendar-repository.ts';
export type * from './upgrades/state-count-repository.ts';
export type * from './stacks/life-cycle-repositories.ts';
export type * from './event-stream/audit-repository.ts';
export type * from './event-stream/change-log-repository.ts';
export type * from './night-report/report-repository.ts';
export type * from './webhooks/webhook-repository.ts';

/** Repositories over one pool of connections. The meter is told of what they change. */
export function createRepositories(database: Database, meter: Meter = SILENT_METER): Repositories {
  return {
    installation: createInstallationRepository(database),
    orchestrations: createOrchestrationRepository(database, meter),
    control: createControlRepository(database, meter),
    operations: {
      ...createOperationReads(database),
      ...createPlanWriting(database),
      ...createPlanChanges(database, meter),
      ...createFreezeChanges(database, meter),
      ...createClaims(database, meter),
      ...createExecutionChanges(database, meter),
      ...createFailureChanges(database, meter),
    },
    retries: createRetryRepository(database),
    events: createEventRepository(database),
    policies: createPolicyRepository(database),
    plans: createPlanRepository(database),
    waits: createWaitRepository(database),
    estimates: createEstimateRepository(database),
    fleet: createFleetRepository(database),
    rollouts: createRolloutRepository(database),
    calendar: createCalendarRepository(database),
    queue: createQueueRepository(database),
    counts: createStateCountRepository(database),
    stacks: createStackRepository(database),
    stackObjects: createStackObjectRepository(database),
    backups: createBackupRepository(database),
    changes: createChangeLogRepository(database),
    audit: createAuditRepository(database),
    report: createReportRepository(database),
    webhooks: { ...createWebhookAdministration(database), ...createWebhookDelivering(database) },
    ping: () => database.run(async (db) => void (await db.execute(sql`select 1`)), 5_000),
  };
}
