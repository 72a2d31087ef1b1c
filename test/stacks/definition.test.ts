import { beforeAll, describe, expect, it } from 'vitest';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

const at = (container: string, name: string): string => `/${container}/gus/${name}`;

function small(container: string): StackBody {
  return {
    name: at(container, 'stack'),
    description: 'first',
    oplans: [
      instances('web', [at(container, 'web')], {}, { ha_policy: 'none' }),
      plan('disk', 'storage/volume', [at(container, 'disk')]),
    ],
    relationships: depends(['web', 'disk']),
  };
}

/** The same with a second volume that web needs too, in place of the first one when it is to go. */
function changed(container: string, labels: ('web' | 'disk' | 'more')[]): StackBody {
  const all = [
    ...small(container).oplans,
    plan('more', 'storage/volume', [at(container, 'more-1'), at(container, 'more-2')]),
  ];
  return {
    ...small(container),
    oplans: all.filter(({ label }) => (labels as string[]).includes(label)),
    relationships: depends(
      ...(labels.filter((label) => label !== 'web').map((label) => ['web', label]) as [string, string][]),
    ),
  };
}

const names = async (container: string): Promise<string[]> =>
  (await service.simulation.objects(`/${container}/`)).map(({ name }) => name.split('/').at(-1) ?? '').sort();

describe('a new definition', () => {
  it('replaces everything but the name while the stack is stopped', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(small('stopped'));
    const other: StackBody = {
      name,
      description: 'second',
      account: '/stopped/default',
      oplans: [instances('only', [at('stopped', 'x'), at('stopped', 'y')])],
    };
    expect(await stacks.define(other)).toMatchObject({ status: 'stopped', description: 'second' });
    await stacks.bring(name, 'START', 'ready');
    expect(await names('stopped')).toEqual(['x', 'y']);
    const renamed = await stacks.tryDefine(name, { ...other, name: at('stopped', 'renamed') });
    expect(renamed.status).toBe(400);
    expect(renamed.body).toMatchObject({ errors: [{ path: 'name' }] });
  });

  it('of what GET answered changes nothing, in any status', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(small('echo'));
    const echo = await stacks.bring(name, 'START', 'ready');
    const before = await service.simulation.journal('/echo/');
    expect(await stacks.define(echo as unknown as StackBody)).toEqual(echo);
    expect(await service.simulation.journal('/echo/')).toEqual(before);
  });

  it('changes ha_policy while it runs, without touching anything', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(small('policy'));
    await stacks.bring(name, 'START', 'ready');
    const next = small('policy');
    for (const oplan of next.oplans) oplan.ha_policy = oplan.label === 'web' ? 'active' : 'none';
    const answer = await stacks.define(next);
    expect(answer).toMatchObject({
      status: 'ready',
      oplans: [{ ha_policy: 'active' }, { ha_policy: 'none' }],
    });
    await simulation.kill(at('policy', 'web'));
    await stacks.reaches(name, 'warning');
    await stacks.reaches(name, 'ready');
  });

  it('adds and removes plans while it runs; the others keep their objects', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(small('plans'));
    await stacks.bring(name, 'START', 'ready');
    const [web] = (await simulation.objects('/plans/')).filter((object) => object.name.endsWith('/web'));
    expect((await stacks.define(changed('plans', ['web', 'disk', 'more']))).status).toBe('starting');
    await stacks.reaches(name, 'ready');
    expect(await names('plans')).toEqual(['disk', 'more-1', 'more-2', 'web']);
    expect((await stacks.define(changed('plans', ['web', 'more']))).status).toBe('starting');
    const ready = await stacks.reaches(name, 'ready');
    expect(ready.oplans.map(({ label }) => label)).toEqual(['web', 'more']);
    expect(await names('plans')).toEqual(['more-1', 'more-2', 'web']);
    const [same] = (await simulation.objects('/plans/')).filter((object) => object.name.endsWith('/web'));
    expect(same).toEqual(web);
    expect((await stacks.tryObject('storage/volume', at('plans', 'disk'))).status).toBe(404);
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await names('plans')).toEqual([]);
  });

  it('is refused while it runs when it changes anything else, and names that', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(small('refused'));
    await stacks.bring(name, 'START', 'ready');
    const other = small('refused');
    other.description = 'second';
    const refused = await stacks.tryDefine(name, other);
    expect(refused.status).toBe(409);
    expect((refused.body as { message: string }).message).toMatch(
      /^description or account cannot be changed .* send STOP first/,
    );
    expect(await stacks.get(name)).toMatchObject({ status: 'ready', description: 'first' });
  });

  it('is refused while something is under way', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(small('moving'));
    await simulation.slow('storage/volume', at('moving', 'disk'), 'create', 3_600_000);
    await stacks.act(name, 'START');
    const refused = await stacks.tryDefine(name, changed('moving', ['web', 'disk', 'more']));
    expect(refused.status).toBe(409);
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await names('moving')).toEqual([]);
  });

  it('whose new plan fails leaves an error that START mends', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(small('mends'));
    await stacks.bring(name, 'START', 'ready');
    await simulation.fail('storage/volume', at('mends', 'more-2'), 'create', { message: 'full', times: 1 });
    await stacks.define(changed('mends', ['web', 'disk', 'more']));
    const failed = await stacks.reaches(name, 'error');
    expect(failed.info.errors['more']).toContain('full');
    await stacks.bring(name, 'START', 'ready');
    expect(await names('mends')).toEqual(['disk', 'more-1', 'more-2', 'web']);
  });
});
