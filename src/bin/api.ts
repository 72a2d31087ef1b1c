/** `npm run api`: the REST API against outside systems. */
import { apiConfig, loadConfig } from '../config/index.ts';
import { createLogger } from './compose/logger.ts';
import { serveAPI } from './compose/services.ts';
import { runProgram, untilOneFails } from './compose/shutdown.ts';

const say = (line: string): void => console.error(line);

await runProgram({ say }, async (shutdown) => {
  const config = apiConfig(loadConfig(process.env));
  const logger = createLogger({ level: config.log.level, format: config.log.format ?? 'json' });
  const url = await serveAPI(config, logger, shutdown);
  logger.info({ url }, 'API is listening');
  await untilOneFails([]);
});
