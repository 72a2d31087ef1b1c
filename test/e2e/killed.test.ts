/** Everything is killed at once, as by a power cut: the next start on the same data folder carries the work to its end. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../support/environment.ts';
import { newSecret, silence, startReceiver, status, type Receiver } from '../support/receiver.ts';
import { Killable } from './killable.ts';
import { everything, expectStatus, type Rest } from './rest.ts';

const WORKERS = 5;

/** A receiver of webhooks that has got a test and does not answer it, but whatever comes afterwards. */
async function sendingTest(rest: Rest): Promise<Receiver> {
  const receiver = await startReceiver(silence);
  const wanted = { url: receiver.url, events: ['webhook.test'], secret: newSecret() };
  const { body } = expectStatus(201, await rest.post('/webhooks', wanted));
  const { webhookID } = z.object({ webhookID: z.string() }).parse(body);
  expectStatus(202, await rest.post(`/webhooks/${webhookID}/test`, {}));
  await until(() => receiver.got.length === 1, { what: 'the webhook is told' });
  receiver.answers = status(204);
  return receiver;
}

it('A5: after kill -9 of parent, Temporal and PostgreSQL in mid-upgrade every runtime is upgraded once, five at a time', async () => {
  const FLEET = 40;
  const service = new Killable({ DRYDOCK_FLEET_SIZE: String(FLEET), DRYDOCK_SIM_UPGRADE_SECONDS: '1.5' });
  const rest = await service.start();
  const id = await rest.create(everything(WORKERS));
  const waiting = await rest.create(everything(WORKERS, { dryRun: true }));
  const half = await until(
    async () => {
      const upgrades = await service.landscape.upgrades();
      return upgrades.length >= 12 && upgrades.some(({ finishedAt }) => finishedAt === null)
        ? upgrades
        : undefined;
    },
    { what: 'that a dozen upgrades have begun' },
  );
  expect(half.length).toBeLessThan(FLEET);

  const again = await service.killedAndStarted();
  expect(await again.reaches(id, 'succeeded', 90_000)).toMatchObject({
    description: `Scheduled ${FLEET} operations`,
    operationStats: { succeeded: FLEET },
  });
  const upgrades = await service.landscape.upgrades();
  expect(upgrades).toHaveLength(FLEET);
  expect(new Set(upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(FLEET);
  expect(upgrades.slice(0, half.length).map(({ operationID }) => operationID)).toEqual(
    half.map(({ operationID }) => operationID),
  );
  expect(await service.landscape.concurrency()).toEqual({ maximum: WORKERS, running: 0 });
  expect(
    (await again.operations(id)).every(({ state, attempts }) => state === 'succeeded' && attempts === 1),
  ).toBe(true);
  // A7, A45: the one that waited in the queue gets its turn.
  expect((await again.reaches(waiting, 'succeeded')).operationStats).toEqual({ succeeded: FLEET });
  await service.end();
});

it('A5 A6: killed with turns in two lanes, and while everything is paused, it goes on in both, in order, and sends what a webhook was being told', async () => {
  const service = new Killable({
    ...{ DRYDOCK_FLEET_SIZE: '6', DRYDOCK_SIM_UPGRADE_SECONDS: '1.5', LANES: 'default:100,urgent:20' },
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  });
  let rest = await service.start();
  const fleet = await service.landscape.runtimes();
  const request = async (lane: string, ...places: number[]): Promise<string> =>
    await rest.create({
      targets: { include: places.map((place) => ({ runtimeID: fleet[place]?.runtimeID })) },
      strategy: { lane },
    });
  const ids = [
    ...[await request('default', 0, 1), await request('urgent', 2, 3)],
    ...[await request('default', 4), await request('urgent', 5)],
  ];
  const holders = async (): Promise<(string | undefined)[]> =>
    (await rest.queue()).lanes.map(({ holder }) => holder?.orchestrationID);
  await until(async () => (await service.landscape.upgrades()).length === 2, { what: 'both have begun' });
  expect(await holders()).toEqual(ids.slice(0, 2));

  await rest.command('/queue/pause');
  const receiver = await sendingTest(rest);
  expect(receiver.got.length).toBe(1);
  rest = await service.killedAndStarted();
  for (const id of ids)
    await until(async () => (await rest.orchestration(id)).waitingFor?.code === 'paused', {
      what: 'everything stands still',
    });
  expect(await holders()).toEqual(ids.slice(0, 2));
  expect(await service.landscape.upgrades()).toHaveLength(2);
  await rest.command('/queue/resume');
  rest = await service.killedAndStarted();
  for (const id of ids) await rest.reaches(id, 'succeeded', 90_000);
  const upgraded = (await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID);
  expect([upgraded.length, new Set(upgraded).size]).toEqual([6, 6]);
  expect((await service.landscape.concurrency()).maximum).toBe(2);
  // An event that was being sent to a webhook is sent again, as the same one.
  await until(() => receiver.got.length > 1, { what: 'the webhook is told once more' });
  expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(1);
  await service.end();
});
