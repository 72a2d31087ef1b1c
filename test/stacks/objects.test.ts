/** The objects of a stack over the REST API: one stack with all nine types, and what can be read of each object. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OBJECT_TYPES } from '../../src/domain/stacks/definition.ts';
import { expectStatus } from '../e2e/rest.ts';
import { depends, instances, plan, type Fields, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

const at = (name: string): string => `/every/kim/${name}`;

const WEB: Fields = {
  label: 'web',
  shape: 'oc4',
  imagelist: '/oracle/public/oel_7',
  sshkeys: [at('key')],
  attributes: { userdata: { role: 'front' } },
  networking: {
    eth0: { seclists: [`seclist:${at('list')}`], vnet: at('net'), nat: `ipreservation:${at('fixed')}` },
  },
  storage_attachments: [{ volume: at('disk'), index: 1 }],
};

/** All types in an order in which nothing could be created, and without a single relationship. */
const EVERY: StackBody = {
  name: at('stack'),
  oplans: [
    plan('rule', 'secrule', [at('https')], {
      src_list: 'seciplist:/oracle/public/public-internet',
      dst_list: `seclist:${at('list')}`,
      application: '/oracle/public/https',
      action: 'permit',
    }),
    plan('association', 'ip/association', [at('assigned')], {
      parentpool: `ipreservation:${at('floating')}`,
      instance_name: at('web-1'),
    }),
    plan('attachment', 'storage/attachment', [at('attached')], {
      instance_name: at('web-2'),
      storage_volume_name: at('extra'),
      index: 2,
    }),
    instances('web', [at('web-1')], WEB),
    instances('plain', [at('web-2')], { shape: 'oc3' }),
    plan('inner', 'orchestration', [at('inner')]),
    plan('addresses', 'ip/reservation', [at('fixed'), at('floating')], {
      parentpool: '/oracle/public/ippool',
      permanent: true,
    }),
    plan('volumes', 'storage/volume', [at('disk'), at('extra'), at('lent')], { size: '10G' }),
    plan('list', 'seclist', [at('list')], { policy: 'deny' }),
    plan('net', 'vnet', [at('net')]),
  ],
};

/** Each type that has a path of its own, with the names that the stack above has of it, in the order of lists. */
const OBJECTS: [path: string, names: string[], state: string][] = [
  ['instance', ['web-1', 'web-2'], 'running'],
  ['storage/volume', ['disk', 'extra', 'lent'], 'available'],
  ['storage/attachment', ['attached'], 'attached'],
  ['ip/reservation', ['fixed', 'floating'], 'available'],
  ['ip/association', ['assigned'], 'available'],
  ['seclist', ['list'], 'available'],
  ['secrule', ['https'], 'available'],
  ['vnet', ['net'], 'available'],
];

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
  await service.simulation.put('storage/volume', at('lent'), { size: '1G' });
  await service.stacks.add({ name: at('inner'), oplans: [instances('own', ['/every/inner/one'])] });
  await service.stacks.add(EVERY);
  await service.stacks.bring(EVERY.name, 'START', 'ready');
});

async function list<T>(path: string, entry: z.ZodType<T>): Promise<T[]> {
  const answer = expectStatus(200, await service.rest.request('GET', path));
  const { result } = z.strictObject({ result: z.array(entry) }).parse(answer.body);
  expect(answer.headers.get('x-total-count')).toBe(String(result.length));
  return result;
}

const shown = z.looseObject({ name: z.string(), id: z.string().nullable(), state: z.string() });

describe('a stack with objects of all nine types', () => {
  it('A59 A64 A65 A70: has them all, each plan of one type', async () => {
    expect(new Set(EVERY.oplans.map(({ obj_type }) => obj_type))).toEqual(new Set(OBJECT_TYPES));
    const ready = await service.stacks.get(EVERY.name);
    expect(ready.oplans.map(({ label, status }) => `${label} ${status}`)).toEqual(
      EVERY.oplans.map(({ label }) => `${label} ready`),
    );
    const existing = await service.simulation.objects('/every/kim/');
    expect(existing).toHaveLength(OBJECTS.flatMap(([, names]) => names).length);
    expect((await service.stacks.get(at('inner'))).status).toBe('ready');
  });

  it.each(OBJECTS)(
    'A70: %s: each is read below its path, with the identity that it really has',
    async (path, names, state) => {
      const existing = await service.simulation.objects('/every/kim/');
      for (const name of names) {
        const object = await service.stacks.object(path, at(name));
        const real = existing.find((one) => one.name === at(name));
        expect(real?.id).toEqual(expect.any(String));
        expect(object).toMatchObject({
          name: at(name),
          id: real?.id,
          state,
          error: null,
          orchestration: EVERY.name,
          uri: `${service.url}/${path}${at(name)}`,
        });
        const { body } = expectStatus(200, await service.rest.request('GET', new URL(object.uri).pathname));
        expect(body).toEqual(object);
      }
    },
  );

  it.each(OBJECTS)(
    '%s: lists show details with a slash at the end, and names without',
    async (path, names) => {
      const details = await list(`/${path}/every/kim/`, shown);
      expect(details.map(({ name }) => name)).toEqual(names.map(at));
      for (const entry of details) expect(entry).toEqual(await service.stacks.object(path, entry.name));
      expect(await list(`/${path}/every/kim`, z.string())).toEqual(names.map(at));
      // A container's, and everybody's: the instance of the nested stack is in these, too.
      const everywhere = path === 'instance' ? ['/every/inner/one', ...names.map(at)] : names.map(at);
      for (const folder of ['/every', '']) {
        expect((await list(`/${path}${folder}/`, shown)).map(({ name }) => name)).toEqual(everywhere);
        expect(await list(`/${path}${folder}`, z.string())).toEqual(everywhere);
      }
      expect(await list(`/${path}/every/nobody/`, shown)).toEqual([]);
      expect((await service.stacks.tryObject(path, at('nothing'))).status).toBe(404);
    },
  );

  it('A71: says what it adopted', async () => {
    expect(await service.stacks.object('storage/volume', at('lent'))).toMatchObject({ adopted: true });
    expect(await service.stacks.object('storage/volume', at('disk'))).toMatchObject({ adopted: false });
  });

  it('A66: the instances of a launch plan keep template, networks, storage and resources as they were defined', async () => {
    const web = await service.stacks.object('instance', at('web-1'));
    expect(web).toMatchObject({ ...WEB, name: at('web-1'), oplan: 'web', desired_state: 'running' });
    const real = (await service.simulation.objects('/every/kim/')).find(({ name }) => name === at('web-1'));
    expect(web.id).toBe(real?.id);
    const defined = (await service.stacks.get(EVERY.name)).oplans[3];
    expect(defined).toMatchObject({ obj_type: 'launchplan', objects: EVERY.oplans[3]?.objects });
  });

  it('A61 A62: what an object refers to is created before it and destroyed after it, unsaid', async () => {
    const { stacks, simulation } = service;
    await stacks.bring(EVERY.name, 'STOP', 'stopped');
    const steps = (await simulation.journal('/every/kim/')).map(
      ({ operation, name }) => `${operation} ${name.slice('/every/kim/'.length)}`,
    );
    for (const [first, second] of [
      ['disk', 'web-1'],
      ['list', 'web-1'],
      ['net', 'web-1'],
      ['fixed', 'web-1'],
      ['list', 'https'],
      ['floating', 'assigned'],
      ['web-1', 'assigned'],
      ['extra', 'attached'],
      ['web-2', 'attached'],
    ] as const) {
      for (const [before, after] of [
        [`create ${first}`, `create ${second}`],
        [`destroy ${second}`, `destroy ${first}`],
      ] as const) {
        expect(steps).toContain(before);
        expect(steps).toContain(after);
        expect(steps.indexOf(before), `${before}, then ${after}`).toBeLessThan(steps.indexOf(after));
      }
    }
    // Adopted objects stay, and nothing of the rest is shown any more.
    expect((await simulation.objects('/every/')).map(({ name }) => name)).toEqual([at('lent')]);
    for (const [path, names] of OBJECTS) {
      expect(await list(`/${path}/`, shown)).toEqual([]);
      for (const name of names) expect((await stacks.tryObject(path, at(name))).status).toBe(404);
    }
  });
});

describe('a launch plan', () => {
  it('A66: may define several groups of instances, each instance an object of its own', async () => {
    const { stacks } = service;
    const names = ['/groups/lea/a', '/groups/lea/b', '/groups/lea/c'];
    const [first, second] = [instances('web', names.slice(0, 2)), instances('web', names.slice(2))];
    const body: StackBody = {
      name: '/groups/lea/stack',
      oplans: [{ ...first, objects: [...first.objects, ...second.objects] }],
    };
    await stacks.add(body);
    await stacks.bring(body.name, 'START', 'ready');
    expect(await list('/instance/groups/lea', z.string())).toEqual(names);
    const ids = await Promise.all(names.map(async (name) => (await stacks.object('instance', name)).id));
    expect(new Set(ids).size).toBe(names.length);
  });

  it('A60 A61: waits for a volume of its own orchestration that takes its time, stated or not', async () => {
    const { stacks, simulation } = service;
    for (const stated of [true, false]) {
      const folder = stated ? '/stated/lea' : '/implied/lea';
      const body: StackBody = {
        name: `${folder}/stack`,
        oplans: [
          instances('web', [`${folder}/web`], { storage_attachments: [{ volume: `${folder}/disk` }] }),
          plan('disk', 'storage/volume', [`${folder}/disk`], { simulation: { seconds: 1 } }),
        ],
        ...(stated ? { relationships: depends(['web', 'disk']) } : {}),
      };
      await stacks.add(body);
      await stacks.bring(body.name, 'START', 'ready');
      const [disk, web] = await simulation.journal(folder);
      expect([disk?.name, web?.name]).toEqual([`${folder}/disk`, `${folder}/web`]);
      expect(Date.parse(web?.at ?? '') - Date.parse(disk?.at ?? '')).toBeGreaterThanOrEqual(1_000);
    }
  });
});
