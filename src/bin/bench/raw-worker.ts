/**
 * The baseline's worker, a process of its own like Drydock's: `bench-baseline <address> <task queue> <cache folder>`.
 */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { runProgram, untilOneFails } from '../compose/shutdown.ts';
import { workflowBundle } from '../compose/workflow-bundle.ts';
import type { RawActivities } from './raw-workflows.ts';

const [address = '', taskQueue = '', cacheDir = ''] = process.argv.slice(2);
const entry = fileURLToPath(new URL('./raw-workflows.ts', import.meta.url));
const activities: RawActivities = { work: (item) => Promise.resolve(`item ${item}`) };
const say = (line: string): void => console.error(line);

await runProgram({ say, env: process.env }, async (shutdown) => {
  // The SDK would take a signal that comes before its worker exists, and the worker would then run for ever.
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  shutdown.add("closing the baseline's connection", () => connection.close());
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: await workflowBundle({ cacheDir, source: { entry, files: [entry] } }),
    activities,
    maxCachedWorkflows: 1_200,
  });
  const finished = worker.run();
  shutdown.add("stopping the baseline's worker", async () => {
    worker.shutdown();
    await finished;
  });
  await untilOneFails([finished]);
});
