import { describe, expect, it } from 'vitest';
import { objectsOf, planOf, prepareDefinition } from '../../../../src/domain/stacks/prepared-plan.ts';
import { referencesOf } from '../../../../src/domain/stacks/object-references.ts';
import { objectTitle, type ObjectType } from '../../../../src/domain/stacks/definition.ts';
import { accepted, aDefinition, disks, related, web } from './definitions.ts';

const attachment = {
  label: 'attachments',
  obj_type: 'storage/attachment',
  objects: [
    {
      name: '/acme/jack/attachment',
      instance_name: '/acme/jack/web',
      storage_volume_name: '/acme/jack/disk',
    },
  ],
};

describe('references', () => {
  it.each<[ObjectType, Record<string, unknown>, string[]]>([
    [
      'launchplan',
      {
        storage_attachments: [{ volume: '/a/b/v1' }, { volume: '/a/b/v2' }, { volume: '/a/b/v1' }],
        networking: {
          eth0: { seclists: ['/a/b/s1', 'seclist:/a/b/s2'], nat: 'ipreservation:/a/b/ip', vnet: '/a/b/n1' },
          eth1: { ipnetwork: '/a/b/n2', nat: '/a/b/ip2' },
        },
      },
      [
        'storage/volume /a/b/v1',
        'storage/volume /a/b/v2',
        'seclist /a/b/s1',
        'seclist /a/b/s2',
        'ip/reservation /a/b/ip',
        'vnet /a/b/n1',
        'ip/reservation /a/b/ip2',
        'vnet /a/b/n2',
      ],
    ],
    [
      'storage/attachment',
      { instance_name: '/a/b/i', storage_volume_name: '/a/b/v' },
      ['instance /a/b/i', 'storage/volume /a/b/v'],
    ],
    [
      'ip/association',
      { parentpool: 'ipreservation:/a/b/ip', instance_name: '/a/b/i' },
      ['ip/reservation /a/b/ip', 'instance /a/b/i'],
    ],
    ['ip/association', { vcable: '/a/b/i' }, ['instance /a/b/i']],
    ['secrule', { src_list: '/a/b/s', dst_list: 'seclist:/a/b/d' }, ['seclist /a/b/s', 'seclist /a/b/d']],
    ['storage/volume', { volume: '/a/b/v', instance_name: '/a/b/i' }, []],
    ['ip/reservation', { parentpool: '/a/b/pool' }, []],
    ['seclist', { seclists: ['/a/b/s'] }, []],
    ['vnet', { vnet: '/a/b/n' }, []],
    ['orchestration', { instance_name: '/a/b/i' }, []],
  ])('A61: of %s %j', (type, spec, references) => {
    expect(referencesOf(type, spec).map(({ objType, name }) => objectTitle(objType, name))).toEqual(
      references,
    );
  });

  it('are never what the platform provides, nor something of another type', () => {
    const eth0 = { nat: 'ippool:/oracle/public/ippool', seclists: ['/oracle/public/list'] };
    expect(referencesOf('launchplan', { networking: { eth0 } })).toEqual([]);
    expect(referencesOf('ip/association', { parentpool: 'ippool:/a/b/pool' })).toEqual([]);
    expect(referencesOf('secrule', { src_list: 'seciplist:/a/b/list' })).toEqual([]);
  });

  it('are found in no nonsense', () => {
    for (const strange of [null, 1, 'x', [], [null, [], 'x'], { eth0: null, eth1: [{ nat: '/a/b/c' }] }]) {
      const spec = { storage_attachments: strange, networking: strange, src_list: strange };
      for (const type of ['launchplan', 'secrule'] as const) expect(referencesOf(type, spec)).toEqual([]);
    }
  });
});

describe('a plan', () => {
  it('has names, labels and digests, and nothing of what objects contain', () => {
    const definition = accepted(
      aDefinition({
        oplans: [disks(), { ...web({ attributes: { userdata: 'a secret' } }), ha_policy: 'active' }],
        relationships: related(['web', 'disks']),
      }),
    );
    const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/) as string;
    const plan = planOf(definition);
    expect(plan).toEqual({
      oplans: [
        {
          label: 'disks',
          objType: 'storage/volume',
          haPolicy: 'none',
          objects: ['/acme/jack/disk'],
          needs: [],
          digest: uuid,
        },
        {
          label: 'web',
          objType: 'launchplan',
          haPolicy: 'active',
          objects: ['/acme/jack/web'],
          needs: ['disks'],
          digest: uuid,
        },
      ],
      relationships: definition.relationships,
      schedule: definition.schedule,
      digest: uuid,
    });
    expect(JSON.stringify(plan)).not.toContain('secret');
  });

  it('A61: needs what its objects refer to, stated or not, in the order of the plans', () => {
    const used = web({
      storage_attachments: [{ volume: '/acme/jack/disk' }, { volume: '/else/where/disk' }],
    });
    const needs = (oplans: unknown[], ...pairs: [string, string][]): string[][] =>
      planOf(accepted(aDefinition({ oplans, relationships: related(...pairs) }))).oplans.map(
        (one) => one.needs,
      );
    expect(needs([used, disks()])).toEqual([['disks'], []]);
    expect(needs([attachment, web(), disks()])).toEqual([['web', 'disks'], [], []]);
    expect(needs([attachment, used, disks()], ['web', 'disks'], ['attachments', 'web'])).toEqual([
      ['web', 'disks'],
      ['disks'],
      [],
    ]);
  });

  it('A66: counts the instances of all groups', () => {
    const groups = [['one', 'two'], ['three']].map((names) => ({
      instances: names.map((name) => ({ name: `/acme/jack/${name}` })),
    }));
    const definition = accepted(aDefinition({ oplans: [{ ...web(), objects: groups }] }));
    const names = ['/acme/jack/one', '/acme/jack/two', '/acme/jack/three'];
    expect(definition.oplans.flatMap(objectsOf).map(({ name }) => name)).toEqual(names);
    expect(planOf(definition).oplans[0]?.objects).toEqual(names);
  });

  it('has digests that follow what is said, not how', () => {
    const digests = (...objects: unknown[]): (string | undefined)[] =>
      objects.map(
        (object) =>
          planOf(accepted(aDefinition({ oplans: [disks({ objects: [object] })] }))).oplans[0]?.digest,
      );
    const [one, same, other] = digests(
      { name: '/a/b/c', size: '1G', extra: { x: [1, { a: 1, b: 2 }], y: null } },
      { extra: { y: null, x: [1, { b: 2, a: 1 }] }, size: '1G', name: '/a/b/c' },
      { name: '/a/b/c', size: '1G', extra: { x: [1, { a: 1, b: 3 }], y: null } },
    );
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    // Stored beside definitions: another value would make every one of them look changed.
    expect(one).toBe('6dd243eb-b846-525b-8770-d32421088a26');
  });
});

it('A94: what instances use is known, by their own word and by attachments and associations', () => {
  const association = {
    label: 'addresses',
    obj_type: 'ip/association',
    objects: [
      {
        name: '/acme/jack/first',
        parentpool: 'ipreservation:/acme/jack/ip',
        instance_name: '/acme/jack/web',
      },
      {
        name: '/acme/jack/second',
        parentpool: 'ipreservation:/acme/jack/ip',
        instance_name: '/else/where/web',
      },
    ],
  };
  const definition = accepted(
    aDefinition({
      oplans: [
        web({ storage_attachments: [{ volume: '/else/where/disk' }, { volume: '/acme/jack/disk' }] }),
        disks(),
        attachment,
        association,
      ],
    }),
  );
  const prepared = prepareDefinition(definition, 'd9f2a7c4-0000-4000-8000-000000000000');
  expect(prepared).toMatchObject({ definition, revision: 'd9f2a7c4-0000-4000-8000-000000000000' });
  expect(prepared.plan).toEqual(planOf(definition));
  const use = (objType: ObjectType, name: string): unknown => ({ instance: '/acme/jack/web', objType, name });
  expect(prepared.uses).toEqual([
    use('storage/volume', '/else/where/disk'),
    use('storage/volume', '/acme/jack/disk'),
    use('ip/reservation', '/acme/jack/ip'),
  ]);
});
