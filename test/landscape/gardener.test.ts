/** The client of single Shoots, and Gardener's part as the landscape plays it. */
import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { createInventoryClient } from '../../src/clients/upgrades/gardener.ts';
import { createShootsClient } from '../../src/clients/upgrades/gardener-shoots.ts';
import type { ShootsClient } from '../../src/clients/upgrades/outside-systems.ts';
import { decideOnShoot, type ShootPatch } from '../../src/domain/upgrades/gardener-patch.ts';
import { GARDENER_OPERATION, MARK, type GardenerShoot } from '../../src/domain/upgrades/gardener-shoot.ts';
import type { Landscape } from '../../src/dev/landscape/index.ts';
import { admin, firstRuntime, folder, landscape, type RuntimeRow } from './support.ts';

const SECONDS = 60;

interface World {
  of: Landscape;
  shoots: ShootsClient;
  runtime: RuntimeRow;
  find(): Promise<GardenerShoot>;
  /** The clock of the landscape, in seconds from the start. */
  at(seconds: number): void;
}

async function aWorld(): Promise<World> {
  let now = Date.parse('2030-10-12T20:00:00Z');
  const begin = now;
  const of = await landscape({ upgradeSeconds: SECONDS, now: () => now });
  const shoots = clientOf(of);
  const runtime = await firstRuntime(of);
  return {
    of,
    shoots,
    runtime,
    find: async () => {
      const shoot = await shoots.find(runtime.shootName);
      if (!shoot) throw new Error('The Shoot is gone');
      return shoot;
    },
    at: (seconds) => (now = begin + seconds * 1000),
  };
}

function clientOf(of: Landscape): ShootsClient {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  return createShootsClient({ kubeConfig, namespace: of.namespace });
}

function patchFor(shoot: GardenerShoot, version = '1.33.5', attempt = 1): ShootPatch {
  return {
    metadata: { resourceVersion: shoot.resourceVersion, annotations: { [MARK]: `id/${attempt}` } },
    spec: { kubernetes: { version } },
  };
}

const stateOf = ({ generation, observedGeneration, lastOperation }: GardenerShoot) => ({
  generation,
  observedGeneration,
  state: lastOperation?.state,
});

test('a change raises the generation, is begun with a moment later, and ends by the clock', async () => {
  const { shoots, runtime, find, at } = await aWorld();
  const before = await find();
  expect(stateOf(before)).toEqual({ generation: 2, observedGeneration: 2, state: 'Succeeded' });
  const changed = await shoots.patch(runtime.shootName, patchFor(before));
  expect(changed).toMatchObject({ kubernetesVersion: '1.33.5', annotations: { [MARK]: 'id/1' } });
  expect(stateOf(changed)).toEqual({ generation: 3, observedGeneration: 2, state: 'Succeeded' });
  at(30);
  expect(await find()).toMatchObject({
    observedGeneration: 3,
    lastOperation: { state: 'Processing', progress: 50 },
  });
  at(SECONDS);
  expect(await find()).toMatchObject({ lastOperation: { state: 'Succeeded', progress: 100 } });
});

test('a patch of an older version is a conflict, and so is one that somebody overtakes', async () => {
  const { of, shoots, runtime, find } = await aWorld();
  const before = await find();
  await shoots.patch(runtime.shootName, patchFor(before));
  const conflict = { name: 'ConflictError', system: 'inventory' };
  await expect(shoots.patch(runtime.shootName, patchFor(before))).rejects.toMatchObject(conflict);
  await admin(of, 'PUT', `/runtimes/${runtime.runtimeID}/behaviour`, { rivals: 1 });
  await expect(shoots.patch(runtime.shootName, patchFor(await find()))).rejects.toMatchObject(conflict);
  await shoots.patch(runtime.shootName, patchFor(await find(), '1.33.5', 2));
  const patches = await admin<{ patch: ShootPatch }[]>(of, 'GET', '/patches');
  expect(patches.map(({ patch }) => patch.metadata.annotations[MARK])).toEqual(['id/1', 'id/2']);
});

test('nothing is sent when the word before sending is a refusal', async () => {
  const { of, shoots, runtime, find } = await aWorld();
  const beforeSending = () => Promise.reject(new Error('the fence'));
  await expect(shoots.patch(runtime.shootName, patchFor(await find()), { beforeSending })).rejects.toThrow(
    'the fence',
  );
  expect(await admin(of, 'GET', '/patches')).toEqual([]);
});

test('a refusal is final and says why, a Shoot that is not there is none, and outages may pass', async () => {
  const { of, shoots, runtime, find } = await aWorld();
  const before = await find();
  await admin(of, 'PUT', `/runtimes/${runtime.runtimeID}/behaviour`, {
    refuse: 'spec.kubernetes.version: Unsupported',
  });
  await expect(shoots.patch(runtime.shootName, patchFor(before))).rejects.toMatchObject({
    code: 'GARDENER_REFUSED',
    message: expect.stringMatching(/answered 422 .*Unsupported/) as string,
  });
  expect(await shoots.find('c-nobody')).toBeUndefined();
  await expect(shoots.patch('c-nobody', patchFor(before))).rejects.toMatchObject({
    name: 'MissingObjectError',
  });
  for (const fault of [
    { mode: 'unavailable' },
    { mode: 'unavailable', status: 403 },
    { mode: 'garbage' },
    { mode: 'lost' },
  ]) {
    await admin(of, 'PUT', '/faults/inventory', { ...fault, times: 1 });
    await expect(shoots.find(runtime.shootName)).rejects.toMatchObject({ name: 'UnavailableError' });
  }
});

test('where changes are confined only a reconcile begins, and after a failure only a retry', async () => {
  const { of, shoots, runtime, find, at } = await aWorld();
  const { shootName, runtimeID } = runtime;
  const url = `${of.kubernetesURL}/apis/core.gardener.cloud/v1beta1/namespaces/${of.namespace}/shoots/${shootName}`;
  await fetch(url, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ spec: { maintenance: { confineSpecUpdateRollout: true } } }),
  });
  const confined = await find();
  expect(stateOf(confined).generation).toBe(2);
  const silent = await shoots.patch(shootName, patchFor(confined));
  expect(stateOf(silent).generation).toBe(2);
  const told = (operation: string, shoot: GardenerShoot): ShootPatch => ({
    metadata: { resourceVersion: shoot.resourceVersion, annotations: { [GARDENER_OPERATION]: operation } },
  });
  await admin(of, 'PUT', `/runtimes/${runtimeID}/behaviour`, { fail: 'no quota' });
  const begun = await shoots.patch(shootName, told('reconcile', silent));
  expect(begun.annotations[GARDENER_OPERATION]).toBeUndefined();
  expect(stateOf(begun).generation).toBe(3);
  at(SECONDS);
  const failed = await find();
  expect(failed).toMatchObject({ lastOperation: { state: 'Failed' }, lastErrors: ['no quota'] });
  expect(stateOf(await shoots.patch(shootName, told('reconcile', failed))).generation).toBe(3);
  expect(stateOf(await shoots.patch(shootName, told('retry', await find()))).generation).toBe(4);
});

test('errors are tried again, and conditions come late, as told; a restart forgets none of it', async () => {
  const dataDir = folder();
  let now = Date.parse('2030-10-12T20:00:00Z');
  const options = { dataDir, upgradeSeconds: SECONDS, now: () => now };
  const first = await landscape(options);
  const { runtimeID, shootName } = await firstRuntime(first);
  await admin(first, 'PUT', `/runtimes/${runtimeID}/behaviour`, { errorSeconds: 20, unhealthySeconds: 30 });
  const before = await clientOf(first).find(shootName);
  if (!before) throw new Error('The Shoot is gone');
  await clientOf(first).patch(shootName, patchFor(before));
  await first.close();

  const second = await landscape(options);
  const told = async (seconds: number) => {
    now = Date.parse('2030-10-12T20:00:00Z') + seconds * 1000;
    const shoot = await clientOf(second).find(shootName);
    const unhealthy = shoot?.conditions.filter(({ status }) => status !== 'True').map(({ type }) => type);
    return [shoot?.lastOperation?.state, shoot?.lastErrors.length, unhealthy];
  };
  expect(await told(10)).toEqual(['Error', 1, []]);
  expect(await told(21)).toEqual(['Processing', 0, []]);
  expect(await told(81)).toEqual(['Succeeded', 0, ['EveryNodeReady']]);
  expect(await told(111)).toEqual(['Succeeded', 0, []]);
  expect(await admin<unknown[]>(second, 'GET', '/patches')).toHaveLength(1);
});

test('Gardener at work for others keeps a Shoot busy, and the Provisioner knows nothing of it', async () => {
  const { of, runtime, find } = await aWorld();
  await admin(of, 'POST', `/runtimes/${runtime.runtimeID}/busy`, { operation: 'Reconcile' });
  const attempt = { operationID: 'id', attempt: 1, firstAttempt: 1, runtimeID: runtime.runtimeID };
  expect(decideOnShoot(await find(), { kubernetesVersion: '1.29.4' }, attempt)).toEqual({
    kind: 'busy',
    words: 'Reconcile, Processing',
  });
});

test('the inventory tells versions where they are asked for, and cloud profiles what is offered', async () => {
  const { of, shoots } = await aWorld();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  const first = async (withVersions: boolean) => {
    for await (const { runtimes } of createInventoryClient({
      kubeConfig,
      namespace: of.namespace,
      withVersions,
    }).pages({}))
      return runtimes[0];
    return undefined;
  };
  expect((await first(false))?.cluster).toBeUndefined();
  const cluster = (await first(true))?.cluster;
  expect(cluster).toMatchObject({
    kubernetesVersion: expect.stringMatching(/^1\.2[789]\.\d$/) as string,
    images: [{ name: 'gardenlinux', version: '1312.3.0' }],
  });
  if (!cluster) throw new Error('It has no versions');
  const profile = await shoots.cloudProfile(cluster.cloudProfile);
  expect(profile?.kubernetes.find(({ version }) => version === '1.34.0')?.classification).toBe('preview');
  expect(profile?.machineImages.get('gardenlinux')).toHaveLength(2);
  expect(await shoots.cloudProfile({ kind: 'CloudProfile', name: 'nobody' })).toBeUndefined();
});
