import { expect, it } from 'vitest';
import type { InputIssue } from '../../../../src/domain/issues.ts';
import {
  aDefinition,
  CONTENT_ERROR,
  issuesOf,
  NAME_ERROR,
  UNKNOWN_FIELD,
  web,
  withObject,
  withVolume,
} from './definitions.ts';

const SIZE_ERROR =
  'must be a size like "10G", a whole number with B, K, M, G or T, or a number of bytes above 0';
const instance = (fields: Record<string, unknown>): unknown => aDefinition({ oplans: [web(fields)] });
const inInstance = (field: string): string => `oplans[0].objects[0].instances[0].${field}`;
const typedError = (example: string): string =>
  `${NAME_ERROR}; its type may stand before it, as in ${example}`;
const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });

it.each<[string, unknown, InputIssue[]]>([
  [
    'text that no database can hold, anywhere in it',
    instance({ attributes: { lines: ['fine\n', { script: 'a\u0000' }] } }),
    [{ path: inInstance('attributes.lines[1].script'), message: CONTENT_ERROR }],
  ],
  [
    'field names that no database can hold',
    withVolume({ properties: [], extra: { 'a\u0000b': 1 } }),
    [
      {
        path: 'oplans[0].objects[0].extra',
        message: 'has a field whose name cannot be stored; leave it out',
      },
    ],
  ],
  [
    'a number beyond all numbers',
    withVolume({ extra: JSON.parse('1e999') as unknown }),
    [{ path: 'oplans[0].objects[0].extra', message: 'is too large a number; give it as text' }],
  ],
  [
    'an object of 21 levels',
    withVolume({ a: deep(20) }),
    [
      {
        path: `oplans[0].objects[0]${'.a'.repeat(20)}`,
        message: 'must not be nested more than 20 levels deep',
      },
    ],
  ],
  [
    'a size that is none',
    withVolume({ size: '10 GB' }),
    [{ path: 'oplans[0].objects[0].size', message: SIZE_ERROR }],
  ],
  ['no size at all', withVolume({ size: 0 }), [{ path: 'oplans[0].objects[0].size', message: SIZE_ERROR }]],
  [
    'a truth for a size',
    withVolume({ size: true }),
    [{ path: 'oplans[0].objects[0].size', message: SIZE_ERROR }],
  ],
  [
    'properties of another type',
    withVolume({ properties: 'fast' }),
    [{ path: 'oplans[0].objects[0].properties', message: 'must be of type array, not string' }],
  ],
  [
    'fields of an instance with other types',
    instance({
      label: 1,
      shape: 2,
      imagelist: [],
      sshkeys: 'key',
      attributes: 'x',
      networking: {
        eth0: { seclists: ['x'], nat: 'ipreservation:x', vnet: 'x', ipnetwork: 1 },
        eth1: null,
      },
      storage_attachments: [{ volume: 'x', index: -1 }, {}],
    }),
    [
      { path: inInstance('label'), message: 'must be of type string, not number' },
      { path: inInstance('shape'), message: 'must be the name of a shape, or an object' },
      { path: inInstance('imagelist'), message: 'must be of type string, not array' },
      { path: inInstance('sshkeys'), message: 'must be of type array, not string' },
      { path: inInstance('attributes'), message: 'must be of type object, not string' },
      {
        path: inInstance('networking.eth0.seclists[0]'),
        message: typedError('seclist:/acme/jack/web'),
      },
      { path: inInstance('networking.eth0.nat'), message: typedError('ipreservation:/acme/jack/address') },
      { path: inInstance('networking.eth0.vnet'), message: NAME_ERROR },
      { path: inInstance('networking.eth0.ipnetwork'), message: 'must be of type string, not number' },
      { path: inInstance('networking.eth1'), message: 'must be of type object, not null' },
      { path: inInstance('storage_attachments[0].volume'), message: NAME_ERROR },
      { path: inInstance('storage_attachments[0].index'), message: 'must be a whole number, 0 or more' },
      { path: inInstance('storage_attachments[1].volume'), message: 'is required' },
    ],
  ],
  [
    'references of an attachment that are no names',
    withObject('storage/attachment', { instance_name: 'web', storage_volume_name: 1, index: 1.5 }),
    [
      { path: 'oplans[0].objects[0].instance_name', message: NAME_ERROR },
      { path: 'oplans[0].objects[0].storage_volume_name', message: 'must be of type string, not number' },
      { path: 'oplans[0].objects[0].index', message: 'must be a whole number, 0 or more' },
    ],
  ],
  [
    'references of an association that are no names',
    withObject('ip/association', { parentpool: 'pool', vcable: '/a/b' }),
    [
      {
        path: 'oplans[0].objects[0].parentpool',
        message: typedError('ipreservation:/acme/jack/address'),
      },
      { path: 'oplans[0].objects[0].vcable', message: NAME_ERROR },
    ],
  ],
  [
    'references of a rule that are no names',
    withObject('secrule', { src_list: '/a/b', dst_list: 'seclist:', disabled: 'no' }),
    [
      { path: 'oplans[0].objects[0].src_list', message: typedError('seclist:/acme/jack/web') },
      { path: 'oplans[0].objects[0].dst_list', message: typedError('seclist:/acme/jack/db') },
      { path: 'oplans[0].objects[0].disabled', message: 'must be of type boolean, not string' },
    ],
  ],
  [
    'a simulation that is none',
    withVolume({
      simulation: {
        seconds: -1,
        dies_after_seconds: '5',
        fail: { create: { times: 0 }, restart: { message: 'x' } },
        speed: 1,
      },
    }),
    [
      {
        path: 'oplans[0].objects[0].simulation.seconds',
        message: 'must be a number of seconds from 0 to 86,400',
      },
      { path: 'oplans[0].objects[0].simulation.fail.create.message', message: 'is required' },
      {
        path: 'oplans[0].objects[0].simulation.fail.create.times',
        message: 'must be a whole number, 1 or more',
      },
      { path: 'oplans[0].objects[0].simulation.fail.restart', message: UNKNOWN_FIELD },
      {
        path: 'oplans[0].objects[0].simulation.dies_after_seconds',
        message: 'must be a number of seconds from 0 to 86,400',
      },
      { path: 'oplans[0].objects[0].simulation.speed', message: UNKNOWN_FIELD },
    ],
  ],
])('an object is refused for %s, naming the field', (_, definition, issues) => {
  expect(issuesOf(definition)).toEqual(issues);
});
