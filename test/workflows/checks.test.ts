/** The checks before and after upgrades. One service for all tests: each takes runtimes of its own. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { OperationRow } from '../../src/db/repositories/index.ts';
import type { GardenerShoot } from '../../src/domain/upgrades/gardener-shoot.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, type RequestChanges } from '../support/rig.ts';
import { BROKEN, lastOperation, WELL } from '../support/shoots-in-memory.ts';

const ASKED = '1.31.2';
const PATIENT = { health: true, healthTimeoutMinutes: 60 };
const BROKEN_WORDS = 'EveryNodeReady is False: Node n-1 is not ready.';

let rig: Rig;
let fleet: FleetInMemory;
let taken = 0;

beforeAll(async () => {
  fleet = new FleetInMemory(40);
  rig = await Rig.start({ fleet, tuning: { sweepSeconds: 1 } });
});

/** Runtimes that no other test has. */
function take(count: number): string[] {
  taken += count;
  return fleet.runtimes.slice(taken - count, taken).map(({ runtimeID }) => runtimeID);
}

async function upgrade(runtimeIDs: readonly string[], changes: RequestChanges = {}): Promise<string> {
  return await rig.request({
    type: 'upgradeCluster',
    workers: 20,
    checks: PATIENT,
    targets: { include: runtimeIDs.map((runtimeID) => ({ runtimeID })) },
    ...changes,
  });
}

async function operationOf(id: string, runtimeID: string): Promise<OperationRow | undefined> {
  return (await rig.operations(id)).find((one) => one.runtimeID === runtimeID);
}

async function says(id: string, runtimeID: string, words: string): Promise<void> {
  await until(async () => (await operationOf(id, runtimeID))?.description.includes(words), {
    what: `the operation says "${words}"`,
  });
}

const sent = (runtimeID: string | undefined): number =>
  fleet.upgrades.filter((one) => one.runtimeID === runtimeID).length;

describe('the check before', () => {
  it('sends what is to be upgraded, and nothing else; what it refuses counts in no budget', async () => {
    const states: [string, Partial<GardenerShoot> | 'gone', string, number, string | null][] = [
      ['fine', {}, 'succeeded', 1, null],
      ['gone', 'gone', 'canceled', 0, 'NOT_ELIGIBLE'],
      ['of another runtime', { runtimeID: 'another' }, 'canceled', 0, 'NOT_ELIGIBLE'],
      ['deleted', { isBeingDeleted: true }, 'canceled', 0, 'NOT_ELIGIBLE'],
      ['hibernated', { isHibernated: true }, 'canceled', 0, 'NOT_ELIGIBLE'],
      [
        'unhealthy',
        { conditions: [WELL, { ...BROKEN, type: 'APIServerAvailable' }] },
        'canceled',
        0,
        'NOT_ELIGIBLE',
      ],
      ['there already', { kubernetesVersion: ASKED }, 'succeeded', 0, null],
      ['newer', { kubernetesVersion: '1.32.0' }, 'succeeded', 0, null],
    ];
    const runtimeIDs = take(states.length);
    for (const [index, [, shoot]] of states.entries()) fleet.shoots.set(runtimeIDs[index] ?? '', shoot);
    const budget = { max: 0, scope: 'all', onExceeded: 'pause', strict: false } as const;
    const id = await upgrade(runtimeIDs, { failureBudget: budget });
    expect(await rig.ends(id)).toBe('failed');
    const rows = await rig.operations(id);
    expect(
      rows.map(({ state, failureCode, runtimeID }, index) => [
        states[index]?.[0],
        states[index]?.[1],
        state,
        sent(runtimeID),
        failureCode,
      ]),
    ).toEqual(states);
    expect(rows.map(({ description }) => description)).toEqual([
      'done; its runtime is well',
      'Not upgraded: its Shoot does not exist any more',
      'Not upgraded: its Shoot belongs to another runtime now',
      'Not upgraded: its Shoot is left out of upgrades (being deleted)',
      'Not upgraded: its Shoot is left out of upgrades (hibernated)',
      'Not upgraded: its Shoot is unhealthy (APIServerAvailable is False: Node n-1 is not ready.)',
      'Already at 1.31.2; its runtime is well',
      'Already at 1.32.0; 1.32.0 is newer than 1.31.2; its runtime is well',
    ]);
    expect(await rig.log(id)).not.toContain('paused');
  });

  it('waits for what Gardener does, and for an inventory that is away', async () => {
    const [busy = ''] = take(1);
    fleet.shoots.set(busy, { lastOperation: lastOperation('Processing') });
    const id = await upgrade([busy]);
    await says(
      id,
      busy,
      'Trying again: The runtime is busy: Gardener carries out its own operation on the Shoot (Reconcile)',
    );
    fleet.down.inventory = true;
    fleet.shoots.set(busy, { lastOperation: lastOperation('Succeeded') });
    await says(id, busy, 'The inventory does not answer');
    expect(sent(busy)).toBe(0);
    fleet.down.inventory = false;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(sent(busy)).toBe(1);
  });

  it('of a Kyma upgrade knows the version from the Provisioner', async () => {
    const [there = '', older = ''] = take(2);
    fleet.kymaVersions.set(there, '2.21.0').set(older, '2.20.4');
    const id = await upgrade([there, older], { type: 'upgradeKyma' });
    expect(await rig.ends(id)).toBe('succeeded');
    expect([sent(there), sent(older)]).toEqual([0, 1]);
  });

  it('skips a runtime that is busy when that is asked for', async () => {
    const [busy = '', free = ''] = take(2);
    fleet.shoots.set(busy, { observedGeneration: 1 });
    const id = await upgrade([busy, free], { onBusy: 'skip' });
    expect(await rig.ends(id)).toBe('failed');
    expect(await operationOf(id, busy)).toMatchObject({
      state: 'canceled',
      failureCode: 'RUNTIME_BUSY',
      description: expect.stringMatching(
        /^Skipped, as its runtime is busy: .*a change of its specification/,
      ) as string,
    });
    expect(await operationOf(id, free)).toMatchObject({ state: 'succeeded' });
    expect(sent(busy)).toBe(0);
  });

  it('skips a runtime that another orchestration holds', async () => {
    const [held = ''] = take(1);
    fleet.autoEnd = false;
    const holder = await upgrade([held], { checks: undefined });
    await rig.underWay(1);
    await rig.client.workflow.getHandle(holder).terminate('its upgrade goes on');
    const id = await upgrade([held], { onBusy: 'skip' });
    expect(await rig.ends(id)).toBe('failed');
    fleet.autoEnd = true;
    expect(await operationOf(id, held)).toMatchObject({ state: 'canceled', failureCode: 'RUNTIME_BUSY' });
    expect((await operationOf(id, held))?.description).toContain(`of orchestration ${holder}`);
    expect(sent(held)).toBe(1);
  });

  it('is not done again when a request may have been sent', async () => {
    const [runtimeID = ''] = take(1);
    const { upgradeShoot } = fleet.provisioner;
    // Recorded, and lost on its way.
    fleet.provisioner.upgradeShoot = async (_, __, options) => {
      await options?.beforeSending?.();
      fleet.provisioner.upgradeShoot = upgradeShoot;
      fleet.shoots.set(runtimeID, { conditions: [BROKEN] });
      throw new UnavailableError('provisioner', 'The connection broke');
    };
    const id = await upgrade([runtimeID]);
    await says(id, runtimeID, `done; waits for its runtime: ${BROKEN_WORDS}`);
    fleet.shoots.set(runtimeID, { conditions: [WELL] });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(sent(runtimeID)).toBe(1);
  });
});

describe('the check after', () => {
  it('fails what is not well in time with the words of the conditions; tried again, nothing is sent again', async () => {
    const [runtimeID = ''] = take(1);
    fleet.afterAccept = () => fleet.shoots.set(runtimeID, { conditions: [WELL, BROKEN] });
    const id = await upgrade([runtimeID], { checks: { health: true, healthTimeoutMinutes: 0.001 } });
    expect(await rig.ends(id)).toBe('failed');
    fleet.afterAccept = undefined;
    expect(await operationOf(id, runtimeID)).toMatchObject({
      state: 'failed',
      failureCode: 'HEALTH_CHECK_FAILED',
      description: `done, but its runtime was not well in time: ${BROKEN_WORDS}`,
    });
    fleet.shoots.set(runtimeID, { conditions: [WELL] });
    await rig.retry(id);
    await rig.reaches(id, 'succeeded');
    expect(sent(runtimeID)).toBe(1);
  });

  it('waits for what is well late, over workers that are gone in between, also when nothing was to be upgraded', async () => {
    const [late = '', there = ''] = take(2);
    fleet.afterAccept = () => fleet.shoots.set(late, { conditions: [BROKEN] });
    fleet.shoots.set(there, { kubernetesVersion: ASKED, conditions: [BROKEN] });
    const id = await upgrade([late, there]);
    await says(id, late, BROKEN_WORDS);
    await says(id, there, BROKEN_WORDS);
    fleet.afterAccept = undefined;
    const before = (await rig.operations(id)).map(({ upgradedAt }) => upgradedAt);
    expect(before).not.toContain(null);
    await rig.stopWorkers();
    await rig.startWorkers();
    for (const runtimeID of [late, there]) fleet.shoots.set(runtimeID, { conditions: [WELL] });
    expect(await rig.ends(id)).toBe('succeeded');
    expect((await rig.operations(id)).map(({ upgradedAt }) => upgradedAt)).toEqual(before);
    expect([sent(late), sent(there)]).toEqual([1, 0]);
  });

  it('has all its time also when that of the operation is over, and no worker was there', async () => {
    const [late = '', broken = '', hidden = ''] = take(3);
    const runtimeIDs = [late, broken, hidden];
    fleet.autoEnd = false;
    const id = await upgrade(runtimeIDs, {
      operationTimeoutMinutes: 1 / 60,
      checks: { health: true, healthTimeoutMinutes: 15 / 60 },
    });
    await until(() => runtimeIDs.every((one) => sent(one) === 1), { what: 'they are sent' });
    await rig.stopWorkers();
    for (const runtimeID of runtimeIDs) fleet.shoots.set(runtimeID, { conditions: [BROKEN] });
    fleet.autoEnd = true;
    for (const runtimeID of runtimeIDs) {
      const child = rig.client.workflow.getHandle(`runtime/${runtimeID}`);
      await until(
        async () =>
          (await child.fetchHistory()).events?.some((event) => event.activityTaskTimedOutEventAttributes),
        { what: 'its time is over' },
      );
    }
    const { find } = fleet.shootsClient;
    const hiddenName = fleet.runtimes.find(({ runtimeID }) => runtimeID === hidden)?.shootName;
    fleet.shootsClient.find = async (name, signal) => {
      if (name === hiddenName) throw new UnavailableError('inventory', 'The inventory answers 503');
      return await find(name, signal);
    };
    await rig.startWorkers();
    await says(id, late, `waits for its runtime: ${BROKEN_WORDS}`);
    fleet.shoots.set(late, { conditions: [WELL] });
    expect(await rig.ends(id)).toBe('failed');
    fleet.shootsClient.find = find;
    expect(await operationOf(id, late)).toMatchObject({ state: 'succeeded' });
    expect(await operationOf(id, broken)).toMatchObject({
      failureCode: 'HEALTH_CHECK_FAILED',
      description: expect.stringContaining(`was not well in time: ${BROKEN_WORDS}`) as string,
    });
    expect(await operationOf(id, hidden)).toMatchObject({
      failureCode: 'OPERATION_TIMEOUT',
      description: expect.stringContaining('at the last look: The inventory answers 503') as string,
    });
  });
});

it('without checks nothing is read, and an unhealthy runtime is upgraded', async () => {
  const [runtimeID = ''] = take(1);
  fleet.shoots.set(runtimeID, { conditions: [BROKEN] });
  const { length: read } = fleet.shoots.read;
  const id = await upgrade([runtimeID], { checks: undefined });
  expect(await rig.ends(id)).toBe('succeeded');
  expect(sent(runtimeID)).toBe(1);
  expect(fleet.shoots.read).toHaveLength(read);
});
