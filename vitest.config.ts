import { defineConfig } from 'vitest/config';

/** One real PostgreSQL and one real Temporal server serve the whole run, see test/support/global-setup.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/clean-up.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Only a limit against hanging: no assertion depends on how long something takes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
