/** Stacks: definitions, actions and statuses, below /orchestration. */
import { stackDefinitionSchema } from '../../../../domain/stacks/definition-schema.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerChangeStack } from './change.ts';
import { registerCreateStack } from './create-definition.ts';
import { registerListStackEvents } from './life-cycle-events.ts';
import { registerGetStack } from './get-definition.ts';
import { registerListStacks } from './list-definitions.ts';
import { registerRemoveStack } from './remove-definition.ts';
import { registerStackTemplates } from './list-templates.ts';

export function registerStacks(api: Api, deps: AppDependencies): void {
  // A schema of the domain may have been made before the OpenAPI package extended zod; its copy is made after that.
  api.openAPIRegistry.register('OrchestrationDefinition', stackDefinitionSchema.clone());
  registerCreateStack(api, deps);
  registerListStacks(api, deps);
  registerGetStack(api, deps);
  registerChangeStack(api, deps);
  registerRemoveStack(api, deps);
  registerListStackEvents(api, deps);
  registerStackTemplates(api);
}
