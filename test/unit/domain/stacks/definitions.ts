/** Definitions, plans and texts for tests of stacks. */
import { formatIssues, type InputIssue } from '../../../../src/domain/issues.ts';
import { stackDefinitionSchema } from '../../../../src/domain/stacks/definition-schema.ts';
import type { PlannedOplan, StackDefinition, StackPlan } from '../../../../src/domain/stacks/definition.ts';

export const NAME_ERROR =
  'must be a name like /container/user/name: three parts of letters, digits, "-", "_", "." and "@", at most 256 characters in all';
export const UNKNOWN_FIELD = 'is not a known field; check its spelling, or leave it out';
export const CONTENT_ERROR =
  'must not contain broken Unicode or control characters except tab and line breaks';

export interface GivenDefinition {
  [field: string]: unknown;
  oplans: Record<string, unknown>[];
}

/** A definition as a client would send it: web servers that use a disk. */
export function aDefinition(overrides: Record<string, unknown> = {}): GivenDefinition {
  return { name: '/acme/jack/shop', oplans: [disks(), web()], ...overrides };
}

export function disks(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    label: 'disks',
    obj_type: 'storage/volume',
    objects: [{ name: '/acme/jack/disk', size: '10G' }],
    ...overrides,
  };
}

export function web(instance: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    label: 'web',
    obj_type: 'launchplan',
    objects: [{ instances: [{ name: '/acme/jack/web', shape: 'oc3', ...instance }] }],
  };
}

/** A definition whose only object is one volume with these fields. */
export function withVolume(fields: Record<string, unknown>): GivenDefinition {
  return withObject('storage/volume', fields);
}

/** A definition whose only object is of the given type, `/acme/jack/x` unless it gets another name. */
export function withObject(objType: string, fields: Record<string, unknown>): GivenDefinition {
  const objects = [{ name: '/acme/jack/x', ...fields }];
  return aDefinition({ oplans: [{ label: 'x', obj_type: objType, objects }] });
}

/** Each pair: the one that depends, and what it depends on. */
export function related(...pairs: [string, string][]): Record<string, unknown>[] {
  return pairs.map(([oplan, needed]) => ({ oplan, to_oplan: needed, type: 'depends' }));
}

/** The faults found in it; none when it is accepted. */
export function issuesOf(definition: unknown): InputIssue[] {
  const parsed = stackDefinitionSchema.safeParse(definition);
  return parsed.success ? [] : formatIssues(parsed.error);
}

export function accepted(definition: unknown): StackDefinition {
  return stackDefinitionSchema.parse(definition);
}

/** A plan of one volume under the given label. */
export function anOplan(label: string, needs: string[] = []): PlannedOplan {
  return {
    label,
    objType: 'storage/volume',
    haPolicy: 'none',
    objects: [`/acme/jack/${label}`],
    needs,
    digest: `digest of ${label}`,
  };
}

export function aPlan(oplans: PlannedOplan[], overrides: Partial<StackPlan> = {}): StackPlan {
  return {
    oplans,
    relationships: [],
    schedule: { start_time: null, stop_time: null },
    digest: 'digest',
    ...overrides,
  };
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
