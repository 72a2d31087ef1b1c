/** Where the request of an orchestration differs from that of the plan that it names. */
import { formatPath } from '../issues.ts';
import { askedParameters } from './plan-text.ts';
import type { RolloutRequest } from './rollout-plan.ts';

/**
 * The paths that differ, like `targets.include[0].region`, in alphabetical order; `type` for an upgrade of the other kind. Empty for
 * requests that mean the same.
 */
export function requestDifferences(one: RolloutRequest, other: RolloutRequest): string[] {
  const kind = one.type === other.type ? [] : ['type'];
  const paths = pathsOf(askedParameters(one.parameters), askedParameters(other.parameters), []);
  return [...kind, ...paths.map(formatPath).sort()];
}

function pathsOf(one: unknown, other: unknown, path: PropertyKey[]): PropertyKey[][] {
  if (one === other) return [];
  const fields = fieldsOf(one, other);
  if (!fields) return [path];
  return fields.flatMap(([field, inOne, inOther]) => pathsOf(inOne, inOther, [...path, field]));
}

/** The fields of two objects, or the entries of two lists, side by side; undefined for everything else. */
function fieldsOf(one: unknown, other: unknown): [PropertyKey, unknown, unknown][] | undefined {
  if (Array.isArray(one) && Array.isArray(other)) {
    const longer = one.length > other.length ? one : other;
    return longer.map((_, index) => [index, one[index], other[index]]);
  }
  if (!isObject(one) || !isObject(other)) return undefined;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].map((name) => [name, one[name], other[name]]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
