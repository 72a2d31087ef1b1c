import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';
import { engine } from './vitest.config.ts';

/** Tests that take minutes each. The longest one mostly waits: the others, which load the machine as a large fleet does, run beside it. */
export default defineConfig({
  test: {
    ...engine,
    include: ['test/long/**/*.test.ts'],
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    teardownTimeout: 60_000,
  },
});
