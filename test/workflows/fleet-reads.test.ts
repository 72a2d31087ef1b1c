import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/workflows/contract/engine.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { Rig } from '../support/rig.ts';

const DAY = 86_400;

async function execute(rig: Rig): Promise<unknown> {
  return await rig.client.workflow.execute(WORKFLOW_TYPES.fleet, {
    workflowId: `fleet-${randomUUID()}`,
    taskQueue: TASK_QUEUE,
    args: [{ everySeconds: DAY }],
  });
}

it('is read once by those who ask for it at about the same time', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(3) });
  expect(await execute(rig)).toEqual({ kind: 'read', shoots: 3, written: 3, removed: 0 });
  expect(await execute(rig)).toEqual({ kind: 'fresh' });
  expect(rig.fleet.pagesRead).toBe(1);
});

it('writes nothing once a later read has begun', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(2) });
  const { fleet } = rig.repositories;
  const beginning = gate(fleet, 'write', 'before');
  const early = execute(rig);
  await until(() => beginning.arrived() === 1, { what: 'the read is about to write' });
  await fleet.begin(new Date().toISOString());
  beginning.open();
  expect(await early).toEqual({ kind: 'overtaken' });
  expect((await fleet.list({}, { page: 1, pageSize: 10 }, { kymaConfig: false })).total).toBe(0);
});

it('is tried again when the inventory comes back', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(2) });
  const { fleet } = rig.repositories;
  rig.fleet.down.inventory = true;
  const reading = execute(rig);
  await until(async () => (await fleet.lastRead())?.failure ?? undefined, { what: 'a failure' });
  rig.fleet.down.inventory = false;
  expect(await reading).toEqual({ kind: 'read', shoots: 2, written: 2, removed: 0 });
  expect(await fleet.lastRead()).toMatchObject({ failure: null });
});
