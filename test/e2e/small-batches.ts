/** API and workers in one process, as they are in production but for this: plans are written ten rows at a time. */
import { createLogger, installTemporalRuntime } from '../../src/bin/compose/logger.ts';
import { runWorkers, serveAPI } from '../../src/bin/compose/services.ts';
import { runProgram, untilOneFails } from '../../src/bin/compose/shutdown.ts';
import { apiConfig, loadConfig, workerConfig } from '../../src/config/index.ts';

await runProgram({ say: (line) => console.error(line), env: process.env }, async (shutdown) => {
  const config = { ...loadConfig(process.env), planBatch: 10 };
  const logger = createLogger({ level: 'warn', format: 'json' });
  installTemporalRuntime(logger);
  const { finished } = await runWorkers(workerConfig(config), logger, shutdown);
  console.log(`listens at ${await serveAPI(apiConfig(config), logger, shutdown)}`);
  await untilOneFails([finished]);
});
