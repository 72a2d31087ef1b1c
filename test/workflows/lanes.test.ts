/** Lanes on the engine, judged by what the fleet was asked for. The queue continues as new every few events, so that all of it holds over that, too. */
import { beforeAll, expect, it } from 'vitest';
import { findTurns } from '../../src/activities/upgrades/turn-giving.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import type { Command } from '../../src/domain/upgrades/rollout-control.ts';
import { waitingForOperation } from '../../src/domain/upgrades/waiting.ts';
import {
  progressQuery,
  QUEUE_WORKFLOW_ID,
  queueStateQuery,
  type QueueState,
} from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory, type RecordedUpgrade } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';
import { aRequest } from '../support/rows.ts';
import { recordingMeter } from '../support/recording-meter.ts';

const FRONT: Command = { command: 'front', by: 'jane', reason: 'customers wait' };

const { meter, take } = recordingMeter();
let rig: Rig;
let fleet: FleetInMemory;

beforeAll(async () => {
  fleet = new FleetInMemory(8);
  fleet.autoEnd = false;
  rig = await Rig.start({
    fleet,
    tuning: { continueAsNewAfterEvents: 100, heartbeatSeconds: 2 },
    outside: { meter },
  });
});

const runtimeID = (index: number): string => fleet.runtimes[index]?.runtimeID ?? '';

/** An orchestration in a lane, of these runtimes; answers its ID. */
async function request(lane: string, runtimes: number[], workers = 1): Promise<string> {
  const include = runtimes.map((index) => ({ runtimeID: runtimeID(index) }));
  return await rig.request({ lane, workers, targets: { include } });
}

/** Until the fleet upgrades just these runtimes. */
async function upgrading(...indexes: number[]): Promise<void> {
  const wanted = indexes.map(runtimeID).sort().join();
  await until(() => underWay().join() === wanted, { what: `runtimes ${indexes.join()} under way` });
}

const underWay = (): string[] => fleet.underWay.map((upgrade) => upgrade.runtimeID).sort();

function end(...indexes: number[]): void {
  const ids = indexes.map(runtimeID);
  const ofThem = ({ runtimeID: id }: RecordedUpgrade): boolean => ids.includes(id);
  for (const upgrade of fleet.underWay.filter(ofThem)) fleet.end(upgrade);
}

async function queueState(): Promise<QueueState> {
  return await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery);
}

const holding = ({ holders }: QueueState): string[] => holders.map((one) => one.orchestrationID).sort();

async function areHolders(...ids: string[]): Promise<void> {
  await until(async () => holding(await queueState()).join() === [...ids].sort().join(), {
    what: 'the queue knows who has turns',
  });
}

async function succeed(...ids: string[]): Promise<void> {
  for (const id of ids) expect(await rig.ends(id)).toBe('succeeded');
}

/** Changes the row alone, as an API whose engine is away does. */
async function control(isPaused: boolean): Promise<void> {
  const change = { actor: 'jane', reason: 'at three in the morning', now: new Date().toISOString() };
  const { changed } = await rig.repositories.queue.change(isPaused, change);
  expect(changed).toBe(true);
}

/** As the API does it. */
async function tell(isPaused: boolean): Promise<void> {
  await control(isPaused);
  const { control: rows }: Repositories = rig.repositories;
  for (const id of await rows.listUnobserved('', 10)) await rig.gateway.look(id);
  await rig.gateway.lookAtQueue();
}

/** The workflow has read that everything is paused, and nothing of it is in flight any more. */
async function standsStill(id: string): Promise<void> {
  await until(
    async () => {
      const { pauses, inFlight } = await rig.client.workflow.getHandle(id).query(progressQuery);
      return pauses.some(({ code }) => code === 'queue') && inFlight.length === 0;
    },
    { what: 'an orchestration stands still' },
  );
}

it('work beside each other, one orchestration in each at a time', async () => {
  const [a, b] = [await request('default', [0]), await request('urgent', [1])];
  await upgrading(0, 1);
  const next = await request('urgent', [2]);
  await until(async () => (await queueState()).waiting.first.some((one) => one.orchestrationID === next), {
    what: 'the next one waits',
  });
  expect((await queueState()).waiting.first).toMatchObject([{ orchestrationID: next, lane: 'urgent' }]);
  expect(await rig.state(next)).toBe('pending');
  end(1);
  await upgrading(0, 2);
  expect(await rig.state(a)).toBe('in progress');
  end(0, 2);
  await succeed(a, b, next);
});

it('keep off one runtime: the second one waits for the lock, and says for whom', async () => {
  const a = await request('default', [0]);
  await upgrading(0);
  const before = fleet.upgrades.length;
  const b = await request('urgent', [0]);
  const waits = await until(
    async () => {
      const [row] = await rig.operations(b);
      const orchestration = await rig.repositories.orchestrations.find(b);
      return row && orchestration && row.notBefore !== null
        ? waitingForOperation(row, { ...orchestration, wave: undefined }, Date.now() - 60_000, { workers: 1 })
        : undefined;
    },
    { what: 'the second one waits for the runtime' },
  );
  expect(waits).toMatchObject({
    code: 'runtime-busy',
    who: expect.stringMatching(new RegExp(`^operation .* of orchestration ${a}$`)) as string,
  });
  expect(fleet.upgrades).toHaveLength(before);
  end(0);
  await succeed(a);
  await upgrading(0);
  expect(fleet.upgrades).toHaveLength(before + 1);
  end(0);
  await succeed(b);
});

it('A7: give turns in the order of creation, but to the one that was moved to the front', async () => {
  const before = fleet.upgrades.length;
  const first = await request('default', [0]);
  await upgrading(0);
  const [second, third, fourth] = [
    await request('default', [1]),
    await request('default', [2]),
    await request('default', [3]),
  ];
  const moved = await rig.repositories.control.command(fourth, FRONT, new Date().toISOString());
  expect(moved?.changed).toBe(true);
  await rig.gateway.lookAtQueue();
  await until(async () => (await queueState()).waiting.first[0]?.orchestrationID === fourth, {
    what: 'the queue shows the new order',
  });
  for (const index of [0, 3, 1, 2]) {
    await upgrading(index);
    end(index);
  }
  await succeed(first, second, third, fourth);
  expect(fleet.upgrades.slice(before).map((one) => one.runtimeID)).toEqual([0, 3, 1, 2].map(runtimeID));
});

it('a front by the signal of an orchestration that waits', async () => {
  const first = await request('default', [0]);
  await upgrading(0);
  const [second, third] = [await request('default', [1]), await request('default', [2])];
  await until(async () => (await queueState()).waiting.count === 2, { what: 'both wait' });
  await rig.client.workflow.getHandle(third).signal('command', { command: 'front' });
  await until(async () => (await rig.log(third)).includes('front'), { what: 'the signal is in the row' });
  for (const index of [0, 2, 1]) {
    await upgrading(index);
    end(index);
  }
  await succeed(first, second, third);
});

it('a pause of everything lets what executes end and begins nothing, in no lane, until the resume', async () => {
  const [a, b] = [await request('default', [0, 1]), await request('urgent', [2, 3])];
  await upgrading(0, 2);
  await tell(true);
  const begun = fleet.upgrades.length;
  const late = await request('nightly', [4]);
  end(0, 2);
  for (const id of [a, b]) {
    await until(async () => (await rig.statesOf(id))['succeeded'] === 1, { what: 'what executes has ended' });
    await standsStill(id);
  }
  await until(async () => (await queueState()).waiting.first.some((one) => one.orchestrationID === late), {
    what: 'the queue has seen the late one',
  });
  expect((await queueState()).paused).toContain('paused with everything by jane');
  expect(await rig.state(late)).toBe('pending');
  expect(fleet.upgrades).toHaveLength(begun);
  expect(await rig.reconcile()).toEqual([]);

  await tell(false);
  await upgrading(1, 3, 4);
  end(1, 3, 4);
  await succeed(a, b, late);
});

it('a pause of everything holds though nobody is told, and the reconciler tells of its end', async () => {
  const [a, b] = [await request('default', [0, 1]), await request('urgent', [2, 3])];
  await upgrading(0, 2);
  await control(true);
  const begun = fleet.upgrades.length;
  const late = await request('nightly', [4]);
  end(0, 2);
  for (const id of [a, b]) await standsStill(id);
  await until(async () => (await queueState()).waiting.first.some((one) => one.orchestrationID === late), {
    what: 'the queue has seen the late one',
  });
  expect(fleet.upgrades).toHaveLength(begun);
  expect(await rig.state(late)).toBe('pending');
  await control(false);
  const told = await rig.reconcile();
  for (const id of [a, b]) expect(told).toContain(`orchestration ${id} told to look what is wanted of it`);
  await upgrading(1, 3, 4);
  end(1, 3, 4);
  await succeed(a, b, late);
});

it('a lane full of lost orchestrations keeps no other one from its turn', async () => {
  const { orchestrations } = rig.repositories;
  await rig.stopWorkers();
  const createdAt = '2020-01-01T00:00:00Z';
  const lost = Array.from({ length: 201 }, () => aRequest({ createdAt, lane: 'broken' }));
  for (const one of lost) await orchestrations.begun(one);
  const id = await request('nightly', [0]);
  const query = { holders: [], except: [] };
  const answer = await findTurns(rig.dependencies(), query, new AbortController().signal);
  expect(answer).toMatchObject({ turns: [{ orchestrationID: id, lane: 'nightly' }], isPartial: true });
  expect(await orchestrations.listInLine('broken', undefined, 200)).toHaveLength(101);
  // Nobody gets a turn by the next look, and yet it goes through no more than a page.
  const next = { holders: answer.turns, except: [] };
  expect(await findTurns(rig.dependencies(), next, new AbortController().signal)).toMatchObject({
    turns: [],
    isPartial: true,
  });
  expect(await orchestrations.listInLine('broken', undefined, 200)).toHaveLength(1);
  await rig.startWorkers();
  await upgrading(0);
  await until(async () => (await orchestrations.listLanes()).join() === 'nightly', {
    what: 'the last lost one is settled',
  });
  end(0);
  await succeed(id);
});

it('a pause of everything takes back turns that were found and that nobody has been told of', async () => {
  await rig.stopWorkers();
  const id = await request('default', [0]);
  const dependencies = rig.dependencies();
  const pause = { code: 'queue', by: 'jane', reason: '', since: '2020-01-01T00:00:00Z' } as const;
  let looks = 0;
  // The line is read, the turn is found, and then everything is paused.
  const queue = {
    ...dependencies.repositories.queue,
    pause: () => Promise.resolve(++looks > 2 ? pause : undefined),
  };
  const deps = { ...dependencies, repositories: { ...dependencies.repositories, queue } };
  const answer = await findTurns(deps, { holders: [], except: [] }, new AbortController().signal);
  expect(answer).toMatchObject({ turns: [], isPartial: false });
  expect(answer.paused).toContain('paused with everything by jane');
  await rig.startWorkers();
  await upgrading(0);
  end(0);
  await succeed(id);
});

it('A6: a worker that comes back goes on in both lanes, with everybody in their places', async () => {
  const [a, b] = [await request('default', [0]), await request('urgent', [1])];
  await upgrading(0, 1);
  const [nextA, nextB] = [await request('default', [2]), await request('urgent', [3])];
  await areHolders(a, b);
  const begun = fleet.upgrades.length;
  await rig.stopWorkers();
  end(0);
  await rig.startWorkers();
  await upgrading(1, 2);
  expect(await rig.state(nextB)).toBe('pending');
  end(1);
  await upgrading(2, 3);
  end(2, 3);
  await succeed(a, b, nextA, nextB);
  expect(fleet.upgrades).toHaveLength(begun + 2);
});

it('A6 A45: a queue that has lost its memory finds all that have turns, and gives no second one in a lane', async () => {
  const [a, b] = [await request('default', [0]), await request('urgent', [1])];
  await upgrading(0, 1);
  const [nextA, nextB] = [await request('default', [2]), await request('urgent', [3])];
  await until(async () => (await queueState()).waiting.count === 2, { what: 'the others wait' });
  await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).terminate('lost');
  take();
  expect(await rig.reconcile()).toContain('queue started');
  expect(take()).toMatchObject({ 'reconcile_repairs_total queue-started': [1] });
  await areHolders(a, b);
  expect((await queueState()).holders.map(({ lane }) => lane).sort()).toEqual(['default', 'urgent']);
  await until(async () => (await queueState()).waiting.count === 2, { what: 'the queue has looked' });
  expect(underWay()).toEqual([0, 1].map(runtimeID));
  await rig.client.workflow.getHandle(b).terminate('by hand');
  end(1);
  await upgrading(0, 3);
  expect(await rig.state(b)).toBe('failed');
  expect(await rig.state(nextA)).toBe('pending');
  end(0, 3);
  await upgrading(2);
  end(2);
  await succeed(a, nextA, nextB);
  expect((await rig.runs(QUEUE_WORKFLOW_ID)).length).toBeGreaterThan(2);
});
