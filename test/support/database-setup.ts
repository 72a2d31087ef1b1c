/** Starts a PostgreSQL with throw-away data for the tests in process, and stops it after them. */
import type { TestProject } from 'vitest/node';
import { say, startDatabase, withRunFolder } from './run-servers.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  return await withRunFolder(async (folder, stopWith) => {
    say('starting PostgreSQL for the tests in process');
    const postgresURL = await startDatabase(folder, stopWith);
    project.provide('database', { folder: folder.path, postgresURL });
  });
}
