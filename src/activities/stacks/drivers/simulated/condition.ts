import { createHash } from 'node:crypto';
import type { SimulatedObjectRow, SimulatedOperation } from '../../../../db/schema/stacks/simulation.ts';
import type { Json, ObjectSpec } from '../../../../domain/stacks/definition.ts';
import type { DescribedObject } from '../driver.ts';

/** Time of the clock (milliseconds) as the tables keep it. */
export function instantOf(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** True from the moment on when its destruction is through. */
export function isGone(row: SimulatedObjectRow, now: string): boolean {
  return row.goal === 'gone' && row.settledAt <= now;
}

/** True for an instance that ended by itself, or was killed. */
export function hasDied(row: SimulatedObjectRow, now: string): boolean {
  return row.goal === 'running' && row.diesAt !== null && row.diesAt <= now;
}

/** The state of an object at this moment: it follows from its row and the clock alone. */
export function describeRow(row: SimulatedObjectRow, now: string): DescribedObject | undefined {
  if (isGone(row, now)) return undefined;
  const described = { id: row.id, owner: row.owner, attributes: attributesOf(row) };
  if (row.goal === 'gone' || row.settledAt > now) return { ...described, state: 'pending' };
  if (hasDied(row, now)) return { ...described, state: 'stopped', reason: 'ended by itself' };
  return { ...described, state: row.goal };
}

function attributesOf({ objType, id, spec }: SimulatedObjectRow): Record<string, Json> {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(id).digest();
  switch (objType) {
    case 'launchplan':
      return { ip: `10.${a}.${b}.${c}` };
    case 'ip/reservation':
      // RFC 6598: shared address space, which belongs to nobody on the Internet.
      return { ip: `100.${64 + (a % 64)}.${b}.${c}` };
    case 'storage/volume':
      return { size: spec['size'] ?? null };
    default:
      return {};
  }
}

/** The simulation that a specification asks for, with what is left out filled in. */
export interface Simulation {
  latencyMs: number;
  diesAfterMs: number | undefined;
  /** Message with which an operation fails, and how often; for ever when it does not say. */
  failureOf(operation: SimulatedOperation): { message: string; times: number } | undefined;
}

/** Reads the field `simulation` of an object. */
export function simulationOf(spec: ObjectSpec): Simulation {
  const simulation = fieldsOf(spec['simulation']);
  const diesAfter = simulation['dies_after_seconds'];
  return {
    latencyMs: typeof simulation['seconds'] === 'number' ? simulation['seconds'] * 1000 : 0,
    diesAfterMs: typeof diesAfter === 'number' ? diesAfter * 1000 : undefined,
    failureOf: (operation) => {
      const { message, times } = fieldsOf(fieldsOf(simulation['fail'])[operation]);
      if (typeof message !== 'string') return undefined;
      return { message, times: typeof times === 'number' ? times : Infinity };
    },
  };
}

function fieldsOf(value: Json | undefined): Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
