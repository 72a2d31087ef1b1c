/** `npm run worker`: the workers against outside systems. Run as many as needed. */
import { loadConfig, workerConfig } from '../config/index.ts';
import { createLogger, installTemporalRuntime } from './compose/logger.ts';
import { intoLog, outsideLooks } from './compose/outside-looks.ts';
import { runWorkers } from './compose/services.ts';
import { runProgram, untilOneFails } from './compose/shutdown.ts';
import { traceIn } from './compose/tracing.ts';

const say = (line: string): void => console.error(line);

await runProgram({ say, env: process.env }, async (shutdown) => {
  const config = workerConfig(loadConfig(process.env));
  const logger = createLogger({ level: config.log.level, format: config.log.format ?? 'json' });
  installTemporalRuntime(logger, config.metricsAddress);
  const tracing = await traceIn(shutdown, config, 'drydock-worker', logger);
  if (config.stacks.driver === 'simulated') {
    logger.warn('stacks are simulated: no real objects are created; set STACK_DRIVER=kubernetes for that');
  }
  void outsideLooks(config, intoLog(logger)).look();
  const { finished } = await runWorkers(config, logger, shutdown, tracing);
  await untilOneFails([finished]);
});
