import { describe, expect, it } from 'vitest';
import { aDefinition, disks, issuesOf, related, web } from './definitions.ts';

describe('a cycle is refused and named', () => {
  const plans = (...labels: string[]): unknown[] =>
    labels.map((label) => disks({ label, objects: [{ name: `/acme/jack/${label}` }] }));

  it.each<[string, [string, string][], string]>([
    [
      'two',
      [
        ['web', 'db'],
        ['db', 'web'],
      ],
      'web -> db -> web',
    ],
    [
      'three',
      [
        ['db', 'app'],
        ['web', 'db'],
        ['app', 'web'],
      ],
      'db -> app -> web -> db',
    ],
    [
      'some of many',
      [
        ['lb', 'web'],
        ['web', 'app'],
        ['app', 'web'],
        ['db', 'app'],
      ],
      'web -> app -> web',
    ],
  ])('A60: of %s', (_, pairs, cycle) => {
    const definition = aDefinition({
      oplans: plans('lb', 'web', 'app', 'db'),
      relationships: related(...pairs),
    });
    expect(issuesOf(definition)).toEqual([
      {
        path: 'relationships',
        message: `must not be circular: ${cycle}; let one of these not need the next`,
      },
    ]);
  });

  it('A61: when what objects refer to stands against what is stated', () => {
    const definition = aDefinition({
      oplans: [disks(), web({ storage_attachments: [{ volume: '/acme/jack/disk' }] })],
      relationships: related(['disks', 'web']),
    });
    expect(issuesOf(definition)).toEqual([
      {
        path: 'relationships',
        message:
          'must not be circular: disks -> web -> disks (web -> disks because instance /acme/jack/web refers to storage/volume /acme/jack/disk); let one of these not need the next',
      },
    ]);
  });

  it('A61: when something else stands between the two', () => {
    const attachment = {
      label: 'attachment',
      obj_type: 'storage/attachment',
      objects: [
        {
          name: '/acme/jack/attachment',
          instance_name: '/acme/jack/web',
          storage_volume_name: '/acme/jack/disk',
        },
      ],
    };
    const definition = aDefinition({
      oplans: [disks(), web(), attachment],
      relationships: related(['disks', 'attachment'], ['web', 'disks']),
    });
    expect(issuesOf(definition)).toEqual([
      {
        path: 'relationships',
        message:
          'must not be circular: disks -> attachment -> web -> disks (attachment -> web because storage/attachment /acme/jack/attachment refers to instance /acme/jack/web); let one of these not need the next',
      },
    ]);
  });
});
