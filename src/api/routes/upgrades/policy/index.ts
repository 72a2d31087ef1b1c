/** The maintenance policy: its versions, a new one, and what one would mean. */
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerReadPolicy } from './read-policy.ts';
import { registerReplacePolicy } from './replace-policy.ts';
import { registerTryPolicy } from './try-policy.ts';

/** The repositories of `deps` are those for reading. */
export function registerMaintenancePolicy(api: Api, deps: AppDependencies): void {
  registerReadPolicy(api, deps);
  registerReplacePolicy(api, deps);
  registerTryPolicy(api, deps);
}
