/** A statement that PostgreSQL refuses costs one object or one request, and holds nothing up. */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { DescribedObject, Drivers } from '../../src/activities/stacks/drivers/driver.ts';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import { STACK_REFUSED, stackActionUpdate, stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { plan } from '../support/stacks/definitions.ts';
import { StackRig } from '../support/stacks/rig.ts';

/** As a driver without clean answers might say it. */
let changed: ((described: DescribedObject) => DescribedObject) | undefined;

let rig: StackRig;
beforeAll(async () => {
  const changeDrivers = (drivers: Drivers): Drivers => {
    const volume = drivers['storage/volume'];
    const describe: typeof volume.describe = async (object, signal) => {
      const described = await volume.describe(object, signal);
      return described && changed ? changed(described) : described;
    };
    return { ...drivers, 'storage/volume': { ...volume, describe } };
  };
  rig = await StackRig.start({}, { changeDrivers });
});
beforeEach(() => {
  changed = undefined;
});

async function add(name: string): Promise<string> {
  return await rig.add(
    stackDefinitionSchema.parse({ name, oplans: [plan('disk', 'storage/volume', [`${name}-disk`])] }),
  );
}

it('an object of which something cannot be stored is an error that says so, and the stack goes on', async () => {
  const name = await add('/refused/rose/object');
  changed = (described) => ({ ...described, attributes: { path: 'a\u0000b' } });
  await rig.bring(name, 'START', 'error');
  expect(await rig.object(name, `${name}-disk`)).toMatchObject({
    failureCode: 'DATABASE_REFUSED',
    error: expect.stringContaining('The database refused a statement') as string,
  });
  changed = undefined;
  await rig.bring(name, 'START', 'ready');
  await rig.bring(name, 'STOP', 'stopped');
});

it('a request whose ID cannot be stored is refused, and the next one is answered', async () => {
  const name = await add('/refused/rose/request');
  const handle = rig.rig.client.workflow.getHandle(stackWorkflowID(name));
  const start = handle.executeUpdate(stackActionUpdate, {
    args: [{ action: 'START', actor: 'alice' }],
    updateId: 'a\u0000b',
  });
  await expect(start).rejects.toMatchObject({
    cause: { type: STACK_REFUSED, message: expect.stringContaining('SQLSTATE 22') as string },
  });
  await rig.bring(name, 'START', 'ready');
});
