import { defineConfig } from 'vitest/config';
import { engine } from './vitest.config.ts';

/** Tests on a real Kubernetes control plane, beside the servers of all tests over the engine; see CONTRIBUTING.md. */
export default defineConfig({
  test: {
    ...engine,
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: [...engine.globalSetup, 'test/cluster/global-setup.ts'],
    teardownTimeout: 60_000,
  },
});
