/** The templates over the REST API: each one is sent as it was read, and lives its whole life. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { expectStatus } from '../e2e/rest.ts';
import { startStackService, type StackService } from './service.ts';

const SINGLE = '/drydock/templates/single-instance';
const TWO_TIER = '/drydock/templates/two-tier';
const NESTED = '/drydock/templates/nested';

let service: StackService;
let templates: StackDefinition[];

beforeAll(async () => {
  service = await startStackService();
  const { body } = expectStatus(200, await service.rest.request('GET', '/orchestration-templates'));
  templates = z.object({ result: z.array(z.custom<StackDefinition>()) }).parse(body).result;
});

function template(name: string): StackDefinition {
  const found = templates.find((one) => one.name === name);
  if (!found) throw new Error(`No template is called ${name}`);
  return found;
}

/** The objects that a template defines, as `type name`. */
function objectsOf({ oplans }: StackDefinition): string[] {
  const names = oplans.flatMap(({ obj_type, objects }) =>
    objects
      .flatMap((object) => ('instances' in object ? (object.instances as { name: string }[]) : [object]))
      .map((object) => `${obj_type} ${object.name}`),
  );
  return names.sort();
}

async function existing(): Promise<string[]> {
  const objects = await service.simulation.objects('/drydock/templates/');
  return objects.map(({ objType, name }) => `${objType} ${name}`).sort();
}

async function identities(): Promise<string[]> {
  const objects = await service.simulation.objects('/drydock/templates/');
  return objects.map(({ objType, id }) => `${objType} ${id}`).sort();
}

/** Added unchanged, brought through every action, and left as a definition alone. */
async function live(name: string, objects: string[]): Promise<void> {
  const { stacks } = service;
  const added = await stacks.add(template(name));
  expect(added).toMatchObject({ ...template(name), status: 'stopped' });
  const ready = await stacks.bring(name, 'START', 'ready');
  expect(ready.oplans.map(({ status }) => status)).toEqual(ready.oplans.map(() => 'ready'));
  expect(ready.info).toEqual({ errors: {} });
  expect(await existing()).toEqual(objects);
  const before = await identities();
  await stacks.bring(name, 'SHUTDOWN', 'shut_down');
  expect(await identities()).toEqual(before);
  await stacks.bring(name, 'RESTART', 'ready');
  expect(await identities()).toEqual(before);
  await stacks.bring(name, 'STOP', 'stopped');
  expect(await existing()).toEqual([]);
}

async function remove(name: string): Promise<void> {
  expectStatus(204, await service.stacks.tryRemove(name));
  expect((await service.rest.request('GET', `/orchestration${name}`)).status).toBe(404);
}

describe('the templates', () => {
  it('A67: are three, of a single instance, of two tiers and of both as one', () => {
    expect(templates.map(({ name }) => name)).toEqual([SINGLE, TWO_TIER, NESTED]);
    expect(objectsOf(template(NESTED))).toEqual([`orchestration ${SINGLE}`, `orchestration ${TWO_TIER}`]);
  });

  it('A63 A64 A65 A67: each is JSON whose plans have one known type and at least one object each', () => {
    for (const { oplans } of templates) {
      expect(oplans.length).toBeGreaterThan(0);
      for (const { label, objects } of oplans) expect(objects, label).not.toEqual([]);
    }
    const types = new Set(templates.flatMap(({ oplans }) => oplans.map(({ obj_type }) => obj_type)));
    expect([...types].sort()).toEqual([
      'ip/association',
      'ip/reservation',
      'launchplan',
      'orchestration',
      'seclist',
      'secrule',
      'storage/volume',
      'vnet',
    ]);
  });

  it.each([SINGLE, TWO_TIER])(
    'A66 A67 A69: %s is accepted unchanged, started, shut down, restarted, stopped and deleted',
    async (name) => {
      await live(name, objectsOf(template(name)));
      await remove(name);
    },
  );

  it('A67 A69: the nested one starts, shuts down, restarts and stops the two others', async () => {
    const { stacks } = service;
    for (const name of [SINGLE, TWO_TIER]) await stacks.add(template(name));
    await live(NESTED, [...objectsOf(template(SINGLE)), ...objectsOf(template(TWO_TIER))].sort());
    for (const name of [SINGLE, TWO_TIER]) expect((await stacks.get(name)).status).toBe('stopped');
    for (const name of [NESTED, SINGLE, TWO_TIER]) await remove(name);
  });

  it('A61 A62: the two tiers are created from the network to the address, and destroyed the other way round', async () => {
    const { stacks, simulation } = service;
    const seen = (await simulation.journal('/drydock/templates/')).length;
    await stacks.add(template(TWO_TIER));
    await stacks.bring(TWO_TIER, 'START', 'ready');
    await stacks.bring(TWO_TIER, 'STOP', 'stopped');
    const steps = (await simulation.journal('/drydock/templates/'))
      .slice(seen)
      .map(({ operation, name }) => `${operation} ${name.slice(TWO_TIER.length + 1)}`);
    const before = (first: string, second: string): void => {
      expect(steps).toContain(first);
      expect(steps.indexOf(first), `${first} before ${second}`).toBeLessThan(steps.indexOf(second));
    };
    for (const [first, second] of [
      ['net', 'db'],
      ['db-list', 'db-rule'],
      ['db-rule', 'db'],
      ['db-data', 'db'],
      ['db', 'web'],
      ['web', 'web-address'],
      ['address', 'web-address'],
    ] as const) {
      before(`create ${first}`, `create ${second}`);
      before(`destroy ${second}`, `destroy ${first}`);
    }
    await remove(TWO_TIER);
  });
});
