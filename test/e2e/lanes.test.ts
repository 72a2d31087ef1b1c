/** Lanes and the pause of everything as clients see them, with an engine that is killed meanwhile. */
import { beforeAll, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { startOwnServers, type OwnServers } from '../support/own-servers.ts';
import { everything } from './rest.ts';
import { startService, type Service } from './service.ts';

let outside: OwnServers;
let service: Service;
beforeAll(async () => {
  outside = await startOwnServers();
  service = await startService({
    ...outside.place,
    fleetSize: 8,
    upgradeSeconds: 0.2,
    env: { LANES: 'default:100,urgent:20' },
  });
});

/** A request for runtimes of the fleet, by their places in it. */
async function request(lane: string, ...places: number[]): Promise<string> {
  const fleet = await service.landscape.runtimes();
  const include = places.map((place) => ({ runtimeID: fleet[place]?.runtimeID }));
  return await service.rest.create({
    targets: { include },
    strategy: { lane, parallel: { workers: 1 } },
  });
}

it('A5: everything is paused while Temporal is away: nothing begins when that is back, until the resume', async () => {
  const { rest, landscape } = service;
  await landscape.setUpgrades({ hold: true });
  const [a, b] = [await request('default', 0, 1), await request('urgent', 2, 3)];
  await landscape.running(2);
  const waiting = await request('urgent', 4);
  await until(async () => (await rest.queue()).lanes[1]?.waiting === 1, { what: 'the third one waits' });
  expect((await rest.queue()).lanes).toMatchObject([
    { name: 'default', cap: 100, holder: { orchestrationID: a, state: 'in progress' }, waiting: 0 },
    {
      ...{ name: 'urgent', cap: 20, holder: { orchestrationID: b, state: 'in progress' } },
      first: [{ position: 1, orchestrationID: waiting, waitingFor: { code: 'turn' } }],
    },
  ]);

  await outside.engine.kill();
  expect(await rest.command('/queue/pause')).toMatchObject({ paused: { reason: 'for the test' } });
  expect(await rest.orchestration(waiting)).toMatchObject({
    ...{ paused: true, pauses: [{ code: 'queue' }] },
    waitingFor: { code: 'paused', who: 'tester' },
  });
  await landscape.setUpgrades({ hold: false });
  await landscape.endAll();
  await outside.engine.again();
  for (const id of [a, b])
    await until(async () => (await rest.orchestration(id)).waitingFor?.code === 'paused', {
      what: 'what executes has ended, and nothing else begins',
    });
  // Asked once more, now that somebody hears it.
  await rest.command('/queue/pause');
  const created = await rest.create(everything(1, { dryRun: true }));
  expect(await landscape.upgrades()).toHaveLength(2);
  expect(await rest.orchestration(created)).toMatchObject({ state: 'pending', paused: true });

  expect(await rest.command('/queue/resume')).toMatchObject({ paused: null });
  for (const id of [a, b, waiting, created]) {
    expect(await rest.reaches(id, 'succeeded', 90_000)).toMatchObject({ paused: false });
  }
  const upgraded = (await landscape.upgrades()).map(({ runtimeID }) => runtimeID);
  expect([upgraded.length, new Set(upgraded).size]).toEqual([5, 5]);
  expect((await landscape.concurrency()).maximum).toBe(2);
});
