/** A retry stands in the rows: whoever is told of it late, twice or never, it is carried out once. */
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../src/db/repositories/upgrades/orchestration-repositories.ts';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/workflows/contract/engine.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { reset } from '../support/resets.ts';
import { Rig, type RequestChanges } from '../support/rig.ts';
import { AT } from '../support/rows.ts';

let rig: Rig;
let fleet: FleetInMemory;
let taken = 0;

beforeAll(async () => {
  fleet = new FleetInMemory(100);
  rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 120 } });
});

/** Of runtimes that no other test has, of which the first one fails. */
async function request(count: number, changes: RequestChanges = {}): Promise<string> {
  const own = fleet.runtimes.slice(taken, taken + count);
  taken += count;
  fleet.autoEnd = true;
  fleet.failing.clear();
  fleet.failing.add(own[0]?.runtimeID ?? '');
  const targets = { include: own.map(({ runtimeID }) => ({ runtimeID })) };
  return await rig.request({ targets, workers: 1, ...changes });
}

const attempts = async (id: string): Promise<number[]> =>
  (await rig.operations(id)).map(({ attempt }) => attempt);
const lookAt = async (id: string): Promise<string | null | undefined> =>
  (await rig.repositories.orchestrations.find(id))?.lookAt;

/** A failed orchestration whose operations would succeed now. */
async function failed(count = 1): Promise<string> {
  const id = await request(count);
  expect(await rig.ends(id)).toBe('failed');
  fleet.failing.clear();
  return id;
}

/** One in progress whose first operation has failed and would succeed now, and whose second one executes. */
async function inProgress(count: number): Promise<string> {
  fleet.autoEnd = false;
  const id = await request(count);
  fleet.autoEnd = false;
  await rig.underWay(1);
  fleet.endAll();
  await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'the first one has failed' });
  await rig.underWay(1);
  fleet.failing.clear();
  return id;
}

const ONCE_MORE = ['in progress>failed', 'failed>retrying', 'retrying>in progress', 'in progress>succeeded'];

describe('of which nobody was told', () => {
  it('is started by the reconciler when its run has ended', async () => {
    const id = await failed(2);
    await rig.retry(id, {}, false);
    expect(await rig.state(id)).toBe('retrying');
    await rig.reconcile();
    await rig.reaches(id, 'succeeded');
    expect((await rig.log(id)).slice(-4)).toEqual(ONCE_MORE);
    expect(await attempts(id)).toEqual([2, 1]);
    expect(await lookAt(id)).toBeNull();
    expect(await rig.runs(id)).toHaveLength(2);
  });

  it('is told by the reconciler to a run that goes on', async () => {
    const id = await inProgress(2);
    await rig.retry(id, {}, false);
    await rig.reconcile();
    await until(async () => (await lookAt(id)) === null, { what: 'the run has looked' });
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.runs(id)).toHaveLength(1);
    expect(await attempts(id)).toEqual([2, 1]);
  });

  it('keeps an orchestration from closing that is about to', async () => {
    const id = await request(1);
    const closing = gate(rig.repositories.orchestrations, 'close', 'before');
    await until(() => closing.arrived() === 1, { what: 'it is judged to have failed' });
    fleet.failing.clear();
    await rig.retry(id, {}, false);
    closing.open();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.log(id)).not.toContain('in progress>failed');
    expect(await rig.runs(id)).toHaveLength(1);
    expect(await lookAt(id)).toBeNull();
  });
});

it('goes on in the run that has just written its end, and hears of it before it is over', async () => {
  const id = await request(1);
  const closing = gate(rig.repositories.orchestrations, 'close');
  await until(() => closing.arrived() === 1, { what: 'its end is written' });
  fleet.failing.clear();
  await rig.retry(id);
  closing.open();
  expect(await rig.ends(id)).toBe('succeeded');
  expect((await rig.log(id)).slice(-4)).toEqual(ONCE_MORE);
  expect(await rig.runs(id)).toHaveLength(1);
  expect(await lookAt(id)).toBeNull();
});

it('is given up by a cancel that comes while its run hears of it', async () => {
  const id = await request(1);
  const { control, orchestrations } = rig.repositories;
  const closing = gate(orchestrations, 'close');
  await until(() => closing.arrived() === 1, { what: 'its end is written' });
  fleet.failing.clear();
  await rig.gateway.look(id);
  const looking = gate(control, 'wanted', 'before');
  closing.open();
  await until(() => looking.arrived() === 1, { what: 'it looks once more before it is over' });
  await rig.retry(id, {}, false);
  // Nothing would begin, and nothing would tell the run that it is canceled.
  const pause = { command: 'pause', by: 'jane', reason: 'for the test' } as const;
  await control.command(id, pause, new Date().toISOString());
  const hearing = gate(control, 'observed');
  looking.open();
  await until(() => hearing.arrived() === 1, { what: 'it hears of the retry' });
  await rig.gateway.cancel(id, 'bob');
  await until(async () => (await rig.state(id)) === 'canceling', { what: 'the cancel is written' });
  hearing.open();
  expect(await rig.ends(id)).toBe('canceled');
  const { rows } = await rig.repositories.events.list(id, {}, { page: 1, pageSize: 100 });
  expect(
    rows.findLast(({ toState, operationID }) => toState === 'canceled' && operationID === null),
  ).toMatchObject({ actor: 'bob' });
});

it('of which only a read heard that a stale message began is carried out', async () => {
  const id = await failed(1);
  const reading = gate(rig.repositories.control, 'wanted', 'before');
  const row = await rig.repositories.orchestrations.find(id);
  if (!row) throw new Error('There is no row');
  await rig.gateway.retry(requestOf(row));
  await until(() => reading.arrived() === 1, {
    what: 'a run has begun, and is about to read what is wanted',
  });
  await rig.retry(id, {}, false);
  reading.open();
  await rig.reaches(id, 'succeeded');
});

it('counts once, however often it is told', async () => {
  const id = await failed(1);
  const { row } = await rig.retry(id);
  for (let again = 0; again < 5; again++) await rig.retry(id);
  expect(row.state).toBe('retrying');
  await rig.reaches(id, 'succeeded');
  expect(await attempts(id)).toEqual([2]);
  await until(async () => (await rig.reconcile()).length === 0, { what: 'there is nothing to mend' });
});

it('is carried out while the run continues as new', async () => {
  const id = await request(30, { workers: 5 });
  await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'the first one has failed' });
  fleet.failing.clear();
  for (let round = 0; round < 3; round++) {
    const runs = (await rig.runs(id)).length;
    await rig.retry(id);
    await until(async () => (await rig.state(id)) !== 'in progress' || (await rig.runs(id)).length > runs, {
      what: 'it has continued as new',
    });
  }
  expect(await rig.ends(id)).toBe('succeeded');
  expect(await rig.statesOf(id)).toEqual({ succeeded: 30 });
  expect((await attempts(id))[0]).toBe(2);
});

it('stands when the run is reset to before it', async () => {
  const id = await inProgress(3);
  await rig.retry(id);
  await until(async () => (await lookAt(id)) === null, { what: 'the run has looked' });
  await reset(rig, id, 'first');
  fleet.autoEnd = true;
  expect(await rig.ends(id)).toBe('succeeded');
  expect(await attempts(id)).toEqual([2, 1, 1]);
  const own = (await rig.operations(id)).map(({ runtimeID }) => runtimeID);
  const sent = own.map((one) => fleet.upgrades.filter(({ runtimeID }) => runtimeID === one).length);
  expect(sent).toEqual([2, 1, 1]);
});

it('and a cancel at the same moment leave nothing that waits', async () => {
  for (let round = 0; round < 4; round++) {
    const id = await inProgress(2);
    const retrying = round % 2 === 0 ? rig.retry(id) : undefined;
    await rig.gateway.cancel(id, 'alice');
    await (retrying ?? rig.retry(id));
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.state(id)).toBe('canceled');
    const { pending, retrying: waits } = await rig.statesOf(id);
    expect([pending, waits]).toEqual([undefined, undefined]);
  }
  await until(async () => (await rig.reconcile()).length === 0, { what: 'there is nothing to mend' });
});

describe('that waits for its turn', () => {
  /** Its run has begun, and another orchestration has the turn. */
  async function waitingForItsTurn(): Promise<{ id: string; holder: string }> {
    const id = await failed(1);
    fleet.autoEnd = false;
    const holder = await request(1);
    fleet.autoEnd = false;
    fleet.failing.clear();
    await rig.underWay(1);
    await rig.retry(id);
    await until(async () => (await lookAt(id)) === null, { what: 'the run of the retry has begun' });
    return { id, holder };
  }

  it('fails again when its run is terminated, and what it was to try is canceled', async () => {
    const { id, holder } = await waitingForItsTurn();
    await rig.client.workflow.getHandle(id).terminate('by hand');
    await rig.reconcile();
    expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
      state: 'failed',
      description: expect.stringContaining('by hand') as string,
    });
    expect(await rig.statesOf(id)).toEqual({ canceled: 1 });
    fleet.autoEnd = true;
    expect(await rig.ends(holder)).toBe('succeeded');
  });

  it('ends with its row, in a database that was restored from before the retry', async () => {
    const { id, holder } = await waitingForItsTurn();
    await rig.database.run(async (db) => {
      await db.execute(sql`update orchestrations set state = 'failed', finished_at = ${AT} where id = ${id}`);
      await db.execute(
        sql`update operations set state = 'failed', attempt = 1 where orchestration_id = ${id}`,
      );
    });
    expect(await rig.reconcile()).toEqual([]);
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ failed: 1 });
    fleet.autoEnd = true;
    expect(await rig.ends(holder)).toBe('succeeded');
    await rig.retry(id);
    await rig.reaches(id, 'succeeded');
  });

  it('is canceled like any other', async () => {
    const { id, holder } = await waitingForItsTurn();
    expect(await rig.gateway.cancel(id, 'alice')).toBe('signaled');
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ canceled: 1 });
    fleet.autoEnd = true;
    expect(await rig.ends(holder)).toBe('succeeded');
  });
});

describe('by hand', () => {
  const byHand = async (id: string, retry: object[] = []): Promise<void> => {
    await rig.client.workflow.signalWithStart(WORKFLOW_TYPES.orchestration, {
      ...{ workflowId: id, taskQueue: TASK_QUEUE, args: [{ orchestrationID: id, mode: 'retry' }] },
      ...{ signal: 'retry', signalArgs: retry },
    });
  };

  it('starts a run where none is open', async () => {
    const id = await failed(1);
    await byHand(id);
    await rig.reaches(id, 'succeeded');
    expect(await rig.ends(id)).toBe('succeeded');
    expect((await rig.log(id)).slice(-4)).toEqual(ONCE_MORE);
    const { rows } = await rig.repositories.events.list(id, {}, { page: 1, pageSize: 100 });
    expect(rows.filter(({ toState }) => toState === 'retrying').map(({ actor }) => actor)).toEqual([
      'the signal retry',
      'the signal retry',
    ]);
  });

  it('changes nothing of one that was canceled, or has succeeded', async () => {
    const canceled = await inProgress(2);
    await rig.gateway.cancel(canceled, 'alice');
    fleet.autoEnd = true;
    expect(await rig.ends(canceled)).toBe('canceled');
    await byHand(canceled, [{ requestedBy: 'jane' }]);
    expect(await rig.ends(canceled)).toBe('canceled');
    expect(await rig.statesOf(canceled)).toEqual({ failed: 1, succeeded: 1 });
    expect(await attempts(canceled)).toEqual([1, 1]);
  });

  it('counts once under one ID', async () => {
    const id = await inProgress(2);
    const handle = rig.client.workflow.getHandle(id);
    for (let again = 0; again < 3; again++) await handle.signal('retry', { requestID: 'by hand' });
    await until(async () => (await attempts(id))[0] === 2, { what: 'it is tried again' });
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await attempts(id)).toEqual([2, 1]);
  });
});
