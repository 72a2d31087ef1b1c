/**
 * Workers of a namespace that tests of one file use one after the other: to start them takes more of the machine than most tests
 * do. After a test everything is deleted that runs in the namespace.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { Activities } from '../../src/activities/index.ts';
import { startWorkers, type RunningWorkers } from '../../src/bin/compose/worker-process.ts';
import { isNotFound } from '../../src/clients/grpc-status.ts';
import { STACK_MONITOR_WORKFLOW_ID } from '../../src/workflows/contract/stacks.ts';
import { WEBHOOKS_WORKFLOW_ID } from '../../src/workflows/contract/webhooks.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/workflows/contract/upgrades.ts';
import { atEndOfFile, temporalOf } from './environment.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** Beyond so many workflows a new namespace costs less than to delete them. */
const MOST_DELETED = 60;
/** A workflow that is deleted may just have started another one. */
const MOST_ROUNDS = 40;
/** Milliseconds that activities of a test may still execute after its end; afterwards their workers end, too. */
const LAST_ACTIVITY_MS = 2_000;

const free: WorkerSet[] = [];

export interface SetOptions {
  namespace: string;
  maxObjects?: number;
}

export class WorkerSet {
  private activities: Activities | undefined;
  private executing = 0;
  private workers: RunningWorkers | undefined;

  private constructor(readonly namespace: string) {}

  /** Workers that an earlier test of this file has given back, if there are any. */
  static takeFree(): WorkerSet | undefined {
    return free.pop();
  }

  /** New workers; they end with the test file at the latest. */
  static async start({ namespace, maxObjects }: SetOptions, activities: Activities): Promise<WorkerSet> {
    const set = new WorkerSet(namespace);
    set.workers = await startWorkers({
      connection: { address: temporalOf(namespace) },
      namespace,
      bundle: await workflowBundle(),
      maxObjects,
      activities: set.handOn(activities),
    });
    set.use(activities);
    atEndOfFile(() => set.close());
    return set;
  }

  /** From now on these are executed. */
  use(activities: Activities): void {
    this.activities = activities;
  }

  async close(): Promise<void> {
    const at = free.indexOf(this);
    if (at !== -1) free.splice(at, 1);
    await this.workers?.close();
  }

  /** For the next test; they end when the namespace can't be emptied. */
  async giveBack(client: Client): Promise<void> {
    const isEmpty = await deleteRunning(client);
    for (const end = Date.now() + LAST_ACTIVITY_MS; this.executing > 0 && Date.now() < end;) await delay(20);
    if (!isEmpty || this.executing > 0) return await this.close();
    this.activities = undefined;
    free.push(this);
  }

  /** The same activities, each handed on to those of the test that uses the workers then. */
  private handOn(activities: Activities): Activities {
    const group = <K extends keyof Activities>(key: K): Activities[K] =>
      Object.fromEntries(
        Object.keys(activities[key]).map((name) => [name, this.forward(key, name)]),
      ) as unknown as Activities[K];
    return {
      short: group('short'),
      upgrades: group('upgrades'),
      plans: group('plans'),
      objects: group('objects'),
      monitor: group('monitor'),
    };
  }

  private forward(group: keyof Activities, name: string): (...args: unknown[]) => Promise<unknown> {
    return async (...args) => {
      const activities = this.activities?.[group] as
        Record<string, (...args: unknown[]) => unknown> | undefined;
      const activity = activities?.[name];
      if (!activity) throw new Error(`No test uses these workers: ${name} comes too late`);
      this.executing += 1;
      try {
        return await activity(...args);
      } finally {
        this.executing -= 1;
      }
    };
  }
}

/** Deletes all workflows that still run. False when they are too many. */
async function deleteRunning(client: Client): Promise<boolean> {
  // They come and go at any time: the search may not show them yet.
  for (const workflowId of [QUEUE_WORKFLOW_ID, STACK_MONITOR_WORKFLOW_ID, WEBHOOKS_WORKFLOW_ID])
    await remove(client, { workflowId });
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const running: WorkflowExecutionInfo[] = [];
    for await (const one of client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
      if (running.push(one) > MOST_DELETED) return false;
    if (running.length === 0) return true;
    await Promise.all(running.map((one) => remove(client, one)));
    await delay(50);
  }
  return false;
}

async function remove(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
): Promise<void> {
  const { namespace } = client.options;
  try {
    await client.workflowService.deleteWorkflowExecution({
      namespace,
      workflowExecution: { workflowId, runId },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
