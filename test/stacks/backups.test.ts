/**
 * Backups of stacks over the REST API: which stacks are in one, what it keeps of them, and what restoring it brings back.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectStatus } from '../e2e/rest.ts';
import { until } from '../support/environment.ts';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

const documentSchema = z.strictObject({
  id: z.uuid(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  stacks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.string(),
      definition: z.record(z.string(), z.unknown()),
      instances: z.array(
        z.strictObject({
          name: z.string(),
          state: z.string(),
          desired_state: z.string(),
          id: z.string().nullable(),
        }),
      ),
    }),
  ),
  excluded: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
});
type Backup = z.infer<typeof documentSchema>;

const restoredSchema = z.strictObject({
  restored: z.array(z.string()),
  present: z.array(z.string()),
  refused: z.array(z.strictObject({ name: z.string(), reason: z.string() })).default([]),
});
const pageSchema = z.strictObject({
  data: z.array(
    z.strictObject({
      id: z.string(),
      created_at: z.string(),
      created_by: z.string(),
      included_count: z.number(),
      excluded_count: z.number(),
    }),
  ),
  count: z.number(),
  totalCount: z.number(),
});

const at = (name: string): string => `/safe/nora/${name}`;

/** Two instances on a volume. */
function pair(name: string, changes: Partial<StackBody> = {}): StackBody {
  const attached = { storage_attachments: [{ volume: at(`${name}-disk`) }] };
  return {
    name: at(name),
    description: `The ${name} one`,
    oplans: [
      instances('web', [at(`${name}-1`), at(`${name}-2`)], attached, { ha_policy: 'monitor' }),
      plan('disk', 'storage/volume', [at(`${name}-disk`)], { size: '10G' }),
    ],
    relationships: depends(['web', 'disk']),
    ...changes,
  };
}

/** One instance that uses a volume of somebody else. */
function user(name: string, volume: string): StackBody {
  const attached = { storage_attachments: [{ volume: at(volume) }] };
  return { name: at(name), oplans: [instances('web', [at(`${name}-1`)], attached)] };
}

const IN_A_YEAR = new Date(Date.now() + 365 * 86_400_000).toISOString();

let service: StackService;
let backup: Backup;

async function backUp(): Promise<Backup> {
  return documentSchema.parse(expectStatus(201, await service.rest.post('/backups', {})).body);
}

async function restore(): Promise<z.infer<typeof restoredSchema>> {
  const answer = await service.rest.post(`/backups/${backup.id}/restore`, {});
  return restoredSchema.parse(expectStatus(200, answer).body);
}

async function stopAndRemove(name: string): Promise<void> {
  const { status } = await service.stacks.get(at(name));
  if (status !== 'stopped') await service.stacks.bring(at(name), 'STOP', 'stopped');
  expectStatus(204, await service.stacks.tryRemove(at(name)));
}

/** A definition as its client wrote it, without the fields that the service adds. */
async function definitionOf(name: string): Promise<Record<string, unknown>> {
  const stack = await service.stacks.get(name);
  const { status: _s, status_timestamp: _t, uri: _u, user: _n, info: _i, oplans, ...rest } = stack;
  return {
    ...rest,
    oplans: oplans.map(({ status: _status, status_timestamp: _at, info: _info, ...oplan }) => oplan),
  };
}

/** Stacks in every status that one can rest in, and of every kind that is in a backup or not. */
beforeAll(async () => {
  service = await startStackService();
  const { stacks, simulation } = service;
  for (const name of ['ready', 'shut', 'warned', 'stopped']) await stacks.add(pair(name));
  await stacks.add(pair('failed'));
  await stacks.add(pair('starting'));
  await stacks.add(pair('later', { schedule: { start_time: IN_A_YEAR, stop_time: null } }));

  await simulation.fail('launchplan', at('failed-2'), 'create', { message: 'no room' });
  await simulation.slow('launchplan', at('starting-1'), 'create', 3_600_000);
  for (const name of ['ready', 'shut', 'warned']) await stacks.bring(at(name), 'START', 'ready');
  await stacks.bring(at('shut'), 'SHUTDOWN', 'shut_down');
  await stacks.instance(at('warned-2'), 'shutdown');
  await stacks.reaches(at('warned'), 'warning');
  await stacks.bring(at('failed'), 'START', 'error');
  await stacks.act(at('starting'), 'START');
  await until(async () => (await stacks.tryObject('instance', at('starting-2'))).status === 200, {
    what: 'an instance while another one is still being created',
  });
  await until(async () => (await stacks.object('instance', at('starting-2'))).state === 'running', {
    what: 'that it runs',
  });
  await stacks.bring(at('later'), 'START', 'scheduled');

  // A93: no instance, started and not.
  await stacks.add({ name: at('volumes'), oplans: [plan('disk', 'storage/volume', [at('bare')])] });
  await stacks.bring(at('volumes'), 'START', 'ready');
  await stacks.add({ name: at('nest'), oplans: [plan('inner', 'orchestration', [at('ready')])] });
  // A94: an instance of `borrower` uses what `lender` creates; that of `early` what `never` would create.
  await stacks.add(pair('lender'));
  await stacks.bring(at('lender'), 'START', 'ready');
  await stacks.add(user('borrower', 'lender-disk'));
  await stacks.bring(at('borrower'), 'START', 'ready');
  await stacks.add(pair('never'));
  await stacks.add(user('early', 'never-disk'));
  // The objects of `adopter` were there before it: it did not create the one that the instance of `other` uses.
  await simulation.put('storage/volume', at('adopter-disk'));
  await stacks.add(pair('adopter'));
  await stacks.bring(at('adopter'), 'START', 'ready');
  await stacks.add(user('other', 'adopter-disk'));
  await stacks.bring(at('other'), 'START', 'ready');
});

const INCLUDED: [name: string, status: string, states: string[]][] = [
  ['adopter', 'ready', ['running', 'running']],
  ['borrower', 'ready', ['running']],
  ['early', 'stopped', ['absent']],
  ['failed', 'error', ['running', 'failed']],
  ['later', 'scheduled', ['absent', 'absent']],
  ['other', 'ready', ['running']],
  ['ready', 'ready', ['running', 'running']],
  ['shut', 'shut_down', ['shutdown', 'shutdown']],
  ['starting', 'starting', ['creating', 'running']],
  ['stopped', 'stopped', ['absent', 'absent']],
  ['warned', 'warning', ['running', 'shutdown']],
];

describe('a backup', () => {
  it('A92 A93 A94: holds the stacks that meet both conditions, and of the others the reason', async () => {
    const answer = expectStatus(201, await service.rest.request('POST', '/backups'));
    backup = documentSchema.parse(answer.body);
    expect(answer.headers.get('location')).toBe(`${service.url}/backups/${backup.id}`);
    expect(backup.created_by).toBe('tester');
    expect(backup.stacks.map(({ name, status }) => [name, status])).toEqual(
      INCLUDED.map(([name, status]) => [at(name), status]),
    );
    expect(backup.excluded).toEqual([
      {
        name: at('lender'),
        reason: `It creates storage/volume ${at('lender-disk')}, which the instance ${at('borrower-1')} of the orchestration ${at('borrower')} uses`,
      },
      { name: at('nest'), reason: 'It defines no instance, only other objects' },
      {
        name: at('never'),
        reason: `It creates storage/volume ${at('never-disk')}, which the instance ${at('early-1')} of the orchestration ${at('early')} uses`,
      },
      { name: at('volumes'), reason: 'It defines no instance, only other objects' },
    ]);
  });

  it('A92: holds their definitions as GET shows them, and the state and identity of each instance', async () => {
    const existing = new Map(
      (await service.simulation.objects('/safe/')).map(({ name, id }) => [name, id] as const),
    );
    for (const [index, [name, , states]] of INCLUDED.entries()) {
      const entry = backup.stacks[index];
      expect(entry?.definition).toEqual(await definitionOf(at(name)));
      expect(
        entry?.instances.map(({ state }) => state),
        name,
      ).toEqual(states);
      expect(entry?.instances.map((instance) => instance.name)).toEqual(
        states.map((_, position) => at(`${name}-${position + 1}`)),
      );
      for (const { name: instance, state, desired_state: desired, id } of entry?.instances ?? []) {
        expect(desired, instance).toBe(state === 'shutdown' ? 'shutdown' : 'running');
        if (state === 'running' || state === 'shutdown') expect(id).toBe(existing.get(instance));
        else expect(id).toBeNull();
      }
    }
  });

  it('A92: can be read again and listed, the newest first', async () => {
    const path = `/backups/${backup.id}`;
    expect(documentSchema.parse((await service.rest.request('GET', path)).body)).toEqual(backup);
    const second = await backUp();
    const page = pageSchema.parse(expectStatus(200, await service.rest.request('GET', '/backups')).body);
    expect(page).toMatchObject({ count: 2, totalCount: 2 });
    expect(page.data.map(({ id }) => id)).toEqual([second.id, backup.id]);
    expect(page.data[1]).toMatchObject({
      included_count: INCLUDED.length,
      excluded_count: 4,
      created_by: 'tester',
    });
    expect((await service.rest.request('DELETE', `/backups/${second.id}`)).status).toBe(204);
  });
});

describe('restoring a backup', () => {
  const REMOVED = ['failed', 'later', 'ready', 'shut'];

  it('A92: adds what is missing, stopped, and leaves what exists as it is', async () => {
    const { stacks, simulation } = service;
    for (const name of [...REMOVED, 'nest', 'volumes']) await stopAndRemove(name);
    await stacks.define(pair('stopped', { description: 'Another one by now' }));
    await simulation.clearFaults();
    const before = await Promise.all(['warned', 'stopped'].map((name) => stacks.get(at(name))));
    const objects = await simulation.objects('/safe/');

    expect(await restore()).toEqual({
      restored: REMOVED.map(at),
      present: INCLUDED.map(([name]) => name)
        .filter((name) => !REMOVED.includes(name))
        .map(at),
      refused: [],
    });
    for (const name of REMOVED) {
      expect(await stacks.get(at(name))).toMatchObject({ status: 'stopped', info: { errors: {} } });
      const entry = backup.stacks.find((one) => one.name === at(name));
      expect(await definitionOf(at(name))).toEqual(entry?.definition);
    }
    expect(await Promise.all(['warned', 'stopped'].map((name) => stacks.get(at(name))))).toEqual(before);
    expect(await simulation.objects('/safe/')).toEqual(objects);
    // Stacks left out of the backup are not in it.
    for (const name of ['nest', 'volumes']) {
      expect((await service.rest.request('GET', `/orchestration${at(name)}`)).status).toBe(404);
    }
  });

  it('A92: what was restored can be started, with new objects', async () => {
    const { stacks } = service;
    for (const name of ['failed', 'ready', 'shut']) {
      await stacks.bring(at(name), 'START', 'ready');
      const entry = backup.stacks.find((one) => one.name === at(name));
      for (const { name: instance, id } of entry?.instances ?? []) {
        const object = await stacks.object('instance', instance);
        expect(object).toMatchObject({ state: 'running', id: expect.any(String) as unknown });
        expect(object.id).not.toBe(id);
      }
    }
    expect((await stacks.act(at('later'), 'START')).status).toBe('scheduled');
  });

  it('A92: a second time adds nothing and changes nothing', async () => {
    const before = await service.simulation.objects('/safe/');
    const present = INCLUDED.map(([name]) => at(name));
    expect(await restore()).toEqual({ restored: [], present, refused: [] });
    expect((await service.stacks.get(at('ready'))).status).toBe('ready');
    expect((await service.stacks.get(at('later'))).status).toBe('scheduled');
    expect(await service.simulation.objects('/safe/')).toEqual(before);
  });

  it('A92: several times at once adds each stack once', async () => {
    for (const name of REMOVED) await stopAndRemove(name);
    const answers = await Promise.all([restore(), restore(), restore()]);
    expect(answers.flatMap(({ restored }) => restored).sort()).toEqual(REMOVED.map(at));
    for (const { restored, present } of answers)
      expect(restored.length + present.length).toBe(INCLUDED.length);
  });

  it('A92: is over once the backup is deleted, and the stacks stay', async () => {
    const path = `/backups/${backup.id}`;
    expect((await service.rest.request('DELETE', path)).status).toBe(204);
    for (const answer of [
      await service.rest.request('GET', path),
      await service.rest.post(`${path}/restore`, {}),
      await service.rest.request('DELETE', path),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({
        message: 'No backup has this ID; GET /backups lists those that exist',
      });
    }
    for (const [name] of INCLUDED) expect((await service.stacks.get(at(name))).name).toBe(at(name));
  });
});
