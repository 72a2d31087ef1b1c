/** Operations that are tried again by themselves. */
import { beforeAll, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, type RequestChanges } from '../support/rig.ts';
import { BROKEN } from '../support/shoots-in-memory.ts';

const NO_FAILURE = { max: 0, scope: 'all', onExceeded: 'pause', strict: false } as const;

let rig: Rig;
let fleet: FleetInMemory;
let taken = 0;

beforeAll(async () => {
  fleet = new FleetInMemory(10);
  rig = await Rig.start({ fleet });
});

async function upgrade(
  count: number,
  changes: RequestChanges,
): Promise<{ id: string; runtimeIDs: string[] }> {
  const runtimeIDs = fleet.runtimes.slice(taken, taken + count).map(({ runtimeID }) => runtimeID);
  taken += count;
  fleet.failing.add(runtimeIDs[0] ?? '');
  const targets = { include: runtimeIDs.map((runtimeID) => ({ runtimeID })) };
  return { runtimeIDs, id: await rig.request({ targets, workers: 1, ...changes }) };
}

const sent = (runtimeID: string | undefined): number =>
  fleet.upgrades.filter((one) => one.runtimeID === runtimeID).length;

async function reasons(id: string): Promise<string[]> {
  const { rows } = await rig.repositories.events.list(id, {}, { page: 1, pageSize: 1000 });
  return rows.flatMap(({ operationID, reason }) => (operationID === null ? [] : [reason]));
}

it('succeeds at the second try, and no budget hears of the first one', async () => {
  fleet.afterAccept = () => {
    const last = fleet.upgrades.at(-1)?.runtimeID ?? '';
    if (sent(last) === 2) fleet.failing.delete(last);
  };
  const { id, runtimeIDs } = await upgrade(2, {
    failureBudget: NO_FAILURE,
    retryPolicy: { attempts: 3, backoffMinutes: 0 },
  });
  expect(await rig.ends(id)).toBe('succeeded');
  fleet.afterAccept = undefined;
  expect(runtimeIDs.map(sent)).toEqual([2, 1]);
  expect((await rig.operations(id)).map(({ attempt, firstAttempt }) => [attempt, firstAttempt])).toEqual([
    [2, 1],
    [1, 1],
  ]);
  expect(await rig.log(id)).not.toContain('paused');
  expect(await reasons(id)).toContainEqual(
    expect.stringMatching(/the installer gave up; attempt 2 of 3 follows, not before /),
  );
});

it('holds no slot while it waits, and a retry that somebody asks for ends the wait', async () => {
  const { id, runtimeIDs } = await upgrade(2, { retryPolicy: { attempts: 2, backoffMinutes: 1_440 } });
  await until(async () => (await rig.statesOf(id))['succeeded'] === 1, {
    what: 'the other one has the slot',
  });
  expect((await rig.operations(id))[0]).toMatchObject({
    state: 'retrying',
    attempt: 2,
    description: expect.stringMatching(/^Waits with attempt 2 of 2 until .*the installer gave up/) as string,
  });
  expect(runtimeIDs.map(sent)).toEqual([1, 1]);
  fleet.failing.clear();
  await rig.retry(id);
  expect(await rig.ends(id)).toBe('succeeded');
  expect((await rig.operations(id))[0]).toMatchObject({ attempt: 2, firstAttempt: 1 });
});

it('counts the last failure alone, and tries as often again when somebody asks for it', async () => {
  const { id, runtimeIDs } = await upgrade(2, {
    failureBudget: NO_FAILURE,
    retryPolicy: { attempts: 2, backoffMinutes: 0 },
  });
  await until(async () => (await rig.log(id)).includes('paused'), { what: 'the budget pauses it' });
  expect((await rig.operations(id))[0]).toMatchObject({ state: 'failed', attempt: 2 });
  expect(sent(runtimeIDs[0])).toBe(2);
  const now = new Date().toISOString();
  await rig.retry(id);
  await until(async () => (await rig.operations(id))[0]?.attempt === 3, { what: 'a new round' });
  const resume = { command: 'resume', acknowledge: true, by: 'bob', reason: '' } as const;
  await rig.repositories.control.command(id, resume, now);
  await rig.gateway.look(id);
  await until(async () => (await rig.operations(id))[0]?.state === 'failed', { what: 'the round is over' });
  expect((await rig.operations(id))[0]).toMatchObject({ attempt: 4, firstAttempt: 3 });
  await rig.gateway.cancel(id, 'bob');
  expect(await rig.ends(id)).toBe('canceled');
});

it('is over at once when the orchestration is canceled', async () => {
  const { id } = await upgrade(1, { retryPolicy: { attempts: 2, backoffMinutes: 60 } });
  await until(async () => (await rig.statesOf(id))['retrying'] === 1, { what: 'it waits' });
  await rig.gateway.cancel(id, 'bob');
  expect(await rig.ends(id)).toBe('canceled');
  expect(await rig.statesOf(id)).toEqual({ canceled: 1 });
});

it('sends again to a runtime that the first try has left unhealthy, and what is refused then stays a failure for the budget', async () => {
  const first = { runtimeIDs: fleet.runtimes.slice(taken, taken + 2).map(({ runtimeID }) => runtimeID) };
  const [broken = '', asleep = ''] = first.runtimeIDs;
  fleet.failing.add(asleep);
  fleet.afterAccept = () => {
    fleet.shoots.set(broken, { conditions: [BROKEN] });
    fleet.shoots.set(asleep, { isHibernated: sent(asleep) > 0 });
  };
  const { id } = await upgrade(2, {
    type: 'upgradeCluster',
    checks: { health: true, healthTimeoutMinutes: 60 },
    failureBudget: { ...NO_FAILURE, max: 1 },
    retryPolicy: { attempts: 2, backoffMinutes: 0 },
  });
  await until(
    async () => (await rig.log(id)).includes('budget') || (await rig.statesOf(id))['failed'] === 2,
    {
      what: 'both have failed',
    },
  );
  fleet.afterAccept = undefined;
  expect([broken, asleep].map(sent)).toEqual([2, 1]);
  expect((await rig.operations(id)).map(({ state, failureCode }) => [state, failureCode])).toEqual([
    ['failed', 'UPGRADE_FAILED'],
    ['failed', 'NOT_ELIGIBLE'],
  ]);
  expect(await rig.repositories.control.countFailures(id, undefined)).toBe(2);
});
