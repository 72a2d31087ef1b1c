/** Turns, whatever was lost: the rows decide, and the queue starts or settles what it finds in them. */
import { ServiceError } from '@temporalio/client';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { requestOf } from '../../src/db/repositories/upgrades/orchestration-repositories.ts';
import { QUEUE_WORKFLOW_ID, queueStateQuery } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';
import { aRequest } from '../support/rows.ts';

const waitingFleet = (count: number): FleetInMemory => {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  return fleet;
};

async function holds(rig: Rig, id: string): Promise<void> {
  await until(
    async () => {
      const { holders } = await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery);
      return holders.length === 1 && holders[0]?.orchestrationID === id;
    },
    { what: 'that the queue knows who has the turn' },
  );
}

/** An orchestration that has failed and would succeed now, while another one has the turn. */
async function failedBehindAnother() {
  const fleet = waitingFleet(1);
  fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
  const rig = await Rig.start({ fleet });
  const first = await rig.request();
  await rig.underWay(1);
  fleet.endAll();
  expect(await rig.ends(first)).toBe('failed');
  fleet.failing.clear();
  // Of another type: a newer operation of the same one would be in the way of a retry.
  const holder = await rig.request({ type: 'upgradeCluster' });
  await rig.underWay(1);
  return { rig, fleet, first, holder };
}

it('a retry that comes after its orchestration was terminated, and before anybody has seen that, gets a turn', async () => {
  const fleet = waitingFleet(2);
  fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
  const rig = await Rig.start({ fleet });
  const id = await rig.request();
  await rig.underWay(1);
  fleet.endAll();
  await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'one operation has failed' });
  await rig.underWay(1);
  await rig.stopWorkers();
  await rig.client.workflow.getHandle(id).terminate('by hand');
  await rig.retry(id);
  fleet.failing.clear();
  fleet.autoEnd = true;
  fleet.endAll();
  await rig.startWorkers();
  expect(await rig.ends(id)).toBe('succeeded');
  expect(await rig.statesOf(id)).toEqual({ succeeded: 2 });
});

it('one that Temporal refuses to start fails with the reason, and the others get their turns', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(1) });
  const start = rig.client.workflow.start.bind(rig.client.workflow);
  const refused = await rig.request({}, false);
  const refusal = new ServiceError('Failed to start', {
    cause: Object.assign(new Error('too large'), { code: 3 }),
  });
  rig.client.workflow.start = async (type, options) =>
    options.workflowId === refused ? await Promise.reject(refusal) : await start(type, options);
  const next = await rig.request();
  expect(await rig.ends(next)).toBe('succeeded');
  expect(await rig.repositories.orchestrations.find(refused)).toMatchObject({
    state: 'failed',
    description: expect.stringContaining('too large') as string,
    lookAt: null,
  });
});

it('a queue that was not told of somebody is woken by the reconciler, which leaves to the API what is fresh', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(1) });
  expect(await rig.ends(await rig.request())).toBe('succeeded');
  const id = await rig.request({}, false);
  expect(await rig.reconcile()).toEqual([]);
  await rig.reaches(id, 'succeeded');
});

it('a retried one waits behind those that were created before its retry', async () => {
  const { rig, fleet, first, holder } = await failedBehindAnother();
  const younger = await rig.request({ type: 'upgradeCluster' });
  await rig.retry(first);
  await rig.reaches(first, 'retrying');
  fleet.autoEnd = true;
  fleet.endAll();
  for (const id of [holder, younger, first]) await rig.reaches(id, 'succeeded');
  const ends = await Promise.all(
    [holder, younger, first].map(async (id) => (await rig.repositories.orchestrations.find(id))?.finishedAt),
  );
  expect(ends).toEqual([...ends].sort());
});

it('more rows than a page whose workflows are lost keep nobody from the turn', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(1) });
  const { orchestrations } = rig.repositories;
  const lost = await Promise.all(
    Array.from({ length: 101 }, () => orchestrations.begun(aRequest({ createdAt: '2020-01-01T00:00:00Z' }))),
  );
  expect(await rig.ends(await rig.request())).toBe('succeeded');
  const states = await Promise.all(lost.map(async ({ id }) => await rig.state(id)));
  expect(new Set(states)).toEqual(new Set(['failed']));
});

it('a queue that has lost its memory finds who has the turn also when the row says that it has ended', async () => {
  const fleet = waitingFleet(1);
  const rig = await Rig.start({ fleet });
  const first = await rig.request();
  await rig.underWay(1);
  const second = await rig.request();
  await until(
    async () =>
      (await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery)).waiting.count === 1,
    { what: 'that the queue knows that the second waits' },
  );
  const change = { actor: 'drydock', reason: 'for the test', now: new Date().toISOString() };
  await rig.repositories.orchestrations.transition(first, 'failed', change);
  await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).terminate('lost');
  expect(await rig.reconcile()).toContain('queue started');
  await holds(rig, first);
  expect(await rig.state(second)).toBe('pending');
  fleet.autoEnd = true;
  fleet.endAll();
  expect(await rig.ends(second)).toBe('succeeded');
});

it('a row that says nothing of an orchestration that has ended fails with the reason', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(1) });
  const id = await rig.request();
  expect(await rig.ends(id)).toBe('succeeded');
  await rig.database.run((db) =>
    db.execute(sql`update orchestrations set state = 'pending' where id = ${id}`),
  );
  await rig.reconcile();
  expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
    state: 'failed',
    description: expect.stringContaining('its row says nothing of that') as string,
  });
});

it('A15: one that was never started is canceled before its first step', async () => {
  const fleet = new FleetInMemory(1);
  const rig = await Rig.start({ fleet });
  await rig.stopWorkers();
  const id = await rig.request({}, false);
  expect(await rig.gateway.cancel(id, 'bob')).toBe('not running');
  const row = await rig.repositories.orchestrations.find(id);
  if (!row) throw new Error('The row is missing');
  await rig.gateway.start(requestOf(row));
  expect(await rig.gateway.cancel(id, 'bob')).toBe('signaled');
  await rig.startWorkers();
  expect(await rig.ends(id)).toBe('canceled');
  expect(await rig.state(id)).toBe('canceled');
  expect(fleet.upgrades).toEqual([]);
});
