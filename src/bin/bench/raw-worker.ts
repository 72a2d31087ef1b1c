/** The baseline's worker, a process of its own like Drydock's: `node raw-worker.ts <address> <task queue>`. */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { RawActivities } from './raw-workflows.ts';

const [address = '', taskQueue = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const activities: RawActivities = { work: (item) => Promise.resolve(`item ${item}`) };
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./raw-workflows.ts', import.meta.url)),
  activities,
  maxCachedWorkflows: 1_200,
});
await worker.run();
