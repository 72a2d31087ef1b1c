import { setTimeout as delay } from 'node:timers/promises';
import {
  GracefulShutdownPeriodExpiredError,
  NativeConnection,
  Worker,
  type ActivityInterceptorsFactory,
  type InjectedSinks,
  type WorkflowBundle,
} from '@temporalio/worker';
import { IllegalStateError } from '@temporalio/common';
import type { Sinks } from '@temporalio/workflow';
import type { TLSConfig } from '@temporalio/client';
import type { Activities } from '../../activities/index.ts';
import { createLagInterceptor } from '../../activities/lag-interceptor.ts';
import { FailureInterceptor } from '../../activities/failure-interceptor.ts';
import { SILENT_METER, type Meter } from '../../domain/measures.ts';
import {
  MONITOR_TASK_QUEUE,
  OBJECTS_TASK_QUEUE,
  PLANS_TASK_QUEUE,
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
  activities: Activities;
  /** Default: nothing is measured. */
  meter?: Meter;
  /** Default: nothing is traced. */
  tracing?: { activity: ActivityInterceptorsFactory; sinks: InjectedSinks<Sinks> };
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
  /** Milliseconds after which the end of the workers is not waited for any longer, default 20,000. */
  closeLimitMs?: number;
  /** Is told when their end was cut short. */
  onCutShort?: () => void;
}

const CLOSE_LIMIT_MS = 20_000;
/** How long a worker takes to end by force. */
const FORCED_END_MS = 1_000;

export interface RunningWorkers {
  /** Rejects when a worker fails for good. */
  finished: Promise<void>;
  /**
   * Takes no more work, lets long activities fail retryably at once, and ends within seconds; when Temporal does not answer,
   * within `closeLimitMs`. May be called twice.
   */
  close(): Promise<void>;
}

/**
 * Starts the five workers of this process: workflows with short activities, the long upgrades, plans to look at, the objects of
 * stacks, and the monitor of their instances.
 */
export async function startWorkers(options: WorkerOptions): Promise<RunningWorkers> {
  const { closeLimitMs = CLOSE_LIMIT_MS, meter = SILENT_METER } = options;
  const connection = await NativeConnection.connect(options.connection);
  const common = {
    connection,
    namespace: options.namespace,
    ...(options.identity === undefined ? {} : { identity: options.identity }),
    interceptors: {
      activity: [
        ...(options.tracing ? [options.tracing.activity] : []),
        () => ({ inbound: new FailureInterceptor() }),
        createLagInterceptor(meter, Date.now),
      ],
    },
    shutdownGraceTime: 0,
    shutdownForceTime: closeLimitMs,
  };
  const main = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUE,
    workflowBundle: options.bundle,
    activities: options.activities.short,
    maxCachedWorkflows: options.maxCachedWorkflows ?? 600,
    ...(options.tracing && { sinks: options.tracing.sinks }),
  });
  const upgrades = await Worker.create({
    ...common,
    taskQueue: UPGRADES_TASK_QUEUE,
    activities: options.activities.upgrades,
    maxConcurrentActivityTaskExecutions: options.maxUpgrades ?? 1_000,
  });
  const plans = await Worker.create({
    ...common,
    taskQueue: PLANS_TASK_QUEUE,
    activities: options.activities.plans,
    maxConcurrentActivityTaskExecutions: 1,
  });
  const objects = await Worker.create({
    ...common,
    taskQueue: OBJECTS_TASK_QUEUE,
    activities: options.activities.objects,
    maxConcurrentActivityTaskExecutions: options.maxObjects ?? 200,
    // A STOP waits until what is being created has noticed it, in answer to a heartbeat.
    maxHeartbeatThrottleInterval: '2s',
  });
  const monitor = await Worker.create({
    ...common,
    taskQueue: MONITOR_TASK_QUEUE,
    activities: options.activities.monitor,
    maxConcurrentActivityTaskExecutions: 1,
  });
  const workers = [main, upgrades, plans, objects, monitor];
  const runs = workers.map((worker) => worker.run());
  const finished = Promise.all(runs).then(() => undefined);
  const shutDown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  // One worker without the other does half of the work in silence.
  finished.catch(shutDown);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    shutDown();
    const ends = await within(Promise.allSettled(runs), closeLimitMs + FORCED_END_MS);
    if (!ends) return options.onCutShort?.();
    await connection.close();
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    const others = failures.filter((failure) => !isCutShort(failure));
    if (others.length < failures.length) options.onCutShort?.();
    if (others.length > 0) throw new AggregateError(others, others.map(String).join('; '));
  };
  return { finished, close: () => (closing ??= close()) };
}

/** Undefined when it takes longer. */
async function within<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  const timeUp = new AbortController();
  try {
    return await Promise.race([promise, delay(limitMs, undefined, { signal: timeUp.signal })]);
  } finally {
    timeUp.abort();
  }
}

/**
 * True when a worker was ended before Temporal had answered it, as when that is away. What the worker had to do is
 * taken up by others. The SDK complains either of the time or of the requests that it still holds.
 */
function isCutShort(error: unknown): boolean {
  if (error instanceof GracefulShutdownPeriodExpiredError) return true;
  return error instanceof IllegalStateError && error.message.includes('still in use');
}
