/** Outside systems that fail: whatever happens, the end is right, the state is clear, and nothing is upgraded twice. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import type { Fault, RuntimeRecord } from './landscape-admin.ts';
import { everything, type Operation, type Orchestration } from './rest.ts';
import { startService, type Service } from './service.ts';

const FLEET = 6;
const WORKERS = 3;

let service: Service;
let fleet: RuntimeRecord[];

beforeAll(async () => {
  service = await startService({ fleetSize: FLEET, upgradeSeconds: 0.1 });
  fleet = await service.landscape.runtimes();
});

beforeEach(async () => {
  await service.settle();
});

/** Every runtime once, and never more at once than workers. */
async function expectAllOnce(): Promise<void> {
  const upgraded = (await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID);
  expect(upgraded.sort()).toEqual(fleet.map(({ runtimeID }) => runtimeID).sort());
  expect((await service.landscape.concurrency()).maximum).toBeLessThanOrEqual(WORKERS);
}

async function describedAs(id: string, pattern: RegExp): Promise<Orchestration> {
  return await until(
    async () => {
      const now = await service.rest.orchestration(id);
      return pattern.test(now.description) ? now : undefined;
    },
    { what: `that the orchestration is described by ${pattern}` },
  );
}

async function operationDescribedAs(id: string, pattern: RegExp): Promise<Operation> {
  return await until(
    async () => (await service.rest.operations(id)).find(({ description }) => pattern.test(description)),
    { what: `that an operation is described by ${pattern}` },
  );
}

describe('the inventory while the fleet is looked up', () => {
  const faults: [string, Fault, RegExp][] = [
    ['answers 503', { mode: 'unavailable' }, /Waits for the inventory: The Gardener API answered 503/],
    ['answers 429', { mode: 'unavailable', status: 429 }, /Waits for the inventory: .* 429/],
    ['refuses the credentials', { mode: 'unavailable', status: 403 }, /Waits for .* check the credentials/],
    ['answers with a web page', { mode: 'garbage' }, /Waits for the inventory: The Gardener API/],
    ['breaks the connection', { mode: 'cut' }, /Waits for the inventory: The Gardener API/],
  ];

  it.each(faults)('A3: %s: the orchestration says so, waits and goes on', async (_, fault, description) => {
    await service.landscape.setFault('inventory', fault);
    const id = await service.rest.create(everything(WORKERS));
    expect(await describedAs(id, description)).toMatchObject({ state: 'in progress', operationStats: {} });
    expect(await service.landscape.upgrades()).toEqual([]);
    await service.landscape.clearFaults();
    expect((await service.rest.reaches(id, 'succeeded')).description).toBe(`Scheduled ${FLEET} operations`);
    await expectAllOnce();
  });

  it('does not know Shoots at all: the orchestration fails and says why', async () => {
    await service.landscape.setFault('inventory', { mode: 'unavailable', status: 404 });
    const id = await service.rest.create(everything(WORKERS));
    const { description } = await service.rest.reaches(id, 'failed');
    expect(description).toMatch(
      /Planning failed: The Gardener API answered 404.*; check that its kubeconfig/,
    );
    expect(await service.landscape.upgrades()).toEqual([]);
  });

  it('A40, A44: an orchestration that waits for it can be canceled at once', async () => {
    await service.landscape.setFault('inventory', { mode: 'unavailable' });
    const id = await service.rest.create(everything(WORKERS));
    await describedAs(id, /Waits for the inventory/);
    await service.rest.cancel(id);
    await service.rest.reaches(id, 'canceled');
    expect(await service.rest.operations(id)).toEqual([]);
  });
});

describe('the Provisioner', () => {
  const wholly: [string, Fault][] = [
    ['answers 503', { mode: 'unavailable' }],
    ['answers with a web page', { mode: 'garbage' }],
    ['breaks every connection', { mode: 'cut' }],
  ];

  it.each(wholly)('A4: %s from the start: the operations say so, wait and go on', async (_, fault) => {
    await service.landscape.setFault('provisioner', fault);
    const id = await service.rest.create(everything(WORKERS));
    const operation = await operationDescribedAs(id, /^Trying again: The Provisioner/);
    expect(operation.state).toBe('in progress');
    await service.landscape.clearFaults();
    await service.rest.reaches(id, 'succeeded');
    await expectAllOnce();
  });

  const inAnswer: [string, Fault][] = [
    ['carries the request out and its answer is lost', { mode: 'lost', only: 'mutation', times: 4 }],
    ['breaks the connection', { mode: 'cut', only: 'mutation', times: 4 }],
    ['answers 500', { mode: 'unavailable', status: 500, only: 'mutation', times: 4 }],
    ['answers with a web page', { mode: 'garbage', only: 'mutation', times: 4 }],
  ];

  it.each(inAnswer)('%s when an upgrade is asked for: each runtime is upgraded once', async (_, fault) => {
    await service.landscape.setFault('provisioner', fault);
    const id = await service.rest.create(everything(WORKERS));
    await service.rest.reaches(id, 'succeeded');
    await expectAllOnce();
    expect((await service.rest.operations(id)).every(({ attempts }) => attempts === 1)).toBe(true);
  });

  it('A43: goes away while upgrades run: they are followed to their end when it is back', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const id = await service.rest.create(everything(FLEET));
    await service.landscape.running(FLEET);
    await service.landscape.setFault('provisioner', { mode: 'unavailable', status: 502 });
    const operation = await operationDescribedAs(id, /^Trying again: .*502/);
    expect(operation.state).toBe('in progress');
    await service.landscape.endAll();
    await service.landscape.clearFaults();
    await service.rest.reaches(id, 'succeeded');
    expect(await service.landscape.upgrades()).toHaveLength(FLEET);
  });

  it('is slow: the end is right, and no more run at once than there are workers', async () => {
    await service.landscape.setFault('provisioner', { mode: 'none', latencyMs: 700 });
    const id = await service.rest.create(everything(WORKERS));
    await service.rest.reaches(id, 'succeeded');
    await expectAllOnce();
  });

  it('refuses one runtime and fails another: both are named, the others are upgraded', async () => {
    const [refused, failing] = fleet as [RuntimeRecord, RuntimeRecord];
    await service.landscape.setBehaviour(refused.runtimeID, { refuse: 'the runtime is locked by support' });
    await service.landscape.setBehaviour(failing.runtimeID, { fail: 'istio did not become ready' });
    const id = await service.rest.create(everything(WORKERS));
    const ended = await service.rest.reaches(id, 'failed');
    expect(ended.operationStats).toEqual({ succeeded: FLEET - 2, failed: 2 });
    expect(ended.description).toMatch(`2 of ${FLEET} operations failed`);
    for (const named of [
      refused.shootName,
      failing.shootName,
      'locked by support',
      'istio did not become ready',
    ]) {
      expect(ended.description).toContain(named);
    }
    const states = new Map(
      (await service.rest.operations(id)).map((operation) => [operation.runtimeID, operation]),
    );
    expect(states.get(refused.runtimeID)?.description).toMatch(/refused: the runtime is locked by support/);
    expect(states.get(failing.runtimeID)?.description).toMatch(
      /reports that the upgrade failed: istio did not/,
    );
    // Neither was tried a second time.
    const asked = (await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID);
    expect(asked.filter((runtimeID) => runtimeID === failing.runtimeID)).toHaveLength(1);
    expect(asked).not.toContain(refused.runtimeID);
  });

  it('no longer knows an upgrade: its operation fails and says so', async () => {
    const { runtimeID } = fleet[0] as RuntimeRecord;
    await service.landscape.setUpgrades({ hold: true });
    const id = await service.rest.create({ targets: { include: [{ runtimeID }] } });
    const [upgrade] = await service.landscape.running(1);
    await operationDescribedAs(id, /carries out the upgrade/);
    await service.landscape.forget(upgrade?.operationID ?? '');
    expect((await service.rest.reaches(id, 'failed')).description).toMatch(/does not know it/);
  });

  it('A43: holds a runtime for somebody else: its operation waits and says why, then goes on', async () => {
    const { runtimeID } = fleet[0] as RuntimeRecord;
    const busy = await service.landscape.occupy(runtimeID);
    const id = await service.rest.create(everything(1));
    await operationDescribedAs(
      id,
      /Trying again: The Provisioner is busy with another operation .*Hibernate/,
    );
    expect((await service.landscape.upgrades()).map((upgrade) => upgrade.runtimeID)).not.toContain(runtimeID);
    await service.landscape.end(busy);
    await service.rest.reaches(id, 'succeeded');
    await expectAllOnce();
  });
});

it('A43: the Provisioner is given another operation between our look and our request: ours waits, and does not fail', async () => {
  const { runtimeID } = fleet[0] as RuntimeRecord;
  await service.landscape.setFault('provisioner', { mode: 'none', latencyMs: 1_500, only: 'mutation' });
  const id = await service.rest.create({ targets: { include: [{ runtimeID }] } });
  await until(async () => (await service.landscape.requests()).provisionerMutations > 0, {
    what: 'that the upgrade is asked for',
  });
  const busy = await service.landscape.occupy(runtimeID);
  await operationDescribedAs(id, /Trying again: The Provisioner is busy with another operation .*Hibernate/);
  await service.landscape.clearFaults();
  await service.landscape.end(busy);
  await service.rest.reaches(id, 'succeeded');
  expect(await service.landscape.upgrades()).toHaveLength(1);
});

describe('the overrides', () => {
  it('A31: cannot be read: the operations wait and go on', async () => {
    // Beyond the seconds for which an earlier answer is shared, another version is asked for.
    await service.landscape.setFault('overrides', { mode: 'unavailable' });
    const id = await service.rest.create(everything(WORKERS, { kyma: { version: '2.20.4' } }));
    await operationDescribedAs(id, /^Trying again: The Kubernetes API that holds the overrides answered 503/);
    expect(await service.landscape.upgrades()).toEqual([]);
    await service.landscape.clearFaults();
    await service.rest.reaches(id, 'succeeded');
    await expectAllOnce();
  });

  it('A31: are not there for a version: every operation fails and says so', async () => {
    const id = await service.rest.create(everything(WORKERS, { kyma: { version: '1.0.0' } }));
    const ended = await service.rest.reaches(id, 'failed');
    expect(ended.operationStats).toEqual({ failed: FLEET });
    expect((await service.rest.operations(id))[0]?.description).toMatch(/overrides-version-1\.0\.0|1\.0\.0/);
    expect(await service.landscape.upgrades()).toEqual([]);
  });
});
