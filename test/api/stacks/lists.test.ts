import { beforeAll, expect, it, vi } from 'vitest';
import { anOplan } from '../../support/stacks/rows.ts';
import { ApiRig } from '../api-rig.ts';
import { added, aDefinition, became, DIRECTORY_TYPE, entered, ORACLE_TYPE } from './definitions.ts';

const NAMES = ['/acme/jack/a', '/acme/jack/b', '/acme/jill/c', '/other/jack/d'];

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  for (const name of [...NAMES].reverse()) await added(rig, aDefinition(name));
  await entered(rig, '/acme/jack/b', 'starting', 'ready');
  await entered(rig, '/other/jack/d', 'starting');
});

const namesOf = (body: unknown): string[] =>
  (body as { result: { name: string }[] }).result.map(({ name }) => name);

it.each([
  ['', NAMES],
  ['/acme', NAMES.slice(0, 3)],
  ['/acme/jack', NAMES.slice(0, 2)],
  ['/other/jack', NAMES.slice(3)],
  ['/acme/nobody', []],
  ['/nothing', []],
])('A78: lists /orchestration%s with details and by name', async (folder, names) => {
  const detailed = await rig.call('GET', `/orchestration${folder}/`, { token: 'operator' });
  expect(detailed.status).toBe(200);
  expect(namesOf(detailed.body)).toEqual(names);
  const listed = await rig.call('GET', `/orchestration${folder}`, { token: 'operator' });
  expect(listed.status).toBe(200);
  expect(listed.body).toEqual({ result: names });
  for (const { headers } of [detailed, listed]) {
    expect(headers.get('X-Total-Count')).toBe(String(names.length));
  }
});

it('A78: shows in a list what GET shows of one', async () => {
  const { body } = await rig.call('GET', '/orchestration/acme/jack/');
  const single = await rig.call('GET', '/orchestration/acme/jack/b');
  expect((body as { result: unknown[] }).result[1]).toEqual(single.body);
});

it.each([
  ['status=ready', ['/acme/jack/b']],
  ['status=ready&status=starting', ['/acme/jack/b', '/other/jack/d']],
  ['status=warning', []],
  ['page=1&page_size=3', NAMES.slice(0, 3)],
  ['page=2&page_size=3', NAMES.slice(3)],
  ['page=3&page_size=3', []],
  ['status=stopped&page_size=1', ['/acme/jack/a']],
])('filters and pages by ?%s', async (query, names) => {
  const { status, body } = await rig.call('GET', `/orchestration/?${query}`);
  expect(status).toBe(200);
  expect(namesOf(body)).toEqual(names);
});

it('pages names, and says how many there are in all', async () => {
  const { body, headers } = await rig.call('GET', '/orchestration?page=2&page_size=3');
  expect(body).toEqual({ result: NAMES.slice(3) });
  expect(headers.get('X-Total-Count')).toBe('4');
});

it.each([
  ['/orchestration/', 'status=running', /^status must be one of: stopped, scheduled, /],
  ['/orchestration/', 'page=0', /^page must be a whole number from 1 to 999,999,999$/],
  ['/orchestration/', 'page_size=101', /^page_size must be a whole number from 1 to 100$/],
  ['/orchestration', 'status=ready', /^status is not a known parameter; /],
  ['/instance/', 'status=ready', /^status is not a known parameter; /],
])('refuses %s?%s', async (path, query, detail) => {
  const { status, body } = await rig.call('GET', `${path}?${query}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ detail: expect.stringMatching(detail) as string });
});

it('answers a list of names in the type for directories, a list with details in the other', async () => {
  const typeOf = async (path: string, accept: string): Promise<string | null> =>
    (await rig.call('GET', path, { headers: { Accept: accept } })).headers.get('Content-Type');
  expect(await typeOf('/orchestration/acme', DIRECTORY_TYPE)).toBe(DIRECTORY_TYPE);
  expect(await typeOf('/orchestration/acme', ORACLE_TYPE)).toBe(ORACLE_TYPE);
  expect(await typeOf('/orchestration/acme/', DIRECTORY_TYPE)).toBe(ORACLE_TYPE);
  expect(await typeOf('/orchestration/acme', '*/*')).toBe('application/json');
});

it('A78: writes a long list as it is read, so that few definitions are in memory at a time', async () => {
  const names = Array.from({ length: 45 }, (_, index) => `/long/lea/${String(index).padStart(2, '0')}`);
  for (const name of names) await added(rig, aDefinition(name));
  const reads = vi.spyOn(rig.repositories.stackObjects, 'ofStacks');
  const { body, headers } = await rig.call('GET', '/orchestration/long/lea/');
  expect(namesOf(body)).toEqual(names);
  expect(headers.get('X-Total-Count')).toBe('45');
  const atOnce = reads.mock.calls.map(([asked]) => asked.length);
  expect(Math.max(...atOnce)).toBeLessThanOrEqual(20);
});

it('A78: writes a long list of instances as it is read, too', async () => {
  const names = Array.from({ length: 120 }, (_, index) => `/long/lou/${String(index).padStart(3, '0')}`);
  const servers = anOplan('servers', 'launchplan', names);
  await added(rig, aDefinition('/long/lou/stack', { oplans: [servers], relationships: [] }));
  for (const name of names) {
    await became(rig, ['/long/lou/stack', 'servers', name], {
      condition: 'running',
      objectID: name,
      owned: true,
    });
  }
  const reads = vi.spyOn(rig.repositories.stackObjects, 'listNamed');
  const { body, headers } = await rig.call('GET', '/instance/long/lou/');
  expect(namesOf(body)).toEqual(names);
  expect(headers.get('X-Total-Count')).toBe('120');
  const atOnce = reads.mock.calls.map(([, asked]) => asked.length);
  expect(Math.max(...atOnce)).toBeLessThanOrEqual(50);
});
