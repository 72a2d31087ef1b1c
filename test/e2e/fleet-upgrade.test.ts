/**
 * The first thing anybody does: a whole fleet, five at a time, by REST; what happened is read from the landscape's record.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeRecord, UpgradeRecord } from './landscape-admin.ts';
import { everything, type Event } from './rest.ts';
import { startService, type Service } from './service.ts';

const FLEET = 40;
const WORKERS = 5;

describe('an upgrade of forty runtimes with five workers', () => {
  let service: Service;
  let fleet: RuntimeRecord[];
  let upgrades: UpgradeRecord[];
  let id: string;

  beforeAll(async () => {
    service = await startService({ fleetSize: FLEET, upgradeSeconds: 0.4 });
    fleet = await service.landscape.runtimes();
    await service.landscape.setUpgrades({ hold: true });
    id = await service.rest.create(everything(WORKERS));
    await service.landscape.running(WORKERS);
    await service.landscape.setUpgrades({ hold: false });
    await service.landscape.endAll();
    await service.rest.reaches(id, 'succeeded');
    upgrades = await service.landscape.upgrades();
  });

  it('A1, A3, A4, A23, A36: upgrades each runtime exactly once, and never more than five at once', async () => {
    expect(fleet).toHaveLength(FLEET);
    expect(upgrades.map(({ runtimeID }) => runtimeID).sort()).toEqual(
      fleet.map(({ runtimeID }) => runtimeID).sort(),
    );
    expect(upgrades.every(({ operation, result }) => operation === 'Upgrade' && result === 'Succeeded')).toBe(
      true,
    );
    expect(await service.landscape.concurrency()).toEqual({ maximum: WORKERS, running: 0 });
  });

  it('A34: begins them in plan order: before one begins, all but four of those before it have begun', async () => {
    const plan = (await service.rest.operations(id)).map(({ runtimeID }) => runtimeID);
    expect(plan).toEqual(fleet.map(({ runtimeID }) => runtimeID));
    const begun = upgrades.map(({ runtimeID }) => plan.indexOf(runtimeID));
    const overtaken = begun.map((position, at) => {
      const before = begun.slice(0, at).filter((other) => other < position).length;
      return position - before;
    });
    expect(Math.max(...overtaken)).toBeLessThan(WORKERS);
  });

  it('names to the Provisioner the account that each runtime belongs to', () => {
    const accounts = new Map(fleet.map(({ runtimeID, globalAccountID }) => [runtimeID, globalAccountID]));
    for (const { runtimeID, tenant } of upgrades) expect(tenant).toBe(accounts.get(runtimeID));
  });

  it('A14, A46 to A51: one orchestration is shown with its state, description, times and parameters', async () => {
    const shown = await service.rest.orchestration(id);
    expect(shown).toMatchObject({
      orchestrationID: id,
      type: 'upgradeKyma',
      state: 'succeeded',
      description: `Scheduled ${FLEET} operations`,
      operationStats: { succeeded: FLEET },
    });
    expect(shown.parameters).toEqual({
      targets: { include: [{ target: 'all' }] },
      strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: WORKERS } },
      dryRun: false,
      kyma: { version: '2.20.5' },
    });
    expect(Date.parse(shown.updatedAt)).toBeGreaterThan(Date.parse(shown.createdAt));
  });

  it('A13, A52: the list is a bare array of such objects', async () => {
    const { waves, failureBudget, canceled, ...alone } = await service.rest.orchestration(id);
    expect([waves, failureBudget, canceled]).toEqual([[], null, null]);
    expect(await service.rest.orchestrations()).toEqual([alone]);
  });

  it('A16, A53, A54, A55: the operations come in pages, with windows as times of day', async () => {
    const page = await service.rest.page(id, '?page=2&page_size=15');
    expect({ ...page, data: page.data.length }).toEqual({ data: 15, count: 15, totalCount: FLEET });
    for (const [at, operation] of page.data.entries()) {
      const { shootName, globalAccountID, subAccountID, planName, region, instanceID, runtimeID } = fleet[
        15 + at
      ] as RuntimeRecord;
      expect(operation).toMatchObject({
        runtimeID,
        shootName,
        globalAccountID,
        subAccountID,
        servicePlanName: planName,
        region,
        instanceID,
        orchestrationID: id,
        dryRun: false,
        state: 'succeeded',
        attempts: 1,
      });
      expect(operation.maintenanceWindowBegin).toMatch(/^0000-01-01T\d\d:\d\d:00Z$/);
      expect(operation.maintenanceWindowEnd).toMatch(/^0000-01-01T\d\d:\d\d:00Z$/);
    }
  });

  it('the inventory lists its runtimes with their upgrades, oldest first, and counts them', async () => {
    const runtimes = await service.rest.runtimes();
    const times = runtimes.map(({ status }) => status.createdAt);
    expect(times).toEqual(times.toSorted());
    const ids = new Set(fleet.map(({ runtimeID }) => runtimeID));
    const upgraded = runtimes.filter(({ runtimeID }) => ids.has(runtimeID));
    expect(new Set(upgraded.map(({ runtimeID }) => runtimeID))).toEqual(ids);
    const others = runtimes.filter(({ runtimeID }) => !ids.has(runtimeID));
    // Without a window that can be read, being deleted, and never finished creating.
    expect(others.map(({ status }) => status.state).sort()).toEqual([
      'deprovisioning',
      'failed',
      'succeeded',
    ]);
    for (const { kymaVersion, status } of upgraded) {
      expect([kymaVersion, status.state]).toEqual(['2.20.5', 'succeeded']);
      expect(status.upgradingKyma?.data).toMatchObject([{ orchestrationID: id, runtimeVersion: '2.20.5' }]);
    }
    const seen = await service.rest.fleet();
    expect(seen).toMatchObject({
      runtimes: FLEET + 3,
      byState: [
        { key: 'succeeded', count: FLEET + 1 },
        { key: 'deprovisioning', count: 1 },
        { key: 'failed', count: 1 },
        { key: 'suspended', count: 1 },
      ],
      byKymaVersion: [
        { key: '2.20.5', count: FLEET },
        { key: null, count: 3 },
      ],
      leftOut: { 'being deleted': 1, hibernated: 1, 'never finished creating': 1, 'no runtime ID': 1 },
      inventory: { failure: null },
    });
    expect(seen.windows?.groups.reduce((sum, { runtimes: some }) => sum + some, 0)).toBe(FLEET);
    for (const by of ['wave', 'zone', 'plan', 'region', 'hour']) {
      const { total, groups } = await service.rest.summary(id, by);
      expect(total).toBe(FLEET);
      expect(groups.reduce((sum, { states }) => sum + (states['succeeded'] ?? 0), 0)).toBe(FLEET);
    }
    expect(await service.rest.failures(id)).toMatchObject({ data: [], totalCount: 0 });
  });

  it('A17, A31, A56, A57: one operation shows what was sent to the Provisioner, secrets masked', async () => {
    const [operation] = await service.rest.operations(id);
    const detail = await service.rest.operation(id, operation?.operationID ?? '');
    expect(detail).toMatchObject({ ...operation, clusterConfig: {} });
    const sent = upgrades.find(({ runtimeID }) => runtimeID === detail.runtimeID)?.config;
    expect(detail.kymaConfig).toMatchObject({ version: '2.20.5' });
    expect(detail.kymaConfig?.components.map(({ component }) => component)).toEqual(
      (sent?.['components'] as { component: string }[]).map(({ component }) => component),
    );
    const entries = [detail.kymaConfig, ...(detail.kymaConfig?.components ?? [])].flatMap(
      (part) => part?.configuration ?? [],
    );
    const secrets = entries.filter(({ secret }) => secret);
    expect(secrets.length).toBeGreaterThan(0);
    expect(new Set(secrets.map(({ value }) => value))).toEqual(new Set(['********']));
    expect(entries.some(({ secret, value }) => !secret && value !== '')).toBe(true);
  });

  it('tells the events of the orchestration and of one operation, oldest first, with who and why', async () => {
    const changes = (events: Event[]): string[] =>
      events.map((event) => `${event.kind}: ${event.fromState} > ${event.toState}`);
    const all = await service.rest.events(id);
    expect(changes(all.filter(({ operationID }) => operationID === null))).toEqual([
      'created: null > pending',
      'state: pending > in progress',
      'planned: null > null',
      'state: in progress > succeeded',
    ]);
    expect(all[0]).toMatchObject({ actor: 'tester', orchestrationID: id });
    const [operation] = await service.rest.operations(id);
    const own = await service.rest.events(id, operation?.operationID);
    expect(changes(own)).toEqual(['state: pending > in progress', 'state: in progress > succeeded']);
    for (const event of all) expect(event.reason).not.toBe('');
    expect(all.map(({ eventID }) => eventID)).toEqual(
      all.map(({ eventID }) => eventID).sort((a, b) => a - b),
    );
  });

  it('A10, A11, A58: an operator may read all of it and change nothing', async () => {
    const token = await service.tokenFor('runtimeOperator');
    const headers = { authorization: `Bearer ${token}` };
    for (const path of ['', `/${id}`, `/${id}/operations`]) {
      expect((await service.rest.request('GET', `/orchestrations${path}`, { headers })).status).toBe(200);
    }
    expect((await service.rest.post('/upgrade/kyma', everything(1), headers)).status).toBe(403);
    expect((await service.rest.request('PUT', `/orchestrations/${id}/cancel`, { headers })).status).toBe(403);
  });
});

describe('what is selected', () => {
  let service: Service;
  let fleet: RuntimeRecord[];

  beforeAll(async () => {
    service = await startService({ fleetSize: 60, upgradeSeconds: 0.05 });
    fleet = await service.landscape.runtimes();
  });

  async function upgraded(body: object): Promise<string[]> {
    await service.landscape.reset();
    await service.rest.reaches(await service.rest.create(body), 'succeeded');
    return (await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID);
  }

  it('A22, A24 to A29: by account, subaccount, plan, region and runtime, alone and together', async () => {
    const [one, other] = [fleet[3], fleet[11]] as [RuntimeRecord, RuntimeRecord];
    const { globalAccountID: globalAccount, subAccountID: subAccount, planName, region } = one;
    const cases: [object[], (runtime: RuntimeRecord) => boolean][] = [
      [[{ globalAccount }], (runtime) => runtime.globalAccountID === globalAccount],
      [[{ subAccount }], (runtime) => runtime.subAccountID === subAccount],
      [[{ planName, region }], (runtime) => runtime.planName === planName && runtime.region === region],
      [
        [
          { runtimeID: other.runtimeID },
          { runtimeID: one.runtimeID, globalAccount, subAccount, planName, region },
        ],
        (runtime) => runtime === one || runtime === other,
      ],
    ];
    for (const [include, belongs] of cases) {
      const wanted = fleet.filter(belongs).map(({ runtimeID }) => runtimeID);
      expect(wanted.length).toBeGreaterThan(0);
      const got = await upgraded(everything(10, { targets: { include } }));
      expect(got.sort()).toEqual(wanted.sort());
    }
  });

  it('A38: without a strategy one worker goes through the plan in its order, at once', async () => {
    const { region } = fleet[0] as RuntimeRecord;
    const got = await upgraded({ targets: { include: [{ region }] } });
    expect(got).toEqual(
      fleet.filter((runtime) => runtime.region === region).map(({ runtimeID }) => runtimeID),
    );
    expect((await service.landscape.concurrency()).maximum).toBe(1);
  });

  it('A30: a dry run goes through everything and sends the Provisioner no upgrade', async () => {
    await service.landscape.reset();
    const id = await service.rest.create(everything(20, { dryRun: true }));
    expect(await service.rest.reaches(id, 'succeeded')).toMatchObject({
      description: 'Scheduled 60 operations',
      operationStats: { succeeded: 60 },
    });
    expect(await service.landscape.upgrades()).toEqual([]);
    expect((await service.landscape.requests()).provisionerMutations).toBe(0);
    const [operation] = (await service.rest.page(id)).data;
    expect(operation).toMatchObject({ dryRun: true, state: 'succeeded' });
    const { kymaConfig } = await service.rest.operation(id, operation?.operationID ?? '');
    expect(kymaConfig?.components.length).toBeGreaterThan(0);
  });

  it('upgrades clusters through the other path', async () => {
    await service.landscape.reset();
    const { runtimeID } = fleet[5] as RuntimeRecord;
    const kubernetes = { kubernetesVersion: '1.33.5' };
    const id = await service.rest.create({ targets: { include: [{ runtimeID }] }, kubernetes }, 'cluster');
    expect(await service.rest.reaches(id, 'succeeded')).toMatchObject({ type: 'upgradeCluster' });
    expect(await service.landscape.upgrades()).toMatchObject([
      { runtimeID, operation: 'UpgradeShoot', config: kubernetes },
    ]);
    const [operation] = await service.rest.operations(id);
    const detail = await service.rest.operation(id, operation?.operationID ?? '');
    expect(detail.clusterConfig).toEqual(kubernetes);
    expect(detail).not.toHaveProperty('kymaConfig');
  });
});
