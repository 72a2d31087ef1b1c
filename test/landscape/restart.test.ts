import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startLandscape } from '../../src/dev/landscape/index.ts';
import { accepted, admin, firstRuntime, folder, landscape, runtimes, status } from './support.ts';

test('an upgrade goes on while the landscape is down, and nothing that was answered is lost', async () => {
  const dataDir = folder();
  let clock = Date.UTC(2024, 0, 1);
  const now = (): number => clock;
  // Not closed before the next one starts: as if its process had been killed.
  const killed = await landscape({ dataDir, now, upgradeSeconds: 30 });
  const { runtimeID } = await firstRuntime(killed);
  const window = { begin: '010000+0000', end: '020000+0000' };
  await admin(killed, 'PUT', `/runtimes/${runtimeID}/window`, window);
  const id = await accepted(killed, runtimeID);
  const [, second] = await runtimes(killed);
  const held = await admin<{ operationID: string }>(killed, 'POST', `/runtimes/${second?.runtimeID}/busy`);

  clock += 10_000;
  const next = await landscape({ dataDir, now, upgradeSeconds: 30 });
  expect((await status(next, id)).data?.result).toMatchObject({ state: 'InProgress', runtimeID });
  expect((await firstRuntime(next)).window).toEqual(window);
  expect((await status(next, held.operationID)).data?.result?.state).toBe('InProgress');

  clock += 20_000;
  expect((await status(next, id)).data?.result?.state).toBe('Succeeded');
  expect(await admin(next, 'GET', '/upgrades')).toMatchObject([
    { operationID: id, finishedAt: '2024-01-01T00:00:30.000Z', result: 'Succeeded' },
  ]);
});

test('a line that was torn by a crash is dropped, and the journal goes on after it', async () => {
  const dataDir = folder();
  const first = await landscape({ dataDir });
  const [one, two] = await runtimes(first);
  await accepted(first, one?.runtimeID ?? '');
  await first.close();
  appendFileSync(path.join(dataDir, 'landscape.jsonl'), '{"type":"accepted","operation":{"id":"to');

  const second = await landscape({ dataDir });
  expect(await admin(second, 'GET', '/upgrades')).toHaveLength(1);
  await accepted(second, two?.runtimeID ?? '');
  await second.close();

  expect(await admin(await landscape({ dataDir }), 'GET', '/upgrades')).toHaveLength(2);
});

test('a damaged journal is an error that says what to do', async () => {
  const dataDir = folder();
  writeFileSync(path.join(dataDir, 'landscape.jsonl'), 'damage\n{"type":"forgotten","id":"a","at":1}\n');
  await expect(startLandscape({ dataDir, fleetSize: 1, upgradeSeconds: 1 })).rejects.toThrow(
    /Line 1 .*Move the file away/,
  );
});

test('a taken port is an error that says what to do', async () => {
  const port = Number(new URL((await landscape()).kubernetesURL).port);
  await expect(startLandscape({ dataDir: folder(), fleetSize: 1, upgradeSeconds: 1, port })).rejects.toThrow(
    /choose another port/,
  );
});

test('a reset empties the record and the journal', async () => {
  const dataDir = folder();
  const of = await landscape({ dataDir });
  await accepted(of, (await firstRuntime(of)).runtimeID);
  await admin(of, 'PUT', '/faults/overrides', { mode: 'cut' });
  await admin(of, 'POST', '/reset');
  expect(await admin(of, 'GET', '/upgrades')).toEqual([]);
  expect(await admin(of, 'GET', '/faults')).toEqual({});
  expect(readFileSync(path.join(dataDir, 'landscape.jsonl'), 'utf8')).toBe('');
  await accepted(of, (await firstRuntime(of)).runtimeID);
});

test('secret values never reach the journal', async () => {
  const dataDir = folder();
  const of = await landscape({ dataDir });
  await accepted(of, (await firstRuntime(of)).runtimeID);
  const journal = readFileSync(path.join(dataDir, 'landscape.jsonl'), 'utf8');
  expect(journal).toContain('password');
  expect(journal).not.toContain('hush');
});
