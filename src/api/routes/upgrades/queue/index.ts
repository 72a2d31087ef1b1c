/** The queue: lanes, the order in them, and the pause of everything. */
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerFront } from './front.ts';
import { registerPauseQueue } from './pause-queue.ts';
import { registerReadQueue } from './read-queue.ts';

/** `reading` has the repositories for reading. */
export function registerQueue(api: Api, deps: AppDependencies, reading: AppDependencies): void {
  registerReadQueue(api, reading);
  registerPauseQueue(api, deps);
  registerFront(api, deps);
}
