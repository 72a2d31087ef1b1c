/**
 * A namespace with the objects of stacks belongs to one installation. Run over each API server like the rest of what the
 * Kubernetes driver promises, see kubernetes-contract.ts.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createKubernetesDrivers,
  inOwnNamespace,
} from '../../src/activities/stacks/drivers/kubernetes/index.ts';
import { kubernetesWorld, type KubernetesAccess, type Pods } from './kubernetes-world.ts';
import { cast, type Wanted } from './objects.ts';
import { Stage } from './world.ts';

export interface EmptyNamespace {
  access: KubernetesAccess;
  pods: Pods;
}

/** The driver as a worker of that installation has it. */
export function stageOf({ access, pods }: EmptyNamespace, installationID: string): Stage {
  const drivers = inOwnNamespace(createKubernetesDrivers(access), installationID, access);
  return new Stage({ ...kubernetesWorld(access, pods), drivers });
}

/** Runs the cases; `open` is called for each of them, for a namespace that nobody has used. */
export function namespaceContract(title: string, open: () => Promise<EmptyNamespace>): void {
  describe(`${title}: two installations in one namespace`, () => {
    it('the second one changes nothing, is told whose it is, and may look', async () => {
      const namespace = await open();
      const [first, second] = [randomUUID(), randomUUID()];
      const owner = stageOf(namespace, first);
      const other = stageOf(namespace, second);
      const of = cast();
      const { volume, extra, seclist, vnet, address, instance, attachment, association, rule } = of;
      const all = [volume, extra, seclist, vnet, address, instance, attachment, association, rule];
      await owner.make(...all);
      const before = await owner.idsOf(all);

      const refused = {
        code: 'OBJECT_REFUSED',
        message: expect.stringMatching(`belongs to the Drydock installation ${first}.*${second}`) as string,
      };
      for (const object of all) {
        await expect(other.create(object)).rejects.toMatchObject(refused);
        await expect(other.destroy(object)).rejects.toMatchObject(refused);
      }
      await expect(other.start(instance)).rejects.toMatchObject(refused);
      await expect(other.stop(instance)).rejects.toMatchObject(refused);
      await expect(other.restart(instance, 'restart 1')).rejects.toMatchObject(refused);
      expect(await other.idsOf(all)).toEqual(before);
      await owner.settles(instance);

      // As after a restart of its worker.
      const again = stageOf(namespace, first);
      await again.unmake(rule);
    });

    it('of two that begin at once one gets it, and only its object is made', async () => {
      const namespace = await open();
      const { wanted } = cast();
      const begin = (index: number): { id: string; stage: Stage; volume: Wanted } => {
        const id = randomUUID();
        return {
          id,
          stage: stageOf(namespace, id),
          volume: wanted('storage/volume', `disk${index}`, { size: '1G' }),
        };
      };
      const both = [begin(0), begin(1)];
      const ends = await Promise.allSettled(both.map(({ stage, volume }) => stage.create(volume)));
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const winner = both[ends.findIndex(({ status }) => status === 'fulfilled')];
      const loser = both.find((one) => one !== winner);
      if (!winner || !loser) throw new Error('There are not two');
      expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'OBJECT_REFUSED', message: expect.stringContaining(winner.id) as string },
      });
      await winner.stage.settles(winner.volume);
      expect(await winner.stage.describe(loser.volume)).toBeUndefined();
    });
  });
}
