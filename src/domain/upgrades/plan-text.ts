/** A plan as text, of which the hash is made: of equal plans it is the same, whenever they are made. */
import { canonicalText } from '../canonical-text.ts';
import type { MaintenancePolicy } from './maintenance-policy.ts';
import type { OrchestrationParameters } from './orchestration-parameters.ts';
import type { RolloutOperation, RolloutRequest } from './rollout-plan.ts';

/** The part of a maintenance policy that an orchestration keeps. */
export type PolicyRules = Pick<MaintenancePolicy, 'rules' | 'default'>;

/** Rules and default alone: freezes and opt-outs count by what they do to whom. */
export function rulesText({ rules, default: fallback }: PolicyRules): string {
  return canonicalText({ rules, default: fallback });
}

/** The parameters that were asked for, without the plan that they are compared with. */
export function askedParameters(parameters: OrchestrationParameters): OrchestrationParameters {
  const { planHash: _hash, onPlanChange: _onChange, ...asked } = parameters;
  return asked;
}

/**
 * The request, the rules, and of each operation the runtime, the definition of its window and its wave: no instants, and the order of
 * the inventory does not matter.
 */
export function planText(
  { type, parameters }: RolloutRequest,
  rules: PolicyRules,
  operations: readonly Pick<RolloutOperation, 'runtime' | 'definition' | 'wave'>[],
): string {
  const set = operations.map(({ runtime, definition, wave }) =>
    JSON.stringify([runtime.runtimeID, definition, wave]),
  );
  const request = canonicalText({ type, parameters: askedParameters(parameters) });
  return [request, rulesText(rules), ...set.sort()].join('\n');
}
