/**
 * Answers as Oracle's clients decode them. The fields and types are those that go-oracle-terraform's structs
 * (compute/instances.go, storage_volumes.go, ip_reservations.go, ip_associations.go, security_lists.go, sec_rules.go) and
 * fog-oraclecloud's models (lib/fog/oraclecloud/models/compute) read; values are our own.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectChange } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import type { Json, Oplan } from '../../../src/domain/stacks/definition.ts';
import type { ObjectCondition } from '../../../src/domain/stacks/statuses.ts';
import { ApiRig, type Answer } from '../api-rig.ts';
import { added, aDefinition, became, ORACLE_TYPE } from './definitions.ts';

const STACK = '/Compute-quay/dana@example.com/clients';
const at = (name: string): string => `/Compute-quay/dana@example.com/${name}`;

const oplan = (label: string, type: Oplan['obj_type'], spec: { [field: string]: Json }): Oplan => {
  const object = { ...spec, name: at(label) };
  const objects = type === 'launchplan' ? [{ instances: [object] }] : [object];
  return { label, obj_type: type, ha_policy: 'none', objects };
};

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  const oplans = [
    oplan('server', 'launchplan', {
      networking: {
        eth0: { seclists: [at('list')], nat: at('address'), dns: ['server'] },
        eth1: { nat: [`ipreservation:${at('address')}`, '/oracle/public/ippool'], ipnetwork: null },
        eth2: { nat: null },
      },
      storage_attachments: [{ volume: at('disk'), index: 1 }],
    }),
    oplan('bare', 'launchplan', {}),
    oplan('disk', 'storage/volume', { size: '10G' }),
    oplan('attachment', 'storage/attachment', {
      index: 2,
      instance_name: at('bare'),
      storage_volume_name: at('disk'),
    }),
    oplan('address', 'ip/reservation', {}),
    oplan('association', 'ip/association', { parentpool: at('address'), instance_name: at('bare') }),
    oplan('list', 'seclist', {}),
    oplan('rule', 'secrule', { src_list: '/oracle/public/public-internet', dst_list: at('list') }),
  ];
  await added(rig, aDefinition(STACK, { oplans, relationships: [] }));
});

beforeEach(() => {
  rig.stackGateway.outcome = { kind: 'accepted', status: 'warning' };
});

async function is(label: string, condition: ObjectCondition, more: ObjectChange = {}): Promise<void> {
  const change = { condition, objectID: `id-of-${label}`, owned: true, error: null, ...more };
  await became(rig, [STACK, label, at(label)], change);
}

async function read(type: string, label: string): Promise<Record<string, unknown>> {
  const answer = await rig.call('GET', `/${type}${at(label)}`, { headers: { Accept: ORACLE_TYPE } });
  expect(answer.status).toBe(200);
  return answer.body as Record<string, unknown>;
}

describe('an instance', () => {
  it('A78: shows what clients read, with names behind their types', async () => {
    await is('server', 'running', { attributes: { ip: '10.1.2.3' } });
    expect(await read('instance', 'server')).toMatchObject({
      name: at('server'),
      ip: '10.1.2.3',
      state: 'running',
      desired_state: 'running',
      error_reason: '',
      start_time: '2026-05-12T08:00:00.500000Z',
      vcable_id: at('server'),
      networking: {
        eth0: { seclists: [at('list')], nat: `ipreservation:${at('address')}`, dns: ['server'] },
        eth1: { nat: [`ipreservation:${at('address')}`, 'ippool:/oracle/public/ippool'], ipnetwork: null },
        eth2: { nat: null },
      },
      storage_attachments: [{ volume: at('disk'), storage_volume_name: at('disk'), index: 1 }],
      sshkeys: [],
      tags: [],
      boot_order: [],
    });
    const definition = (await rig.call('GET', `/orchestration${STACK}`)).body;
    expect(JSON.stringify(definition)).toContain(`"nat":"${at('address')}"`);
  });

  it('A78: has lists and records where nothing was said', async () => {
    await is('bare', 'running');
    expect(await read('instance', 'bare')).toMatchObject({
      ip: null,
      networking: {},
      storage_attachments: [],
    });
  });

  it.each<[ObjectCondition, string]>([
    ['creating', 'preparing'],
    ['running', 'running'],
    ['shutting_down', 'shutting_down'],
    ['shutdown', 'shutdown'],
    ['starting', 'starting'],
    ['stopped', 'stopped'],
    ['failed', 'error'],
    ['destroying', 'stopping'],
  ])('A78: that is %s has the state %s', async (condition, state) => {
    await is('bare', condition, { error: condition === 'failed' ? 'no image' : null });
    const body = await read('instance', 'bare');
    expect(body).toMatchObject({ state, error_reason: condition === 'failed' ? 'no image' : '' });
    expect(body['start_time'] === null).toBe(condition !== 'running');
  });

  it('A78: is found by a name of four parts, the last its ID, as long as it has that ID', async () => {
    await is('server', 'running');
    const path = `/instance${at('server')}/id-of-server`;
    const { status, body } = await rig.call('GET', path, { token: 'operator' });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...(await read('instance', 'server')),
      name: `${at('server')}/id-of-server`,
      uri: `http://localhost${path}`,
    });
    const other = await rig.call('GET', `/instance${at('server')}/id-of-another`);
    expect(other.status).toBe(404);
    expect(other.body).toMatchObject({ detail: expect.stringContaining('/id-of-another') as string });
  });

  it.each(['', '/id-of-server'])('A82 A85: PUT of name%s takes what GET answered', async (id) => {
    await is('server', 'running');
    const path = `/instance${at('server')}${id}`;
    const given = (await rig.call('GET', path)).body as object;
    const put = async (body: object): Promise<Answer> =>
      await rig.call('PUT', path, { body, headers: { 'Content-Type': ORACLE_TYPE } });
    const answer = await put({ ...given, desired_state: 'shutdown' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ name: `${at('server')}${id}`, desired_state: 'running' });
    expect(rig.stackGateway.instances.at(-1)?.request).toMatchObject({
      instance: at('server'),
      desired: 'shutdown',
    });
    // go-oracle-terraform, UpdateInstanceInput: a name, a state and tags.
    expect((await put({ name: at('server'), desired_state: 'running', tags: ['x'] })).status).toBe(200);
    expect((await put({ name: at('server'), tags: ['x'] })).body).toMatchObject({
      errors: [{ path: 'desired_state', message: 'must be one of: running, shutdown' }],
    });
    expect((await rig.call('PUT', `${path}-not`, { body: { desired_state: 'running' } })).status).toBe(404);
  });
});

describe('a volume', () => {
  it.each<[ObjectCondition, string]>([
    ['creating', 'Initializing'],
    ['available', 'Online'],
    ['destroying', 'Deleting'],
    ['failed', 'Error'],
  ])('A78: that is %s has the status %s, and its size in bytes', async (condition, status) => {
    await is('disk', condition, { error: condition === 'failed' ? 'the pool is full' : null });
    expect(await read('storage/volume', 'disk')).toMatchObject({
      name: at('disk'),
      size: '10737418240',
      status,
      status_detail: condition === 'failed' ? 'the pool is full' : '',
      status_timestamp: expect.any(String) as string,
      properties: [],
      tags: [],
      bootable: false,
      state: condition,
    });
  });
});

it.each<[ObjectCondition, string]>([
  ['creating', 'attaching'],
  ['available', 'attached'],
  ['destroying', 'detaching'],
  ['failed', 'unavailable'],
])('A78: an attachment that is %s has the state %s', async (condition, state) => {
  await is('attachment', condition);
  const parts = { index: 2, instance_name: at('bare'), storage_volume_name: at('disk') };
  expect(await read('storage/attachment', 'attachment')).toMatchObject({ ...parts, state });
});

it('A78: addresses, associations, security lists and rules have what clients read, and the defaults of Oracle', async () => {
  const attributes = { ip: '100.64.0.9' };
  for (const label of ['address', 'association']) await is(label, 'available', { attributes });
  for (const label of ['list', 'rule']) await is(label, 'available');
  expect(await read('ip/reservation', 'address')).toMatchObject({
    ip: '100.64.0.9',
    parentpool: '/oracle/public/ippool',
    permanent: true,
    tags: [],
  });
  expect(await read('ip/association', 'association')).toMatchObject({
    ip: '100.64.0.9',
    parentpool: `ipreservation:${at('address')}`,
    reservation: at('address'),
    vcable: at('bare'),
  });
  expect(await read('seclist', 'list')).toMatchObject({ policy: 'deny', outbound_cidr_policy: 'permit' });
  expect(await read('secrule', 'rule')).toMatchObject({
    src_list: 'seciplist:/oracle/public/public-internet',
    dst_list: `seclist:${at('list')}`,
    action: 'PERMIT',
    disabled: false,
  });
});

it('A67: fog-oraclecloud starts and stops with a content type and without a body', async () => {
  for (const action of ['start', 'stop']) {
    const path = `/orchestration${STACK}?action=${action}`;
    const answer = await rig.call('PUT', path, { headers: { 'Content-Type': ORACLE_TYPE } });
    expect(answer.status).toBe(200);
  }
  expect((await rig.call('GET', '/orchestration/Compute-quay/')).body).toMatchObject({
    result: [{ name: STACK, status: 'stopped', relationships: [], schedule: { start_time: null } }],
  });
});
