/**
 * Tells a container platform whether the worker on this host still polls Temporal for work: exit code 0 when it does.
 * A worker opens no port that one could ask, but Temporal knows who polls.
 */
import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';
import { loadConfig } from '../config/index.ts';
import {
  MONITOR_TASK_QUEUE,
  OBJECTS_TASK_QUEUE,
  TASK_QUEUE,
  UPGRADES_TASK_QUEUE,
} from '../workflows/contract/engine.ts';

/** A poll is answered after a minute at the latest, so a live worker has polled within two. */
const RECENT_MS = 120_000;
const LIMIT_MS = 10_000;
const { TaskQueueType } = proto.temporal.api.enums.v1;

async function polls(
  client: Client,
  name: string,
  taskQueueType: temporal.api.enums.v1.TaskQueueType,
): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name },
    taskQueueType,
  });
  return pollers.some(({ identity, lastAccessTime }) => {
    const polledAt = Number(lastAccessTime?.seconds ?? 0) * 1000;
    return identity?.endsWith(`@${hostname()}`) === true && polledAt > Date.now() - RECENT_MS;
  });
}

async function isPolling(): Promise<boolean> {
  const { connection: settings, namespace } = loadConfig(process.env).temporal;
  if (!settings) throw new Error('TEMPORAL_ADDRESS is not set: set it to what the worker has');
  const connection = await Connection.connect({ ...settings, connectTimeout: LIMIT_MS });
  try {
    const client = new Client({ connection, namespace });
    const answers = await connection.withDeadline(Date.now() + LIMIT_MS, () =>
      Promise.all([
        polls(client, TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
        polls(client, UPGRADES_TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
        polls(client, OBJECTS_TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
        polls(client, MONITOR_TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
      ]),
    );
    return answers.every(Boolean);
  } finally {
    await connection.close();
  }
}

try {
  if (!(await isPolling())) {
    process.stderr.write(`The worker on ${hostname()} does not poll for work. Its log says why.\n`);
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(
    `Temporal can't be asked: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
