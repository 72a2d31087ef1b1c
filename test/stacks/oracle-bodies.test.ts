/** Oracle's examples and what its clients send, over the REST API and the engine, through their whole life. */
import { beforeAll, describe, expect, it } from 'vitest';
import { expectStatus } from '../e2e/rest.ts';
import type { StackBody } from '../support/stacks/definitions.ts';
import {
  fogCreates,
  fogPlan,
  MASTER,
  ORACLE_BODIES,
  type OracleBody,
} from '../support/stacks/oracle-bodies.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;

beforeAll(async () => {
  service = await startStackService();
  for (const { exists = [] } of ORACLE_BODIES) {
    for (const [type, name] of exists) await service.simulation.put(type, name);
  }
});

/** Shapes of clients are wider than those of our own tests. */
const bodyOf = (body: OracleBody['body']): StackBody => body as unknown as StackBody;

async function live(body: StackBody): Promise<void> {
  const { stacks } = service;
  await stacks.add(body);
  const ready = await stacks.bring(body.name, 'START', 'ready');
  expect(ready.info).toEqual({ errors: {} });
  expect(ready.oplans.map(({ label, status }) => [label, status])).toEqual(
    body.oplans.map(({ label }) => [label, 'ready']),
  );
  const stopped = await stacks.bring(body.name, 'STOP', 'stopped');
  expect(stopped.oplans.map(({ label }) => label)).toEqual(body.oplans.map(({ label }) => label));
}

async function remove(...names: string[]): Promise<void> {
  for (const name of names) expectStatus(204, await service.stacks.tryRemove(name));
}

describe('an example of Oracle', () => {
  it.each(ORACLE_BODIES)('A63 A69 A70 A71: $title', async ({ body }) => {
    await live(bodyOf(body));
    await remove(body.name);
  });

  it('A60 A69: a master orchestration, which holds others', async () => {
    const held = ORACLE_BODIES.map(({ body }) => body).filter(({ name }) =>
      JSON.stringify(MASTER.oplans).includes(`"${name}"`),
    );
    expect(held).toHaveLength(3);
    for (const body of held) await service.stacks.add(bodyOf(body));
    await live(bodyOf(MASTER));
    for (const { name } of held) expect((await service.stacks.get(name)).status).toBe('stopped');
    await remove(MASTER.name, ...held.map(({ name }) => name));
  });
});

it('A69: what fog-oraclecloud creates, updates with a label of several words, starts, stops and deletes', async () => {
  const { stacks, rest } = service;
  const name = '/Compute-quay/dana/fog-check';
  const added = await stacks.add(bodyOf(fogCreates(name)));
  // Its save sends back what it was answered, read-only fields aside.
  const { oplans } = added;
  const second = fogPlan('Database Server', 'vm-b', '/Compute-quay/dana/DatabaseServer');
  const update = { name, oplans: [...oplans, second] };
  expect((await stacks.define(update as unknown as StackBody)).oplans).toHaveLength(2);
  const ready = await stacks.bring(name, 'start', 'ready');
  expect(ready.oplans.map(({ label }) => label)).toEqual(['FrontServer', 'Database Server']);
  const { body } = expectStatus(200, await rest.request('GET', '/instance/Compute-quay/dana/DatabaseServer'));
  expect(body).toMatchObject({
    oplan: 'Database Server',
    state: 'running',
    ip: expect.any(String) as string,
  });
  await stacks.bring(name, 'stop', 'stopped');
  await remove(name);
});

it('A76 A82: an instance without a name keeps the name that it was given, and is shut down by it', async () => {
  const { stacks } = service;
  const name = '/nameless/jack/one';
  const body: StackBody = {
    name,
    oplans: [{ label: 'My Servers', obj_type: 'launchplan', objects: [{ instances: [{ label: 'vm' }] }] }],
  };
  const instances = async (): Promise<string[]> =>
    (await service.simulation.objects('/nameless/')).map((object) => object.name);
  await stacks.add(body);
  await stacks.bring(name, 'START', 'ready');
  const [first = ''] = await instances();
  expect(first).toMatch(/^\/nameless\/jack\/[0-9a-f-]{36}$/);
  // Sent again it says the same, and so does what was answered.
  expect((await stacks.define(body)).status).toBe('ready');
  expect((await stacks.define((await stacks.get(name)) as unknown as StackBody)).status).toBe('ready');
  await stacks.instance(first, 'shutdown');
  await stacks.reaches(name, 'shut_down');
  await stacks.bring(name, 'RESTART', 'ready');
  await stacks.bring(name, 'STOP', 'stopped');
  await stacks.bring(name, 'START', 'ready');
  expect(await instances()).toEqual([first]);
  await stacks.bring(name, 'STOP', 'stopped');
  await remove(name);
});
