import { beforeAll, describe, expect, it } from 'vitest';
import type { InputIssue } from '../../../src/domain/issues.ts';
import { ApiRig } from '../api-rig.ts';
import { added, aDefinition, ORACLE_TYPE } from './definitions.ts';

const NAME = '/acme/jack/shop';
const NAME_ERROR =
  'must be a name like /container/user/name: three parts of letters, digits, "-", "_", "." and "@", at most 256 characters in all';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  await added(rig, aDefinition(NAME));
});

const volumes = (label: string, name: string, more: object = {}): object => ({
  label,
  obj_type: 'storage/volume',
  objects: [{ name }],
  ...more,
});
const defined = (changes: object): object => ({ ...aDefinition(NAME), ...changes });
const oplans = (...list: object[]): object => defined({ oplans: list, relationships: [] });

/** A few of each kind; the unit tests of the schema have the rest. */
const REFUSALS: [what: string, body: object, errors: InputIssue[]][] = [
  [
    'A63: nothing',
    {},
    [
      { path: 'name', message: 'is required' },
      { path: 'oplans', message: 'is required' },
    ],
  ],
  [
    'an unknown field',
    defined({ colour: 'red' }),
    [{ path: 'colour', message: 'is not a known field; check its spelling, or leave it out' }],
  ],
  ['A63: a name of two parts', defined({ name: '/acme/shop' }), [{ path: 'name', message: NAME_ERROR }]],
  ['A63: no plan', oplans(), [{ path: 'oplans', message: 'must have at least one oplan' }]],
  [
    'A63: eleven plans',
    oplans(...Array.from({ length: 11 }, (_, index) => volumes(`v${index}`, `/acme/jack/v${index}`))),
    [{ path: 'oplans', message: 'must not have more than 10 oplans' }],
  ],
  [
    'A63: a plan without objects',
    oplans(volumes('disk', '', { objects: [] })),
    [{ path: 'oplans[0].objects', message: 'must have at least one object' }],
  ],
  [
    'A64: a type that there is not',
    oplans(volumes('disk', '/acme/jack/disk', { obj_type: 'storage/tape' })),
    [
      {
        path: 'oplans[0].obj_type',
        message:
          'must be one of launchplan, storage/volume, storage/attachment, ip/reservation, ip/association, seclist, secrule, vnet, orchestration',
      },
    ],
  ],
  [
    'A65: the same label twice',
    oplans(volumes('disk', '/acme/jack/d1'), volumes('disk', '/acme/jack/d2')),
    [
      {
        path: 'oplans[1].label',
        message: 'is the label of oplans[0] too; every oplan needs one of its own',
      },
    ],
  ],
  [
    'A60: a relationship to a plan that there is not',
    defined({ relationships: [{ oplan: 'web', to_oplan: 'net', type: 'depends' }] }),
    [
      {
        path: 'relationships[0].to_oplan',
        message: 'is not the label of an oplan of this definition; it has disk, web',
      },
    ],
  ],
  [
    'A60: a cycle',
    defined({
      oplans: [volumes('a', '/acme/jack/a'), volumes('b', '/acme/jack/b')],
      relationships: [
        { oplan: 'a', to_oplan: 'b', type: 'depends' },
        { oplan: 'b', to_oplan: 'a', type: 'depends' },
      ],
    }),
    [
      {
        path: 'relationships',
        message: 'must not be circular: a -> b -> a; let one of these not need the next',
      },
    ],
  ],
  [
    'A64: itself as an object',
    oplans({ label: 'self', obj_type: 'orchestration', objects: [{ name: NAME }] }),
    [
      {
        path: 'oplans[0].objects[0].name',
        message: 'is this orchestration itself, which cannot be a part of itself',
      },
    ],
  ],
  [
    'an end before its begin',
    defined({ schedule: { start_time: '2030-01-02T00:00:00Z', stop_time: '2030-01-01T00:00:00Z' } }),
    [{ path: 'schedule.stop_time', message: 'must be later than start_time' }],
  ],
];

describe.each([
  ['POST', '/orchestration/', 'application/json'],
  ['POST', '/orchestration/', ORACLE_TYPE],
  ['PUT', `/orchestration${NAME}`, 'application/json'],
  ['PUT', `/orchestration${NAME}`, ORACLE_TYPE],
])('%s %s of type %s refuses', (method, path, type) => {
  it.each(REFUSALS)('%s', async (_what, body, errors) => {
    const defined = rig.stackGateway.definitions.length;
    const answer = await rig.call(method, path, { body, headers: { 'Content-Type': type } });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      type: 'urn:drydock:problem:invalid-input',
      errors,
      detail: errors.map((error) => `${error.path} ${error.message}`).join('; '),
    });
    expect((answer.body as { errors: unknown[] }).errors).toHaveLength(errors.length);
    expect(rig.stackGateway.definitions.length).toBe(defined);
  });
});

it('leaves no trace of what it refused', async () => {
  const { body } = await rig.call('GET', '/orchestration');
  expect(body).toEqual({ result: [NAME] });
});
