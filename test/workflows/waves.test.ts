import { and, eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { waves } from '../../src/db/schema/index.ts';
import type { Wish } from '../../src/domain/upgrades/rollout-control.ts';
import type { WaveRequest } from '../../src/domain/upgrades/orchestration-parameters.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { reset } from '../support/resets.ts';
import { Rig, type RequestChanges } from '../support/rig.ts';

/** A soak that ends within a test. */
const SECOND = 1 / 60;
const ASKED = { notByCreator: false };

interface Given {
  rig: Rig;
  fleet: FleetInMemory;
  id: string;
}

/** An orchestration of a fleet whose upgrades end when the test says so. */
async function given(count: number, changes: RequestChanges, tuning = {}): Promise<Given> {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet, tuning });
  return { rig, fleet, id: await rig.request({ workers: 3, ...changes }) };
}

function named(...waves: (Partial<WaveRequest> & { name: string })[]): WaveRequest[] {
  return waves;
}

/** As the API does it. */
async function tell({ rig, id }: Given, wish: Wish): Promise<boolean> {
  const command = { ...wish, by: 'jane', reason: '' };
  const done = await rig.repositories.control.command(id, command, new Date().toISOString());
  await rig.gateway.look(id);
  return done?.changed ?? false;
}

async function phases({ rig, id }: Given): Promise<string[]> {
  return (await rig.repositories.control.waves(id)).map(({ name, phase }) => `${name} ${phase}`);
}

async function reaches(all: Given, ...expected: string[]): Promise<void> {
  await until(async () => (await phases(all)).join() === expected.join(), {
    what: `the waves are ${expected.join(', ')}`,
  });
}

async function pausedBy({ rig, id }: Given, ...codes: string[]): Promise<void> {
  await until(
    async () => {
      const row = await rig.repositories.orchestrations.find(id);
      return row?.pauses.map(({ code }) => code).join() === codes.join();
    },
    { what: `it is paused by ${codes.join(' and ') || 'nothing'}` },
  );
}

/** Upgrades that have begun, by their wave. */
async function begun({ rig, fleet, id }: Given): Promise<number[]> {
  const waveOf = new Map((await rig.operations(id)).map(({ runtimeID, wave }) => [runtimeID, wave]));
  return fleet.upgrades.map(({ runtimeID }) => waveOf.get(runtimeID) ?? -1);
}

/** Ends what is under way until so many upgrades have begun in all. */
async function endUntil({ fleet }: Given, upgrades: number): Promise<void> {
  await until(
    () => {
      fleet.endAll();
      return fleet.upgrades.length >= upgrades && fleet.underWay.length === 0;
    },
    { what: `${upgrades} upgrades have ended` },
  );
}

/** The history of the workflow when nothing in it can go on by itself: no task, activity, timer or child of it is open. Undefined before. */
async function eventsAtRest({ rig, id }: Given) {
  const handle = rig.client.workflow.getHandle(id);
  const { events } = await handle.fetchHistory();
  const { raw } = await handle.describe();
  const isSeen = Number(raw.workflowExecutionInfo?.historyLength) === events?.length;
  const open = [raw.pendingWorkflowTask, raw.pendingActivities?.[0], raw.pendingChildren?.[0]];
  const countOf = (...kinds: (keyof NonNullable<typeof events>[number])[]): number =>
    events?.filter((event) => kinds.some((kind) => event[kind])).length ?? 0;
  const timers =
    countOf('timerStartedEventAttributes') -
    countOf('timerFiredEventAttributes', 'timerCanceledEventAttributes');
  return isSeen && timers === 0 && open.every((one) => !one) ? events : undefined;
}

describe('waves', () => {
  it('run one after the other, soak, and then all of the rest runs', async () => {
    const all = await given(8, {
      waves: named(
        { name: 'canary', count: 1, soakMinutes: SECOND },
        { name: 'early', count: 3, workers: 2 },
      ),
    });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    expect(await phases(all)).toEqual(['canary running', 'early waiting', 'rest waiting']);
    fleet.endAll();
    await reaches(all, 'canary soaking', 'early waiting', 'rest waiting');
    const [canary] = await rig.repositories.control.waves(id);
    await rig.underWay(2);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(canary?.soakUntil ?? ''));
    expect(await phases(all)).toEqual(['canary passed', 'early running', 'rest waiting']);
    await endUntil(all, 8);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await begun(all)).toEqual([0, 1, 1, 1, 2, 2, 2, 2]);
    expect(fleet.mostAtOnce).toBeLessThanOrEqual(3);
    expect(await phases(all)).toEqual(['canary passed', 'early passed', 'rest passed']);
  });

  it('hold over workers that come back, a reset and continue-as-new', async () => {
    const all = await given(
      9,
      { waves: named({ name: 'canary', count: 2, soakMinutes: SECOND, approval: ASKED }) },
      { continueAsNewAfterEvents: 40, sweepSeconds: 1 },
    );
    const { rig, fleet, id } = all;
    await rig.underWay(2);
    fleet.endAll();
    await reaches(all, 'canary asking', 'rest waiting');
    await rig.stopWorkers();
    await rig.startWorkers();
    await reset(rig, id, 'first');
    await until(
      async () => {
        await rig.gateway.look(id);
        return (await rig.runs(id)).length >= 3;
      },
      { what: 'it has continued as new' },
    );
    expect(fleet.upgrades).toHaveLength(2);
    const [canary] = await rig.repositories.control.waves(id);
    expect(canary).toMatchObject({ phase: 'asking', question: 1 });
    expect(await tell(all, { command: 'approve', number: 1 })).toBe(true);
    await endUntil(all, 9);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(new Set(fleet.upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(9);
    expect((await rig.log(id)).filter((kind) => kind === 'approved')).toHaveLength(1);
  });

  it('without any success pause, and go on when somebody says so', async () => {
    const all = await given(3, { waves: named({ name: 'canary', count: 1 }) });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    for (const { runtimeID } of fleet.underWay) fleet.failing.add(runtimeID);
    fleet.endAll();
    await pausedBy(all, 'no-evidence');
    expect(fleet.upgrades).toHaveLength(1);
    expect(await tell(all, { command: 'resume', acknowledge: false })).toBe(true);
    await endUntil(all, 3);
    expect(await rig.ends(id)).toBe('failed');
    expect(await begun(all)).toEqual([0, 1, 1]);
  });

  it.each<[string, Partial<WaveRequest>]>([
    ['soaks', { soakMinutes: SECOND }],
    ['does not soak', {}],
  ])(
    'end while it is paused, and the one that %s comes to its gate without a second look',
    async (_, changes) => {
      const waves = named({ name: 'canary', count: 1, ...changes });
      // The sweep is over soon after its last child.
      const all = await given(3, { waves }, { sweepSeconds: 1 });
      const { rig, fleet, id } = all;
      await rig.underWay(1);
      await tell(all, { command: 'pause' });
      fleet.endAll();
      await reaches(all, 'canary gate', 'rest waiting');
      const events = await until(() => eventsAtRest(all), { what: 'only a message wakes the workflow up' });
      expect(events.length).toBeLessThan(200);
      await tell(all, { command: 'resume', acknowledge: false });
      await endUntil(all, 3);
      expect(await rig.ends(id)).toBe('succeeded');
    },
  );

  it('at the gate wait for what is tried again, when nothing has succeeded', async () => {
    const all = await given(3, {
      workers: 1,
      waves: named({ name: 'canary', count: 1, soakMinutes: SECOND }),
    });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    fleet.failing.add(fleet.underWay[0]?.runtimeID ?? '');
    fleet.endAll();
    await reaches(all, 'canary soaking', 'rest waiting');
    fleet.failing.clear();
    await rig.retry(id);
    await reaches(all, 'canary gate', 'rest waiting');
    await rig.underWay(1);
    expect(await begun(all)).toEqual([0, 0]);
    await endUntil(all, 4);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await begun(all)).toEqual([0, 0, 1, 1]);
  });

  it('whose later ones are skipped while it asks end, also paused', async () => {
    const all = await given(3, { waves: named({ name: 'canary', count: 1, approval: ASKED }) });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    fleet.endAll();
    await reaches(all, 'canary asking', 'rest waiting');
    await tell(all, { command: 'pause' });
    await tell(all, { command: 'skip-wave', wave: 'rest' });
    expect(await rig.ends(id)).toBe('failed');
    expect(fleet.upgrades).toHaveLength(1);
  });

  it('that are emptied pass', async () => {
    const all = await given(4, {
      workers: 1,
      waves: named({ name: 'canary', count: 1 }, { name: 'early', count: 2, approval: ASKED }),
    });
    const { rig, id } = all;
    await rig.underWay(1);
    expect(await tell(all, { command: 'skip-wave', wave: 'early' })).toBe(true);
    expect(await tell(all, { command: 'skip-wave', wave: 'early' })).toBe(false);
    await endUntil(all, 2);
    expect(await rig.ends(id)).toBe('failed');
    expect(await begun(all)).toEqual([0, 2]);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, canceled: 2 });
  });

  it('tries an operation of an earlier one again while a later one runs, without soaking again', async () => {
    const all = await given(4, {
      workers: 1,
      waves: named({ name: 'canary', count: 2, soakMinutes: SECOND / 10 }),
    });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    fleet.failing.add(fleet.underWay[0]?.runtimeID ?? '');
    await endUntil(all, 2);
    await rig.underWay(1);
    fleet.failing.clear();
    await rig.retry(id);
    await until(async () => (await rig.statesOf(id))['retrying'] === 1, { what: 'it is to be retried' });
    await endUntil(all, 5);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await begun(all)).toEqual([0, 0, 1, 0, 1]);
  });
});

describe('an approval', () => {
  const asking = (changes: RequestChanges = {}) =>
    given(3, { waves: named({ name: 'canary', count: 1, approval: ASKED }), ...changes });

  it('is asked for once the wave has ended, and each question has its number', async () => {
    const all = await asking();
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    expect(await tell(all, { command: 'approve', number: 1 })).toBe(false);
    fleet.endAll();
    await reaches(all, 'canary asking', 'rest waiting');
    // A pause withdraws the question, and the resume asks anew: an answer to the old one counts no more.
    await tell(all, { command: 'pause' });
    await reaches(all, 'canary gate', 'rest waiting');
    expect(await tell(all, { command: 'approve', number: 1 })).toBe(false);
    await tell(all, { command: 'resume', acknowledge: false });
    await reaches(all, 'canary asking', 'rest waiting');
    expect(await tell(all, { command: 'approve', number: 1 })).toBe(false);
    expect(fleet.upgrades).toHaveLength(1);
    expect(await tell(all, { command: 'approve', number: 2 })).toBe(true);
    await endUntil(all, 3);
    expect(await rig.ends(id)).toBe('succeeded');
  });

  it('that is refused cancels', async () => {
    const all = await asking();
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    fleet.endAll();
    await reaches(all, 'canary asking', 'rest waiting');
    expect(await tell(all, { command: 'reject', number: 1 })).toBe(true);
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, canceled: 2 });
  });

  it('that nobody gives in time pauses, and is asked for anew after the resume', async () => {
    const approval = { ...ASKED, expiresHours: 1 / 3600 };
    const all = await asking({ waves: named({ name: 'canary', count: 1, approval }) });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    fleet.endAll();
    await pausedBy(all, 'approval-expired');
    expect(await phases(all)).toEqual(['canary gate', 'rest waiting']);
    // The second question is to wait for its answer, however slow the machine is.
    await rig.database.run((db) =>
      db
        .update(waves)
        .set({ approval: ASKED })
        .where(and(eq(waves.orchestrationID, id), eq(waves.number, 0))),
    );
    await tell(all, { command: 'resume', acknowledge: false });
    await until(async () => (await rig.repositories.control.waves(id))[0]?.question === 2, {
      what: 'it is asked anew',
    });
    await tell(all, { command: 'approve', number: 2 });
    await endUntil(all, 3);
    expect(await rig.ends(id)).toBe('succeeded');
  });

  it('by the signal command, also when it comes with the end of the wave', async () => {
    const all = await asking();
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    fleet.endAll();
    await reaches(all, 'canary asking', 'rest waiting');
    await rig.client.workflow.getHandle(id).signal('command', { command: 'approve', number: 1, by: 'kim' });
    await endUntil(all, 3);
    expect(await rig.ends(id)).toBe('succeeded');
    expect((await rig.repositories.control.waves(id))[0]).toMatchObject({ approvedBy: 'kim' });
  });

  it('a cancel beats it, while it soaks and while it asks', async () => {
    const all = await given(3, {
      waves: named({ name: 'canary', count: 1, soakMinutes: 60 }, { name: 'early', count: 1 }),
    });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    fleet.endAll();
    await reaches(all, 'canary soaking', 'early waiting', 'rest waiting');
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
    expect(fleet.upgrades).toHaveLength(1);
  });
});

describe('a failure budget', () => {
  const budget = { max: 1, scope: 'all', onExceeded: 'pause', strict: false } as const;

  /** Every upgrade fails from now on. */
  const fail = ({ fleet }: Given): void => {
    for (const { runtimeID } of fleet.runtimes) fleet.failing.add(runtimeID);
  };

  it('pauses when it is exceeded; acknowledged, it counts from nothing again', async () => {
    const all = await given(8, { workers: 1, failureBudget: budget });
    const { rig, fleet, id } = all;
    fail(all);
    await endUntil(all, 2);
    await pausedBy(all, 'budget');
    expect(fleet.upgrades).toHaveLength(2);
    expect(await tell(all, { command: 'resume', acknowledge: false })).toBe(false);
    expect(await tell(all, { command: 'resume', acknowledge: true })).toBe(true);
    await endUntil(all, 4);
    await pausedBy(all, 'budget');
    expect(fleet.upgrades).toHaveLength(4);
    fleet.failing.clear();
    await tell(all, { command: 'resume', acknowledge: true });
    await endUntil(all, 8);
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 4, failed: 4 });
  });

  it('takes a failure back that is tried again, until it fails again', async () => {
    const all = await given(4, { workers: 1, failureBudget: budget });
    const { rig, fleet, id } = all;
    fail(all);
    await endUntil(all, 2);
    await pausedBy(all, 'budget');
    fleet.failing.clear();
    await rig.retry(id);
    await until(async () => (await rig.statesOf(id))['retrying'] === 2, { what: 'both are to be retried' });
    // They count no more, but whoever resumes a budget acknowledges it.
    expect(await tell(all, { command: 'resume', acknowledge: true })).toBe(true);
    await endUntil(all, 6);
    expect(await rig.ends(id)).toBe('succeeded');
  });

  it('counts what was forgiven, tried again, and has failed again', async () => {
    const all = await given(3, { workers: 1, failureBudget: { ...budget, max: 0 } });
    const { rig, fleet, id } = all;
    fail(all);
    await endUntil(all, 1);
    await pausedBy(all, 'budget');
    await rig.retry(id);
    await until(async () => (await rig.statesOf(id))['retrying'] === 1, { what: 'it is to be retried' });
    await tell(all, { command: 'resume', acknowledge: true });
    await endUntil(all, 2);
    await pausedBy(all, 'budget');
    expect(fleet.upgrades.map(({ runtimeID }) => runtimeID)).toEqual([
      fleet.upgrades[0]?.runtimeID,
      fleet.upgrades[0]?.runtimeID,
    ]);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('that is strict starts only what it can bear', async () => {
    const all = await given(10, { workers: 5, failureBudget: { ...budget, max: 2, strict: true } });
    const { rig, fleet, id } = all;
    await rig.underWay(3);
    expect(fleet.upgrades).toHaveLength(3);
    fail(all);
    await endUntil(all, 3);
    await pausedBy(all, 'budget');
    expect(fleet.upgrades).toHaveLength(3);
    expect(await rig.statesOf(id)).toEqual({ failed: 3, pending: 7 });
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('may cancel, also while it is paused', async () => {
    const all = await given(6, { workers: 2, failureBudget: { ...budget, max: 0, onExceeded: 'cancel' } });
    const { rig, fleet, id } = all;
    await rig.underWay(2);
    await tell(all, { command: 'pause' });
    fail(all);
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ failed: 2, canceled: 4 });
  });

  it('may be one for each wave', async () => {
    const all = await given(6, {
      workers: 1,
      waves: named({ name: 'canary', count: 3 }),
      failureBudget: { ...budget, scope: 'wave' },
    });
    const { rig, fleet, id } = all;
    await rig.underWay(1);
    const [first] = fleet.underWay;
    fleet.failing.add(first?.runtimeID ?? '');
    await endUntil(all, 3);
    await rig.underWay(1);
    fleet.failing.add(fleet.underWay[0]?.runtimeID ?? '');
    await endUntil(all, 6);
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 4, failed: 2 });
    expect((await rig.log(id)).filter((kind) => kind === 'paused')).toEqual([]);
  });
});

it('the rest of an orchestration is what it has left unfinished, and nothing else', async () => {
  const all = await given(4, { workers: 1 });
  const { rig, fleet, id } = all;
  await rig.underWay(1);
  fleet.failing.add(fleet.underWay[0]?.runtimeID ?? '');
  await endUntil(all, 2);
  await rig.underWay(1);
  await rig.gateway.cancel(id, 'bob');
  fleet.endAll();
  expect(await rig.ends(id)).toBe('canceled');
  expect(await rig.statesOf(id)).toEqual({ failed: 1, succeeded: 2, canceled: 1 });
  fleet.failing.clear();
  const left = (await rig.operations(id)).filter(({ state }) => state !== 'succeeded');
  const rest = await rig.request({ workers: 1, restOf: id });
  fleet.autoEnd = true;
  expect(await rig.ends(rest)).toBe('succeeded');
  expect((await rig.operations(rest)).map(({ runtimeID }) => runtimeID)).toEqual(
    left.map(({ runtimeID }) => runtimeID),
  );
});

describe('commands', () => {
  it('change the workers: fewer abort nothing, more begin at once', async () => {
    const all = await given(9, { workers: 4 });
    const { rig, fleet, id } = all;
    await rig.underWay(4);
    expect(await tell(all, { command: 'workers', workers: 1 })).toBe(true);
    expect(await tell(all, { command: 'workers', workers: 1 })).toBe(false);
    await until(
      async () => {
        const row = await rig.repositories.orchestrations.find(id);
        return row?.observedRevision === 1;
      },
      { what: 'the workflow has read it' },
    );
    fleet.endAll();
    await until(() => fleet.upgrades.length === 5, { what: 'another one begins' });
    expect(fleet.underWay).toHaveLength(1);
    await tell(all, { command: 'workers', workers: 3 });
    await rig.underWay(3);
    await endUntil(all, 9);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.mostAtOnce).toBe(4);
  });

  it('skip an operation that waits, and none that executes', async () => {
    const all = await given(3, { workers: 1 });
    const { rig, id } = all;
    await rig.underWay(1);
    const [executes, waits] = await rig.operations(id);
    expect(await tell(all, { command: 'skip', operationID: executes?.id ?? '' })).toBe(false);
    expect(await tell(all, { command: 'skip', operationID: waits?.id ?? '' })).toBe(true);
    await endUntil(all, 2);
    expect(await rig.ends(id)).toBe('failed');
    expect((await rig.operations(id)).map(({ state, description }) => [state, description])).toEqual([
      ['succeeded', 'done'],
      ['canceled', 'Skipped by jane'],
      ['succeeded', 'done'],
    ]);
  });
});
