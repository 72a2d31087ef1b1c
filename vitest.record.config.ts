import { defineConfig } from 'vitest/config';
import { engine } from './vitest.config.ts';

/** Records the histories that test/replay/replay.test.ts replays. */
export default defineConfig({
  test: { ...engine, include: ['test/replay/record*.ts'], teardownTimeout: 60_000 },
});
