/** Starts one PostgreSQL and one Temporal server for the whole run, both with throw-away data, and stops them after it. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../src/dev/postgres.ts';
import { findTemporal } from '../../src/dev/temporal-program.ts';
import { startTemporal } from '../../src/dev/temporal.ts';
import { clearLeftovers, createRunFolder } from './leftovers.ts';
import { TEMPLATE_DATABASE } from './servers.ts';

const MIGRATIONS = 'src/db/migrations';
// A namespace is used by one test only: workflow IDs such as `orchestration-queue` are unique within one.
const NAMESPACES = Array.from({ length: 140 }, (_, index) => `t-${String(index + 1).padStart(3, '0')}`);

const say = (line: string): void => console.error(`[tests] ${line}`);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await clearLeftovers();
  const folder = createRunFolder();
  // An interrupted run gets no teardown from vitest.
  process.once('exit', folder.discard);
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => process.exit(128 + number));
  }
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    const results = await Promise.allSettled(stops.map((stop) => stop()));
    rmSync(folder.path, { recursive: true, force: true });
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length > 0) throw new AggregateError(failed.map(({ reason }) => reason as unknown));
  };
  try {
    const program = await findTemporal({ env: process.env, say });
    say('starting PostgreSQL and Temporal for the tests');
    // Both are awaited even when one fails: nothing may start after the end.
    const [database, engine] = await bothOf(
      startPostgres({
        dataDir: join(folder.path, 'postgres'),
        durable: false,
        maxConnections: 300,
        say,
        onSpawn: folder.note,
      }).then((running) => (stops.push(running.stop), running)),
      startTemporal({
        program,
        logDir: join(folder.path, 'temporal'),
        uiPorts: null,
        namespaces: NAMESPACES,
        onSpawn: folder.note,
      }).then((running) => (stops.push(running.stop), running)),
    );
    await createTemplate(database.url);
    mkdirSync(join(folder.path, 'leases'));
    project.provide('servers', {
      folder: folder.path,
      postgresURL: database.url,
      temporalAddress: engine.address,
      temporalProgram: program,
      namespaces: NAMESPACES,
    });
  } catch (error) {
    await stopAll();
    throw error;
  }
  return stopAll;
}

async function createTemplate(adminURL: string): Promise<void> {
  const admin = postgres(adminURL, { max: 1, onnotice: () => undefined });
  await admin`create database ${admin(TEMPLATE_DATABASE)}`;
  await admin.end();
  const url = new URL(adminURL);
  url.pathname = TEMPLATE_DATABASE;
  const sql = postgres(url.href, { max: 1, onnotice: () => undefined });
  try {
    if (existsSync(join(MIGRATIONS, 'meta', '_journal.json'))) {
      await migrate(drizzle(sql), { migrationsFolder: MIGRATIONS });
    }
  } finally {
    await sql.end();
  }
}

async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}
