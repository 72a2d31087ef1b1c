import { expect, it } from 'vitest';
import { createProvisionerClient } from '../../src/clients/upgrades/provisioner.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';
import { serve } from '../unit/clients/http-answers.ts';

/** Neither can be stored by PostgreSQL, which would be tried again for ever. */
const BAD = 'it is \0 and \ud800';

it('a refusal that PostgreSQL could not store ends its operation as failed, and cancel and queue go on', async () => {
  const api = await serve(({ body }) => {
    const { operationName } = JSON.parse(body) as { operationName: string };
    return operationName === 'runtimeStatus'
      ? { json: { data: { result: null } } }
      : { json: { data: null, errors: [{ message: BAD, extensions: { error_code: 400 } }] } };
  });
  const fleet = new FleetInMemory(1);
  fleet.provisioner = createProvisionerClient({ url: api.url });
  const rig = await Rig.start({ fleet });

  const refused = await rig.request();
  expect(await rig.ends(refused)).toBe('failed');
  const [operation] = await rig.operations(refused);
  expect(operation).toMatchObject({ state: 'failed', failureCode: 'PROVISIONER_REFUSED' });
  expect(operation?.description).toContain('it is \uFFFD and \uFFFD');

  const next = await rig.request({ dryRun: true });
  expect(await rig.ends(next)).toBe('succeeded');
});

it('a child that is terminated with such a reason is failed with it', async () => {
  const fleet = new FleetInMemory(1);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const id = await rig.request();
  await rig.underWay(1);
  const child = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
  await child.terminate('because of \0');
  expect(await rig.ends(id)).toBe('failed');
  expect((await rig.operations(id))[0]?.description).toContain('because of');
});
