import { defineConfig } from 'vitest/config';

/** The tests of the pure decisions alone, as `npm run mutate` runs them for each mutant. */
export default defineConfig({
  test: {
    include: ['test/unit/domain/{upgrades,event-stream}/**/*.test.ts'],
    provide: { oneSeedOf: 40, oneEntryOf: 10 },
    testTimeout: 120_000,
  },
});
