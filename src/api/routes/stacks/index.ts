/** Stacks: definitions, actions and statuses, below /orchestration. */
import { stackDefinitionSchema } from '../../../domain/stack-schema.ts';
import type { Api, AppDependencies } from '../../dependencies.ts';
import { registerChangeStack } from './change.ts';
import { registerCreateStack } from './create.ts';
import { registerListStackEvents } from './events.ts';
import { registerGetStack } from './get.ts';
import { registerListStacks } from './list.ts';
import { registerRemoveStack } from './remove.ts';
import { registerStackTemplates } from './templates.ts';

export function registerStacks(api: Api, deps: AppDependencies): void {
  api.openAPIRegistry.register('OrchestrationDefinition', stackDefinitionSchema);
  registerCreateStack(api, deps);
  registerListStacks(api, deps);
  registerGetStack(api, deps);
  registerChangeStack(api, deps);
  registerRemoveStack(api, deps);
  registerListStackEvents(api, deps);
  registerStackTemplates(api);
}
