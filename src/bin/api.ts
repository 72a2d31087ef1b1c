/** `npm run api`: the REST API against outside systems. */
import { apiConfig, loadConfig } from '../config/index.ts';
import { createLogger } from './compose/logger.ts';
import { intoLog, outsideLooks } from './compose/outside-looks.ts';
import { serveAPI } from './compose/services.ts';
import { runProgram, untilOneFails } from './compose/shutdown.ts';
import { traceIn } from './compose/tracing.ts';

const say = (line: string): void => console.error(line);

await runProgram({ say, env: process.env }, async (shutdown) => {
  const config = apiConfig(loadConfig(process.env));
  const logger = createLogger({ level: config.log.level, format: config.log.format ?? 'json' });
  const looks = outsideLooks(config, intoLog(logger));
  const tracing = await traceIn(shutdown, config, 'drydock-api', logger);
  void looks.look();
  const url = await serveAPI(config, logger, shutdown, looks, undefined, tracing);
  logger.info({ url }, 'API is listening');
  await untilOneFails([]);
});
