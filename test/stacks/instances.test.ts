import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

function pair(container: string, policy = 'none'): StackBody {
  const at = (name: string): string => `/${container}/carol/${name}`;
  return {
    name: at('pair'),
    oplans: [
      instances('web', [at('a'), at('b')], {}, { ha_policy: policy }),
      plan('disk', 'storage/volume', [at('disk')]),
    ],
  };
}

async function ready(container: string, policy?: string): Promise<string> {
  const { name } = await service.stacks.add(pair(container, policy));
  await service.stacks.bring(name, 'START', 'ready');
  return name;
}

async function events(
  name: string,
  kind: string,
): Promise<{ object: string | null; reason: string; actor: string }[]> {
  const { body } = await service.rest.request('GET', `/orchestration${name}/events?page_size=100`);
  const { data } = body as { data: { kind: string; object: string | null; reason: string; actor: string }[] };
  return data.filter((event) => event.kind === kind);
}

describe('single instances', () => {
  it('A85: one that is shut down by command is a warning, and ready again when it runs', async () => {
    const { stacks } = service;
    const name = await ready('one');
    const answer = await stacks.instance('/one/carol/a', 'shutdown');
    expect(answer).toMatchObject({ desired_state: 'shutdown' });
    await stacks.reaches(name, 'warning');
    expect(await stacks.object('instance', '/one/carol/a')).toMatchObject({ state: 'shutdown' });
    expect(await stacks.object('instance', '/one/carol/b')).toMatchObject({ state: 'running' });
    expect((await stacks.get(name)).oplans.map(({ status }) => status)).toEqual(['warning', 'ready']);
    await stacks.instance('/one/carol/a', 'running');
    await stacks.reaches(name, 'ready');
    expect((await service.simulation.journal('/one/')).slice(-2)).toMatchObject([
      { operation: 'stop', name: '/one/carol/a' },
      { operation: 'start', name: '/one/carol/a' },
    ]);
  });

  it('A82: all of them, one by one, are the shutdown of the whole', async () => {
    const { stacks } = service;
    const name = await ready('all');
    await stacks.instance('/all/carol/a', 'shutdown');
    await stacks.reaches(name, 'warning');
    await stacks.instance('/all/carol/b', 'shutdown');
    await stacks.reaches(name, 'shut_down');
    // A restart of the whole takes it from there.
    await stacks.bring(name, 'RESTART', 'ready');
  });

  it('what is so already changes nothing; an unknown instance and one that does not exist are named', async () => {
    const { stacks } = service;
    const name = await ready('same');
    const before = await service.simulation.journal('/same/');
    await stacks.instance('/same/carol/a', 'running');
    expect(await service.simulation.journal('/same/')).toEqual(before);
    expect((await stacks.tryInstance('/same/carol/nobody', 'running')).status).toBe(404);
    await stacks.bring(name, 'STOP', 'stopped');
    expect((await stacks.tryInstance('/same/carol/a', 'running')).status).toBe(404);
  });

  it('are not changed while the whole is under way', async () => {
    const { stacks, simulation } = service;
    const name = await ready('busy');
    await simulation.slow('launchplan', '/busy/carol/b', 'stop', 3_600_000);
    await stacks.act(name, 'SHUTDOWN');
    const refused = await stacks.tryInstance('/busy/carol/a', 'running');
    expect(refused.status).toBe(409);
    expect((refused.body as { message: string }).message).toContain('is shutting_down');
  });
});

describe('an instance that ends by itself', () => {
  it('A86: is a warning with its reason; ha_policy none does nothing about it', async () => {
    const { stacks, simulation } = service;
    const name = await ready('none');
    await simulation.kill('/none/carol/a');
    const warned = await stacks.reaches(name, 'warning');
    expect(warned.info.errors['web']).toContain('/none/carol/a');
    expect(warned.oplans[0]?.status).toBe('warning');
    expect(await stacks.object('instance', '/none/carol/a')).toMatchObject({ state: 'stopped' });
    expect(await events(name, 'notified')).toEqual([]);
    const started = (await simulation.journal('/none/')).filter(({ operation }) => operation === 'start');
    expect(started).toEqual([]);
    // A command brings it back.
    await stacks.instance('/none/carol/a', 'running');
    expect((await stacks.reaches(name, 'ready')).info.errors).toEqual({});
  });

  it('A86: ha_policy monitor records and notifies, and nothing else', async () => {
    const { stacks, simulation } = service;
    const name = await ready('monitor', 'monitor');
    await simulation.kill('/monitor/carol/b');
    await stacks.reaches(name, 'warning');
    const notified = await until(
      async () => {
        const list = await events(name, 'notified');
        return list.length > 0 && list;
      },
      { what: 'a notification' },
    );
    expect(notified).toMatchObject([{ object: '/monitor/carol/b', actor: 'drydock' }]);
    expect(notified[0]?.reason).toContain('ended by itself; nothing else is done about it');
    expect((await stacks.get(name)).status).toBe('warning');
    const started = (await simulation.journal('/monitor/')).filter(({ operation }) => operation === 'start');
    expect(started).toEqual([]);
  });

  it('A86: ha_policy active restarts it, the same instance', async () => {
    const { stacks, simulation } = service;
    const name = await ready('active', 'active');
    const { id } = await stacks.object('instance', '/active/carol/a');
    await simulation.kill('/active/carol/a');
    const restarts = async (): Promise<number> =>
      (await simulation.journal('/active/')).filter(({ operation }) => operation === 'start').length;
    await until(async () => (await restarts()) === 1, { what: 'the restart' });
    await stacks.reaches(name, 'ready');
    expect(await stacks.object('instance', '/active/carol/a')).toMatchObject({ id, state: 'running' });
    expect(await events(name, 'notified')).toMatchObject([{ object: '/active/carol/a' }]);
  });

  it('ha_policy active tries again when the restart fails, and leaves alone what a person has shut down', async () => {
    const { stacks, simulation } = service;
    const name = await ready('stubborn', 'active');
    await simulation.fail('launchplan', '/stubborn/carol/a', 'start', { message: 'no power', times: 1 });
    await simulation.kill('/stubborn/carol/a');
    await until(
      async () =>
        (await simulation.journal('/stubborn/')).some(
          ({ operation, outcome }) => operation === 'start' && outcome === 'done',
        ),
      { what: 'a restart that succeeds' },
    );
    await stacks.reaches(name, 'ready');
    await stacks.instance('/stubborn/carol/b', 'shutdown');
    await stacks.reaches(name, 'warning');
    // Another instance's end is noticed later than that of the one that is off: nothing was done about the latter.
    await simulation.kill('/stubborn/carol/a');
    await until(async () => (await events(name, 'notified')).length === 2, {
      what: 'the second notification',
    });
    const started = (await simulation.journal('/stubborn/')).filter(({ operation }) => operation === 'start');
    expect(started.filter(({ name: of }) => of === '/stubborn/carol/b')).toEqual([]);
  });
});
