/** The look at the runtimes of a wave before its gate. */
import { expect, it } from 'vitest';
import { FinalError, UnavailableError, UnreadableError } from '../../src/domain/errors.ts';
import type { ShootCondition } from '../../src/domain/upgrades/gardener-shoot.ts';
import type { Wish } from '../../src/domain/upgrades/rollout-control.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, type RequestChanges } from '../support/rig.ts';
import { BROKEN, WELL } from '../support/shoots-in-memory.ts';

const CHECKS = { health: true, healthTimeoutMinutes: 60 };
/** An uncertain Shoot is read ten times in this time. */
const BRIEF = { health: true, healthTimeoutMinutes: 0.1 };
const CHANGING: ShootCondition = { ...WELL, status: 'Progressing', message: 'A node is replaced.' };
const NONE = { max: 0, scope: 'wave', onExceeded: 'pause', strict: false } as const;

interface Given {
  rig: Rig;
  fleet: FleetInMemory;
  id: string;
  /** The runtimes of the first wave. */
  canaries: string[];
}

/** An orchestration whose first wave of two has been upgraded, and which is paused before they are looked at. */
async function pausedBeforeTheLook(changes: RequestChanges): Promise<Given> {
  const fleet = new FleetInMemory(5);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const { count = 2 } = changes.waves?.[0] ?? {};
  const id = await rig.request({ workers: count, checks: CHECKS, ...changes });
  await rig.underWay(count);
  const canaries = fleet.underWay.map(({ runtimeID }) => runtimeID);
  const given = { rig, fleet, id, canaries };
  await tell(given, { command: 'pause' });
  fleet.autoEnd = true;
  await reaches(given, 'looking');
  return given;
}

async function tell({ rig, id }: Given, wish: Wish): Promise<boolean> {
  const command = { ...wish, by: 'jane', reason: '' };
  const done = await rig.repositories.control.command(id, command, new Date().toISOString());
  await rig.gateway.look(id);
  return done?.changed ?? false;
}

function nameOf({ fleet }: Given, runtimeID: string): string | undefined {
  return fleet.runtimes.find((one) => one.runtimeID === runtimeID)?.shootName;
}

async function canary({ rig, id }: Given) {
  const [wave] = await rig.repositories.control.waves(id);
  if (!wave) throw new Error('There is no wave');
  return wave;
}

async function reaches(given: Given, phase: string): Promise<void> {
  await until(
    async () => {
      const waves = await given.rig.repositories.control.waveRows(given.id);
      return waves[0]?.phase === phase;
    },
    { what: `the first wave is ${phase}` },
  );
}

async function pausedBy({ rig, id }: Given, code: string): Promise<void> {
  await until(
    async () => (await rig.repositories.orchestrations.find(id))?.pauses.some((pause) => pause.code === code),
    { what: `it is paused by ${code}` },
  );
}

it('finds what has become unhealthy since; it counts in the budget until that is forgiven, and then it asks', async () => {
  const given = await pausedBeforeTheLook({
    waves: [{ name: 'canary', count: 2, approval: { notByCreator: false } }],
    failureBudget: NONE,
  });
  const { rig, fleet, id, canaries } = given;
  const [sick = ''] = canaries;
  fleet.shoots.set(sick, { conditions: [WELL, BROKEN] });
  await tell(given, { command: 'resume', acknowledge: false });
  await pausedBy(given, 'budget');
  const wave = await canary(given);
  expect(wave).toMatchObject({ phase: 'looking', stats: { succeeded: 2 } });
  const shootName = nameOf(given, sick);
  expect(wave.unhealthy).toEqual({
    count: 1,
    first: [{ shootName, runtimeID: sick, said: 'EveryNodeReady is False: Node n-1 is not ready.' }],
  });
  expect((await rig.repositories.orchestrations.find(id))?.pauses[0]?.reason).toBe(
    '1 operations had failed or were unhealthy in this wave, and at most 0 may',
  );
  expect(await tell(given, { command: 'resume', acknowledge: false })).toBe(false);
  expect(await tell(given, { command: 'resume', acknowledge: true })).toBe(true);
  await reaches(given, 'asking');
  expect(await canary(given)).toMatchObject({ unhealthy: { count: 1 } });
  expect(fleet.upgrades).toHaveLength(2);

  // A pause withdraws the question, and all are looked at once more before it is asked again.
  await tell(given, { command: 'pause' });
  fleet.shoots.set(sick, { conditions: [WELL] });
  await tell(given, { command: 'resume', acknowledge: false });
  await until(async () => (await canary(given)).question === 2, { what: 'it asks again' });
  expect(await canary(given)).toMatchObject({ phase: 'asking', unhealthy: { count: 0, first: [] } });
  await tell(given, { command: 'approve', number: 2 });
  expect(await rig.ends(id)).toBe('succeeded');
  expect(fleet.upgrades).toHaveLength(5);
});

it('opens the gate when all are healthy, once the inventory answers', async () => {
  const given = await pausedBeforeTheLook({ waves: [{ name: 'canary', count: 2 }] });
  const { rig, fleet, id } = given;
  const { length: read } = fleet.shoots.read;
  await tell(given, { command: 'resume', acknowledge: false });
  expect(await rig.ends(id)).toBe('succeeded');
  expect(fleet.shoots.read.length).toBeGreaterThanOrEqual(read + 2);
});

it('is not ended by an answer that nobody understands', async () => {
  const given = await pausedBeforeTheLook({ checks: BRIEF, waves: [{ name: 'canary', count: 2 }] });
  const { rig, fleet, id } = given;
  const { find } = fleet.shootsClient;
  let asked = 0;
  fleet.shootsClient.find = () => {
    asked += 1;
    if (asked > 1) fleet.shootsClient.find = find;
    throw new FinalError('UNEXPECTED_ANSWER', 'The Gardener API answered 404');
  };
  await tell(given, { command: 'resume', acknowledge: false });
  expect(await rig.ends(id)).toBe('succeeded');
  expect(asked).toBeGreaterThan(0);
});

it('waits for conditions that change, and says so, before a budget of 0 is exceeded', async () => {
  const given = await pausedBeforeTheLook({
    checks: { ...BRIEF, healthTimeoutMinutes: 0.5 },
    failureBudget: NONE,
    waves: [{ name: 'canary', count: 2 }],
  });
  const { rig, fleet, id, canaries } = given;
  const [changes = ''] = canaries;
  fleet.shoots.set(changes, { conditions: [CHANGING] });
  const { length: read } = fleet.shoots.read;
  await tell(given, { command: 'resume', acknowledge: false });
  await until(async () => (await canary(given)).lookWaits, { what: 'it says what the look waits for' });
  expect(await canary(given)).toMatchObject({
    phase: 'looking',
    lookWaits: `1 runtime is read again: ${nameOf(given, changes)} (EveryNodeReady is Progressing: A node is replaced.)`,
    unhealthy: { count: 0 },
  });
  fleet.shoots.set(changes, { conditions: [WELL] });
  expect(await rig.ends(id)).toBe('succeeded');
  // By the test, and by nothing else.
  expect((await rig.log(id)).filter((kind) => kind === 'paused')).toHaveLength(1);
  // The other one is read once only.
  const other = nameOf(given, canaries[1] ?? '');
  expect(fleet.shoots.read.slice(read).filter((name) => name === other)).toHaveLength(1);
});

it('counts what has not become healthy in time, and what cannot be read while others can', async () => {
  const given = await pausedBeforeTheLook({
    checks: BRIEF,
    failureBudget: { ...NONE, max: 1 },
    waves: [{ name: 'canary', count: 3 }],
  });
  const { fleet, canaries, rig, id } = given;
  const [changes = '', hidden = ''] = canaries;
  fleet.shoots.set(changes, { conditions: [CHANGING] });
  const { find } = fleet.shootsClient;
  fleet.shootsClient.find = async (name, signal) => {
    if (name === nameOf(given, hidden))
      throw new UnavailableError('inventory', 'The Gardener API answered 403');
    return await find(name, signal);
  };
  await tell(given, { command: 'resume', acknowledge: false });
  await pausedBy(given, 'budget');
  expect((await canary(given)).unhealthy).toEqual({
    count: 2,
    first: expect.arrayContaining([
      {
        ...{ shootName: nameOf(given, changes), runtimeID: changes },
        said: 'EveryNodeReady is Progressing: A node is replaced.',
      },
      {
        ...{ shootName: nameOf(given, hidden), runtimeID: hidden },
        said: "its Shoot can't be read: The Gardener API answered 403",
      },
    ]) as unknown,
  });
  // They have had their time: once they are forgiven nobody waits for them again.
  expect(await tell(given, { command: 'resume', acknowledge: true })).toBe(true);
  expect(await rig.ends(id)).toBe('succeeded');
  expect((await canary(given)).looksUntil).toBeNull();
});

it('counts the only one when nobody can understand it', async () => {
  const given = await pausedBeforeTheLook({
    ...{ workers: 1, checks: BRIEF, failureBudget: NONE },
    waves: [{ name: 'canary', count: 1 }],
  });
  given.fleet.shootsClient.find = () =>
    Promise.reject(new UnreadableError('inventory', 'The Gardener API answered with no Shoot'));
  await tell(given, { command: 'resume', acknowledge: false });
  await pausedBy(given, 'budget');
  expect((await canary(given)).unhealthy.first).toMatchObject([
    {
      runtimeID: given.canaries[0],
      said: "its Shoot can't be read: The Gardener API answered with no Shoot",
    },
  ]);
});

it('is begun anew, and the question withdrawn, when everything was paused, whatever was answered', async () => {
  const given = await pausedBeforeTheLook({
    waves: [{ name: 'canary', count: 2, approval: { notByCreator: false } }],
    failureBudget: NONE,
  });
  const { rig, fleet, id, canaries } = given;
  await tell(given, { command: 'resume', acknowledge: false });
  await reaches(given, 'asking');
  const everything = async (isPaused: boolean): Promise<void> => {
    await rig.repositories.queue.change(isPaused, {
      ...{ actor: 'joe', reason: '' },
      now: new Date().toISOString(),
    });
    await rig.gateway.look(id);
  };
  const question = { command: 'approve', number: 1 } as const;
  await rig.stopWorkers();
  expect(await tell(given, question)).toBe(true);
  await everything(true);
  await rig.startWorkers();
  await reaches(given, 'looking');
  expect(await canary(given)).toMatchObject({ approvedBy: null, lookedTo: -1 });
  fleet.shoots.set(canaries[0] ?? '', { conditions: [BROKEN] });
  await everything(false);
  await pausedBy(given, 'budget');
  expect(await tell(given, question)).toBe(false);
  expect(fleet.upgrades).toHaveLength(2);
  await tell(given, { command: 'resume', acknowledge: true });
  await until(async () => (await canary(given)).question === 2, { what: 'it asks again' });
  await tell(given, { command: 'approve', number: 2 });
  expect(await rig.ends(id)).toBe('succeeded');
});

it('is left out of a dry run, which has changed nothing', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(3) });
  const id = await rig.request({ dryRun: true, checks: CHECKS, waves: [{ name: 'canary', count: 2 }] });
  expect(await rig.ends(id)).toBe('succeeded');
  const waves = await rig.repositories.control.waveRows(id);
  expect(waves.map(({ phase, lookedTo }) => [phase, lookedTo])).toEqual([
    ['passed', null],
    ['passed', null],
  ]);
});

it('judges nothing while the inventory is away, and does not keep a cancel from its end', async () => {
  const given = await pausedBeforeTheLook({ waves: [{ name: 'canary', count: 2 }] });
  const { rig, fleet, id } = given;
  fleet.down.inventory = true;
  await tell(given, { command: 'resume', acknowledge: false });
  await until(
    async () => {
      const row = await rig.repositories.orchestrations.find(id);
      return row?.observedRevision === row?.revision;
    },
    { what: 'it has looked in vain' },
  );
  expect(await canary(given)).toMatchObject({ phase: 'looking', lookedTo: -1, unhealthy: { count: 0 } });
  expect((await canary(given)).lookWaits).toMatch(
    /^Waits for the inventory: c-\d+ can't be read \(The inventory does not answer\)$/,
  );
  await rig.gateway.cancel(id, 'bob');
  expect(await rig.ends(id)).toBe('canceled');
  expect(fleet.upgrades).toHaveLength(2);
});
