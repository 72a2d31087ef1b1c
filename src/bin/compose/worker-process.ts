import { NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { TLSConfig } from '@temporalio/client';
import {
  createShortActivities,
  createStackMonitorActivities,
  createStackObjectActivities,
  createUpgradeActivities,
  type ActivityDependencies,
} from '../../activities/index.ts';
import { FailureInterceptor } from '../../activities/failure-interceptor.ts';
import {
  MONITOR_TASK_QUEUE,
  OBJECTS_TASK_QUEUE,
  TASK_QUEUE,
  UPGRADES_TASK_QUEUE,
} from '../../workflows/contract/engine.ts';

/** How the workers reach Temporal: as @temporalio/envconfig answers it, or an address alone. */
export interface WorkerConnection {
  address?: string;
  tls?: TLSConfig | boolean | null;
  apiKey?: string;
  metadata?: Record<string, string>;
}

export interface WorkerOptions {
  connection: WorkerConnection;
  namespace: string;
  dependencies: ActivityDependencies;
  /** Upgrades followed at once by this process, default 1,000. */
  maxUpgrades?: number;
  /** Objects of stacks that something happens to at once in this process, default 200. */
  maxObjects?: number;
  /** Workflows kept in memory, default 600; more replay less and need more memory. */
  maxCachedWorkflows?: number;
  /** Identity shown in Temporal's Web UI. */
  identity?: string;
  /** The workflow code, see `workflowBundle`. */
  bundle: WorkflowBundle;
}

export interface RunningWorkers {
  /** Rejects when a worker fails for good. */
  finished: Promise<void>;
  /** Takes no more work, lets long activities fail retryably at once, and ends within seconds. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts the four workers of this process: workflows with short activities, the long upgrades, the objects of stacks, and
 * the monitor of their instances.
 */
export async function startWorkers(options: WorkerOptions): Promise<RunningWorkers> {
  const connection = await NativeConnection.connect(options.connection);
  const common = {
    connection,
    namespace: options.namespace,
    ...(options.identity === undefined ? {} : { identity: options.identity }),
    interceptors: { activity: [() => ({ inbound: new FailureInterceptor() })] },
    shutdownGraceTime: 0,
    shutdownForceTime: '20s',
  };
  const main = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUE,
    workflowBundle: options.bundle,
    activities: createShortActivities(options.dependencies),
    maxCachedWorkflows: options.maxCachedWorkflows ?? 600,
  });
  const upgrades = await Worker.create({
    ...common,
    taskQueue: UPGRADES_TASK_QUEUE,
    activities: createUpgradeActivities(options.dependencies),
    maxConcurrentActivityTaskExecutions: options.maxUpgrades ?? 1_000,
  });
  const objects = await Worker.create({
    ...common,
    taskQueue: OBJECTS_TASK_QUEUE,
    activities: createStackObjectActivities(options.dependencies),
    maxConcurrentActivityTaskExecutions: options.maxObjects ?? 200,
    // A STOP waits until what is being created has noticed it, in answer to a heartbeat.
    maxHeartbeatThrottleInterval: '2s',
  });
  const monitor = await Worker.create({
    ...common,
    taskQueue: MONITOR_TASK_QUEUE,
    activities: createStackMonitorActivities(options.dependencies),
    maxConcurrentActivityTaskExecutions: 1,
  });
  const workers = [main, upgrades, objects, monitor];
  const finished = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  const shutDown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  // One worker without the other does half of the work in silence.
  finished.catch(shutDown);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    shutDown();
    try {
      await finished;
    } finally {
      await connection.close();
    }
  };
  return { finished, close: () => (closing ??= close()) };
}
