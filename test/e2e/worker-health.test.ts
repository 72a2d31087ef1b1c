import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { expect, it } from 'vitest';
import {
  MONITOR_TASK_QUEUE,
  OBJECTS_TASK_QUEUE,
  TASK_QUEUE,
  UPGRADES_TASK_QUEUE,
} from '../../src/workflows/contract/engine.ts';
import { atEndOfFile, leaseNamespace, temporalOf, until } from '../support/environment.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { useWatchedRuntime } from '../support/workflow-tasks.ts';

const run = promisify(execFile);

async function health(namespace: string): Promise<{ code: number; stderr: string }> {
  const args = ['scripts/run.mjs', 'worker-health'];
  const env = {
    PATH: process.env['PATH'],
    TEMPORAL_ADDRESS: temporalOf(namespace),
    TEMPORAL_NAMESPACE: namespace,
  };
  try {
    const { stderr } = await run(process.execPath, args, { env, timeout: 180_000 });
    return { code: 0, stderr };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, stderr };
  }
}

async function startWorker(namespace: string, options: Pick<WorkerOptions, 'taskQueue' | 'workflowBundle'>) {
  useWatchedRuntime();
  const connection = await NativeConnection.connect({ address: temporalOf(namespace) });
  // Functions given to atEndOfFile run last to first.
  atEndOfFile(() => connection.close());
  const worker = await Worker.create({ connection, namespace, activities: noop, ...options });
  const ended = worker.run();
  atEndOfFile(async () => {
    worker.shutdown();
    await ended;
  });
}

const noop = { noop: () => Promise.resolve() };

it('a worker is healthy while it polls for workflows, upgrades, objects of stacks and the monitor, and not when one of them is missing', async () => {
  const namespace = leaseNamespace();
  const before = await health(namespace);
  expect(before.code).toBe(1);
  expect(before.stderr).toContain('does not poll for work');

  await startWorker(namespace, { taskQueue: UPGRADES_TASK_QUEUE });
  expect((await health(namespace)).code).toBe(1);

  await startWorker(namespace, { taskQueue: OBJECTS_TASK_QUEUE });
  await startWorker(namespace, { taskQueue: MONITOR_TASK_QUEUE });
  expect((await health(namespace)).code).toBe(1);

  await startWorker(namespace, { taskQueue: TASK_QUEUE, workflowBundle: await workflowBundle() });
  await until(async () => (await health(namespace)).code === 0, { what: 'the worker counts as healthy' });
});
