/**
 * Starts one PostgreSQL and one Temporal server with throw-away data for the tests over the engine, and stops them after it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findTemporal } from '../../src/dev/temporal-program.mjs';
import { startTemporal } from '../../src/dev/temporal.ts';
import { say, startDatabase, withRunFolder } from './run-servers.ts';

// A namespace is used by one test only: workflow IDs such as `orchestration-queue` are unique within one.
const NAMESPACES = Array.from({ length: 300 }, (_, index) => `t-${String(index + 1).padStart(3, '0')}`);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  return await withRunFolder(async (folder, stopWith) => {
    const temporalProgram = await findTemporal({ env: process.env, say });
    say('starting PostgreSQL and Temporal for the tests over the engine');
    const startEngine = async (): Promise<string> => {
      const { address, stop } = await startTemporal({
        program: temporalProgram,
        logDir: join(folder.path, 'temporal'),
        uiPorts: null,
        // Less of its time; a higher one would need gigabytes, for it keeps all histories in memory.
        garbagePercent: 200,
        namespaces: NAMESPACES,
        onSpawn: folder.note,
      });
      stopWith(stop);
      return address;
    };
    // Both are awaited even when one fails: nothing may start after the end.
    const [postgresURL, temporalAddress] = await bothOf(startDatabase(folder, stopWith), startEngine());
    mkdirSync(join(folder.path, 'leases'));
    project.provide('database', { folder: folder.path, postgresURL });
    project.provide('engine', { temporalAddress, temporalProgram, namespaces: NAMESPACES });
  });
}

async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}
