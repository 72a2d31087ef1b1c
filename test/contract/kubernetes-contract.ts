/**
 * Behaviour of the Kubernetes driver towards people and roles beside it. The cases are written once and run over the
 * landscape and over a real control plane.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { cast, type Cast, type Wanted } from './objects.ts';
import { ByHand, type KubernetesAccess } from './kubernetes-world.ts';
import { Stage, type World } from './world.ts';

export interface KubernetesContractWorld extends World {
  access: KubernetesAccess;
  /** A driver on the same namespace that may do nothing there. */
  withoutRights(): Promise<World>;
}

const OWNER = 'drydock.dev/owner';

/** Runs the cases over a namespace; `open` is called once. */
export function kubernetesContract(title: string, open: () => Promise<KubernetesContractWorld>): void {
  let world: KubernetesContractWorld;
  let stage: Stage;
  let byHand: ByHand;
  beforeAll(async () => {
    world = await open();
    stage = new Stage(world);
    byHand = new ByHand(world.access);
  });
  const ofInstance = ({ volume, seclist, vnet, address, instance }: Cast): Wanted[] => [
    volume,
    seclist,
    vnet,
    address,
    instance,
  ];

  describe(`${title}: edits by hand`, () => {
    it('A71: an object whose owner somebody has taken away belongs to nobody, and stays', async () => {
      const { volume, seclist, address } = cast();
      for (const object of [volume, seclist, address]) {
        await stage.make(object);
        await byHand.patch(object, { metadata: { annotations: { [OWNER]: null } } });
        const { id } = await stage.settles(object);
        await stage.destroy(object);
        expect(await stage.settles(object)).toMatchObject({ id, owner: null });
      }
    });

    it('A82: an instance that somebody scales to 0 has stopped, says so, and runs again when it is started', async () => {
      const of = cast();
      await stage.make(...ofInstance(of));
      const before = await stage.describe(of.instance);
      await byHand.patch(of.instance, { spec: { replicas: 0 } });
      expect(await stage.becomes(of.instance, 'stopped')).toMatchObject({
        reason: 'somebody else has scaled its StatefulSet to 0',
      });
      await stage.start(of.instance);
      expect(await stage.becomes(of.instance, 'running')).toMatchObject({ id: before?.id });
    });

    it('a record that somebody has mangled is told with the name of its annotation', async () => {
      const of = cast();
      await stage.make(...ofInstance(of));
      await byHand.patch(of.instance, { metadata: { annotations: { 'drydock.dev/disks': 'mangled' } } });
      await stage.make(of.extra);
      await expect(stage.create(of.attachment)).rejects.toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        message: expect.stringContaining('drydock.dev/disks') as string,
      });
    });
  });

  it(`${title}: an instance whose image can't be pulled is pending and says so`, async () => {
    const image = 'registry.invalid/none:1.0';
    const { wanted } = cast();
    const instance = wanted('launchplan', 'web', { imagelist: image });
    await stage.create(instance);
    await stage.isPendingFor(instance, `image ${image}: ImagePullBackOff: Back-off pulling image "${image}"`);
  });

  it(`${title}: a namespace without rights is told as what it is, and trying again may help`, async () => {
    const { volume, seclist, address } = cast();
    await stage.make(volume);
    const powerless = new Stage(await world.withoutRights());
    const calls = [
      powerless.create(seclist),
      powerless.create(address),
      powerless.describe(volume),
      powerless.destroy(volume),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({
        reason: {
          name: 'UnavailableError',
          system: 'objects',
          message: expect.stringMatching(
            / cannot \w+ resource "\w+".*check the credentials and roles/,
          ) as string,
        },
      });
    }
    await stage.settles(volume);
  });
}
