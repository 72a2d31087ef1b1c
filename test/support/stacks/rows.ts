/** Definitions and rows of stacks for tests of the database and of what sits on it. */
import { randomUUID } from 'node:crypto';
import type { Repositories } from '../../../src/db/repositories/index.ts';
import type { NewStack, StackRow } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import { prepareDefinition } from '../../../src/domain/stacks/prepared-plan.ts';
import type { StackStatus } from '../../../src/domain/stacks/statuses.ts';
import type {
  ObjectSpec,
  ObjectType,
  Oplan,
  StackDefinition,
} from '../../../src/domain/stacks/definition.ts';
import { AT } from '../rows.ts';

/** An object plan with the objects of these names; instances for a launch plan. */
export function anOplan(
  label: string,
  obj_type: ObjectType,
  objects: (string | ObjectSpec)[],
  changes: Partial<Oplan> = {},
): Oplan {
  const specs = objects.map((object) => (typeof object === 'string' ? { name: object } : object));
  const listed = obj_type === 'launchplan' ? [{ instances: specs }] : specs;
  return { label, obj_type, ha_policy: 'none', objects: listed, ...changes };
}

/** A stack with one volume and one instance that uses it, unless other plans are given. */
export function aDefinition(name: string, changes: Partial<StackDefinition> = {}): StackDefinition {
  return {
    name,
    description: 'for a test',
    account: '/acme/default',
    schedule: { start_time: null, stop_time: null },
    oplans: [
      anOplan('disks', 'storage/volume', [{ name: `${name}-disk`, size: '10G' }]),
      anOplan('servers', 'launchplan', [
        { name: `${name}-vm`, storage_attachments: [{ index: 1, volume: `${name}-disk` }] },
      ]),
    ],
    relationships: [],
    ...changes,
  };
}

/** A new stack as the API adds it. */
export function aStack(definition: StackDefinition, changes: Partial<NewStack> = {}): NewStack {
  return {
    ...prepareDefinition(definition, randomUUID()),
    createdBy: 'alice',
    createdAt: AT,
    ...changes,
  };
}

/** The shortest way from stopped to a status. */
const WAYS: Readonly<Record<StackStatus, readonly StackStatus[]>> = {
  stopped: [],
  scheduled: ['scheduled'],
  starting: ['starting'],
  ready: ['starting', 'ready'],
  shutting_down: ['starting', 'ready', 'shutting_down'],
  shut_down: ['starting', 'shut_down'],
  restarting: ['starting', 'shut_down', 'restarting'],
  stopping: ['starting', 'stopping'],
  error: ['starting', 'error'],
  warning: ['starting', 'warning'],
};

/** A stack that was added and has come to this status, without anything having happened to its objects. */
export async function aStackIn(
  { stacks }: Repositories,
  status: StackStatus,
  definition: StackDefinition,
): Promise<StackRow> {
  let row = await stacks.add(aStack(definition));
  for (const step of WAYS[status]) {
    row = await stacks.enterStatus(definition.name, step, { actor: 'alice', reason: 'on its way', now: AT });
  }
  if (row?.status !== status) throw new Error(`${definition.name} is ${row?.status}, not ${status}`);
  return row;
}
