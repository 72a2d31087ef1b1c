import { defineConfig } from 'vitest/config';
import { engine } from './vitest.config.ts';

/** Tests that take minutes each, and load the machine as a large fleet does: one after the other, beside nothing else. */
export default defineConfig({
  test: { ...engine, include: ['test/long/**/*.test.ts'], maxWorkers: 1, teardownTimeout: 60_000 },
});
