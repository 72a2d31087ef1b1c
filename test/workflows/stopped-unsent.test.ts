/** Operations that are in progress when their orchestration is canceled, and to which nothing was sent: they end, and are not upgraded later. */
import { describe, expect, it } from 'vitest';
import { createUpgradeActivities } from '../../src/activities/index.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { CANCELED, DESCRIPTION_BEGINS } from '../../src/domain/upgrades/descriptions.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { Rig, type RequestChanges } from '../support/rig.ts';
import { aPlan, FIRST } from '../support/rows.ts';

const runtimeAt = (fleet: FleetInMemory, index: number): string => fleet.runtimes[index]?.runtimeID ?? '';

/** Upgrades that were sent by Drydock. */
const sent = (fleet: FleetInMemory): string[] =>
  fleet.upgrades
    .filter(({ operation }) => operation.operation === 'Upgrade')
    .map(({ runtimeID }) => runtimeID);

/** The Provisioner carries out something else on the first runtime, until it is told to end that. */
async function occupied(count: number): Promise<{ rig: Rig; fleet: FleetInMemory; endOther: () => void }> {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  await fleet.provisioner.upgradeShoot(runtimeAt(fleet, 0), {});
  const [other] = fleet.upgrades;
  if (!other) throw new Error('Nothing keeps the runtime busy');
  return { rig: await Rig.start({ fleet }), fleet, endOther: () => fleet.end(other) };
}

async function isTriedAgain(rig: Rig, id: string): Promise<void> {
  await until(
    async () => (await rig.operations(id))[0]?.description.startsWith(DESCRIPTION_BEGINS.again) ?? false,
    { what: 'it waits for something else' },
  );
}

const cancelInRow = async (rig: Rig, id: string): Promise<void> => {
  const change = { actor: 'bob', reason: 'Cancel requested', now: new Date().toISOString(), isWanted: true };
  await rig.repositories.orchestrations.transition(id, 'canceling', change);
};

const WAYS: [string, (rig: Rig, id: string) => Promise<unknown>][] = [
  ['the signal', (rig, id) => rig.gateway.cancel(id, 'bob', 'wrong version')],
  ["Temporal's own request", (rig, id) => rig.client.workflow.getHandle(id).cancel()],
  [
    'the row, of which the workflow is told',
    async (rig, id) => {
      await cancelInRow(rig, id);
      await rig.gateway.look(id);
    },
  ],
  [
    'the row, while no worker is there',
    async (rig, id) => {
      await rig.stopWorkers();
      await cancelInRow(rig, id);
      await rig.startWorkers();
      await rig.reconcile();
    },
  ],
];

describe('a cancel while the Provisioner does something else on a runtime', () => {
  it.each(WAYS)('A42: by %s ends its operation before that other work has ended', async (_, cancel) => {
    const { rig, fleet, endOther } = await occupied(3);
    const id = await rig.request({ workers: 2 });
    await isTriedAgain(rig, id);
    await until(() => sent(fleet).length === 1, { what: 'the other one is upgraded' });
    await cancel(rig, id);
    await until(async () => (await rig.operations(id))[0]?.state === 'canceled', { what: 'it is canceled' });
    // A43: what was sent is waited for.
    expect(await rig.statesOf(id)).toMatchObject({ 'in progress': 1 });
    expect(await rig.state(id)).toBe('canceling');
    for (const upgrade of fleet.underWay) if (upgrade.operation.operation === 'Upgrade') fleet.end(upgrade);
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, canceled: 2 });
    expect((await rig.operations(id)).map(({ description }) => description)).toEqual([
      CANCELED,
      'done',
      CANCELED,
    ]);
    endOther();
    // The runtime is free again, and an orchestration after this one finds it so.
    fleet.autoEnd = true;
    expect(await rig.ends(await rig.request())).toBe('succeeded');
    expect(sent(fleet).filter((runtimeID) => runtimeID === runtimeAt(fleet, 0))).toHaveLength(1);
  });

  it.each<[string, RequestChanges, (fleet: FleetInMemory) => void]>([
    ['a budget', {}, () => undefined],
    ['a budget, with retries inside', { retryPolicy: { attempts: 3, backoffMinutes: 0 } }, () => undefined],
  ])('ends it by %s that is exceeded', async (_, rules) => {
    const { rig, fleet } = await occupied(3);
    fleet.refused.add(runtimeAt(fleet, 1));
    const failureBudget = { max: 0, scope: 'all', onExceeded: 'cancel', strict: false } as const;
    const id = await rig.request({ workers: 2, failureBudget, ...rules });
    expect(await rig.ends(id)).toBe('canceled');
    expect((await rig.operations(id))[0]).toMatchObject({ state: 'canceled', description: CANCELED });
    expect(sent(fleet)).not.toContain(runtimeAt(fleet, 0));
  });

  it('ends it with checks before the upgrade, and while the Provisioner does not answer', async () => {
    const fleet = new FleetInMemory(2);
    const rig = await Rig.start({ fleet });
    fleet.shoots.set(runtimeAt(fleet, 0), { observedGeneration: 1 });
    const checks = { health: true, healthTimeoutMinutes: 15 };
    const checked = await rig.request({ checks });
    await isTriedAgain(rig, checked);
    await rig.gateway.cancel(checked, 'bob');
    expect(await rig.ends(checked)).toBe('canceled');
    fleet.down.provisioner = true;
    for (const dryRun of [true, false]) {
      const id = await rig.request({ dryRun });
      await isTriedAgain(rig, id);
      await rig.gateway.cancel(id, 'bob');
      expect(await rig.ends(id)).toBe('canceled');
      expect(await rig.statesOf(id)).toEqual({ canceled: 2 });
    }
    expect(fleet.upgrades).toEqual([]);
  });
});

describe('a cancel between claim and request', () => {
  it.each(['row', 'signal'])('lets nothing be sent: by the %s', async (way) => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    const recording = gate(rig.repositories.operations, 'recordRequest', 'before');
    const id = await rig.request();
    await until(() => recording.arrived() === 1, { what: 'it is about to send' });
    if (way === 'row') await cancelInRow(rig, id);
    else {
      await rig.gateway.cancel(id, 'bob');
      await rig.reaches(id, 'canceling');
    }
    recording.open();
    if (way === 'row') await rig.gateway.look(id);
    expect(await rig.ends(id)).toBe('canceled');
    expect(fleet.upgrades).toEqual([]);
    expect((await rig.operations(id))[0]).toMatchObject({
      state: 'canceled',
      description: CANCELED,
      baselineOperationID: null,
      config: null,
    });
  });

  it('A43: lets finish what may have been sent', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    const recording = gate(rig.repositories.operations, 'recordRequest');
    const id = await rig.request();
    await until(() => recording.arrived() === 1, { what: 'it is recorded' });
    await cancelInRow(rig, id);
    await rig.gateway.look(id);
    recording.open();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1 });
    expect(fleet.upgrades).toHaveLength(1);
  });

  it('A43: lets finish what was sent, when its answer is lost and its worker too', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    fleet.afterAccept = () => {
      fleet.afterAccept = undefined;
      throw new UnavailableError('provisioner', 'no answer');
    };
    const id = await rig.request();
    await rig.underWay(1);
    await rig.stopWorkers();
    await cancelInRow(rig, id);
    await rig.startWorkers();
    await rig.gateway.look(id);
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1 });
    expect(fleet.upgrades).toHaveLength(1);
  });
});

describe('an execution of what was canceled', () => {
  it('hears of it when it claims, without anybody else: its worker died right before, or after', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    await fleet.provisioner.upgradeShoot(runtimeAt(fleet, 0), {});
    const { id, operationIDs } = await aPlan(rig.repositories, 1);
    const [operationID = ''] = operationIDs;
    const runtime = { runtimeID: runtimeAt(fleet, 0), shootName: 'c-0000' };
    const input = {
      orchestrationID: id,
      operationID,
      ...FIRST,
      ...runtime,
      type: 'upgradeKyma',
      dryRun: false,
    } as const;
    const { upgradeRuntime, judgeUpgrade } = createUpgradeActivities(rig.dependencies());
    await expect(executeActivity(() => upgradeRuntime(input))).rejects.toThrow(/is busy/);
    await cancelInRow(rig, id);
    for (let times = 0; times < 2; times++) {
      const { outcome } = await executeActivity(() => upgradeRuntime(input));
      expect(outcome).toEqual({ kind: 'canceled' });
    }
    expect(await executeActivity(() => judgeUpgrade({ ...input, timeoutSeconds: 1 }))).toEqual({
      kind: 'canceled',
    });
    expect(sent(fleet)).toEqual([]);
  });
});

describe('a pause while the Provisioner does something else on a runtime', () => {
  it('gives its operation back with what was seen, and upgrades it after the resume', async () => {
    const { rig, fleet, endOther } = await occupied(1);
    const id = await rig.request();
    await isTriedAgain(rig, id);
    const { control } = rig.repositories;
    const now = new Date().toISOString();
    await control.command(id, { command: 'pause', by: 'jane', reason: '' }, now);
    await until(async () => (await rig.statesOf(id))['pending'] === 1, { what: 'it waits again' });
    expect((await rig.operations(id))[0]?.description).toMatch(
      /^Its runtime was busy when it was last looked at, \S+Z: the Provisioner did something else on it \(UpgradeShoot, operation \S+\)$/,
    );
    endOther();
    fleet.autoEnd = true;
    await control.command(id, { command: 'resume', by: 'jane', reason: '', acknowledge: false }, now);
    await rig.gateway.look(id);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(sent(fleet)).toHaveLength(1);
  });
});

describe('a pause between claim and request', () => {
  it('lets nothing be sent before the resume', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    const recording = gate(rig.repositories.operations, 'recordRequest', 'before');
    const id = await rig.request();
    await until(() => recording.arrived() === 1, { what: 'it is about to send' });
    const { control } = rig.repositories;
    const now = new Date().toISOString();
    await control.command(id, { command: 'pause', by: 'jane', reason: '' }, now);
    recording.open();
    await until(async () => (await rig.statesOf(id))['pending'] === 1, { what: 'it waits again' });
    expect(fleet.upgrades).toEqual([]);
    await control.command(id, { command: 'resume', by: 'jane', reason: '', acknowledge: false }, now);
    await rig.gateway.look(id);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(1);
  });
});
