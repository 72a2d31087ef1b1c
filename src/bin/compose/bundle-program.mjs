/**
 * Bundles the workflows of the module that is given, with the modules of interceptors that follow, and sends them to the parent: a process of its own, because webpack's
 * memory never comes back.
 */
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const [workflowsPath, ...workflowInterceptorModules] = process.argv.slice(2);
if (workflowsPath === undefined) throw new Error('Say which module exports the workflows.');
const bundle = await bundleWorkflowCode({
  // It reports every module at level INFO.
  logger: new DefaultLogger('WARN', ({ level, message }) => console.error(`${level}: ${message}`)),
  workflowsPath,
  workflowInterceptorModules,
  // Without state of its own: loaded once for all workflows of a worker, and not for each child again (6 ms).
  preloadModules: ['zod'],
});
process.send?.(bundle, () => process.disconnect());
