/** A fleet of thousands: read once, page by page, and planned as a whole. */
import { expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { everything } from './rest.ts';
import { startService } from './service.ts';

const FLEET = 5_000;
const LEFT_OUT = 50;
const PAGE = 250;

it('A3, A40: five thousand Shoots are read once, by pages, and planned as five thousand operations', async () => {
  const { rest, landscape } = await startService({ fleetSize: FLEET, leftOut: LEFT_OUT });
  await landscape.setUpgrades({ hold: true });
  // The table of the fleet was read before.
  const { inventory: before } = await landscape.requests();
  const id = await rest.create(everything(2));
  await landscape.running(2);
  expect((await landscape.requests()).inventory - before).toBe(Math.ceil((FLEET + LEFT_OUT) / PAGE));
  expect(await rest.orchestration(id)).toMatchObject({
    state: 'in progress',
    description: `Scheduled ${FLEET} operations`,
    operationStats: { 'in progress': 2, pending: FLEET - 2 },
  });

  const fleet = (await landscape.runtimes()).map(({ runtimeID }) => runtimeID);
  const planned = (await rest.operations(id)).map(({ runtimeID }) => runtimeID);
  expect(planned).toHaveLength(FLEET);
  expect(planned).toEqual(fleet);
  expect(await rest.page(id, `?page=${FLEET / 100}&page_size=100`)).toMatchObject({
    count: 100,
    totalCount: FLEET,
  });
  expect(await rest.page(id, `?page=${FLEET / 100 + 1}&page_size=100`)).toEqual({
    data: [],
    count: 0,
    totalCount: FLEET,
  });
  expect((await rest.page(id, '?state=in%20progress')).totalCount).toBe(2);

  await rest.cancel(id);
  await landscape.endAll();
  await until(async () => (await rest.orchestration(id)).state === 'canceled', { what: 'the end' });
  expect((await rest.orchestration(id)).operationStats).toEqual({ succeeded: 2, canceled: FLEET - 2 });
  expect(await landscape.upgrades()).toHaveLength(2);
  expect((await landscape.requests()).inventory - before).toBe(Math.ceil((FLEET + LEFT_OUT) / PAGE));
});
