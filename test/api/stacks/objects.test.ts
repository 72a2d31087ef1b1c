import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OBJECT_ROOTS, SHOWN_TYPES, type ShownType } from '../../../src/api/routes/stacks/objects/object.ts';
import type { Oplan } from '../../../src/domain/stacks/definition.ts';
import { ApiRig, SUBJECT } from '../api-rig.ts';
import { added, aDefinition, became } from './definitions.ts';

const STACK = '/acme/jack/everything';
const nameOf = (type: ShownType): string => `/acme/jack/${type.replace('/', '-')}`;
/** Fields that clients read beside or in place of the specification. */
const FIELDS: Partial<Record<ShownType, object>> = {
  launchplan: {
    ip: '10.0.0.2',
    error_reason: '',
    start_time: '2026-05-12T08:00:00.500000Z',
    vcable_id: nameOf('launchplan'),
    networking: {},
    storage_attachments: [],
    sshkeys: [],
    tags: [],
    boot_order: [],
    desired_state: 'running',
  },
  'storage/volume': {
    size: '10737418240',
    status: 'Online',
    status_timestamp: '2026-05-12T08:00:00.500000Z',
    status_detail: '',
    properties: [],
    tags: [],
    bootable: false,
  },
  'storage/attachment': { state: 'attached' },
  'ip/reservation': { ip: '10.0.0.2', parentpool: '/oracle/public/ippool', tags: [] },
  'ip/association': { ip: '10.0.0.2', reservation: nameOf('ip/reservation') },
  seclist: { outbound_cidr_policy: 'permit' },
  secrule: { action: 'PERMIT', disabled: false },
};
const SPECS: Record<ShownType, object> = {
  launchplan: { shape: 'oc3', attributes: { userdata: 'x' } },
  'storage/volume': { size: '10G' },
  'storage/attachment': {
    index: 1,
    instance_name: nameOf('launchplan'),
    storage_volume_name: nameOf('storage/volume'),
  },
  'ip/reservation': { permanent: true },
  'ip/association': {
    vcable: nameOf('launchplan'),
    parentpool: `ipreservation:${nameOf('ip/reservation')}`,
  },
  seclist: { policy: 'deny' },
  secrule: { src_list: `seclist:${nameOf('seclist')}`, dst_list: 'seciplist:/oracle/public/public-internet' },
  vnet: {},
};

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  const oplans = SHOWN_TYPES.map((type): Oplan => {
    const object = { name: nameOf(type), ...SPECS[type], simulation: { seconds: 3 } };
    const objects = type === 'launchplan' ? [{ instances: [object] }] : [object];
    return { label: type.replace('/', '-'), obj_type: type, ha_policy: 'none', objects };
  });
  await added(rig, aDefinition(STACK, { oplans, relationships: [] }));
});

beforeEach(() => {
  rig.stackGateway.outcome = { kind: 'accepted', status: 'warning' };
});

describe.each(SHOWN_TYPES)('%s', (type) => {
  const root = OBJECT_ROOTS[type];
  const name = nameOf(type);
  const key = [STACK, type.replace('/', '-'), name] as [string, string, string];

  it('A70 A71: is there from its creation to its end', async () => {
    expect((await rig.call('GET', `${root}${name}`)).status).toBe(404);
    expect((await rig.call('GET', root)).body).toEqual({ result: [] });
    const condition = type === 'launchplan' ? 'running' : 'available';
    await became(rig, key, { condition, objectID: 'id-1', owned: true, attributes: { ip: '10.0.0.2' } });
    const { status, body } = await rig.call('GET', `${root}${name}`, { token: 'operator' });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...SPECS[type],
      name,
      uri: `http://localhost${root}${name}`,
      id: 'id-1',
      state: condition,
      state_timestamp: '2026-05-12T08:00:00.500000Z',
      error: null,
      orchestration: STACK,
      oplan: key[1],
      adopted: false,
      reported: { ip: '10.0.0.2' },
      ...FIELDS[type],
    });
    for (const folder of ['', '/acme', '/acme/jack']) {
      expect((await rig.call('GET', `${root}${folder}/`)).body).toEqual({ result: [body] });
      const names = await rig.call('GET', `${root}${folder}`);
      expect(names.body).toEqual({ result: [name] });
      expect(names.headers.get('X-Total-Count')).toBe('1');
    }
    expect((await rig.call('GET', `${root}/acme/jill/`)).body).toEqual({ result: [] });
    if (type === 'launchplan') return;
    await became(rig, key, { condition: 'absent', objectID: null, owned: null });
    expect((await rig.call('GET', `${root}${name}`)).status).toBe(404);
  });

  it('A71: shows one that was there before as adopted', async () => {
    await became(rig, key, { condition: 'available', objectID: 'id-2', owned: false });
    expect((await rig.call('GET', `${root}${name}`)).body).toMatchObject({ adopted: true });
    await became(rig, key, { condition: type === 'launchplan' ? 'running' : 'available', owned: true });
  });
});

describe('PUT /instance/{name}', () => {
  const path = `/instance${nameOf('launchplan')}`;

  it.each(['shutdown', 'running'] as const)(
    'A82 A85: asks the stack for desired_state %s',
    async (desired) => {
      const answer = await rig.call('PUT', path, { body: { desired_state: desired } });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ name: nameOf('launchplan'), state: 'running' });
      expect(rig.stackGateway.instances.at(-1)).toEqual({
        name: STACK,
        request: { instance: nameOf('launchplan'), desired, actor: SUBJECT },
      });
    },
  );

  it.each([
    [{}, [{ path: 'desired_state', message: 'must be one of: running, shutdown' }]],
    [{ desired_state: 'off' }, [{ path: 'desired_state', message: 'must be one of: running, shutdown' }]],
    [{ shape: 'oc4' }, [{ path: 'desired_state', message: 'must be one of: running, shutdown' }]],
  ])('refuses %j', async (body, errors) => {
    const answer = await rig.call('PUT', path, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors });
  });

  it('answers 409 with the reason of the engine, 404 for one that is not there', async () => {
    const body = { desired_state: 'running' };
    rig.stackGateway.outcome = { kind: 'refused', reason: 'The orchestration is stopping; wait' };
    const refused = await rig.call('PUT', path, { body });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ detail: 'The orchestration is stopping; wait' });
    rig.stackGateway.outcome = { kind: 'unknown' };
    expect((await rig.call('PUT', path, { body })).status).toBe(404);
    const unknown = await rig.call('PUT', '/instance/acme/jack/unknown', { body });
    expect(unknown.body).toMatchObject({
      status: 404,
      detail: 'Nothing has the name /acme/jack/unknown; GET /instance/ lists what there is',
    });
  });

  it('is there for instances alone', async () => {
    const volume = `/storage/volume${nameOf('storage/volume')}`;
    expect((await rig.call('PUT', volume, { body: { desired_state: 'shutdown' } })).status).toBe(405);
  });
});
