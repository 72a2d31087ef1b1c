/** Plans before runs: what an upgrade would do, to whom, and why not to others; and who was left out of what ran. */
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerLeftOut } from './left-out.ts';
import { registerPlanOperations } from './plan-operations.ts';
import { registerPlanRuntime } from './plan-runtime.ts';
import { registerPlanUpgrades } from './plan-upgrade.ts';
import { registerReadPlans } from './read-plans.ts';

/** `reading` has the repositories for reading. */
export function registerPlans(api: Api, deps: AppDependencies, reading: AppDependencies): void {
  registerPlanUpgrades(api, deps);
  registerReadPlans(api, reading);
  registerPlanOperations(api, reading);
  registerLeftOut(api, reading);
  registerPlanRuntime(api, reading);
}
