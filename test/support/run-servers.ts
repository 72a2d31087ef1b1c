/**
 * Parts that the global setups start: a folder, and servers with throw-away data in it that end with the run, however
 * it ends.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { startPostgres } from '../../src/dev/postgres.ts';
import { clearLeftovers, createRunFolder, type RunFolder } from './leftovers.ts';
import { TEMPLATE_DATABASE } from './servers.ts';

const MIGRATIONS = 'src/db/migrations';

export const say = (line: string): void => console.error(`[tests] ${line}`);

type Stop = () => Promise<void>;

/**
 * Lets `start` start servers, each with the function that stops it given to `stopWith`. Answers what stops them and removes
 * the folder; when one can't be started, the others are stopped at once.
 */
export async function withRunFolder(
  start: (folder: RunFolder, stopWith: (stop: Stop) => void) => Promise<void>,
): Promise<Stop> {
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
  const stops: Stop[] = [];
  const stopAll = async (): Promise<void> => {
    const results = await Promise.allSettled(stops.map((stop) => stop()));
    rmSync(folder.path, { recursive: true, force: true });
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length > 0) throw new AggregateError(failed.map(({ reason }) => reason as unknown));
  };
  try {
    await start(folder, (stop) => stops.push(stop));
  } catch (error) {
    await stopAll();
    throw error;
  }
  return stopAll;
}

/** Answers the administrator's URL. */
export async function startDatabase(folder: RunFolder, stopWith: (stop: Stop) => void): Promise<string> {
  const { url, stop } = await startPostgres({
    dataDir: join(folder.path, 'postgres'),
    durable: false,
    maxConnections: 300,
    onSpawn: folder.note,
  });
  stopWith(stop);
  await createTemplate(url);
  return url;
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
