import { defineConfig } from 'vitest/config';

/** Tests on a real Kubernetes control plane, beside the servers that all other tests have; see CONTRIBUTING.md. */
export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/cluster/global-setup.ts'],
    setupFiles: ['test/support/clean-up.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Only a limit against hanging: no assertion depends on how long something takes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
