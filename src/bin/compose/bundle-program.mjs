/**
 * Bundles the workflows of the module that is given and sends them to the parent: a process of its own, because webpack's memory never comes
 * back. Its argument is JSON: `entry`, `shared` (modules that all runs share) and `interceptors`.
 */
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

/** @type {{ entry: string, shared: string[], interceptors: string[] }} */
const { entry, shared, interceptors } = JSON.parse(process.argv[2] ?? '');
const bundle = await bundleWorkflowCode({
  // It reports every module at level INFO.
  logger: new DefaultLogger('WARN', ({ level, message }) => console.error(`${level}: ${message}`)),
  workflowsPath: entry,
  workflowInterceptorModules: interceptors,
  preloadModules: shared,
});
process.send?.(bundle, () => process.disconnect());
