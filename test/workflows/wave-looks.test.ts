/** The look at the runtimes of a wave before its gate. */
import { expect, it } from 'vitest';
import { FinalError } from '../../src/domain/errors.ts';
import type { Wish } from '../../src/domain/upgrades/rollout-control.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, type RequestChanges } from '../support/rig.ts';
import { BROKEN, WELL } from '../support/shoots-in-memory.ts';

const CHECKS = { health: true, healthTimeoutMinutes: 60 };

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
  const id = await rig.request({ workers: 2, checks: CHECKS, ...changes });
  await rig.underWay(2);
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
    failureBudget: { max: 0, scope: 'wave', onExceeded: 'pause', strict: false },
  });
  const { rig, fleet, id, canaries } = given;
  const [sick = ''] = canaries;
  fleet.shoots.set(sick, { conditions: [WELL, BROKEN] });
  await tell(given, { command: 'resume', acknowledge: false });
  await pausedBy(given, 'budget');
  const wave = await canary(given);
  expect(wave).toMatchObject({ phase: 'looking', stats: { succeeded: 2 } });
  const shootName = fleet.runtimes.find(({ runtimeID }) => runtimeID === sick)?.shootName;
  expect(wave.unhealthy).toEqual({
    count: 1,
    first: [{ shootName, runtimeID: sick, said: 'EveryNodeReady is False: Node n-1 is not ready.' }],
  });
  expect((await rig.repositories.orchestrations.find(id))?.pauses[0]?.reason).toBe(
    '1 operations have failed or are unhealthy in this wave, and at most 0 may',
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
  const given = await pausedBeforeTheLook({ waves: [{ name: 'canary', count: 2 }] });
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
  await rig.gateway.cancel(id, 'bob');
  expect(await rig.ends(id)).toBe('canceled');
  expect(fleet.upgrades).toHaveLength(2);
});
