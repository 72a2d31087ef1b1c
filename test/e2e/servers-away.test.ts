/** The database, and then the engine, is killed and stays away for ten seconds in the middle of an upgrade of the fleet. */
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { startOwnServers, type OwnServers } from '../support/own-servers.ts';
import { everything, type Answer } from './rest.ts';
import { startService, type Service } from './service.ts';

const FLEET = 40;
const WORKERS = 5;
/** How long the outage lasts: the subject of these tests, not a wait for something to happen. */
const AWAY_MS = 10_000;

let outside: OwnServers;
let service: Service;
beforeAll(async () => {
  outside = await startOwnServers();
  service = await startService({
    ...outside.place,
    fleetSize: FLEET,
    upgradeSeconds: 1.5,
  });
});

/** An orchestration in mid-upgrade. */
async function begun(): Promise<string> {
  await service.landscape.reset();
  const id = await service.rest.create(everything(WORKERS));
  await until(async () => (await service.landscape.upgrades()).length > 7, {
    what: 'that the upgrade has begun',
  });
  return id;
}

/** Nothing lost, nothing twice, never more at once than workers. */
async function expectAllOnce(id: string): Promise<void> {
  expect(await service.rest.reaches(id, 'succeeded', 90_000)).toMatchObject({
    description: `Scheduled ${FLEET} operations`,
    operationStats: { succeeded: FLEET },
  });
  const upgraded = (await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID);
  expect(upgraded).toHaveLength(FLEET);
  expect(new Set(upgraded).size).toBe(FLEET);
  expect(await service.landscape.concurrency()).toEqual({ maximum: WORKERS, running: 0 });
  const operations = await service.rest.operations(id);
  expect(operations.every(({ state, attempts }) => state === 'succeeded' && attempts === 1)).toBe(true);
}

async function checks(): Promise<unknown> {
  const answer = await service.rest.request('GET', '/readyz');
  expect(answer.status).toBe(503);
  return (answer.body as { checks: unknown }).checks;
}

async function ready(): Promise<void> {
  await until(async () => (await service.rest.request('GET', '/readyz')).status === 200, {
    what: 'readiness',
  });
}

function idOf({ body }: Answer): string {
  return (body as { orchestrationID: string }).orchestrationID;
}

function expectUnavailable(answer: Answer): void {
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.get('content-type')).toMatch('application/problem+json');
}

it('A5: nothing is lost and nothing upgraded twice while the database is away for ten seconds', async () => {
  const id = await begun();
  await outside.database.kill();
  const end = delay(AWAY_MS);

  expectUnavailable(await service.rest.request('GET', `/orchestrations/${id}`));
  expectUnavailable(await service.rest.request('GET', '/orchestrations'));
  expect(await checks()).toMatchObject({ database: { status: 'down' }, engine: { status: 'up' } });
  expect((await service.rest.request('GET', '/healthz')).status).toBe(200);
  expectUnavailable(await service.rest.post('/upgrade/kyma', everything(WORKERS)));
  await end;

  await outside.database.again();
  await ready();
  await expectAllOnce(id);
  expect((await service.rest.orchestrations()).map(({ orchestrationID }) => orchestrationID)).toEqual([id]);
  expect((await service.rest.request('GET', '/readyz')).status).toBe(200);
});

it('A5: nothing is lost and nothing upgraded twice while the engine is away for ten seconds', async () => {
  const id = await begun();
  await outside.engine.kill();
  const end = delay(AWAY_MS);

  // A7: it is pending, and is started when the engine is back.
  const dryRun = everything(WORKERS, { dryRun: true });
  const key = { 'idempotency-key': 'while-away' };
  const accepted = service.rest.post('/upgrade/kyma', dryRun, key);
  // So is a pause: it bites when the engine is back.
  const paused = service.rest.request('PUT', `/orchestrations/${id}/pause`);
  expect((await service.rest.orchestration(id)).state).toBe('in progress');
  expect(await checks()).toMatchObject({ database: { status: 'up' }, engine: { status: 'down' } });
  expect((await accepted).status).toBe(202);
  const next = idOf(await accepted);
  expect((await service.rest.orchestration(next)).state).toBe('pending');
  expect((await paused).status).toBe(200);
  await end;

  await outside.engine.again();
  await ready();
  const standing = await service.rest.orchestration(id);
  expect(standing).toMatchObject({ state: 'in progress', paused: true });
  expect(standing.operationStats['pending']).toBeGreaterThan(0);
  expect((await service.rest.request('PUT', `/orchestrations/${id}/resume`)).status).toBe(200);
  await expectAllOnce(id);
  expect((await service.rest.reaches(next, 'succeeded')).operationStats).toEqual({ succeeded: FLEET });
  expect(idOf(await service.rest.post('/upgrade/kyma', dryRun, key))).toBe(next);
  expect((await service.rest.request('GET', '/readyz')).status).toBe(200);
});

it('A5: a retry while the engine is away is accepted, and carried out when it is back', async () => {
  await service.landscape.reset();
  const [broken] = await service.landscape.runtimes();
  const runtimeID = broken?.runtimeID ?? '';
  await service.landscape.setBehaviour(runtimeID, { fail: 'a node is gone' });
  const id = await service.rest.create(everything(WORKERS, { targets: { include: [{ runtimeID }] } }));
  await service.rest.reaches(id, 'failed');
  await service.landscape.setBehaviour(runtimeID, { fail: null });
  await outside.engine.kill();

  const [operation] = await service.rest.operations(id);
  const answer = await service.rest.retry(id);
  expect(answer).toMatchObject({ retryOperations: [operation?.operationID] });
  expect((await service.rest.orchestration(id)).state).toBe('retrying');
  expect(await service.rest.retry(id)).toMatchObject({
    retryOperations: null,
    msg: 'There is nothing to retry',
  });

  await outside.engine.again();
  await ready();
  expect((await service.rest.reaches(id, 'succeeded', 90_000)).operationStats).toEqual({ succeeded: 1 });
  expect(await service.rest.operations(id)).toMatchObject([{ state: 'succeeded', attempts: 2 }]);
  expect(await service.landscape.upgrades()).toHaveLength(2);
});
