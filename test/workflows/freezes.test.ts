import { describe, expect, it } from 'vitest';
import { createProjectionActivities } from '../../src/activities/upgrades/projection.ts';
import type { OperationRow } from '../../src/db/repositories/index.ts';
import type { Command } from '../../src/domain/upgrades/rollout-control.ts';
import { DESCRIPTION_BEGINS } from '../../src/domain/upgrades/descriptions.ts';
import type { MaintenancePolicy, PolicyFreeze } from '../../src/domain/upgrades/maintenance-policy.ts';
import { progressQuery } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { fleetOf, HOUR, ruleFor, store } from '../support/policy-rules.ts';
import { continuedTwice, reset } from '../support/resets.ts';
import { Rig, windowFromNow, type RequestChanges } from '../support/rig.ts';
import { twoAsleep } from './sleepers.ts';

const SECOND = 1_000;

const at = (ms: number): string => new Date(ms).toISOString();
const hoursFromNow = (hours: number): string => at(Date.now() + hours * HOUR);

/** A freeze from and to so many hours from now. */
function frozen(from: number, to: number, changes: Partial<PolicyFreeze> = {}): PolicyFreeze {
  const times = { from: hoursFromNow(from), to: hoursFromNow(to) };
  return { name: 'fair', reason: 'trade fair', ...times, ...changes };
}

/** Stores a policy, and tells who is to be told, as the API does. */
async function tell(rig: Rig, policy: Partial<MaintenancePolicy>): Promise<void> {
  await store(rig, policy);
  for (const id of await rig.repositories.control.listUnobserved('', 10)) await rig.gateway.look(id);
}

/** Until nothing that waits stands by freezes that hold no more. */
async function heeds(rig: Rig, id: string): Promise<void> {
  await until(async () => (await rig.repositories.operations.listBehind(id, 1)) === undefined, {
    what: 'all that waits heeds the freezes',
  });
}

async function idle(rig: Rig, id: string): Promise<void> {
  const progress = () => rig.client.workflow.getHandle(id).query(progressQuery);
  await until(async () => (await progress()).inFlight.length === 0, { what: 'nothing is in flight' });
}

const ends = (row: OperationRow | undefined, side: 'windowBegin' | 'latestStart' | 'windowEnd'): number =>
  Date.parse(row?.[side] ?? '');

async function reasons(rig: Rig, id: string, kind = 'rescheduled'): Promise<string[]> {
  const { rows } = await rig.repositories.events.list(id, {}, { page: 1, pageSize: 1000 });
  return rows.filter((event) => event.kind === kind).map(({ reason }) => reason);
}

interface Given {
  rig: Rig;
  fleet: FleetInMemory;
  id: string;
}

/** An orchestration with two upgrades under way, which end when the test says so. */
async function twoUnderWay(fleet: FleetInMemory, changes: RequestChanges = {}, tuning = {}): Promise<Given> {
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet, tuning });
  const id = await rig.request({ workers: 2, ...changes });
  await rig.underWay(2);
  return { rig, fleet, id };
}

async function finishes({ rig, fleet, id }: Given, upgrades: number): Promise<void> {
  fleet.autoEnd = true;
  fleet.endAll();
  expect(await rig.ends(id)).toBe('succeeded');
  expect(fleet.upgrades).toHaveLength(upgrades);
  expect(new Set(fleet.upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(upgrades);
}

describe('a freeze that is put while an immediate orchestration runs', () => {
  it('lets what executes end and begins nothing, and once it is lifted all goes on at once', async () => {
    const all = await twoUnderWay(new FleetInMemory(6));
    const { rig, fleet, id } = all;
    const freeze = frozen(-1, 1);
    await tell(rig, { freezes: [freeze] });
    await heeds(rig, id);
    fleet.endAll();
    await idle(rig, id);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, pending: 4 });
    expect(fleet.upgrades).toHaveLength(2);
    const waiting = (await rig.operations(id)).filter(({ state }) => state === 'pending');
    for (const row of waiting) {
      expect(ends(row, 'windowBegin')).toBe(Date.parse(freeze.to));
      expect(row.missed).toBe(0);
      expect(row.description).toMatch(/^Waits for the end of the freeze "fair" \(trade fair\) 20/);
    }
    expect(await reasons(rig, id)).toEqual(
      Array(4).fill(
        expect.stringMatching(
          /^By version 1 of the maintenance policy it waits for the end of the freeze "fair" \(trade fair\) 20/,
        ),
      ),
    );

    await tell(rig, {});
    await rig.underWay(2);
    expect((await reasons(rig, id)).slice(4)).toEqual(
      Array(4).fill(
        'By version 2 of the maintenance policy no freeze is in its way any more, and no opt-out',
      ),
    );
    await finishes(all, 6);
  });

  it('bites in the claim when nobody says so, and the reconciler says that it is lifted', async () => {
    const all = await twoUnderWay(new FleetInMemory(8));
    const { rig, fleet, id } = all;
    await store(rig, { freezes: [frozen(-1, 1)] });
    fleet.endAll();
    await heeds(rig, id);
    await idle(rig, id);
    expect(fleet.upgrades).toHaveLength(2);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, pending: 6 });
    expect(await rig.reconcile()).toEqual([]);
    await store(rig, { freezes: [] });
    expect(await rig.reconcile()).toContain(`orchestration ${id} told to look what is wanted of it`);
    await rig.underWay(2);
    await finishes(all, 8);
  });

  it.each<[string, object]>([
    ['workers that were away, and a reset', {}],
    ['continue-as-new', { continueAsNewAfterEvents: 30 }],
  ])('holds over %s', async (_, tuning) => {
    const all = await twoUnderWay(new FleetInMemory(7), {}, { ...tuning, sweepSeconds: 1 });
    const { rig, fleet, id } = all;
    await rig.stopWorkers();
    await store(rig, { freezes: [frozen(-1, 1)] });
    fleet.endAll();
    await rig.startWorkers();
    await until(async () => (await rig.statesOf(id))['succeeded'] === 2, { what: 'both have ended' });
    await heeds(rig, id);
    if ('continueAsNewAfterEvents' in tuning) await continuedTwice(rig, id);
    else await reset(rig, id, 'last');
    expect(fleet.upgrades).toHaveLength(2);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, pending: 5 });
    await tell(rig, {});
    await finishes(all, 7);
  });

  it('touches those alone that it is for', async () => {
    const all = await twoUnderWay(fleetOf('asia', 'asia', 'asia', 'europe', 'europe'));
    const { rig, fleet, id } = all;
    await tell(rig, { freezes: [frozen(-1, 1, { match: { region: 'asia' } })] });
    fleet.autoEnd = true;
    fleet.endAll();
    await until(async () => (await rig.statesOf(id))['succeeded'] === 4, { what: 'the others have ended' });
    expect(fleet.order.sort()).toEqual(['c-0000', 'c-0001', 'c-0003', 'c-0004']);
    expect(await reasons(rig, id)).toHaveLength(1);
    await tell(rig, {});
    await finishes(all, 5);
  });

  it('takes an operation back whose request could not be sent yet', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    fleet.down.provisioner = true;
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await until(async () => (await rig.operations(id))[0]?.description.startsWith(DESCRIPTION_BEGINS.again), {
      what: 'the Provisioner does not answer',
    });
    await tell(rig, { freezes: [frozen(-1, 1)] });
    await until(async () => (await rig.statesOf(id))['pending'] === 1, { what: 'it waits again' });
    fleet.down.provisioner = false;
    await heeds(rig, id);
    expect((await rig.operations(id))[0]?.description).toMatch(/^Waits for the end of the freeze/);
    expect(fleet.upgrades).toEqual([]);
    await tell(rig, {});
    await rig.underWay(1);
    await finishes({ rig, fleet, id }, 1);
    expect((await rig.operations(id))[0]).toMatchObject({ attempt: 1, state: 'succeeded' });
  });

  it('holds a retry of what had failed before it', async () => {
    const fleet = new FleetInMemory(3);
    fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
    const { rig, id } = await twoUnderWay(fleet);
    fleet.endAll();
    await rig.underWay(1);
    await store(rig, { freezes: [frozen(-1, 1)] });
    fleet.failing.clear();
    await rig.retry(id);
    await until(async () => (await rig.statesOf(id))['retrying'] === 1, { what: 'it is to be retried' });
    await heeds(rig, id);
    fleet.endAll();
    await idle(rig, id);
    expect(fleet.upgrades).toHaveLength(3);
    await tell(rig, {});
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(4);
  });

  it('that begins and ends meanwhile stops what waits in time, and lets it go on', async () => {
    const fleet = new FleetInMemory(120);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const sent: number[] = [];
    fleet.afterAccept = () => void sent.push(Date.now());
    const id = await rig.request();
    await rig.underWay(1);
    const [from, to] = [Date.now() + 3 * SECOND, Date.now() + 12 * SECOND];
    await tell(rig, { freezes: [frozen(0, 0, { from: at(from), to: at(to) })] });
    await until(
      () => {
        fleet.endAll();
        return Date.now() > to;
      },
      { what: 'the freeze has ended' },
    );
    fleet.autoEnd = true;
    await until(() => sent.some((ms) => ms >= to), { what: 'it goes on' });
    // A request that was on its way when it began may come in moments later.
    expect(sent.filter((ms) => ms > from + 3 * SECOND && ms < to)).toEqual([]);
    expect(sent.some((ms) => ms < from)).toBe(true);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });
});

describe('a freeze in the way of windows', () => {
  const OPEN = ruleFor('asia', -1, 5, '30m');

  it('shortens those of what waits, takes their begin, and leaves those of others alone', async () => {
    const fleet = fleetOf('asia', 'asia', 'asia', 'europe');
    fleet.setWindow(3, windowFromNow(-3600, 7 * 3600));
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    await store(rig, { rules: [OPEN] });
    const id = await rig.request({ workers: 2, schedule: 'maintenanceWindow' });
    await rig.underWay(2);
    const waits = async (): Promise<OperationRow[]> =>
      (await rig.operations(id)).filter(({ state }) => state === 'pending');
    const before = await waits();
    const cut = frozen(1.5, 3, { match: { region: 'asia' } });
    await tell(rig, { rules: [], freezes: [cut] });
    await heeds(rig, id);
    const shortened = await waits();
    expect(shortened).toHaveLength(2);
    for (const [index, row] of shortened.entries()) {
      if (row.region !== 'asia') {
        expect(row).toEqual(before[index]);
        continue;
      }
      // The rules that it was planned with, without those of the version that has the freeze.
      expect(row.windowBegin).toBe(before[index]?.windowBegin);
      expect(ends(row, 'windowEnd')).toBe(Date.parse(cut.from));
      expect(ends(row, 'latestStart')).toBe(Date.parse(cut.from) - 0.5 * HOUR);
    }
    expect(await reasons(rig, id)).toEqual([
      expect.stringMatching(
        /^By version 2 of the maintenance policy its window ends where the freeze "fair" \(trade fair\) begins, 20/,
      ),
    ]);

    const now = frozen(-0.5, 2, { match: { region: 'asia' } });
    await tell(rig, { freezes: [now] });
    await heeds(rig, id);
    const rolled = (await waits()).find(({ region }) => region === 'asia');
    expect(ends(rolled, 'windowBegin')).toBe(Date.parse(now.to));
    expect(rolled).toMatchObject({ missed: 0, windowEnd: before[0]?.windowEnd });
    fleet.endAll();
    await rig.underWay(1);
    fleet.endAll();
    await idle(rig, id);
    expect(fleet.upgrades).toHaveLength(3);
    await tell(rig, {});
    await rig.underWay(1);
    await finishes({ rig, fleet, id }, 4);
  });

  it('wakes what sleeps, and what it has moved is another child in the end', async () => {
    const { rig, fleet, id, sleepFor, areReleased } = await twoAsleep();
    await tell(rig, { freezes: [frozen(-1, 6)] });
    await areReleased();
    await heeds(rig, id);
    for (const row of await rig.operations(id))
      expect(ends(row, 'windowBegin')).toBeGreaterThan(Date.now() + 20 * HOUR);
    await tell(rig, {});
    await sleepFor(2);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
    expect(fleet.upgrades).toEqual([]);
  });

  it('that is there when a window has closed is heeded in the search for the next one', async () => {
    const fleet = fleetOf('asia');
    const rig = await Rig.start({ fleet });
    await store(rig, { rules: [ruleFor('asia', 2, 1)] });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    await until(async () => (await rig.operations(id)).length === 1, { what: 'the plan' });
    const [before] = await rig.operations(id);
    await store(rig, { freezes: [frozen(20, 40)] });
    const { rescheduleOperation } = createProjectionActivities(rig.dependencies());
    await rescheduleOperation({
      orchestrationID: id,
      operationID: before?.id ?? '',
      attempt: 1,
      dispatch: 1,
    });
    const [after] = await rig.operations(id);
    expect(ends(after, 'windowBegin') - ends(before, 'windowBegin')).toBe(48 * HOUR);
    expect(after).toMatchObject({ missed: 1, freezesVersion: 2 });
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });
});

describe('an opt-out that is put while it runs', () => {
  it('ends what it leaves without a window in time, and makes others wait', async () => {
    const all = await twoUnderWay(fleetOf('asia', 'europe', 'asia', 'europe', 'africa'));
    const { rig, fleet, id } = all;
    await tell(rig, {
      optOut: [
        { match: { region: 'asia' }, reason: 'asked for it', until: hoursFromNow(40 * 24) },
        { match: { region: 'europe' }, reason: 'go-live', until: hoursFromNow(1) },
      ],
    });
    await heeds(rig, id);
    const [, , asia, europe, africa] = await rig.operations(id);
    expect(asia).toMatchObject({ state: 'canceled', failureCode: 'WINDOW_NOT_REACHED' });
    expect(asia?.description).toMatch(
      /^By version 1 of the maintenance policy it has no window that begins before .*: the opt-out \(asked for it\) until 20/,
    );
    expect(europe).toMatchObject({ state: 'pending' });
    expect(europe?.description).toMatch(/^Waits for the end of the opt-out \(go-live\) 20/);
    expect(africa).toMatchObject({ state: 'pending', dispatch: 1, windowBegin: null });
    fleet.autoEnd = true;
    fleet.endAll();
    await until(() => fleet.upgrades.length === 3, { what: 'the last one is upgraded' });
    await tell(rig, {});
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 4, canceled: 1 });
  });
});

describe('a freeze, a pause and waves', () => {
  const PAUSE: Command = { command: 'pause', by: 'jane', reason: '' };
  const RESUME: Command = { command: 'resume', acknowledge: false, by: 'jane', reason: '' };

  it('are heeded together, and the waves keep their order', async () => {
    const fleet = new FleetInMemory(5);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2, waves: [{ name: 'canary', count: 1 }] });
    const command = async (wish: Command): Promise<void> => {
      await rig.repositories.control.command(id, wish, at(Date.now()));
      await rig.gateway.look(id);
    };
    await rig.underWay(1);
    await command(PAUSE);
    await tell(rig, { freezes: [frozen(-1, 1)] });
    await heeds(rig, id);
    await command(RESUME);
    fleet.endAll();
    await until(async () => (await rig.repositories.control.waves(id))[1]?.phase === 'running', {
      what: 'the second wave is open',
    });
    await idle(rig, id);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, pending: 4 });
    await command(PAUSE);
    await tell(rig, {});
    await heeds(rig, id);
    expect(fleet.upgrades).toHaveLength(1);
    await command(RESUME);
    await rig.underWay(2);
    await finishes({ rig, fleet, id }, 5);
  });
});
