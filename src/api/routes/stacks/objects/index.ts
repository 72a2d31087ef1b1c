/** The objects of stacks that exist, below a path for each type. */
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerReadObjects } from './read-objects.ts';
import { registerSetInstance } from './set-instance.ts';

export function registerObjects(api: Api, deps: AppDependencies): void {
  registerReadObjects(api, deps);
  registerSetInstance(api, deps);
}
