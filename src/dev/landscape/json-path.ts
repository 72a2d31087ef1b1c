import { isObject } from './merge-patch.ts';
import type { Json, JsonObject } from './landscape-types.ts';

/** The value at a path of fields and positions; undefined when there is none. */
export function at(json: Json | undefined, ...path: (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    return isObject(value) ? value[step] : undefined;
  }, json);
}

/** The object at a path, an empty one when there is none. */
export function objectAt(json: Json | undefined, ...path: (string | number)[]): JsonObject {
  const value = at(json, ...path);
  return isObject(value) ? value : {};
}

/** The list at a path, an empty one when there is none. */
export function listAt(json: Json | undefined, ...path: (string | number)[]): Json[] {
  const value = at(json, ...path);
  return Array.isArray(value) ? value : [];
}

/** The text at a path, an empty one when there is none. */
export function textAt(json: Json | undefined, ...path: (string | number)[]): string {
  const value = at(json, ...path);
  return typeof value === 'string' ? value : '';
}

/** True when two values are the same JSON, whatever the order of their fields. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => sameJson(item, other[index]));
  }
  if (isObject(one) && isObject(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].every((key) => sameJson(one[key], other[key]));
  }
  return one === other;
}
