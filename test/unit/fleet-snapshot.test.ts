import { expect, it } from 'vitest';
import { FleetSnapshot } from '../../src/activities/upgrades/fleet-snapshot.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';

it('a reading is shared by those who ask at the same time, and goes on when one of them has stopped waiting', async () => {
  const fleet = new FleetInMemory(3);
  const door = { read: () => Promise.resolve() };
  const held = gate(door, 'read', 'before');
  const { pages } = fleet.inventory;
  fleet.inventory.pages = async function* (options) {
    await door.read();
    yield* pages(options);
  };
  const snapshot = new FleetSnapshot(fleet.inventory);
  const controller = new AbortController();
  const stopped = snapshot.read(controller.signal);
  const waiting = snapshot.read();
  controller.abort(new Error('the worker shuts down'));
  await expect(stopped).rejects.toThrow('the worker shuts down');
  await expect(snapshot.read(controller.signal)).rejects.toThrow('the worker shuts down');
  held.open();
  const read = await waiting;
  expect(read.runtimes).toHaveLength(3);
  expect(await snapshot.read()).toBe(read);
  expect(fleet.pagesRead).toBe(1);
});

it('a reading that has failed is not kept', async () => {
  const fleet = new FleetInMemory(1);
  const snapshot = new FleetSnapshot(fleet.inventory);
  fleet.down.inventory = true;
  await expect(snapshot.read()).rejects.toThrow('does not answer');
  fleet.down.inventory = false;
  expect((await snapshot.read()).runtimes).toHaveLength(1);
});
