/** The baseline's worker, a process of its own like Drydock's: `node raw-worker.ts <address> <task queue> <cache folder>`. */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { workflowBundle } from '../compose/workflow-bundle.ts';
import type { RawActivities } from './raw-workflows.ts';

const [address = '', taskQueue = '', cacheDir = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const entry = fileURLToPath(new URL('./raw-workflows.ts', import.meta.url));
const activities: RawActivities = { work: (item) => Promise.resolve(`item ${item}`) };
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowBundle: await workflowBundle({ cacheDir, source: { entry, files: [entry] } }),
  activities,
  maxCachedWorkflows: 1_200,
});
await worker.run();
