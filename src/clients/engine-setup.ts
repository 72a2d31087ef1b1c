/** The set-up of a namespace of Temporal, without which the service can't work in it. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
// A CommonJS package whose names Node can't see: only its default export can be imported.
import proto from '@temporalio/proto';
import {
  FLEET_SCHEDULE_ID,
  RECONCILER_SCHEDULE_ID,
  SEARCH_ATTRIBUTES,
  TASK_QUEUE,
  WORKFLOW_TYPES,
} from '../workflows/contract/engine.ts';

const ALREADY_EXISTS = 6;

/**
 * Makes sure that the namespace has our search attributes. Several replicas may do it at once; a namespace that has them
 * is left alone.
 */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const { namespace } = client.options;
  const { connection } = client;
  const operator = connection.operatorService;
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  try {
    await operator.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
  }
}

/** Makes sure that the reconciler runs every so many seconds; an existing Schedule is brought up to date. */
export async function ensureReconcilerSchedule(client: Client, everySeconds: number): Promise<void> {
  await ensureSchedule(client, RECONCILER_SCHEDULE_ID, everySeconds, {
    workflowType: WORKFLOW_TYPES.reconcile,
    args: [],
    staticSummary: 'compares the database with Temporal and mends what differs',
  });
}

/** Makes sure that the inventory is read every so many seconds, and has it read now unless it was a moment ago. */
export async function ensureFleetSchedule(client: Client, everySeconds: number): Promise<void> {
  await ensureSchedule(client, FLEET_SCHEDULE_ID, everySeconds, {
    workflowType: WORKFLOW_TYPES.fleet,
    args: [{ everySeconds }],
    staticSummary: 'reads the inventory into the database',
  });
  await client.schedule.getHandle(FLEET_SCHEDULE_ID).trigger(ScheduleOverlapPolicy.SKIP);
}

/** One run at a time: what is due meanwhile is left out. */
async function ensureSchedule(
  client: Client,
  scheduleId: string,
  everySeconds: number,
  workflow: { workflowType: string; args: unknown[]; staticSummary: string },
): Promise<void> {
  const spec = { intervals: [{ every: everySeconds * 1000 }] };
  const action = { type: 'startWorkflow', taskQueue: TASK_QUEUE, ...workflow } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP };
  try {
    await client.schedule.create({ scheduleId, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update((current) => ({
      ...current,
      spec,
      action,
      policies,
    }));
  }
}
