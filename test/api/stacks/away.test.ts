import { beforeAll, describe, expect, it } from 'vitest';
import { ApiRig, repositoriesAway, repositoriesHanging, UNKNOWN_ID, whileTimeFlies } from '../api-rig.ts';
import { added, aDefinition, became } from './definitions.ts';

const NAME = '/acme/jack/shop';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  await added(rig, aDefinition(NAME));
  await became(rig, [NAME, 'web', `${NAME}-web`], { condition: 'running', objectID: 'i-1', owned: true });
});

const CALLS: [method: string, path: string, body?: object][] = [
  ['POST', '/orchestration/', aDefinition('/acme/jack/new')],
  ['GET', '/orchestration/'],
  ['GET', '/orchestration'],
  ['GET', `/orchestration${NAME}`],
  ['GET', `/orchestration${NAME}/events`],
  ['PUT', `/orchestration${NAME}?action=START`],
  ['PUT', `/orchestration${NAME}`, { ...aDefinition(NAME), description: 'another' }],
  ['DELETE', `/orchestration${NAME}`],
  ['GET', '/instance/'],
  ['GET', '/storage/volume'],
  ['GET', `/instance${NAME}-web`],
  ['PUT', `/instance${NAME}-web`, { desired_state: 'shutdown' }],
  ['GET', '/backups'],
  ['GET', `/backups/${UNKNOWN_ID}`],
  ['POST', '/backups'],
  ['POST', `/backups/${UNKNOWN_ID}/restore`],
  ['DELETE', `/backups/${UNKNOWN_ID}`],
];

describe('while the engine is away', () => {
  it('A68: a stack is added all the same', async () => {
    rig.stackGateway.away = true;
    const answer = await rig.call('POST', '/orchestration/', { body: aDefinition('/acme/jack/without') });
    rig.stackGateway.away = false;
    expect(answer.status).toBe(201);
    expect((await rig.call('GET', '/orchestration/acme/jack/without')).status).toBe(200);
    expect(rig.log.some((line) => line.includes('starts with its first action'))).toBe(true);
  });

  it.each([
    ['PUT', `/orchestration${NAME}?action=START`, undefined],
    ['PUT', `/orchestration${NAME}`, { ...aDefinition(NAME), description: 'another' }],
    ['DELETE', `/orchestration${NAME}`, undefined],
    ['PUT', `/instance${NAME}-web`, { desired_state: 'shutdown' }],
  ])('%s %s answers 503', async (method, path, body) => {
    rig.stackGateway.away = true;
    const answer = await rig.call(method, path, body ? { body } : {});
    rig.stackGateway.away = false;
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:engine-unavailable' });
  });
});

it.each(CALLS)('%s %s answers 503 while the database is away', async (method, path, body) => {
  const asked = rig.stackGateway.actions.length;
  const away = rig.with({ repositories: repositoriesAway() });
  const answer = await away.call(method, path, body ? { body } : {});
  expect(answer.status).toBe(503);
  expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
  expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:database-unavailable' });
  expect(rig.stackGateway.actions.length).toBe(asked);
});

it('answers 503 while the database takes questions and never answers', async () => {
  const hanging = rig.with({ repositories: repositoriesHanging(rig.repositories) });
  const patient = CALLS.filter(([method, path]) => `${method} ${path}` !== 'POST /backups');
  const answers = await whileTimeFlies(() =>
    Promise.all(patient.map(([method, path, body]) => hanging.call(method, path, body ? { body } : {}))),
  );
  expect(answers.map(({ status }) => status)).toEqual(patient.map(() => 503));
});

it('A92: a backup that breaks off in the middle breaks the answer off, and stands in the log', async () => {
  const backups = { ...rig.repositories.backups };
  const { id } = await backups.create({
    id: '9b1f4c1e-6f0a-4d0e-8a57-1d6e0f8f2c11',
    createdBy: 'test',
    createdAt: new Date().toISOString(),
  });
  const entries: typeof backups.entries = async (backup, kind, after, limit) => {
    if (after !== '') throw new Error('connection lost');
    return await rig.repositories.backups.entries(backup, kind, after, limit);
  };
  const breaking = rig.with({ repositories: { ...rig.repositories, backups: { ...backups, entries } } });
  await expect(breaking.call('GET', `/backups/${id}`)).rejects.toThrow('connection lost');
  expect(rig.log.some((line) => line.includes('a backup could not be sent to its end'))).toBe(true);
});
