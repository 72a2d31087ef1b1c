import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { kubernetesContract } from '../contract/kubernetes-contract.ts';
import { kubernetesWorld } from '../contract/kubernetes-world.ts';
import { namespaceContract, stageOf } from '../contract/namespace-contract.ts';
import { cast, type Wanted } from '../contract/objects.ts';
import { Stage } from '../contract/world.ts';
import { until } from '../support/environment.ts';
import { KubernetesHTTP } from '../support/kubernetes-http.ts';
import { administrator, freshNamespace, podsOf } from './cluster.ts';
import { createAccount, rulesOf, type Rules } from './runbook.ts';

kubernetesContract('the Kubernetes driver on a real control plane', async () => {
  const namespace = await freshNamespace();
  const access = { kubeConfig: administrator(), namespace };
  const { kubeConfig } = await createAccount(namespace);
  return {
    ...kubernetesWorld(access, podsOf(namespace)),
    access,
    withoutRights: async () => kubernetesWorld({ kubeConfig, namespace }, podsOf(namespace)),
  };
});

namespaceContract('the Kubernetes driver on a real control plane', async () => {
  const access = { kubeConfig: administrator(), namespace: await freshNamespace() };
  return { access, pods: podsOf(access.namespace) };
});

/** No pod gets into that namespace. */
async function closeTo(namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const closed = { metadata: { name: 'closed' }, spec: { hard: { pods: '0' } } };
  await new KubernetesHTTP(administrator()).create(path, closed);
}

function stageIn(namespace: string, { kubeConfig } = { kubeConfig: administrator() }): Stage {
  return new Stage(kubernetesWorld({ kubeConfig, namespace }, podsOf(namespace)));
}

/** Parts that the landscape does not play: its pods all get a node, its claims all get storage, and nobody counts. */
describe('an instance on a real control plane says why it is pending', () => {
  const { wanted } = cast();

  it('when no node has room for it', async () => {
    const stage = stageIn(await freshNamespace());
    const shape = { cpus: 65, memory: '1Gi' };
    const instance = wanted('launchplan', 'large', { imagelist: 'nginx:1.29', shape });
    await stage.create(instance);
    await stage.isPendingFor(instance, 'no node takes it: 0/3 nodes are available: 3 Insufficient cpu');
  });

  it('when the quota lets no pod in', async () => {
    const namespace = await freshNamespace();
    await closeTo(namespace);
    const stage = stageIn(namespace);
    const instance = wanted('launchplan', 'kept-out', { imagelist: 'nginx:1.29' });
    await stage.create(instance);
    await stage.isPendingFor(instance, 'exceeded quota: closed');
  });

  it('when its volume has no storage', async () => {
    const stage = stageIn(await freshNamespace());
    const volume = wanted('storage/volume', 'nowhere', { size: '1G', storage_class: 'unknown' });
    const instance = wanted('launchplan', 'without', {
      imagelist: 'nginx:1.29',
      storage_attachments: [{ volume: volume.name, index: 1 }],
    });
    await stage.make(volume);
    await stage.create(instance);
    await stage.isPendingFor(
      instance,
      `its volume ${volume.name} has no storage: storageclass.storage.k8s.io "unknown" not found`,
    );
  });
});

describe('the role of the runbook for stacks', () => {
  const { volume, address, seclist, instance } = cast();
  it.each([
    ['persistentvolumeclaims', volume],
    ['services', address],
    ['networkpolicies', seclist],
    ['statefulsets', { ...instance, spec: { name: instance.name, imagelist: 'nginx:1.29' } }],
  ])('is needed for %s, and is enough', async (resource, object) => {
    const namespace = await freshNamespace();
    const account = await createAccount(namespace);
    const stage = stageIn(namespace, account);
    await account.may(rulesWithout(resource));
    await expect(stage.create(object)).rejects.toThrow(`cannot get resource "${resource}"`);
    await account.may(rulesOf('drydock-stacks'));
    await created(stage, object);
    await stage.settles(object);
    await stage.unmake(object);
  });

  it('lets nothing be changed while the marker of the namespace can be neither read nor made', async () => {
    const namespace = await freshNamespace();
    const account = await createAccount(namespace);
    const access = { kubeConfig: account.kubeConfig, namespace };
    const stage = stageOf({ access, pods: podsOf(namespace) }, randomUUID());
    const rules = rulesWithout('configmaps');
    await account.may(rules);
    await refusedFor(stage, volume, 'cannot get resource "configmaps"');
    // Looking needs no marker.
    await until(async () => (await attempt(stage.describe(volume))) === undefined, {
      what: 'that it may look',
    });
    await account.may([...rules, { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]);
    await refusedFor(stage, volume, 'cannot create resource "configmaps"');
    await account.may(rulesOf('drydock-stacks'));
    await created(stage, volume);
    await stage.unmake(volume);
  });

  it.each([
    ['pods', 'image registry.invalid/none:1.0: ImagePullBackOff', 'registry.invalid/none:1.0'],
    ['events', 'exceeded quota: closed', 'nginx:1.29'],
  ])(
    'is needed for %s to say why an instance is pending, which it is without, too',
    async (resource, reason, imagelist) => {
      const namespace = await freshNamespace();
      if (resource === 'events') await closeTo(namespace);
      const account = await createAccount(namespace);
      const stage = stageIn(namespace, account);
      await account.may(rulesWithout(resource));
      const pending = cast().wanted('launchplan', 'web', { imagelist });
      await created(stage, pending);
      await stage.isPendingFor(pending, `cannot list resource "${resource}"`);
      expect((await stage.describe(pending))?.reason).toContain("why it is not ready can't be told: ");
      await account.may(rulesOf('drydock-stacks'));
      await stage.isPendingFor(pending, reason);
      await stage.unmake(pending);
    },
  );
});

/** The rules of the runbook without those for a resource. */
function rulesWithout(resource: string): Rules {
  return rulesOf('drydock-stacks')
    .map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) }))
    .filter(({ resources }) => resources.length > 0);
}

/** The failure of a call; undefined when there is none. */
async function attempt(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error ?? 'nothing',
  );
}

/** Waits until rights that were just given hold. */
async function created(stage: Stage, object: Wanted): Promise<void> {
  await until(async () => (await attempt(stage.create(object))) === undefined, {
    what: `that ${object.name} may be made`,
  });
}

/** Waits until it is refused for that right and no longer for another. */
async function refusedFor(stage: Stage, object: Wanted, text: string): Promise<void> {
  const what = `that ${object.name} is refused: ${text}`;
  const error = await until(
    async () => {
      const failed = await attempt(stage.create(object));
      return String(failed).includes(text) ? failed : undefined;
    },
    { what },
  );
  expect(error).toMatchObject({
    name: 'UnavailableError',
    system: 'objects',
    message: expect.stringContaining('check the credentials and roles') as string,
  });
}
