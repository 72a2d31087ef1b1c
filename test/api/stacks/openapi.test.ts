/** The OpenAPI document on stacks, beside their answers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { isStackPath } from '../../../src/api/media-types.ts';
import { STACK_ACTIONS } from '../../../src/domain/stacks/statuses.ts';
import { ApiRig } from '../api-rig.ts';
import {
  documentOf,
  expectValid,
  operationsOf,
  schemasOf,
  type Document,
  type Operation,
  type SchemaAt,
} from '../openapi-document.ts';
import { aDefinition, ORACLE_TYPE } from './definitions.ts';

let document: Document;
let schemaAt: SchemaAt;

beforeAll(async () => {
  document = await documentOf(await ApiRig.start());
  schemaAt = schemasOf(document);
});

describe('PUT of a stack, as documented', () => {
  const PATH = '/orchestration/{container}/{user}/{name}';
  const put = (): Operation => document.paths[PATH]?.['put'] ?? { responses: {} };

  it('A69: takes each action in either case', () => {
    const index = put().parameters?.findIndex(({ name }) => name === 'action');
    const action = schemaAt('paths', PATH, 'put', 'parameters', String(index), 'schema');
    for (const given of STACK_ACTIONS) {
      for (const written of [given, given.toLowerCase()]) expectValid(action, written);
    }
    expect(action('PAUSE')).toBe(false);
    expect(put().parameters?.[index ?? -1]?.description).toContain('upper or lower case');
  });

  it.each(['application/json', ORACLE_TYPE])('takes a definition or {} as %s, and no body', (type) => {
    expect(put().requestBody?.required ?? false).toBe(false);
    expect(put().requestBody?.description).toContain('action');
    const body = schemaAt('paths', PATH, 'put', 'requestBody', 'content', type, 'schema');
    expectValid(body, {});
    expectValid(body, aDefinition('/acme/jack/shop'));
    expect(body({ name: '/acme/jack/shop' })).toBe(false);
    const added = schemaAt('paths', '/orchestration/', 'post', 'requestBody', 'content', type, 'schema');
    expect(added({})).toBe(false);
  });
});

it('A59 A63: gives names their pattern and points in time their format', () => {
  const definition = schemaAt('components', 'schemas', 'OrchestrationDefinition');
  const given = aDefinition('/acme/jack/shop');
  const schedule = { start_time: '2030-01-31T09:00:00+01:00', stop_time: null };
  expectValid(definition, { ...given, schedule });
  expect(definition({ ...given, schedule: { start_time: 'tomorrow' } })).toBe(false);
  for (const name of ['shop', '/acme/shop', '/acme/../shop', '/acme/j ck/shop', `/a/b/${'c'.repeat(300)}`]) {
    expect(definition({ ...given, name })).toBe(false);
    const objects = [{ name }];
    expect(definition({ ...given, oplans: [{ label: 'x', obj_type: 'vnet', objects }] })).toBe(false);
  }
  let seen = 0;
  for (const { path, method, operation } of operationsOf(document)) {
    if (!isStackPath(path)) continue;
    for (const [index, { name, in: where }] of (operation.parameters ?? []).entries()) {
      if (where !== 'path' || name === 'id') continue;
      const part = schemaAt('paths', path, method, 'parameters', String(index), 'schema');
      for (const good of ['acme', 'a.b-c_d@e', '...']) expectValid(part, good);
      for (const bad of ['..', 'a b', 'a/b', '']) expect(part(bad)).toBe(false);
      seen += 1;
    }
  }
  expect(seen).toBeGreaterThan(80);
});
