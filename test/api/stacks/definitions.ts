/** Definitions for tests of the API, and what their stacks would have become. */
import type { ObjectChange } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import type { StackStatus } from '../../../src/domain/stacks/statuses.ts';
import type { Oplan, StackDefinition } from '../../../src/domain/stacks/definition.ts';
import type { ApiRig } from '../api-rig.ts';

export const ORACLE_TYPE = 'application/oracle-compute-v3+json';
export const DIRECTORY_TYPE = 'application/oracle-compute-v3+directory+json';

/** An instance that uses a volume. Names of objects are derived from the stack's. */
export function aDefinition(name: string, changes: Partial<StackDefinition> = {}): StackDefinition {
  return {
    name,
    description: 'A shop',
    account: '/acme/default',
    schedule: { start_time: null, stop_time: null },
    oplans: [
      {
        label: 'disk',
        obj_type: 'storage/volume',
        ha_policy: 'none',
        objects: [{ name: `${name}-disk`, size: '10G' }],
      },
      {
        label: 'web',
        obj_type: 'launchplan',
        ha_policy: 'active',
        objects: [
          {
            instances: [
              {
                name: `${name}-web`,
                shape: 'oc3',
                attributes: { userdata: 'x' },
                simulation: { seconds: 1 },
                storage_attachments: [{ index: 1, volume: `${name}-disk` }],
              },
            ],
          },
        ],
      },
    ],
    relationships: [{ oplan: 'web', to_oplan: 'disk', type: 'depends' }],
    ...changes,
  };
}

/** A plan that holds other stacks. */
export function nesting(...names: string[]): Oplan {
  const objects = names.map((name) => ({ name }));
  return { label: 'nested', obj_type: 'orchestration', ha_policy: 'none', objects };
}

/** Adds a stack over the API; fails unless it is taken. */
export async function added(rig: ApiRig, definition: StackDefinition): Promise<StackDefinition> {
  const answer = await rig.call('POST', '/orchestration/', { body: definition });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return definition;
}

const change = { actor: 'drydock', reason: 'test', now: '2026-05-12T08:00:00.500000Z' };

/** Moves a stack along, as its workflow would. */
export async function entered(rig: ApiRig, name: string, ...statuses: StackStatus[]): Promise<void> {
  for (const status of statuses) {
    const row = await rig.repositories.stacks.enterStatus(name, status, change);
    if (row?.status !== status) throw new Error(`${name} is ${row?.status}, not ${status}`);
  }
}

/** Writes what became of an object, as its activities would. */
export async function became(
  rig: ApiRig,
  [stack, label, name]: [stack: string, label: string, name: string],
  what: ObjectChange,
): Promise<void> {
  await rig.repositories.stackObjects.change({ stack, label, name }, what, change);
}

/** Removes a stopped stack, as its workflow would. */
export async function removed(rig: ApiRig, name: string): Promise<void> {
  const { stacks } = rig.repositories;
  const row = await stacks.find(name);
  if (!row) throw new Error(`There is no ${name}`);
  await stacks.remove(name, row.createdAt, change);
  if (await stacks.find(name)) throw new Error(`${name} is still there`);
}
