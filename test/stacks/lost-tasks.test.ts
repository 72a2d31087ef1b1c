/**
 * Runs whose knowledge is behind the database: a workflow task was lost, they were reset, or they read while
 * something is written.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { prepareDefinition } from '../../src/domain/stacks/prepared-plan.ts';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { stackProgressQuery, stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { until } from '../support/environment.ts';
import { gate } from '../support/gate.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { inSeconds, instances, plan, type StackBody } from '../support/stacks/definitions.ts';

let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start();
});

const parse = (body: StackBody): StackDefinition => stackDefinitionSchema.parse(body);
const network = (name: string, start: string | null = null): StackDefinition =>
  parse({ name, schedule: { start_time: start }, oplans: [plan('net', 'vnet', [`${name}-net`])] });
const statuses = async (name: string): Promise<(string | null)[]> =>
  (await rig.events(name)).filter(({ kind }) => kind === 'status').map(({ toState }) => toState);

/** The run is there and has read the database. */
async function loaded(name: string): Promise<void> {
  const handle = rig.rig.client.workflow.getHandle(stackWorkflowID(name));
  const known = async (): Promise<boolean> =>
    Object.keys((await handle.query(stackProgressQuery)).objects).length > 0;
  await until(known, { what: 'that the run knows its objects' });
}

it('a START whose status another request has entered in a lost task is refused, and the run goes on', async () => {
  const name = await rig.add(network('/lost/rae/scheduled', inSeconds(3_600)));
  await loaded(name);
  const now = new Date().toISOString();
  const change = { actor: 'one', reason: 'START requested', begunBy: randomUUID(), action: 0, now };
  await rig.rig.repositories.stacks.enterStatus(name, 'scheduled', change);
  expect(await rig.gateway.act(name, { action: 'START', actor: 'two' })).toMatchObject({ kind: 'refused' });
  expect(await rig.act(name, 'STOP')).toBe('stopped');
});

it('a START that comes while the run reads the database again is carried out', async () => {
  const name = await rig.add(network('/lost/rae/read'));
  await loaded(name);
  const slow = gate(rig.rig.repositories.stacks, 'load');
  await rig.gateway.resync(name);
  await until(() => slow.arrived() > 0, { what: 'the read' });
  const begun = rig.act(name, 'START');
  await until(async () => (await rig.status(name)) === 'starting', { what: 'that it is starting' });
  slow.open();
  expect(await begun).toBe('starting');
  await rig.reaches(name, 'ready');
});

it('a reset repeats no action, however many there were', async () => {
  const name = await rig.add(network('/lost/rae/reset'));
  for (let round = 0; round < 11; round += 1) {
    await rig.bring(name, 'START', 'ready');
    await rig.bring(name, 'STOP', 'stopped');
  }
  await rig.bring(name, 'START', 'ready');
  const before = await statuses(name);
  const { client } = rig.rig;
  const workflowId = stackWorkflowID(name);
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const first = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes);
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    requestId: randomUUID(),
    reason: 'by hand',
    workflowTaskFinishEventId: first?.eventId,
  });
  // Behind all that the server sends again.
  expect(await rig.gateway.act(name, { action: 'SHUTDOWN', actor: 'rae' })).toMatchObject({
    kind: 'accepted',
  });
  await rig.reaches(name, 'shut_down');
  expect(await statuses(name)).toEqual([...before, 'shutting_down', 'shut_down']);
});

it('a run that begins anew creates nothing in place of what the owner has destroyed', async () => {
  const disk = '/lost/rae/disk';
  const [owner, user] = ['/lost/rae/owner', '/lost/rae/user'];
  await rig.add(parse({ name: owner, oplans: [plan('disk', 'storage/volume', [disk])] }));
  const web = instances('web', ['/lost/rae/web']);
  await rig.add(parse({ name: user, oplans: [plan('disk', 'storage/volume', [disk]), web] }));
  await rig.bring(owner, 'START', 'ready');
  await rig.bring(user, 'START', 'ready');
  await rig.bring(owner, 'STOP', 'stopped');
  expect((await rig.object(user, disk)).condition).toBe('absent');
  await rig.rig.client.workflow.getHandle(stackWorkflowID(user)).terminate('by hand');
  await rig.gateway.ensure(user);
  await rig.bring(user, 'SHUTDOWN', 'shut_down');
  expect(await statuses(user)).toEqual(['starting', 'ready', 'shutting_down', 'shut_down']);
  expect(await rig.journal(disk, 'create')).toHaveLength(1);
});

it('an error stays while an adopted object is gone, though its last instance is mended', async () => {
  const [disk, web] = ['/gone/rae/disk', '/gone/rae/web'];
  const [owner, user] = ['/gone/rae/owner', '/gone/rae/user'];
  await rig.add(parse({ name: owner, oplans: [plan('disk', 'storage/volume', [disk])] }));
  await rig.add(
    parse({ name: user, oplans: [plan('disk', 'storage/volume', [disk]), instances('web', [web])] }),
  );
  await rig.bring(owner, 'START', 'ready');
  await rig.bring(user, 'START', 'ready');
  await rig.bring(user, 'SHUTDOWN', 'shut_down');
  await rig.simulation.fail('launchplan', web, 'start', { message: 'no power', times: 1 });
  await rig.bring(user, 'RESTART', 'error');
  await rig.bring(owner, 'STOP', 'stopped');
  await rig.instance(user, web, 'running');
  await until(async () => (await rig.object(user, web)).condition === 'running', { what: 'that it runs' });
  await rig.instance(user, web, 'shutdown');
  await until(async () => (await rig.object(user, web)).condition === 'shutdown', { what: 'that it is off' });
  // Only an error permits it now.
  expect(await rig.act(user, 'START')).toBe('starting');
});

it('a definition that a later one has overtaken begins nothing', async () => {
  const name = '/lost/rae/defined';
  const of = (...labels: string[]): StackDefinition =>
    parse({ name, oplans: labels.map((label) => plan(label, 'vnet', [`${name}-${label}`])) });
  await rig.add(of('net'));
  await rig.bring(name, 'START', 'ready');
  const [first, second] = [
    prepareDefinition(of('net', 'x'), randomUUID()),
    prepareDefinition(of('net', 'y'), randomUUID()),
  ];
  const { stacks } = rig.rig.repositories;
  const now = Date.now();
  await stacks.storeRevision(name, first, new Date(now).toISOString());
  await stacks.storeRevision(name, second, new Date(now + 5).toISOString());
  const { revision, plan: later } = second;
  await rig.gateway.define(name, { revision, plan: later, actor: 'two' });
  await rig.reaches(name, 'ready');
  const before = await statuses(name);
  await rig.gateway.define(name, { revision: first.revision, plan: first.plan, actor: 'one' });
  expect(await statuses(name)).toEqual(before);
  expect((await stacks.find(name))?.definition.oplans.map(({ label }) => label)).toEqual(['net', 'y']);
});
