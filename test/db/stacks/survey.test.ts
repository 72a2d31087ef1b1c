import { beforeAll, expect, it } from 'vitest';
import { createNestedDriver } from '../../../src/activities/stacks/drivers/nested.ts';
import { createSimulatedDrivers } from '../../../src/activities/stacks/drivers/simulated/index.ts';
import { simulationControl } from '../../../src/activities/stacks/drivers/simulated/control.ts';
import type { InstanceDriver, ObjectRef } from '../../../src/activities/stacks/drivers/driver.ts';
import type { StackGateway } from '../../../src/clients/stacks/life-cycle-gateway.ts';
import { openDatabase, type Database } from '../../../src/db/connection.ts';
import { createRepositories } from '../../../src/db/repositories/index.ts';
import type { StackStatus } from '../../../src/domain/stacks/statuses.ts';
import { atEndOfFile, createDatabase } from '../../support/environment.ts';
import { aDefinition, aStackIn } from '../../support/stacks/rows.ts';

let database: Database;
/** Pieces of work that the database was asked for. */
let runs = 0;
const { signal } = new AbortController();

beforeAll(async () => {
  const real = openDatabase((await createDatabase()).url);
  atEndOfFile(() => real.close());
  database = {
    ...real,
    run: (work, limitMs) => {
      runs += 1;
      return real.run(work, limitMs);
    },
  };
});

/** A driver's answer on many at once, next to its answer on each. */
async function both(driver: InstanceDriver, refs: ObjectRef[]): Promise<[unknown, unknown, number]> {
  const before = runs;
  const survey = driver.survey?.();
  if (!survey) throw new Error('The driver cannot tell of many at once');
  const atOnce = Object.fromEntries(await survey(refs, signal));
  const cost = runs - before;
  const each: [string, unknown][] = [];
  for (const ref of refs) {
    const described = await driver.describe(ref, signal);
    if (described) each.push([ref.name, described]);
  }
  return [atOnce, Object.fromEntries(each), cost];
}

it('the simulated driver tells of many instances with one query what it tells of each', async () => {
  const control = simulationControl(database, Date.now);
  const { launchplan } = createSimulatedDrivers(database, Date.now);
  const names = Array.from({ length: 300 }, (_, number) => `/many/user/vm-${number}`);
  for (const name of names.slice(2)) await control.put('launchplan', name);
  await control.kill('/many/user/vm-7');
  // Of the same name, and no instance.
  await control.put('vnet', '/many/user/vm-1');
  const refs = names.map((name) => ({ objType: 'launchplan', name, owner: 'mine' }) as const);
  const [atOnce, each, cost] = await both(launchplan, refs);
  expect(atOnce).toEqual(each);
  expect(Object.keys(atOnce as object)).toHaveLength(298);
  expect(atOnce).toMatchObject({ '/many/user/vm-7': { state: 'stopped' } });
  expect(cost).toBe(1);
});

it('stacks that are nested in others are told of with one query too', async () => {
  const repositories = createRepositories(database);
  const statuses: StackStatus[] = ['stopped', 'starting', 'ready', 'shut_down', 'warning', 'error'];
  for (const status of statuses) await aStackIn(repositories, status, aDefinition(`/nested/user/${status}`));
  const refs = [...statuses, 'unknown'].map((status) => {
    return { objType: 'orchestration', name: `/nested/user/${status}`, owner: 'mine' } as const;
  });
  const [atOnce, each, cost] = await both(
    createNestedDriver(repositories.stacks, {} as unknown as StackGateway),
    refs,
  );
  expect(atOnce).toEqual(each);
  expect(
    Object.values(atOnce as Record<string, { state: string }>)
      .map(({ state }) => state)
      .sort(),
  ).toEqual(['failed', 'pending', 'running', 'shutdown', 'stopped']);
  expect(cost).toBe(1);
});
