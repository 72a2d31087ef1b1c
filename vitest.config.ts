import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';

const CORES = availableParallelism();

/** The folder alone decides which project a test file belongs to; CONTRIBUTING.md says what belongs where. */
const PURE = ['test/unit/**/*.test.ts'];
const IN_PROCESS = ['api', 'db', 'landscape'].map((folder) => `test/${folder}/**/*.test.ts`);
/** They run programs of the project itself: its lint, its CI, its bundler. */
const PROJECT = ['test/project/**/*.test.ts'];
const CLUSTER = ['test/cluster/**/*.test.ts'];
/** With vitest.long.config.ts. */
const LONG = ['test/long/**/*.test.ts'];

const shared = {
  setupFiles: ['test/support/clean-up.ts'],
  // Only a limit against hanging: no assertion depends on how long something takes.
  testTimeout: 400_000,
  hookTimeout: 400_000,
};

/** Files on one thread share the modules that they import. */
const fast = { ...shared, pool: 'threads', isolate: false } as const;

/**
 * They mostly wait, for servers and for processes of their own: more files at a time than cores. Those that one process runs
 * share its modules, Temporal's native library among them: to load it all for each file would take a quarter of the time.
 */
const waiting = { ...shared, pool: 'forks', isolate: false, maxWorkers: Math.min(2 * CORES + 1, 8) } as const;

export const engine = {
  ...waiting,
  globalSetup: ['test/support/engine-setup.ts'],
  // Tests beside each other in one file start processes of their own.
  maxConcurrency: 3,
};

export default defineConfig({
  test: {
    reporters: ['default', './test/support/slowest-files.ts'],
    teardownTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      // They only compute: one file per core.
      { test: { ...fast, name: 'pure', include: PURE, maxWorkers: CORES, sequence: { groupOrder: 0 } } },
      // They wait for the database half of the time.
      {
        test: {
          ...fast,
          name: 'in-process',
          include: IN_PROCESS,
          globalSetup: ['test/support/database-setup.ts'],
          maxWorkers: 2 * CORES,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...engine,
          name: 'engine',
          include: ['test/**/*.test.ts'],
          exclude: [...PURE, ...IN_PROCESS, ...PROJECT, ...CLUSTER, ...LONG],
          sequence: { groupOrder: 2 },
        },
      },
      { test: { ...waiting, name: 'project', include: PROJECT, sequence: { groupOrder: 2 } } },
    ],
  },
});
