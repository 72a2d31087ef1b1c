import type { ObjectType } from '../../src/domain/stacks/definition.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

/** web and cache stand on db, and db on a disk; the address stands alone. Six objects. */
function tiers(container: string): StackBody {
  const at = (name: string): string => `/${container}/bob/${name}`;
  return {
    name: at('tiers'),
    oplans: [
      instances('web', [at('web-1'), at('web-2')]),
      instances('cache', [at('cache')]),
      instances('db', [at('db')]),
      plan('disk', 'storage/volume', [at('disk')]),
      plan('address', 'ip/reservation', [at('address')]),
    ],
    relationships: depends(['web', 'db'], ['cache', 'db'], ['db', 'disk']),
  };
}

const TYPES: Record<string, ObjectType> = { disk: 'storage/volume', address: 'ip/reservation' };
const PLAN_OF: Record<string, string> = { 'web-1': 'web', 'web-2': 'web' };
const NEEDED_BY: Record<string, string[]> = { disk: ['db', 'web', 'cache'], db: ['web', 'cache'] };
const OBJECTS = ['web-1', 'web-2', 'cache', 'db', 'disk', 'address'];
const planOf = (object: string): string => PLAN_OF[object] ?? object;
const typeOf = (object: string): ObjectType => TYPES[object] ?? 'launchplan';

const journal = async (container: string): Promise<string[]> =>
  (await service.simulation.journal(`/${container}/`)).map(
    ({ operation, name, outcome }) => `${operation} ${name.split('/').at(-1) ?? ''} ${outcome}`,
  );

describe('a failure while starting', () => {
  it.each(OBJECTS)(
    'A84: of %s ends in error with its reason; what depends on it is not attempted; START goes on',
    async (object) => {
      const { stacks, simulation } = service;
      const container = `start-${object}`;
      const full = `/${container}/bob/${object}`;
      const { name } = await stacks.add(tiers(container));
      await simulation.fail(typeOf(object), full, 'create', { message: 'no capacity left', times: 1 });
      const failed = await stacks.bring(name, 'START', 'error');

      expect(Object.keys(failed.info.errors)).toEqual([planOf(object)]);
      expect(failed.info.errors[planOf(object)]).toContain('no capacity left');
      const dependants = NEEDED_BY[object] ?? [];
      for (const oplan of failed.oplans) {
        const expected =
          oplan.label === planOf(object) ? 'error' : dependants.includes(oplan.label) ? 'stopped' : 'ready';
        expect(oplan.status, oplan.label).toBe(expected);
        expect(Object.keys(oplan.info.errors)).toEqual(oplan.label === planOf(object) ? [full] : []);
      }
      const attempted = await journal(container);
      for (const dependant of OBJECTS.filter((other) => dependants.includes(planOf(other)))) {
        expect(attempted.filter((line) => line.includes(` ${dependant} `))).toEqual([]);
      }
      const kept = await simulation.objects(`/${container}/`);

      await stacks.bring(name, 'START', 'ready');
      const all = await simulation.objects(`/${container}/`);
      expect(all.map((one) => one.name).sort()).toEqual(
        OBJECTS.map((one) => `/${container}/bob/${one}`).sort(),
      );
      // Existing objects are the same still, and nothing was made twice.
      for (const { name: of, id } of kept) expect(all.find((one) => one.name === of)?.id).toBe(id);
      const created = (await journal(container)).filter((line) => /^create .* done$/.test(line));
      expect(new Set(created).size).toBe(created.length);
      expect((await stacks.get(name)).info.errors).toEqual({});
    },
  );

  it('A71: STOP after it destroys what exists', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(tiers('giving-up'));
    await simulation.fail('launchplan', '/giving-up/bob/cache', 'create', { message: 'broken', times: 1 });
    await stacks.bring(name, 'START', 'error');
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await simulation.objects('/giving-up/')).toEqual([]);
  });

  it('A84 A91: RESTART reuses what exists and stays in error while something was never created', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(tiers('restart-error'));
    await simulation.fail('launchplan', '/restart-error/bob/db', 'create', { message: 'broken', times: 1 });
    await stacks.bring(name, 'START', 'error');
    const before = await simulation.objects('/restart-error/');
    expect((await stacks.act(name, 'RESTART')).status).toBe('restarting');
    const failed = await stacks.reaches(name, 'error');
    expect(failed.info.errors['web']).toContain('was never created; START goes on with what is missing');
    expect(await simulation.objects('/restart-error/')).toEqual(before);
    await stacks.bring(name, 'START', 'ready');
  });
});

describe('a failure while restarting', () => {
  it.each(['web-1', 'cache', 'db'])('A84: of %s ends in error; RESTART goes on', async (object) => {
    const { stacks, simulation } = service;
    const container = `restart-${object}`;
    const { name } = await stacks.add(tiers(container));
    await stacks.bring(name, 'START', 'ready');
    const before = await simulation.objects(`/${container}/`);
    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
    await simulation.fail('launchplan', `/${container}/bob/${object}`, 'start', {
      message: 'no power',
      times: 1,
    });
    const failed = await stacks.bring(name, 'RESTART', 'error');
    expect(failed.info.errors[planOf(object)]).toContain('no power');
    const started = (await journal(container)).filter((line) => /^start .* done$/.test(line));
    for (const other of ['web-1', 'web-2', 'cache', 'db']) {
      const isOn = other !== object && !(NEEDED_BY[object] ?? []).includes(planOf(other));
      expect(started.includes(`start ${other} done`), other).toBe(isOn);
    }
    const ready = await stacks.bring(name, 'RESTART', 'ready');
    expect(ready.info.errors).toEqual({});
    const ids = (list: typeof before): string[] => list.map(({ name: of, id }) => `${of} ${id}`).sort();
    expect(ids(await simulation.objects(`/${container}/`))).toEqual(ids(before));
  });
});

describe('a failure while shutting down', () => {
  it('A86: leaves a warning: an instance runs that should not, others are off', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(tiers('shutdown'));
    await stacks.bring(name, 'START', 'ready');
    await simulation.fail('launchplan', '/shutdown/bob/cache', 'stop', { message: 'it hangs', times: 1 });
    const warned = await stacks.bring(name, 'SHUTDOWN', 'warning');
    expect(warned.info.errors['cache']).toContain('it hangs');
    expect(await stacks.object('instance', '/shutdown/bob/web-1')).toMatchObject({ state: 'shutdown' });
    expect(await stacks.object('instance', '/shutdown/bob/db')).toMatchObject({ state: 'running' });
    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
  });
});

describe('a failure while stopping', () => {
  it.each(OBJECTS)('of %s ends in error and keeps what it stands on; STOP goes on', async (object) => {
    const { stacks, simulation } = service;
    const container = `stop-${object}`;
    const { name } = await stacks.add(tiers(container));
    await stacks.bring(name, 'START', 'ready');
    await simulation.fail(typeOf(object), `/${container}/bob/${object}`, 'destroy', {
      message: 'stuck',
      times: 1,
    });
    const failed = await stacks.bring(name, 'STOP', 'error');
    expect(failed.info.errors[planOf(object)]).toContain('stuck');
    const left = (await simulation.objects(`/${container}/`)).map((one) => one.name.split('/').at(-1) ?? '');
    const foundations = Object.entries(NEEDED_BY).filter(([, users]) => users.includes(planOf(object)));
    expect(left.sort()).toEqual([object, ...foundations.map(([foundation]) => foundation)].sort());
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await simulation.objects(`/${container}/`)).toEqual([]);
  });
});
