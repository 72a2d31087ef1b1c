import { describe, expect, it } from 'vitest';
import type { InputIssue } from '../../../../src/domain/issues.ts';
import { OBJECT_TYPES } from '../../../../src/domain/stacks/definition.ts';
import {
  aDefinition,
  CONTENT_ERROR,
  disks,
  issuesOf,
  NAME_ERROR,
  related,
  UNKNOWN_FIELD,
  web,
  withObject,
  withVolume,
} from './definitions.ts';

const TIME_ERROR = 'must be a point in time like 2030-01-31T08:00:00Z or 2030-01-31T09:00:00+01:00';

describe('a definition is refused', () => {
  it.each<[string, unknown, InputIssue[]]>([
    ['null', null, [{ path: '', message: 'must be of type object, not null' }]],
    ['a list', [], [{ path: '', message: 'must be of type object, not array' }]],
    [
      'an empty object',
      {},
      [
        { path: 'name', message: 'is required' },
        { path: 'oplans', message: 'is required' },
      ],
    ],
    ['an unknown field', aDefinition({ colour: 1 }), [{ path: 'colour', message: UNKNOWN_FIELD }]],
    [
      'an unknown field of an oplan',
      aDefinition({ oplans: [disks({ user: 'x' })] }),
      [{ path: 'oplans[0].user', message: UNKNOWN_FIELD }],
    ],
    [
      'an unknown field of a relationship',
      aDefinition({ relationships: [{ oplan: 'web', to_oplan: 'disks', type: 'depends', why: 1 }] }),
      [{ path: 'relationships[0].why', message: UNKNOWN_FIELD }],
    ],
    [
      'an unknown field of the schedule',
      aDefinition({ schedule: { begin: null } }),
      [{ path: 'schedule.begin', message: UNKNOWN_FIELD }],
    ],
    ['no oplan', aDefinition({ oplans: [] }), [{ path: 'oplans', message: 'must have at least one oplan' }]],
    [
      'eleven oplans',
      aDefinition({
        oplans: Array.from({ length: 11 }, (_, index) =>
          disks({ label: `l${index}`, objects: [{ name: `/acme/jack/disk-${index}` }] }),
        ),
      }),
      [{ path: 'oplans', message: 'must not have more than 10 oplans' }],
    ],
    [
      'an oplan without objects',
      aDefinition({ oplans: [disks({ objects: [] })] }),
      [{ path: 'oplans[0].objects', message: 'must have at least one object' }],
    ],
    [
      'a launchplan without instances',
      aDefinition({ oplans: [{ ...web(), objects: [{ instances: [] }] }] }),
      [{ path: 'oplans[0].objects[0].instances', message: 'must have at least one instance' }],
    ],
    [
      'a launchplan of single objects',
      aDefinition({ oplans: [{ ...web(), objects: [{ name: '/acme/jack/web' }] }] }),
      [
        {
          path: 'oplans[0].objects[0].instances',
          message: 'is required: a launchplan has its instances in {"instances": [...]}',
        },
      ],
    ],
    [
      'instances in another type',
      aDefinition({ oplans: [disks({ objects: [{ instances: [{ name: '/acme/jack/disk' }] }] })] }),
      [{ path: 'oplans[0].objects[0].name', message: 'is required' }],
    ],
    [
      'an oplan that is null',
      aDefinition({ oplans: [null] }),
      [{ path: 'oplans[0]', message: 'must be of type object, not null' }],
    ],
    [
      'an unknown type',
      aDefinition({ oplans: [disks({ obj_type: 'volume' })] }),
      [{ path: 'oplans[0].obj_type', message: `must be one of ${OBJECT_TYPES.join(', ')}` }],
    ],
    [
      'no type',
      aDefinition({ oplans: [disks({ obj_type: undefined })] }),
      [{ path: 'oplans[0].obj_type', message: `must be one of ${OBJECT_TYPES.join(', ')}` }],
    ],
    [
      'an unknown policy',
      aDefinition({ oplans: [disks({ ha_policy: 'Active' })] }),
      [{ path: 'oplans[0].ha_policy', message: 'must be "active", "monitor" or "none"' }],
    ],
    [
      'a label twice',
      aDefinition({ oplans: [disks(), { ...web(), label: 'disks' }] }),
      [
        {
          path: 'oplans[1].label',
          message: 'is the label of oplans[0] too; every oplan needs one of its own',
        },
      ],
    ],
    [
      'a label that would be misread as a key',
      aDefinition({ oplans: [disks({ label: '__proto__' })] }),
      [{ path: 'oplans[0].label', message: 'must not be "__proto__"' }],
    ],
    [
      'ends of relationships that do not exist',
      aDefinition({ relationships: related(['app', 'disks'], ['web', 'db']) }),
      [
        {
          path: 'relationships[0].oplan',
          message: 'is not the label of an oplan of this definition; it has disks, web',
        },
        {
          path: 'relationships[1].to_oplan',
          message: 'is not the label of an oplan of this definition; it has disks, web',
        },
      ],
    ],
    [
      'another type of relationship',
      aDefinition({ relationships: [{ oplan: 'web', to_oplan: 'disks', type: 'needs' }] }),
      [{ path: 'relationships[0].type', message: 'must be "depends", the only type there is' }],
    ],
    [
      'an oplan that depends on itself',
      aDefinition({ relationships: related(['web', 'web']) }),
      [
        {
          path: 'relationships[0].to_oplan',
          message: 'is the oplan itself, which cannot depend on itself; name another one',
        },
      ],
    ],
    [
      'the same object in two oplans',
      aDefinition({ oplans: [disks(), disks({ label: 'more' })] }),
      [
        {
          path: 'oplans[1].objects[0].name',
          message: 'is the name of oplans[0].objects[0] too; every object of a type needs a name of its own',
        },
      ],
    ],
    [
      'the same instance in two groups',
      aDefinition({
        oplans: [{ ...web(), objects: [web(), web()].flatMap(({ objects }) => objects as unknown[]) }],
      }),
      [
        {
          path: 'oplans[0].objects[1].instances[0].name',
          message:
            'is the name of oplans[0].objects[0].instances[0] too; every object of a type needs a name of its own',
        },
      ],
    ],
    [
      'a stack in itself',
      withObject('orchestration', { name: '/acme/jack/shop' }),
      [
        {
          path: 'oplans[0].objects[0].name',
          message: 'is this orchestration itself, which cannot be a part of itself',
        },
      ],
    ],
    [
      'more than 1,000 objects',
      aDefinition({
        oplans: [
          disks({ objects: Array.from({ length: 1_001 }, (_, index) => ({ name: `/acme/jack/d${index}` })) }),
        ],
      }),
      [
        {
          path: 'oplans',
          message:
            'must not have more than 1,000 objects in all, each instance counted, and there are 1,001; split it into orchestrations that one more contains',
        },
      ],
    ],
    [
      'times that are none',
      aDefinition({ schedule: { start_time: '2030-02-30T08:00:00Z', stop_time: 5 } }),
      [
        { path: 'schedule.start_time', message: TIME_ERROR },
        { path: 'schedule.stop_time', message: 'must be of type string, not number' },
      ],
    ],
    [
      'an end before its begin, whatever the offsets look like',
      aDefinition({
        schedule: { start_time: '2030-01-31T08:00:00Z', stop_time: '2030-01-31T08:30:00+01:00' },
      }),
      [{ path: 'schedule.stop_time', message: 'must be later than start_time' }],
    ],
    [
      'an end that is its begin',
      aDefinition({ schedule: { start_time: '2030-01-31T08:00:00Z', stop_time: '2030-01-31T08:00:00Z' } }),
      [{ path: 'schedule.stop_time', message: 'must be later than start_time' }],
    ],
    [
      'an over-long description and account',
      aDefinition({ description: 'd'.repeat(4_097), account: 'a'.repeat(257) }),
      [
        { path: 'description', message: 'must not be longer than 4,096 characters' },
        { path: 'account', message: 'must not be longer than 256 characters' },
      ],
    ],
    [
      'text that no database can hold',
      aDefinition({ description: 'a\u0000', account: '\ud800' }),
      [
        { path: 'description', message: CONTENT_ERROR },
        { path: 'account', message: CONTENT_ERROR },
      ],
    ],
  ])('for %s, naming the field', (_, definition, issues) => {
    expect(issuesOf(definition)).toEqual(issues);
  });

  it.each([
    'acme/jack/shop',
    '/acme/jack',
    '/acme/jack/shop/one',
    '/acme/jack/',
    '/acme//shop',
    '/acme/../shop',
    '/acme/jack/.',
    '/acme/jack/my shop',
    '/acme/jack/shöp',
    '/acme/jack/shop\n',
    `/acme/jack/${'n'.repeat(246)}`,
    '',
  ])('for the name %j, of a stack and of an object', (name) => {
    expect(issuesOf(aDefinition({ name }))).toEqual([{ path: 'name', message: NAME_ERROR }]);
    expect(issuesOf(withVolume({ name }))).toEqual([
      { path: 'oplans[0].objects[0].name', message: NAME_ERROR },
    ]);
  });

  it.each(['', ' ', ' a', 'a ', 'a\tb', 'a\u00a0b', '\ud800', 'l'.repeat(257), 'a\n'])(
    'for the label %j',
    (label) => {
      expect(issuesOf(aDefinition({ oplans: [disks({ label })] }))).toEqual([
        {
          path: 'oplans[0].label',
          message: 'must have 1 to 256 visible characters on one line, with spaces only between them',
        },
      ]);
    },
  );

  it.each([
    'tomorrow',
    '2030-01-31',
    '2030-01-31T08:00:00',
    '2030-01-31 08:00:00Z',
    '2030-01-31T24:00:00Z',
    '2030-01-31T08:00:60Z',
    '2030-13-01T08:00:00Z',
    '2030-01-31T08:00:00+25:00',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '',
  ])('for the time %j', (time) => {
    expect(issuesOf(aDefinition({ schedule: { start_time: time } }))).toEqual([
      { path: 'schedule.start_time', message: TIME_ERROR },
    ]);
  });

  it('with everything named at once that is wrong with it', () => {
    const definition = {
      name: 'shop',
      colour: 'red',
      oplans: [
        disks({ ha_policy: 'x', objects: [{ name: '/a/b/c', deep: '\u0000' }] }),
        disks({ objects: [{ name: '/a/b/c' }] }),
      ],
      relationships: related(['disks', 'web']),
    };
    expect(
      issuesOf(definition)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([
      'colour',
      'name',
      'oplans[0].ha_policy',
      'oplans[0].objects[0].deep',
      'oplans[1].label',
      'oplans[1].objects[0].name',
      'relationships[0].to_oplan',
    ]);
  });
});
