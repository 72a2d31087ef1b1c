import { beforeAll, describe, expect, it } from 'vitest';
import { aPlan, aRequest, aRuntime, AT, BY_NO_POLICY, EXECUTION, planned } from '../support/rows.ts';
import { ApiRig, UNKNOWN_ID } from './api-rig.ts';

const COUNT = 150;

let rig: ApiRig;
let id: string;
let operationIDs: string[];

beforeAll(async () => {
  rig = await ApiRig.start();
  ({ id, operationIDs } = await aPlan(rig.repositories, COUNT));
});

const data = (body: unknown): Record<string, unknown>[] => (body as { data: Record<string, unknown>[] }).data;
const get = (path: string, token = 'operator') => rig.call('GET', `/orchestrations/${path}`, { token });

it('A16 A53: lists operations in plan order, always in an envelope', async () => {
  const first = await get(`${id}/operations`);
  expect(first.body).toMatchObject({ count: 100, totalCount: COUNT });
  const second = await get(`${id}/operations?page=2`);
  expect(second.body).toMatchObject({ count: 50, totalCount: COUNT });
  const seen = [...data(first.body), ...data(second.body)].map(({ operationID }) => operationID);
  expect(seen).toEqual(operationIDs);
});

it('filters operations by state', async () => {
  await rig.repositories.operations.claim(operationIDs[3] ?? '', EXECUTION, AT);
  const one = await get(`${id}/operations?state=in+progress`);
  expect(data(one.body).map(({ operationID }) => operationID)).toEqual([operationIDs[3]]);
  const two = await get(`${id}/operations?state=in+progress&state=pending&page_size=5`);
  expect(two.body).toMatchObject({ count: 5, totalCount: COUNT });
});

describe('filters operations by wave', () => {
  /** Of each operation, in the order of the plan. */
  const WAVES = [2, 0, 1, 2, 0, 2];
  let ofWaves: string;
  let found: string[];

  beforeAll(async () => {
    const { orchestrations, operations } = rig.repositories;
    const request = aRequest();
    const { orchestrationID, type } = request;
    ofWaves = orchestrationID;
    request.parameters.strategy.waves = [
      { name: 'canary', count: 2 },
      { name: 'early birds', count: 1 },
    ];
    await orchestrations.record(request);
    await orchestrations.transition(ofWaves, 'in progress', { actor: 'test', reason: 'its turn', now: AT });
    const rows = WAVES.map((wave, position) => planned(position, aRuntime(), { wave }));
    found = rows.map(({ operationID }) => operationID);
    await operations.plan({ id: ofWaves, type, dryRun: false }, rows, AT);
    const row = { size: 2, workers: null, soakMinutes: 0, budgetMax: null, approval: null };
    const waves = ['canary', 'early birds', 'rest'].map((name, number) => ({ ...row, name, number }));
    const completed = { count: WAVES.length, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT, waves };
    await orchestrations.planned(ofWaves, completed);
    await operations.claim(found[4] ?? '', EXECUTION, AT);
  });

  it.each([
    ['wave=canary', [1, 4]],
    ['wave=early+birds', [2]],
    ['wave=rest', [0, 3, 5]],
    ['wave=rest&wave=canary', [0, 1, 3, 4, 5]],
    ['wave=rest&wave=nope', [0, 3, 5]],
    ['wave=canary&state=pending', [1]],
    ['wave=canary&waitingFor=wave', []],
    ['wave=early+birds&waitingFor=wave', [2]],
    ['wave=Rest', []],
    ['wave=nope', []],
    ['wave=', []],
  ])('%s', async (query, places) => {
    const { status, body } = await get(`${ofWaves}/operations?${query}`);
    expect([status, data(body).map(({ operationID }) => operationID)]).toEqual([
      200,
      places.map((place) => found[place]),
    ]);
    expect(body).toMatchObject({ totalCount: places.length });
  });

  it('by page', async () => {
    const { body } = await get(`${ofWaves}/operations?wave=rest&page=2&page_size=2`);
    expect(body).toMatchObject({ data: [{ operationID: found[5] }], count: 1, totalCount: 3 });
  });

  it('finds none of an orchestration without waves, and refuses what can be no name', async () => {
    expect((await get(`${id}/operations?wave=rest`)).body).toMatchObject({ data: [], totalCount: 0 });
    for (const query of ['wave=%00', `wave=${'x'.repeat(257)}`, 'waves=rest'])
      expect((await get(`${ofWaves}/operations?${query}`)).status).toBe(400);
  });
});

/** An orchestration of one operation; answers the path of that operation. */
async function oneOperation(
  changes: Parameters<typeof aRequest>[0],
  operation = planned(0),
): Promise<{ path: string; operationID: string; orchestrationID: string }> {
  const request = aRequest(changes);
  const { orchestrationID, type } = request;
  await rig.repositories.orchestrations.record(request);
  const change = { actor: 'test', reason: 'its turn', now: AT };
  await rig.repositories.orchestrations.transition(orchestrationID, 'in progress', change);
  await rig.repositories.operations.plan({ id: orchestrationID, type, dryRun: true }, [operation], AT);
  const { operationID } = operation;
  return { path: `${orchestrationID}/operations/${operationID}`, operationID, orchestrationID };
}

it('A17 A54 A55: shows one operation, its daily window as a time of day', async () => {
  const runtime = aRuntime({ maintenanceWindow: { begin: '230000+0100', end: '030000+0100' } });
  const { path, operationID, orchestrationID } = await oneOperation({}, planned(0, runtime));
  const { body } = await get(path);
  expect(body).toEqual({
    operationID,
    orchestrationID,
    runtimeID: runtime.runtimeID,
    instanceID: 'instance',
    globalAccountID: 'ga',
    subAccountID: 'sa',
    servicePlanID: 'plan-id',
    servicePlanName: 'azure',
    shootName: 'c-1234567',
    region: 'westeurope',
    dryRun: true,
    maintenanceWindowBegin: '0000-01-01T22:00:00Z',
    maintenanceWindowEnd: '0000-01-01T02:00:00Z',
    state: 'pending',
    description: expect.any(String) as string,
    waitingFor: expect.objectContaining({ code: 'turn' }) as object,
    attempts: 1,
    startedAt: null,
    finishedAt: null,
    wave: null,
    kymaConfig: null,
    clusterConfig: {},
  });
});

it('A35 A54: shows the window that a scheduled operation has', async () => {
  const window = {
    begin: '2026-01-02T22:00:00.000Z',
    latestStart: '2026-01-03T02:00:00.000Z',
    end: '2026-01-03T02:00:00.000Z',
  };
  const { parameters } = aRequest();
  const strategy = { ...parameters.strategy, schedule: 'maintenanceWindow' as const };
  const { orchestrationID } = await oneOperation(
    { parameters: { ...parameters, strategy } },
    planned(0, aRuntime(), { window, dueAt: window.begin }),
  );
  const { body } = await get(`${orchestrationID}/operations`);
  const [operation] = data(body);
  expect(Date.parse(String(operation?.['maintenanceWindowBegin']))).toBe(Date.parse(window.begin));
  expect(operation?.['maintenanceWindowEnd']).toMatch(/^2026-01-03T02:00:00(\.0+)?Z$/);
});

it("A54: shows the Shoot's own window of an immediate operation, also where it waits for the end of a freeze", async () => {
  const window = {
    begin: '2036-01-02T22:00:00.000Z',
    latestStart: '9999-12-31T23:59:59.999Z',
    end: '9999-12-31T23:59:59.999Z',
  };
  const { path } = await oneOperation({}, planned(0, aRuntime(), { window, dueAt: window.begin }));
  expect((await get(path)).body).toMatchObject({
    maintenanceWindowBegin: '0000-01-01T22:00:00Z',
    maintenanceWindowEnd: '0000-01-01T02:00:00Z',
  });
});

it('A56 A57: shows what was sent to the Provisioner, without secret values', async () => {
  const { path, operationID } = await oneOperation({});
  await rig.repositories.operations.claim(operationID, EXECUTION, AT);
  await rig.repositories.operations.recordRequest(operationID, EXECUTION, {
    baselineOperationID: '',
    config: {
      kymaConfig: {
        version: '2.20.5',
        components: [
          {
            component: 'istio',
            namespace: 'istio-system',
            configuration: [{ key: 'password', value: 'hunter2', secret: true }],
          },
        ],
        configuration: [{ key: 'global.domain', value: 'example.org', secret: false }],
      },
    },
  });
  const { body } = await get(path);
  expect(body).toMatchObject({
    state: 'in progress',
    startedAt: AT,
    kymaConfig: {
      version: '2.20.5',
      components: [{ component: 'istio', configuration: [{ key: 'password', value: '********' }] }],
      configuration: [{ key: 'global.domain', value: 'example.org', secret: false }],
    },
    clusterConfig: {},
  });
  expect(JSON.stringify(body)).not.toContain('hunter2');
});

it('A56 A57: shows a cluster upgrade with its versions', async () => {
  const { path, operationID } = await oneOperation({ type: 'upgradeCluster' });
  await rig.repositories.operations.claim(operationID, EXECUTION, AT);
  await rig.repositories.operations.recordRequest(operationID, EXECUTION, {
    baselineOperationID: '',
    config: {
      clusterConfig: { kubernetesVersion: '1.31.2' },
    },
  });
  const { body } = await get(path);
  expect(body).toMatchObject({ clusterConfig: { kubernetesVersion: '1.31.2' } });
  expect(body).not.toHaveProperty('kymaConfig');
});

it('A58: knows operations only under their own orchestration', async () => {
  const other = await oneOperation({});
  expect((await get(`${other.orchestrationID}/operations/${operationIDs[0]}`)).status).toBe(404);
  expect((await get(`${UNKNOWN_ID}/operations/${operationIDs[0]}`)).status).toBe(404);
  expect((await get(`${id}/operations/${operationIDs[0]}`)).status).toBe(200);
});

describe('GET /orchestrations/{id}/events', () => {
  it('shows who changed what, when and why, oldest first, in pages', async () => {
    const { orchestrationID, operationID } = await oneOperation({});
    await rig.repositories.operations.claim(operationID, EXECUTION, AT);
    const { body } = await get(`${orchestrationID}/events`);
    const events = data(body);
    expect(events[0]).toEqual({
      eventID: expect.any(Number) as number,
      orchestrationID,
      operationID: null,
      at: AT,
      actor: 'alice',
      kind: 'created',
      fromState: null,
      toState: 'pending',
      reason: expect.any(String) as string,
      shootName: null,
    });
    expect(events[1]).toMatchObject({ fromState: 'pending', toState: 'in progress', reason: 'its turn' });
    const page = await get(`${orchestrationID}/events?page=2&page_size=1`);
    expect(page.body).toMatchObject({ data: [events[1]], count: 1, totalCount: events.length });
  });

  it('may be narrowed to one operation', async () => {
    const { orchestrationID, operationID } = await oneOperation({});
    await rig.repositories.operations.claim(operationID, EXECUTION, AT);
    const { body } = await get(`${orchestrationID}/events?operationID=${operationID}`);
    expect(data(body).length).toBeGreaterThan(0);
    expect(new Set(data(body).map((event) => event['operationID']))).toEqual(new Set([operationID]));
    expect((await get(`${orchestrationID}/events?operationID=x`)).status).toBe(400);
  });

  it('may be narrowed to what is about the orchestration itself, and begin with the newest', async () => {
    const shootName = 'c-0whose1';
    const { orchestrationID, operationID } = await oneOperation({}, planned(0, aRuntime({ shootName })));
    await rig.repositories.operations.claim(operationID, EXECUTION, AT);
    const all = data((await get(`${orchestrationID}/events`)).body);
    expect(
      new Set(all.map(({ operationID: of, shootName: name }) => `${String(of)} ${String(name)}`)),
    ).toEqual(new Set(['null null', `${operationID} ${shootName}`]));
    const newest = data((await get(`${orchestrationID}/events?order=newest`)).body);
    expect(newest).toEqual(all.toReversed());
    const own = await get(`${orchestrationID}/events?about=orchestration&order=newest&page=2&page_size=1`);
    const ofItself = all.filter((event) => event['operationID'] === null);
    expect(own.body).toEqual({ data: [ofItself.at(-2)], count: 1, totalCount: ofItself.length });
    expect((await get(`${orchestrationID}/events?about=waves`)).status).toBe(400);
    expect((await get(`${orchestrationID}/events?order=best`)).status).toBe(400);
  });
});
