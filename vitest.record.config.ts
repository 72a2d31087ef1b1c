import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Records the histories that test/replay/replay.test.ts replays. */
export default defineConfig({ ...config, test: { ...config.test, include: ['test/replay/record*.ts'] } });
