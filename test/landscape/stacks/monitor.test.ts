/** The monitor's look at all instances: its cost, and what it believes. */
import pLimit from 'p-limit';
import { expect, test, vi } from 'vitest';
import { StackRound } from '../../../src/activities/stacks/survey-round.ts';
import type { StackObjectRow } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import type { Drivers } from '../../../src/activities/stacks/drivers/driver.ts';
import { instanceManifest } from '../../../src/activities/stacks/drivers/kubernetes/instance-manifest.ts';
import { ANNOTATION, clusterName } from '../../../src/activities/stacks/drivers/kubernetes/names.ts';
import { parseOwnerKey } from '../../../src/domain/stacks/owner-key.ts';
import type { ObjectCondition } from '../../../src/domain/stacks/statuses.ts';
import { admin } from '../support.ts';
import { driverRig, INSTALLATION, POD_SECONDS, SIGNAL, wanted, type Rig, type Wanted } from './driver-rig.ts';

const many = (count: number): Wanted[] =>
  Array.from({ length: count }, (_, number) =>
    wanted('launchplan', `/acme/jack/vm-${number}`, { imagelist: 'nginx:1.29' }),
  );

/**
 * These instances, running and noted as such. They are put there as the driver makes and notes them, in one request each:
 * the driver's own requests for a thousand of them would be most of what this file costs.
 */
async function running(count: number): Promise<{ rig: Rig; all: Wanted[] }> {
  const rig = await driverRig();
  const all = many(count);
  const atOnce = pLimit(8);
  await Promise.all(all.map((object) => atOnce(() => put(rig, object))));
  rig.pass(POD_SECONDS);
  const [first] = all;
  if (first) expect(await rig.describe(first)).toMatchObject({ state: 'running', owner: first.owner });
  return { rig, all };
}

async function put(rig: Rig, object: Wanted): Promise<void> {
  const { metadata, ...rest } = instanceManifest(object);
  const annotations = { ...metadata?.annotations, [ANNOTATION.readyAt]: '1' };
  const body = { ...rest, metadata: { ...metadata, annotations } };
  const answer = await fetch(`${rig.of.kubernetesURL}/apis/apps/v1/namespaces/drydock-stacks/statefulsets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
  await answer.arrayBuffer();
}

function row({ objType, name, owner, spec }: Wanted, condition: ObjectCondition = 'running'): StackObjectRow {
  const { stack = '', label = '' } = parseOwnerKey(owner) ?? {};
  return {
    stack,
    label,
    name,
    container: 'acme',
    folder: '/acme/jack/',
    objType,
    spec,
    position: 0,
    condition,
    conditionAt: '2024-01-01T00:00:00.000000Z',
    desired: 'running',
    objectID: null,
    owned: true,
    attributes: null,
    error: null,
    failureCode: null,
    doneFor: 1,
    pendingSince: null,
  };
}

function round(rig: Rig, changes: Partial<Drivers> = {}) {
  const unseen = vi.fn<(instances: number, reason: unknown) => void>();
  const nested = { ...rig.drivers.launchplan, survey: undefined };
  const drivers = { ...rig.drivers, orchestration: nested, ...changes };
  const look = new StackRound({ drivers, installationID: INSTALLATION, clock: Date.now }, SIGNAL, unseen);
  const names = async (rows: StackObjectRow[]): Promise<string[]> =>
    (await look.newsOf(rows)).flatMap(({ row, news }) => (news === 'other' ? [row.name] : []));
  return { names, unseen };
}

const requests = async ({ of }: Rig): Promise<number> =>
  (await admin<{ objects: number }>(of, 'GET', '/requests')).objects;

/** How many requests a piece of work takes. */
async function counted(rig: Rig, work: () => Promise<unknown>): Promise<number> {
  const before = await requests(rig);
  await work();
  return (await requests(rig)) - before;
}

test('looks at 1,000 instances with two requests, however many pages of rows they are on', async () => {
  const { rig, all } = await running(1_000);
  const rows = all.map((object) => row(object));
  const look = round(rig);
  const cost = await counted(rig, async () => {
    expect(await look.names(rows.slice(0, 500))).toEqual([]);
    expect(await look.names(rows.slice(500))).toEqual([]);
  });
  expect(cost).toBe(2);

  const single = round(rig, { launchplan: { ...rig.drivers.launchplan, survey: undefined } });
  expect(await counted(rig, () => single.names(rows.slice(0, 200)))).toBe(200);

  // Only what seems to differ is looked at by itself.
  await admin(rig.of, 'POST', '/objects/kill', { name: '/acme/jack/vm-700' });
  const next = round(rig);
  expect(await counted(rig, async () => expect(await next.names(rows)).toEqual(['/acme/jack/vm-700']))).toBe(
    3,
  );
});

test('notes an instance that it sees ready for the first time, as a look at it alone does', async () => {
  const { rig, all } = await running(1);
  const [vm] = all as [Wanted];
  await admin(rig.of, 'POST', '/objects/kill', { name: vm.name });
  await rig.drivers.launchplan.start(vm, SIGNAL);
  await admin(rig.of, 'POST', '/objects/revive', { name: vm.name });
  rig.pass(POD_SECONDS);
  expect(await round(rig).names([row(vm)])).toEqual([]);
  await admin(rig.of, 'POST', '/objects/kill', { name: vm.name });
  expect(await round(rig).names([row(vm)])).toEqual([vm.name]);
});

test('takes nothing for gone because a list does not show it', async () => {
  const { rig, all } = await running(3);
  const rows = all.map((object) => row(object));
  const { launchplan } = rig.drivers;
  const stale = { ...launchplan, survey: () => () => Promise.resolve(new Map()) };
  expect(await round(rig, { launchplan: stale }).names(rows)).toEqual([]);
  // And nothing for stopped because an old list shows it so.
  const stopped = { id: 'old', owner: null, state: 'stopped' } as const;
  const older = {
    ...launchplan,
    survey: () => () => Promise.resolve(new Map(all.map(({ name }) => [name, stopped]))),
  };
  expect(await round(rig, { launchplan: older }).names(rows)).toEqual([]);

  const [gone] = all as [Wanted];
  await rig.destroy(gone);
  rig.pass(POD_SECONDS);
  expect(await round(rig).names(rows)).toEqual([gone.name]);
});

test('finds an instance whose StatefulSet has lost its labels', async () => {
  const { rig, all } = await running(2);
  const [vm] = all as [Wanted];
  const url = `${rig.of.kubernetesURL}/apis/apps/v1/namespaces/drydock-stacks/statefulsets/${clusterName('launchplan', vm.name)}`;
  const body = JSON.stringify({ metadata: { labels: null } });
  await fetch(url, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body });
  expect(await round(rig).names(all.map((object) => row(object)))).toEqual([]);
});

test.each(['unavailable', 'garbage', 'cut'])(
  'a list that fails (%s) says nothing about any instance, and is not asked for again and again',
  async (mode) => {
    const { rig, all } = await running(3);
    const rows = all.map((object) => row(object));
    await admin(rig.of, 'PUT', '/faults/objects', { mode });
    const look = round(rig);
    const cost = await counted(rig, async () => {
      expect(await look.names(rows)).toEqual([]);
      expect(await look.names(rows)).toEqual([]);
    });
    expect(cost).toBe(1);
    expect(look.unseen).toHaveBeenCalledWith(3, expect.objectContaining({ name: 'UnavailableError' }));
    await admin(rig.of, 'DELETE', '/faults');
    await admin(rig.of, 'POST', '/objects/kill', { name: rows[0]?.name });
    expect(await round(rig).names(rows)).toEqual([rows[0]?.name]);
  },
);
