import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { ownerKey } from '../../src/domain/stacks/owner-key.ts';
import {
  adoptEngine,
  bindInstallation,
  copyInstallation,
  moveInstallation,
} from '../../src/bin/compose/binding.ts';
import { createLogger } from '../../src/bin/compose/logger.ts';
import { runWorkers } from '../../src/bin/compose/services.ts';
import { Shutdown } from '../../src/bin/compose/shutdown.ts';
import { loadConfig, workerConfig } from '../../src/config/index.ts';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { simulatedObjects, stacks } from '../../src/db/schema/index.ts';
import { atEndOfFile, connectTemporal, createDatabase, leaseNamespace } from '../support/environment.ts';
import { aDefinition, aStack } from '../support/stacks/rows.ts';
import { startService } from './service.ts';

/** Workers with these settings, which must not get as far as working. */
async function tryWorkers(env: Record<string, string>): Promise<void> {
  const shutdown = new Shutdown(() => undefined);
  try {
    const logger = createLogger({ level: 'silent', format: 'json' });
    await runWorkers(workerConfig(loadConfig(env)), logger, shutdown);
  } finally {
    await shutdown.run();
  }
}

/** The ID of an installation is kept with a schedule. */
const connectWithSchedules = (): Promise<Client> => connectTemporal(leaseNamespace('schedules'));

function repositoriesOf(url: string): Repositories {
  const database = openDatabase(url);
  atEndOfFile(() => database.close());
  return createRepositories(database);
}

describe('a database and a namespace of Temporal', () => {
  it('belong together: workers with another namespace refuse to start, and what is open stays so', async () => {
    const service = await startService({ upgradeSeconds: 1 });
    await service.landscape.setUpgrades({ hold: true });
    const id = await service.rest.create({ targets: { include: [{ target: 'all' }] } });
    await service.rest.reaches(id, 'in progress');

    const elsewhere = { ...service.env, TEMPORAL_NAMESPACE: leaseNamespace('schedules') };
    await expect(tryWorkers(elsewhere)).rejects.toThrow(
      /works with another Temporal namespace .*TEMPORAL_NAMESPACE/,
    );

    expect((await service.rest.orchestration(id)).state).toBe('in progress');
    await service.landscape.setUpgrades({ hold: false });
    await service.landscape.endAll();
    await service.rest.reaches(id, 'succeeded');
  });

  it('refuse each other when the namespace belongs to another database', async () => {
    const service = await startService();
    const other = await createDatabase();
    const { id } = await repositoriesOf(service.env['DATABASE_URL'] ?? '').installation.read();
    await expect(tryWorkers({ ...service.env, DATABASE_URL: other.url })).rejects.toThrow(
      new RegExp(`belongs to the installation ${id}.*DATABASE_URL`),
    );
  });

  it('can be moved to another namespace by hand, with the ID that they had', async () => {
    const { url } = await createDatabase();
    const { installation } = repositoriesOf(url);
    const [first, second] = [await connectWithSchedules(), await connectWithSchedules()];
    const id = await moveInstallation(installation, first);
    const before = await installation.read();
    expect(await moveInstallation(installation, second)).toBe(id);
    expect(await installation.read()).toMatchObject({ id });
    expect((await installation.read()).namespaceID).not.toBe(before.namespaceID);

    const other = repositoriesOf((await createDatabase()).url).installation;
    await expect(moveInstallation(other, second)).rejects.toThrow(
      new RegExp(`belongs to the installation ${id}`),
    );
    expect((await other.read()).namespaceID).toBeNull();
  });

  it('are bound anew when the engine was set up anew, and not when it has the namespace that the database works with', async () => {
    const { url } = await createDatabase();
    const { installation } = repositoriesOf(url);
    const [first, second] = [await connectWithSchedules(), await connectWithSchedules()];
    await adoptEngine(installation, first);
    expect((await installation.read()).namespaceID).toBeNull();
    const id = await bindInstallation(installation, first);
    const bound = await installation.read();
    // Another namespace of the same engine, mistyped perhaps.
    await adoptEngine(installation, second);
    expect(await installation.read()).toEqual(bound);
    await expect(bindInstallation(installation, second)).rejects.toThrow(/TEMPORAL_NAMESPACE/);
    // A namespace of an engine whose state is lost.
    await installation.move(randomUUID());
    await adoptEngine(installation, second);
    expect(await bindInstallation(installation, second)).toBe(id);
    expect((await installation.read()).namespaceID).not.toBe(bound.namespaceID);
  });

  it('can be made another installation after the database was copied, and its owner keys follow', async () => {
    const { url } = await createDatabase();
    const database = openDatabase(url);
    atEndOfFile(() => database.close());
    const repositories = createRepositories(database);
    const { installation } = repositories;
    const [first, second] = [await connectWithSchedules(), await connectWithSchedules()];
    const original = await moveInstallation(installation, first);
    const key = (of: string): string =>
      ownerKey({ installation: of, stack: '/acme/jack/outer', label: 'x', name: '/acme/jack/inner' });
    await repositories.stacks.add(aStack(aDefinition('/acme/jack/inner')));
    await database.run(async (db) => {
      await db.update(stacks).set({ startedFor: key(original) });
      await db.insert(simulatedObjects).values({
        objType: 'storage/volume',
        name: '/acme/jack/disk',
        id: '00000000-0000-4000-8000-000000000001',
        owner: key(original),
        spec: { name: '/acme/jack/disk' },
        goal: 'available',
        settledAt: '2024-01-01T00:00:00Z',
        refers: [],
      });
    });

    await expect(copyInstallation(installation, first)).rejects.toThrow(
      /belongs to the installation .* already/,
    );
    const copy = await copyInstallation(installation, second);
    expect(copy).not.toBe(original);
    await database.run(async (db) => {
      expect(await db.select({ owner: simulatedObjects.owner }).from(simulatedObjects)).toEqual([
        { owner: key(copy) },
      ]);
      expect(await db.select({ owner: stacks.startedFor }).from(stacks)).toEqual([{ owner: key(copy) }]);
    });
  });

  it('get one ID however many ask for it at once for the first time', async () => {
    const { installation } = repositoriesOf((await createDatabase()).url);
    const asked = await Promise.all(Array.from({ length: 8 }, () => installation.read()));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  });
});
