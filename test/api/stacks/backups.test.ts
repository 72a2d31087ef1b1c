import { beforeAll, describe, expect, it } from 'vitest';
import type { StackDefinition } from '../../../src/domain/stacks/definition.ts';
import { ApiRig, SUBJECT, UNKNOWN_ID } from '../api-rig.ts';
import { added, aDefinition, became, entered, removed } from './definitions.ts';

interface Document {
  id: string;
  created_at: string;
  created_by: string;
  stacks: { name: string; status: string; definition: StackDefinition; instances: object[] }[];
  excluded: { name: string; reason: string }[];
}

let rig: ApiRig;
const shop = aDefinition('/acme/jack/shop');
const many = Array.from({ length: 120 }, (_, index) =>
  aDefinition(`/many/x/s${String(index).padStart(3, '0')}`),
);

beforeAll(async () => {
  rig = await ApiRig.start();
  const [disk, web] = aDefinition('/acme/jack/disks').oplans;
  if (!disk || !web) throw new Error('no oplans');
  const alone = { oplans: [disk], relationships: [] };
  const user = [
    {
      instances: [
        { name: '/acme/jill/web', storage_attachments: [{ index: 1, volume: '/acme/jack/used-disk' }] },
      ],
    },
  ];
  await added(rig, shop);
  await added(rig, aDefinition('/acme/jack/disks', alone));
  await added(rig, aDefinition('/acme/jack/used'));
  await added(
    rig,
    aDefinition('/acme/jill/user', { oplans: [{ ...web, objects: user }], relationships: [] }),
  );
  for (const definition of many) await added(rig, definition);
  await entered(rig, shop.name, 'starting', 'ready');
  const key = [shop.name, 'web', '/acme/jack/shop-web'] as [string, string, string];
  await became(rig, key, { condition: 'running', objectID: 'i-1', owned: true });
});

async function backedUp(): Promise<Document> {
  const { status, body } = await rig.call('POST', '/backups');
  expect(status).toBe(201);
  return body as Document;
}

describe('POST /backups', () => {
  it('A92 A93 A94: puts the stacks into one document, and of the others the reason', async () => {
    const answer = await rig.call('POST', '/backups', { body: {} });
    expect(answer.status).toBe(201);
    const document = answer.body as Document;
    expect(answer.headers.get('Location')).toBe(`http://localhost/backups/${document.id}`);
    expect(document).toMatchObject({ created_by: SUBJECT, created_at: expect.any(String) as string });
    expect(document.stacks.map(({ name }) => name)).toEqual([
      shop.name,
      '/acme/jill/user',
      ...many.map(({ name }) => name),
    ]);
    expect(document.stacks[0]).toEqual({
      name: shop.name,
      status: 'ready',
      definition: shop,
      instances: [{ name: '/acme/jack/shop-web', state: 'running', desired_state: 'running', id: 'i-1' }],
    });
    expect(document.excluded).toEqual([
      { name: '/acme/jack/disks', reason: 'It defines no instance, only other objects' },
      {
        name: '/acme/jack/used',
        reason:
          'It creates storage/volume /acme/jack/used-disk, which the instance /acme/jill/web of the orchestration /acme/jill/user uses',
      },
    ]);
    expect(
      (await rig.call('GET', `/backups/${document.id.toUpperCase()}`, { token: 'operator' })).body,
    ).toEqual(document);
  });

  it('takes no body but an empty one', async () => {
    expect((await rig.call('POST', '/backups', { body: { stacks: [] } })).status).toBe(400);
  });

  it('A92: a backup of nothing is a document, too', async () => {
    const empty = await ApiRig.start();
    const { body } = await empty.call('POST', '/backups');
    expect(body).toMatchObject({ stacks: [], excluded: [] });
    const { id } = body as Document;
    expect((await empty.call('POST', `/backups/${id}/restore`)).body).toEqual({
      restored: [],
      present: [],
      refused: [],
    });
  });
});

it('A92: lists backups newest first, by pages', async () => {
  const first = await backedUp();
  const second = await backedUp();
  const { body } = await rig.call('GET', '/backups?page_size=2', { token: 'operator' });
  const about = ({ id, created_at, created_by, stacks, excluded }: Document): object => ({
    id,
    created_at,
    created_by,
    included_count: stacks.length,
    excluded_count: excluded.length,
  });
  expect(body).toMatchObject({ data: [about(second), about(first)], count: 2 });
  expect((body as { totalCount: number }).totalCount).toBeGreaterThanOrEqual(2);
});

it('A92: restores what is missing as stopped, and nothing twice', async () => {
  const { id, stacks } = await backedUp();
  await entered(rig, shop.name, 'stopping', 'stopped');
  const missing = [shop.name, '/many/x/s000', '/many/x/s119'];
  for (const name of missing) await removed(rig, name);
  const token = await rig.tokenOf('bob', 'runtimeAdmin');
  const answer = await rig.call('POST', `/backups/${id}/restore`, { token });
  expect(answer.status).toBe(200);
  const present = stacks.map(({ name }) => name).filter((name) => !missing.includes(name));
  expect(answer.body).toEqual({ restored: missing, present, refused: [] });
  const { body } = await rig.call('GET', `/orchestration${shop.name}`);
  expect(body).toMatchObject({ ...shop, oplans: shop.oplans, status: 'stopped', user: 'bob' });
  const again = await rig.call('POST', `/backups/${id}/restore`, { token });
  expect(again.body).toEqual({ restored: [], present: stacks.map(({ name }) => name), refused: [] });
});

it('A92: deletes a backup and leaves its stacks', async () => {
  const { id } = await backedUp();
  expect((await rig.call('DELETE', `/backups/${id}`)).status).toBe(204);
  expect((await rig.call('DELETE', `/backups/${id}`)).status).toBe(404);
  expect((await rig.call('GET', `/backups/${id}`)).status).toBe(404);
  expect((await rig.call('POST', `/backups/${id}/restore`)).status).toBe(404);
  expect((await rig.call('GET', '/orchestration/acme/jack/used')).status).toBe(200);
});

it.each([UNKNOWN_ID, 'x', '%00'])('answers 404 for the backup %s', async (id) => {
  for (const [method, path] of [
    ['GET', `/backups/${id}`],
    ['DELETE', `/backups/${id}`],
    ['POST', `/backups/${id}/restore`],
  ] as const) {
    const { status, body } = await rig.call(method, path);
    expect(status).toBe(404);
    expect(body).toMatchObject({ detail: 'No backup has this ID; GET /backups lists those that exist' });
  }
});
