/** The same power cuts as in test/e2e/killed.test.ts, with as much in flight as a large fleet has, and limits that bind. */
import { expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { Killable } from '../e2e/killable.ts';
import { mostAtOnce } from '../e2e/landscape-admin.ts';

const FLEET = 650;
const WORKERS = 500;
/** Of some regions there are more than that, of others fewer; together they leave room for all workers. */
const PER_REGION = 60;
/** The word itself, and a workflow task. */
const EVENTS_OF_WORD = 4;

it('A5: killed with hundreds in flight, and with as many after it has continued as new, it upgrades every runtime once, and no more of a region than its limit', async () => {
  const service = new Killable({ DRYDOCK_FLEET_SIZE: String(FLEET), DRYDOCK_SIM_UPGRADE_SECONDS: '3600' });
  let rest = await service.start();
  const id = await rest.create({
    targets: { include: [{ target: 'all' }] },
    strategy: { parallel: { workers: WORKERS }, limits: { perRegion: PER_REGION } },
  });
  const inFlight = async (least: number): Promise<void> => {
    await until(async () => (await service.landscape.concurrency()).running >= least, {
      what: `${least} in flight`,
      limitMs: 300_000,
    });
  };
  await inFlight(300);
  rest = await service.killedAndStarted();
  await inFlight(WORKERS);
  const runs = await service.runsOf(id);
  const hasContinued = async (): Promise<boolean> => (await service.runsOf(id)) > runs;
  // Each word that it hears is a few events of its history. When it detaches all that is in flight, it is about to continue.
  let length = await service.historyLengthOf(id);
  for (let grown = 0; grown < WORKERS && !(await hasContinued());) {
    await service.tell(id);
    await until(
      async () => {
        grown = (await service.historyLengthOf(id)) - length;
        return grown >= EVENTS_OF_WORD || (await hasContinued());
      },
      { what: 'that it has heard the word' },
    );
    length += grown;
  }
  // As fast as they are answered.
  for (let lower = 1; !(await hasContinued()); lower = 1 - lower)
    await rest.command(`/orchestrations/${id}/workers`, { workers: WORKERS - lower });
  await rest.command(`/orchestrations/${id}/workers`, { workers: WORKERS });
  rest = await service.killedAndStarted();
  expect((await service.landscape.concurrency()).running).toBe(WORKERS);

  await service.landscape.setUpgrades({ upgradeSeconds: 0.5 });
  await service.landscape.endAll();
  expect((await rest.reaches(id, 'succeeded', 180_000)).operationStats).toEqual({ succeeded: FLEET });
  const operations = await rest.operations(id);
  const regionOf = new Map(operations.map(({ runtimeID, region }) => [runtimeID, region]));
  const upgrades = await service.landscape.upgrades();
  expect(upgrades).toHaveLength(FLEET);
  expect(new Set(upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(FLEET);
  expect((await service.landscape.concurrency()).maximum).toBe(WORKERS);
  const most = [...new Set(regionOf.values())].map((region) =>
    mostAtOnce(upgrades.filter(({ runtimeID }) => regionOf.get(runtimeID) === region)),
  );
  expect(Math.max(...most)).toBe(PER_REGION);
  expect(operations.every(({ attempts }) => attempts === 1)).toBe(true);
  await service.end();
}, 900_000);
