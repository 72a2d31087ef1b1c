/**
 * Starts one PostgreSQL and two Temporal servers with throw-away data for the tests over the engine, and stops them after it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findTemporal } from '../../src/dev/temporal-program.mjs';
import { startTemporal } from '../../src/dev/temporal.ts';
import type { NamespaceKind, TemporalServer } from './servers.ts';
import { say, startDatabase, withRunFolder } from './run-servers.ts';

/** A namespace is used by one test only: workflow IDs such as `orchestration-queue` are unique within one. */
const NAMESPACES: Record<NamespaceKind, string[]> = {
  workflows: namesOf('w', 120),
  schedules: namesOf('s', 64),
};

function namesOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(3, '0')}`);
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  return await withRunFolder(async (folder, stopWith) => {
    const temporalProgram = await findTemporal({ env: process.env, say });
    say('starting PostgreSQL and Temporal for the tests over the engine');
    const startEngine = async (kind: NamespaceKind): Promise<TemporalServer> => {
      const namespaces = NAMESPACES[kind];
      const { address, stop } = await startTemporal({
        program: temporalProgram,
        logDir: join(folder.path, `temporal-${kind}`),
        uiPorts: null,
        // Less of its time; a higher one would need gigabytes, for it keeps all histories in memory.
        garbagePercent: 200,
        namespaces,
        withSchedules: kind === 'schedules',
        onSpawn: folder.note,
      });
      stopWith(stop);
      return { address, namespaces };
    };
    const starts = [
      startDatabase(folder, stopWith),
      startEngine('workflows'),
      startEngine('schedules'),
    ] as const;
    // All are awaited even when one fails: nothing may start after the end.
    await Promise.allSettled(starts);
    const [postgresURL, workflows, schedules] = await Promise.all(starts);
    mkdirSync(join(folder.path, 'leases'));
    project.provide('database', { folder: folder.path, postgresURL });
    project.provide('engine', { temporalProgram, temporal: { workflows, schedules } });
  });
}
