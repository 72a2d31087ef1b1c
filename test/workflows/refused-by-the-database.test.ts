import { expect, it } from 'vitest';
import { DatabaseError } from '../../src/db/connection.ts';
import type { FailureCode } from '../../src/domain/errors.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

const refusal = new DatabaseError('invalid byte sequence for encoding "UTF8": 0x00', '22021', undefined);

/** A fleet whose first upgrade fails, over a database that refuses to store some failures. */
async function refusing(refuses: (code: FailureCode) => boolean, runtimes = 2) {
  const fleet = new FleetInMemory(runtimes);
  fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
  const rig = await Rig.start({ fleet });
  const { operations } = rig.repositories;
  const fail = operations.fail.bind(operations);
  operations.fail = (id, seen, failure, now) =>
    refuses(failure.code) ? Promise.reject(refusal) : fail(id, seen, failure, now);
  return { rig, fleet };
}

it('a failure that the database refuses to store ends its operation with another one', async () => {
  const { rig } = await refusing((code) => code === 'UPGRADE_FAILED');
  const id = await rig.request();
  expect(await rig.ends(id)).toBe('failed');
  const [refused, other] = await rig.operations(id);
  expect(refused).toMatchObject({ state: 'failed', failureCode: 'DATABASE_REFUSED' });
  expect(refused?.description).toContain('UPGRADE_FAILED');
  expect(other?.state).toBe('succeeded');
});

it('a request that the database refuses to store fails its operation before anything is sent', async () => {
  const fleet = new FleetInMemory(1);
  const rig = await Rig.start({ fleet });
  rig.repositories.operations.recordRequest = () => Promise.reject(refusal);
  const id = await rig.request();
  expect(await rig.ends(id)).toBe('failed');
  const [operation] = await rig.operations(id);
  expect(operation).toMatchObject({ state: 'failed', failureCode: 'DATABASE_REFUSED' });
  expect(operation?.description).toContain('SQLSTATE 22021');
  expect(fleet.upgrades).toEqual([]);
});

it('an orchestration that the database refuses to go on with fails with the reason, and the queue goes on', async () => {
  const fleet = new FleetInMemory(2);
  const rig = await Rig.start({ fleet });
  const { operations } = rig.repositories;
  const readPlan = operations.readPlan.bind(operations);
  operations.readPlan = () => Promise.reject(refusal);
  const first = await rig.request();
  await expect(rig.ends(first)).rejects.toThrow();
  await rig.reaches(first, 'failed');
  expect((await rig.repositories.orchestrations.find(first))?.description).toContain('SQLSTATE 22021');
  expect(await rig.statesOf(first)).toEqual({ canceled: 2 });
  operations.readPlan = readPlan;
  expect(await rig.ends(await rig.request())).toBe('succeeded');
});

it('a child that ends so is known to its orchestration as lost, with the reason', async () => {
  const { rig, fleet } = await refusing((code) => code !== 'OPERATION_LOST', 1);
  const id = await rig.request();
  expect(await rig.ends(id)).toBe('failed');
  const [operation] = await rig.operations(id);
  expect(operation).toMatchObject({ state: 'failed', failureCode: 'OPERATION_LOST' });
  expect(operation?.description).toContain('SQLSTATE 22021');
  const child = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
  expect((await child.describe()).status.name).toBe('FAILED');
});
