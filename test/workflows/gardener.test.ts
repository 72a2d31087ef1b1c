/** Upgrades of clusters by Gardener itself, judged by what the landscape has recorded. */
import { KubeConfig } from '@kubernetes/client-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { createInventoryClient } from '../../src/clients/upgrades/gardener.ts';
import { createShootsClient } from '../../src/clients/upgrades/gardener-shoots.ts';
import { createProvisionerClient } from '../../src/clients/upgrades/provisioner.ts';
import { FleetSnapshot } from '../../src/activities/upgrades/fleet-snapshot.ts';
import { startLandscape, type Landscape } from '../../src/dev/landscape/index.ts';
import { MARK } from '../../src/domain/upgrades/gardener-shoot.ts';
import { LandscapeAdmin, type PatchRecord, type RuntimeRecord } from '../e2e/landscape-admin.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';
import { KubernetesHTTP, MERGE_PATCH } from '../support/kubernetes-http.ts';
import { Rig } from '../support/rig.ts';

const WANTED = '1.29.4';
/** Of which so many may go to that version. */
const FLEET = 30;
const HEALTHY_MS = 300;

let running: Landscape;
let landscape: LandscapeAdmin;
let http: KubernetesHTTP;
let rig: Rig;

beforeAll(async () => {
  running = await startLandscape({
    dataDir: temporaryFolder(),
    fleetSize: FLEET,
    leftOut: 0,
    upgradeSeconds: 0.3,
  });
  atEndOfFile(() => running.close());
  landscape = new LandscapeAdmin(running.adminURL);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(running.kubeconfigPath);
  http = new KubernetesHTTP(kubeConfig);
  const { namespace } = running;
  const inventory = createInventoryClient({ kubeConfig, namespace, withVersions: true });
  const shoots = createShootsClient({ kubeConfig, namespace });
  rig = await Rig.start({
    outside: {
      inventory,
      shoots,
      fleet: new FleetSnapshot(inventory),
      provisioner: createProvisionerClient({ url: running.provisionerURL }),
      gardener: {
        shoots,
        isChosen: true,
        healthyMs: HEALTHY_MS,
      },
    },
  });
});

const pathOf = (shootName: string): string =>
  `/apis/core.gardener.cloud/v1beta1/namespaces/${running.namespace}/shoots/${shootName}`;

async function shootOf({ shootName }: RuntimeRecord): Promise<unknown> {
  return (await http.request('GET', pathOf(shootName))).body;
}

async function versionOf(runtime: RuntimeRecord): Promise<string> {
  const shoot = (await shootOf(runtime)) as { spec: { kubernetes: { version: string } } };
  return shoot.spec.kubernetes.version;
}

/** As the owner of a cluster does it: Gardener rolls it out, and the record of patches has it without a mark. */
async function changeShoot(shootName: string, body: object): Promise<void> {
  await http.ask('PATCH', pathOf(shootName), { body, type: MERGE_PATCH });
}

/** The patches that carry a mark, and what they were sent for. */
async function marks(shootName?: string): Promise<(PatchRecord & { mark: string })[]> {
  const all = (await landscape.patches()).filter(
    (one) => shootName === undefined || one.shootName === shootName,
  );
  return all.flatMap((one) => {
    const mark = one.patch.metadata.annotations[MARK];
    return typeof mark === 'string' ? [{ ...one, mark }] : [];
  });
}

async function byVersion(): Promise<{
  behind: RuntimeRecord[];
  tooFar: RuntimeRecord[];
  there: RuntimeRecord[];
}> {
  const runtimes = await landscape.runtimes();
  const versions = await Promise.all(runtimes.map(versionOf));
  const at = (minor: string): RuntimeRecord[] =>
    runtimes.filter((_, index) => versions[index]?.startsWith(minor));
  return { behind: at('1.28.'), tooFar: at('1.27.'), there: at('1.29.') };
}

const kubernetes = { kubernetesVersion: WANTED };

describe('a fleet whose clusters Gardener upgrades itself', () => {
  it('is patched once for each cluster that can take the version, whatever comes between', async () => {
    const { behind, tooFar, there } = await byVersion();
    // Enough for each case below, by the fleet's seed.
    expect(behind.length + there.length).toBeGreaterThanOrEqual(20);
    expect(tooFar.length).toBeGreaterThan(0);
    const [overtaken, confined, recovers, fails, comesLate, isBusy, ...rest] = behind;
    if (!overtaken || !confined || !recovers || !fails || !comesLate || !isBusy) throw new Error('too few');
    await landscape.setBehaviour(overtaken.runtimeID, { rivals: 1 });
    await changeShoot(confined.shootName, {
      metadata: { annotations: {} },
      spec: { maintenance: { confineSpecUpdateRollout: true } },
    });
    await landscape.setBehaviour(recovers.runtimeID, { errorSeconds: 0.5 });
    await landscape.setBehaviour(fails.runtimeID, { fail: 'the quota of the account is used up' });
    await landscape.setBehaviour(comesLate.runtimeID, { unhealthySeconds: 1 });
    // Whichever patch is first is carried out, and its answer is lost.
    await landscape.setFault('inventory', { mode: 'lost', only: 'mutation', times: 1 });
    const foreign = await landscape.occupy(isBusy.runtimeID, 'Reconcile');
    const earlier = (await landscape.patches()).length;

    const id = await rig.request({ type: 'upgradeCluster', kubernetes, workers: 8 });
    await until(
      async () =>
        (await rig.operations(id)).some(({ description }) => description.includes('Gardener is busy')),
      { what: 'one waits for what Gardener does for somebody else' },
    );
    expect(await marks(isBusy.shootName)).toEqual([]);
    await landscape.end(foreign);
    expect(await rig.ends(id)).toBe('failed');

    const operations = await rig.operations(id);
    expect(operations).toHaveLength(behind.length + there.length);
    const of = ({ runtimeID }: RuntimeRecord) => operations.find((one) => one.runtimeID === runtimeID);
    for (const one of [overtaken, confined, recovers, comesLate, isBusy, ...rest]) {
      expect(of(one)).toMatchObject({ state: 'succeeded', provisionerOperationID: `${of(one)?.id ?? ''}/1` });
      expect(await versionOf(one)).toBe(WANTED);
    }
    // Somebody else was faster with that one, so its first patch has met a conflict.
    expect(await shootOf(overtaken)).toMatchObject({ metadata: { labels: { rival: '1' } } });
    expect(of(fails)).toMatchObject({
      state: 'failed',
      failureCode: 'UPGRADE_FAILED',
      description: 'Gardener has given up: the quota of the account is used up',
    });
    for (const one of there) {
      expect(of(one)).toMatchObject({
        state: 'succeeded',
        description: `Already at ${WANTED}: nothing was sent`,
      });
    }
    const sent = (await marks()).map(({ mark }) => mark);
    expect(sent).toHaveLength(behind.length);
    expect(new Set(sent)).toEqual(new Set(behind.map((one) => `${of(one)?.id ?? ''}/1`)));
    expect((await landscape.patches()).length).toBe(earlier + behind.length);
    const left = await rig.repositories.plans.listLeftOut(
      id,
      { reason: 'more than one minor version behind' },
      { page: 1, pageSize: 100 },
    );
    expect(left.rows.map(({ shootName }) => shootName).sort()).toEqual(
      tooFar.map(({ shootName }) => shootName).sort(),
    );
    // Gardener was told to begin where changes are confined, and nowhere else.
    const operation = 'gardener.cloud/operation';
    const told = (await marks()).filter(({ patch }) => patch.metadata.annotations[operation] !== undefined);
    expect(told).toMatchObject([
      { shootName: confined.shootName, patch: { metadata: { annotations: { [operation]: 'reconcile' } } } },
    ]);

    // Somebody has raised the quota.
    await landscape.setBehaviour(fails.runtimeID, { fail: null });
    await rig.retry(id);
    await rig.reaches(id, 'succeeded');
    expect(await marks(fails.shootName)).toMatchObject([
      { mark: `${of(fails)?.id ?? ''}/1` },
      { mark: `${of(fails)?.id ?? ''}/2`, patch: { metadata: { annotations: { [operation]: 'retry' } } } },
    ]);
    expect(await versionOf(fails)).toBe(WANTED);
  });

  it('is told of a dry run, which sends nothing, and of what the specification refuses', async () => {
    await landscape.reset();
    const { behind } = await byVersion();
    const [one] = behind;
    if (!one) throw new Error('too few');
    const targets = { include: [{ runtimeID: one.runtimeID }] };
    const tried = await rig.request({ type: 'upgradeCluster', kubernetes, targets, dryRun: true });
    expect(await rig.ends(tried)).toBe('succeeded');
    expect((await rig.operations(tried))[0]).toMatchObject({
      description: 'Dry run: everything was prepared, nothing was sent',
      config: { clusterConfig: kubernetes },
    });
    expect(await landscape.patches()).toEqual([]);

    await landscape.setBehaviour(one.runtimeID, { refuse: 'spec.kubernetes.version: Unsupported value' });
    const refused = await rig.request({ type: 'upgradeCluster', kubernetes, targets });
    expect(await rig.ends(refused)).toBe('failed');
    expect((await rig.operations(refused))[0]).toMatchObject({
      failureCode: 'GARDENER_REFUSED',
      description: expect.stringContaining('Unsupported value') as string,
      baselineOperationID: null,
    });
    expect(await landscape.patches()).toEqual([]);
  });

  it('with checks cancels what can be upgraded no more, and fails it without', async () => {
    await landscape.reset();
    const { behind } = await byVersion();
    const [checked, unchecked] = behind;
    if (!checked || !unchecked) throw new Error('too few');
    const ends = async (one: RuntimeRecord, checks?: { health: boolean; healthTimeoutMinutes: number }) => {
      const foreign = await landscape.occupy(one.runtimeID, 'Reconcile');
      const targets = { include: [{ runtimeID: one.runtimeID }] };
      const id = await rig.request({ type: 'upgradeCluster', kubernetes, targets, checks });
      await until(
        async () => (await rig.operations(id))[0]?.description.includes('Gardener is busy') ?? false,
        { what: 'it waits' },
      );
      const spec = { hibernation: { enabled: true } };
      await changeShoot(one.shootName, { metadata: { annotations: {} }, spec });
      expect(await rig.ends(id)).toBe('failed');
      await landscape.end(foreign);
      return (await rig.operations(id))[0];
    };
    expect(await ends(checked, { health: true, healthTimeoutMinutes: 15 })).toMatchObject({
      state: 'canceled',
      failureCode: 'NOT_ELIGIBLE',
      description: 'Not upgraded: its Shoot is left out of upgrades (hibernated)',
    });
    expect(await ends(unchecked)).toMatchObject({ state: 'failed', failureCode: 'GARDENER_REFUSED' });
  });

  it('A42: is not patched after a cancel that came while Gardener did something else on it', async () => {
    await landscape.reset();
    const [one] = (await byVersion()).behind;
    if (!one) throw new Error('too few');
    const foreign = await landscape.occupy(one.runtimeID, 'Reconcile');
    const targets = { include: [{ runtimeID: one.runtimeID }] };
    const id = await rig.request({ type: 'upgradeCluster', kubernetes, targets });
    await until(
      async () => (await rig.operations(id))[0]?.description.includes('Gardener is busy') ?? false,
      { what: 'it waits' },
    );
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
    await landscape.end(foreign);
    expect((await rig.operations(id))[0]).toMatchObject({ state: 'canceled', baselineOperationID: null });
    expect(await marks(one.shootName)).toEqual([]);
  });

  it('is not upgraded against who has changed a cluster back: no try follows by itself, and one that a person asks for does', async () => {
    await landscape.reset();
    const { behind } = await byVersion();
    const [one] = behind;
    if (!one) throw new Error('too few');
    const before = await versionOf(one);
    await landscape.setUpgrades({ hold: true });
    const targets = { include: [{ runtimeID: one.runtimeID }] };
    const retryPolicy = { attempts: 3, backoffMinutes: 0 };
    const id = await rig.request({ type: 'upgradeCluster', kubernetes, targets, retryPolicy });
    await until(async () => (await marks(one.shootName)).length === 1, { what: 'it is sent' });
    await landscape.setUpgrades({ hold: false });
    await changeShoot(one.shootName, {
      metadata: { annotations: {} },
      spec: { kubernetes: { version: before } },
    });
    expect(await rig.ends(id)).toBe('failed');
    expect((await rig.operations(id))[0]).toMatchObject({
      attempt: 1,
      failureCode: 'TAKEN_BACK',
      description: `Somebody has changed the Shoot back, to Kubernetes ${before}: only a retry that a person asks for sends the upgrade again`,
    });
    expect(await marks(one.shootName)).toHaveLength(1);

    for (const { operationID } of await landscape.running(1)) await landscape.end(operationID);
    await rig.retry(id);
    await rig.reaches(id, 'succeeded');
    expect(await versionOf(one)).toBe(WANTED);
    expect(await marks(one.shootName)).toHaveLength(2);
  });

  it('with checks has the time of the check for its health, and is to be healthy for as long as without', async () => {
    await landscape.reset();
    const { behind } = await byVersion();
    const [unhealthy, recovers] = behind;
    if (!unhealthy || !recovers) throw new Error('too few');
    await landscape.setBehaviour(unhealthy.runtimeID, { unhealthySeconds: 3_600 });
    await landscape.setBehaviour(recovers.runtimeID, { unhealthySeconds: 1 });
    const run = async ({ runtimeID }: RuntimeRecord, healthTimeoutMinutes: number) => {
      const targets = { include: [{ runtimeID }] };
      const checks = { health: true, healthTimeoutMinutes };
      const id = await rig.request({ type: 'upgradeCluster', kubernetes, targets, checks });
      await rig.ends(id);
      const [operation] = await rig.operations(id);
      if (!operation) throw new Error('there is no operation');
      return operation;
    };
    expect(await run(unhealthy, 0.02)).toMatchObject({
      failureCode: 'HEALTH_CHECK_FAILED',
      description:
        'Gardener has carried out the upgrade, but its runtime was not well in time: EveryNodeReady is Progressing: node 3 is not ready',
    });
    const { state, finishedAt } = await run(recovers, 10);
    expect(state).toBe('succeeded');
    const { status } = (await shootOf(recovers)) as {
      status: { conditions: { lastTransitionTime: string }[] };
    };
    const changes = status.conditions.map(({ lastTransitionTime }) => Date.parse(lastTransitionTime));
    expect(Date.parse(finishedAt ?? '') - Math.max(...changes)).toBeGreaterThanOrEqual(HEALTHY_MS);
  });

  it('says in its plan who is left out, and plans nobody for a version that is offered as a preview only', async () => {
    await landscape.reset();
    const plan = await rig.plan({ type: 'upgradeCluster', kubernetes });
    const { tooFar } = await byVersion();
    expect(await rig.repositories.plans.countLeftOut(plan.id)).toEqual({
      'more than one minor version behind': tooFar.length,
    });
    for (const { shootName } of await landscape.runtimes())
      await changeShoot(shootName, {
        metadata: { annotations: {} },
        spec: { kubernetes: { version: '1.33.5' } },
      });
    // The fleet of a plan may be a minute old, that of an orchestration is read afresh.
    const preview = { kubernetesVersion: '1.34.0' };
    const id = await rig.request({ type: 'upgradeCluster', kubernetes: preview });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.repositories.plans.countLeftOut(id)).toEqual({
      'Kubernetes version not offered': FLEET,
    });
  });

  it('leaves Kyma to the Provisioner', async () => {
    const before = (await landscape.patches()).length;
    const id = await rig.request({ workers: 8 });
    expect(await rig.ends(id)).toBe('succeeded');
    const ofProvisioner = (await landscape.upgrades()).filter(({ operation }) => operation === 'Upgrade');
    expect(ofProvisioner).toHaveLength(FLEET);
    expect(await landscape.patches()).toHaveLength(before);
  });
});
