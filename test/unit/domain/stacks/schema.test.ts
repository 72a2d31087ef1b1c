import { OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import type { InputIssue } from '../../../../src/domain/issues.ts';
import { stackDefinitionSchema } from '../../../../src/domain/stacks/definition-schema.ts';
import { STACK_TEMPLATES } from '../../../../src/domain/stacks/templates.ts';
import { OBJECT_TYPES } from '../../../../src/domain/stacks/definition.ts';
import {
  accepted,
  aDefinition,
  disks,
  issuesOf,
  NAME_ERROR,
  related,
  seeded,
  UNKNOWN_FIELD,
  web,
  withVolume,
} from './definitions.ts';

describe('a definition', () => {
  it('A59, A63, A64, A65: gets every default filled in, its objects stay as they are', () => {
    const objects = [{ name: '/acme/jack/disk', size: '10G', colour: { deep: [1, null, true] } }];
    expect(accepted({ name: '/acme/jack/shop', oplans: [disks({ objects })] })).toEqual({
      name: '/acme/jack/shop',
      description: '',
      account: '',
      schedule: { start_time: null, stop_time: null },
      oplans: [{ label: 'disks', obj_type: 'storage/volume', ha_policy: 'none', objects }],
      relationships: [],
    });
  });

  it('takes null for whatever is optional', () => {
    const nulls = { description: null, account: null, schedule: null, relationships: null };
    const oplans = [disks({ ha_policy: null, objects: [{ name: '/a/b/c', size: null, simulation: null }] })];
    expect(accepted(aDefinition({ ...nulls, oplans }))).toMatchObject({
      description: '',
      account: '',
      schedule: { start_time: null, stop_time: null },
      oplans: [{ ha_policy: 'none', objects: [{ name: '/a/b/c', size: null, simulation: null }] }],
      relationships: [],
    });
    const schedule = { start_time: null, stop_time: null };
    expect(accepted(aDefinition({ schedule })).schedule).toEqual(schedule);
  });

  it('A78: drops what only the service writes, in the definition and in its oplans, but not in objects', () => {
    const written = { status: 'ready', status_timestamp: '2030-01-31T08:00:00Z', info: { errors: {} } };
    const objects = [{ name: '/acme/jack/disk', status: 'mine', info: 1, uri: 'x' }];
    const given = aDefinition({
      ...written,
      uri: 'http://localhost/orchestration/acme/jack/shop',
      user: 'jack',
      oplans: [disks({ ...written, objects })],
    });
    expect(accepted(given)).toEqual(accepted(aDefinition({ oplans: [disks({ objects })] })));
    expect(accepted(given).oplans[0]?.objects).toEqual(objects);
  });

  it.each([
    ['2030-01-31T08:00:00Z', '2030-01-31T08:00:00.000Z'],
    ['2030-01-31t09:30:00.5+01:30', '2030-01-31T08:00:00.500Z'],
    ['2030-12-31T23:00:00-02:00', '2031-01-01T01:00:00.000Z'],
  ])('brings the time %s to UTC', (given, utc) => {
    const parsed = accepted(aDefinition({ schedule: { start_time: given } }));
    expect(parsed.schedule).toEqual({ start_time: utc, stop_time: null });
    expect(accepted(parsed)).toEqual(parsed);
  });

  it('A60: keeps relationships, each once', () => {
    const needs = { oplan: 'web', to_oplan: 'disks', type: 'depends' };
    expect(accepted(aDefinition({ relationships: [needs, { ...needs }] })).relationships).toEqual([needs]);
  });

  it('A66: takes several groups of instances with their networks, storage and resources', () => {
    const instance = {
      name: '/acme/jack/one',
      label: 'one',
      shape: 'oc3',
      imagelist: '/oracle/public/oel_7',
      sshkeys: ['/acme/jack/key'],
      attributes: { userdata: { script: '#!/bin/sh\n\techo "ready"\r\n' } },
      networking: {
        eth0: {
          seclists: ['/acme/jack/list', 'seclist:/acme/jack/list'],
          nat: 'ipreservation:/acme/jack/address',
          vnet: '/acme/jack/net',
        },
        eth1: { ipnetwork: '/acme/jack/net', nat: 'ippool:/oracle/public/ippool' },
      },
      storage_attachments: [{ volume: '/acme/jack/disk', index: 1 }],
    };
    const others = [{ name: '/acme/jack/two', shape: { cpus: 2, memory: '4G' } }];
    const objects = [{ instances: [instance] }, { instances: others, note: 'kept' }];
    expect(accepted(aDefinition({ oplans: [{ ...web(), objects }] })).oplans[0]?.objects).toEqual(objects);
  });

  it.each(OBJECT_TYPES)('A64: takes an oplan of the type %s', (type) => {
    const object = { name: '/acme/jack/thing' };
    const objects = type === 'launchplan' ? [{ instances: [object] }] : [object];
    const oplans = [{ label: 'x', obj_type: type, objects }];
    expect(accepted(aDefinition({ oplans })).oplans[0]?.objects).toEqual(objects);
  });

  it('takes as much as is allowed', () => {
    const oplans = Array.from({ length: 10 }, (_, plan) =>
      disks({
        label: `${'l'.repeat(63)}${plan}`,
        objects: Array.from({ length: 100 }, (__, index) => ({ name: `/acme/jack/disk-${plan}-${index}` })),
      }),
    );
    const name = `/acme/jack/${'n'.repeat(245)}`;
    expect(issuesOf({ name, description: 'd'.repeat(4_096), oplans })).toEqual([]);
  });
});

describe.each([
  ['of a type that there is not', { obj_type: 'storage/tape' }],
  ['without a type', {}],
])('A64: of an oplan %s', (_what, type) => {
  const TYPE = { path: 'oplans[0].obj_type', message: `must be one of ${OBJECT_TYPES.join(', ')}` };
  const issues = (oplan: object): InputIssue[] => issuesOf(aDefinition({ oplans: [{ ...oplan, ...type }] }));

  it('everything else that is wrong is named, too', () => {
    const oplan = { label: ' ', ha_policy: 'always', objects: [], size: '10G' };
    expect(issues(oplan)).toEqual([
      TYPE,
      {
        path: 'oplans[0].label',
        message: expect.stringMatching(/^must have 1 to 256 visible characters/) as string,
      },
      { path: 'oplans[0].ha_policy', message: 'must be "active", "monitor" or "none"' },
      { path: 'oplans[0].objects', message: 'must have at least one object' },
      { path: 'oplans[0].size', message: UNKNOWN_FIELD },
    ]);
    expect(issues({})).toEqual([
      TYPE,
      { path: 'oplans[0].label', message: 'is required' },
      { path: 'oplans[0].objects', message: 'is required' },
    ]);
  });

  it('its objects are looked at as far as they are alike in all types', () => {
    const at = 'oplans[0].objects';
    expect(issues({ label: 'x', objects: [{ name: 'x' }, 5, { instances: [{ shape: 1 }] }] })).toEqual([
      TYPE,
      { path: `${at}[0].name`, message: NAME_ERROR },
      { path: `${at}[1]`, message: 'must be of type object, not number' },
      { path: `${at}[2].instances[0].shape`, message: 'must be the name of a shape, or an object' },
    ]);
    expect(issues({ label: 'x', objects: [{ name: '/a/b/c', size: false }] })).toEqual([TYPE]);
  });
});

it('never throws, whatever it is given', () => {
  const random = seeded(4);
  const valid = JSON.stringify(STACK_TEMPLATES[1]);
  const scalars = [null, true, 0, -1, 1e300, '', 'x', '/a/b/c', 'launchplan', 'depends', '\u0000', '\ud800'];
  const fields = [
    'name',
    'oplans',
    'label',
    'obj_type',
    'objects',
    'instances',
    'relationships',
    '__proto__',
  ];
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const anything = (depth: number): unknown => {
    const kind = depth > 4 ? 0 : random();
    if (kind < 0.4) return pick(scalars);
    const count = Math.floor(random() * 4);
    if (kind < 0.6) return Array.from({ length: count }, () => anything(depth + 1));
    const entries = Array.from({ length: count }, () => [pick(fields) ?? '', anything(depth + 1)] as const);
    return Object.fromEntries(entries);
  };
  /** Puts anything at a place of what is otherwise a valid definition. */
  const damage = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || random() < 0.1) return anything(0);
    const keys = Object.keys(value);
    const hit = pick(keys);
    const entries = Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      key === hit ? damage(inner) : inner,
    ]);
    return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
  };
  let refused = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const given = round % 3 === 0 ? anything(0) : damage(JSON.parse(valid));
    const issues = issuesOf(given);
    for (const { message } of issues) expect(message).not.toBe('');
    if (issues.length > 0) refused += 1;
  }
  expect(refused).toBeGreaterThan(1_500);
});

it('stays quick and refuses politely when it is given hundreds of thousands of levels or of elements', () => {
  const levels = 200_000;
  const nested = JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;
  expect(issuesOf(withVolume({ extra: nested }))).toMatchObject([
    { message: 'must not be nested more than 20 levels deep' },
  ]);
  expect(issuesOf(aDefinition({ info: nested }))).toEqual([]);
  expect(issuesOf(aDefinition({ oplans: Array.from({ length: 100_000 }, () => 1) }))).toEqual([
    { path: 'oplans', message: 'must not have more than 10 oplans' },
  ]);
  const objects = Array.from({ length: 100_000 }, () => 1);
  expect(issuesOf(aDefinition({ oplans: [disks({ objects })] }))).toHaveLength(50);
  const chain = Array.from({ length: 20_000 }, (_, index): [string, string] => [`${index}`, `${index + 1}`]);
  const oplans = chain.map(([label]) => ({ label }));
  expect(issuesOf(aDefinition({ oplans, relationships: related(...chain) })).length).toBeGreaterThan(0);
});

it('describes itself in an OpenAPI 3.1 document, with examples', () => {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/orchestration/',
    request: { body: { content: { 'application/json': { schema: stackDefinitionSchema } } } },
    responses: { 201: { description: 'added' } },
  });
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'test', version: '1' } });
  const schema = document.components?.schemas?.['OrchestrationDefinition'];
  expect(schema).toMatchObject({ type: 'object', required: ['name', 'oplans'], additionalProperties: false });
  const [example] = (schema as { examples: unknown[] }).examples;
  expect(issuesOf(example)).toEqual([]);
  expect(JSON.stringify(document)).toContain('#/components/schemas/StorageVolumeSpec');
});
