/** Statements of stacks that the database refuses for good: somebody is told, and the stack goes on. */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { DatabaseError } from '../../src/db/connection.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import { plan } from '../support/stacks/definitions.ts';
import { StackRig } from '../support/stacks/rig.ts';

const refusal = new DatabaseError('invalid byte sequence for encoding "UTF8": 0x00', '22021', undefined);

/** Decides which statements are refused; none by default. */
let refusesStatus: (...given: Parameters<Repositories['stacks']['enterStatus']>) => boolean;
let refusesChange: (...given: Parameters<Repositories['stackObjects']['change']>) => boolean;
beforeEach(() => {
  refusesStatus = () => false;
  refusesChange = () => false;
});

let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start();
  const { stacks, stackObjects } = rig.rig.repositories;
  const enterStatus = stacks.enterStatus.bind(stacks);
  const change = stackObjects.change.bind(stackObjects);
  stacks.enterStatus = (...given) =>
    refusesStatus(...given) ? Promise.reject(refusal) : enterStatus(...given);
  stackObjects.change = (...given) => (refusesChange(...given) ? Promise.reject(refusal) : change(...given));
});

async function add(at: string, fields = {}): Promise<{ name: string; volume: string }> {
  const [name, volume] = [`/${at}/mia/stack`, `/${at}/mia/disk`];
  const oplans = [plan('disk', 'storage/volume', [volume], { size: '1G', ...fields })];
  return { name: await rig.add(stackDefinitionSchema.parse({ name, oplans })), volume };
}

it('a failure whose message is refused is told of by another one', async () => {
  const { name, volume } = await add('message', {
    simulation: { fail: { create: { message: 'unstorable' } } },
  });
  refusesChange = (_, { error }) => error?.includes('unstorable') === true;
  await rig.bring(name, 'START', 'error');
  expect(await rig.object(name, volume)).toMatchObject({
    condition: 'failed',
    failureCode: 'DATABASE_REFUSED',
    error: expect.stringContaining('OBJECT_REFUSED') as string,
  });
});

it('a request that is refused says so at once, and holds up none that comes after it', async () => {
  const { name } = await add('request');
  refusesStatus = (_stack, _to, { actor }) => actor === 'mallory';
  expect(await rig.gateway.act(name, { action: 'START', actor: 'mallory' })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('SQLSTATE 22021') as string,
  });
  expect(await rig.status(name)).toBe('stopped');
  await rig.bring(name, 'START', 'ready');
});

it('A71: a STOP that is refused leaves the start that it came across as it is', async () => {
  const { name, volume } = await add('across');
  await rig.simulation.slow('storage/volume', volume, 'create', 1_500);
  await rig.act(name, 'START');
  refusesStatus = (_stack, _to, { actor }) => actor === 'mallory';
  expect(await rig.gateway.act(name, { action: 'STOP', actor: 'mallory' })).toMatchObject({
    kind: 'refused',
  });
  await rig.reaches(name, 'ready');
  expect(await rig.object(name, volume)).toMatchObject({ condition: 'available', error: null });
});

it('a status that is refused at the end of an action becomes error, with the reason', async () => {
  const { name } = await add('settled');
  refusesStatus = (_, to) => to === 'ready';
  await rig.bring(name, 'START', 'error');
  expect((await rig.events(name)).at(-1)).toMatchObject({
    toState: 'error',
    reason: expect.stringContaining('SQLSTATE 22021') as string,
  });
  refusesStatus = () => false;
  await rig.bring(name, 'STOP', 'stopped');
});
