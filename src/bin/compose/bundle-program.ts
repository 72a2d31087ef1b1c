/** Bundles the workflows and sends them to the parent: a process of its own, because webpack's memory never comes back. */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const bundle = await bundleWorkflowCode({
  // It reports every module at level INFO.
  logger: new DefaultLogger('WARN', ({ level, message }) => console.error(`${level}: ${message}`)),
  workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
});
process.send?.(bundle, () => process.disconnect());
