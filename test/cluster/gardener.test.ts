/** The client that changes Shoots, on a real API server, with the rights of the runbook and no other. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createShootsClient } from '../../src/clients/upgrades/gardener-shoots.ts';
import type { Look, ShootsClient } from '../../src/clients/upgrades/outside-systems.ts';
import { CLOUD_PROFILES } from '../../src/dev/landscape/simulated-cloud-profiles.ts';
import { decideOnShoot, type ShootAttempt } from '../../src/domain/upgrades/gardener-patch.ts';
import { progressOf } from '../../src/domain/upgrades/gardener-progress.ts';
import { MARK, markOf, type GardenerShoot } from '../../src/domain/upgrades/gardener-shoot.ts';
import type { ClusterConfig } from '../../src/domain/upgrades/operation-config.ts';
import { KubernetesHTTP } from '../support/kubernetes-http.ts';
import { administrator, freshNamespace } from './cluster.ts';
import { allowed, createAccount, rulesOf, type Account } from './runbook.ts';
import { createShoots, defineCloudProfiles, defineShoots, patchShoot, patchStatus } from './shoots.ts';

const WANTED: ClusterConfig = { kubernetesVersion: '1.29.4', machineImageVersion: '1592.1.0' };

let namespace: string;
let account: Account;
let shoots: ShootsClient & { look: Look };
let name: string;

beforeAll(async () => {
  await defineShoots();
  namespace = await freshNamespace();
  await defineCloudProfiles(namespace);
  await createShoots(namespace, 1, 0);
  account = await createAccount(namespace);
  shoots = createShootsClient({ kubeConfig: account.kubeConfig, namespace });
  const { items } = (await new KubernetesHTTP(administrator()).ask(
    'GET',
    `/apis/core.gardener.cloud/v1beta1/namespaces/${namespace}/shoots`,
  )) as unknown as { items: { metadata: { name: string } }[] };
  name = items[0]?.metadata.name ?? '';
  await patchShoot(namespace, name, { spec: { kubernetes: { version: '1.28.9' } } });
  // As Gardener does it once it is through.
  await noteGeneration();
});

async function noteGeneration(status: object = {}): Promise<void> {
  const path = `/apis/core.gardener.cloud/v1beta1/namespaces/${namespace}/shoots/${name}`;
  const { metadata } = (await new KubernetesHTTP(administrator()).ask('GET', path)) as unknown as {
    metadata: { generation: number };
  };
  await patchStatus(namespace, name, { status: { observedGeneration: metadata.generation, ...status } });
}

async function found(): Promise<GardenerShoot> {
  const shoot = await shoots.find(name);
  if (!shoot) throw new Error('The Shoot is gone');
  return shoot;
}

function attemptAt(shoot: GardenerShoot, attempt = 1): ShootAttempt {
  return { operationID: 'an-operation', attempt, firstAttempt: 1, runtimeID: shoot.runtimeID };
}

describe('a Shoot on a real server', () => {
  it('is neither read nor changed without the rules of the runbook, and says whose rights to mend', async () => {
    const missing = (verb: string, resource: string) => ({
      name: 'UnavailableError',
      system: 'inventory',
      message: expect.stringMatching(
        new RegExp(`cannot ${verb} resource "${resource}".*check the credentials and roles`),
      ) as string,
    });
    await expect(shoots.find(name)).rejects.toMatchObject(missing('get', 'shoots'));
    await expect(shoots.cloudProfile({ kind: 'CloudProfile', name: 'aws' })).rejects.toMatchObject(
      missing('get', 'cloudprofiles'),
    );
    const rules = rulesOf('drydock-gardener');
    await account.may(rules.map((rule) => ({ ...rule, verbs: ['get'] })));
    const shoot = await allowed(found);
    const decision = decideOnShoot(shoot, WANTED, attemptAt(shoot));
    if (decision.kind !== 'patch') throw new Error(`It is ${decision.kind}`);
    await expect(shoots.patch(name, decision.patch)).rejects.toMatchObject(missing('patch', 'shoots'));
  });

  it('is changed once, by the version that was read: the generation moves, workers keep what they have, and a second patch is a conflict', async () => {
    await account.may(rulesOf('drydock-gardener'));
    const before = await allowed(found);
    const decision = decideOnShoot(before, WANTED, attemptAt(before));
    if (decision.kind !== 'patch') throw new Error(`It is ${decision.kind}`);
    const { patch } = decision;
    const after = await allowed(() => shoots.patch(name, patch));
    expect(after).toMatchObject({
      generation: before.generation + 1,
      observedGeneration: before.observedGeneration,
      kubernetesVersion: WANTED.kubernetesVersion,
      annotations: { ...before.annotations, [MARK]: 'an-operation/1' },
    });
    const machine = {
      type: expect.any(String) as string,
      image: { name: 'gardenlinux', version: '1592.1.0' },
    };
    expect(after.workers.map(({ manifest }) => manifest)).toEqual(
      before.workers.map(({ manifest }) => ({ ...manifest, machine })),
    );
    await expect(shoots.patch(name, patch)).rejects.toMatchObject({
      name: 'ConflictError',
      reason: 'Conflict',
    });
    expect((await found()).generation).toBe(before.generation + 1);
  });

  it('is followed by the status that Gardener writes, whoever else raises the generation', async () => {
    const { runtimeID } = await found();
    const mark = markOf({ operationID: 'an-operation', attempt: 1 });
    const sent = { mark, runtimeID, wanted: WANTED, healthyMs: 0 };
    const kindNow = async (): Promise<string> => progressOf(await found(), sent, Date.now()).kind;
    expect(decideOnShoot(await found(), WANTED, attemptAt(await found()))).toMatchObject({ kind: 'ours' });
    expect(await kindNow()).toBe('under way');
    const lastOperation = {
      type: 'Reconcile',
      state: 'Succeeded',
      progress: 100,
      lastUpdateTime: new Date().toISOString(),
    };
    await patchShoot(namespace, name, { spec: { region: 'elsewhere' } });
    await patchStatus(namespace, name, { status: { lastOperation } });
    // Of the generation of before.
    expect(await kindNow()).toBe('under way');
    await noteGeneration({ lastOperation });
    expect(await kindNow()).toBe('succeeded');
  });

  it('has a cloud profile, which has no namespace, or one of the namespace', async () => {
    await expect(shoots.look()).rejects.toThrow(/cannot list resource "cloudprofiles"/);
    await account.mayEverywhere(rulesOf('drydock-cloud-profiles'));
    expect(await allowed(() => shoots.look())).toBe(`${CLOUD_PROFILES.length} CloudProfiles`);
    for (const { metadata } of CLOUD_PROFILES) {
      const { name: profile } = metadata as { name: string };
      const told = await allowed(() => shoots.cloudProfile({ kind: 'CloudProfile', name: profile }));
      expect(told?.kubernetes.map(({ version }) => version)).toContain(WANTED.kubernetesVersion);
      expect(await shoots.cloudProfile({ kind: 'NamespacedCloudProfile', name: `our-${profile}` })).toEqual(
        told,
      );
    }
    for (const kind of ['CloudProfile', 'NamespacedCloudProfile'] as const)
      expect(await shoots.cloudProfile({ kind, name: 'nobody' })).toBeUndefined();
    expect(await shoots.find('nobody')).toBeUndefined();
  });
});
