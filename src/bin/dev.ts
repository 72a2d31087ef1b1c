/** `npm start`: the whole service, with everything that is not given from outside. */
import { loadConfig } from '../config/index.ts';
import { welcome } from './compose/welcome.ts';
import { createLogger, installTemporalRuntime } from './compose/logger.ts';
import { runProgram, untilOneFails } from './compose/shutdown.ts';
import { startService } from './compose/start.ts';

const say = (line: string): void => console.error(`drydock: ${line}`);

await runProgram({ say, env: process.env }, async (shutdown) => {
  const config = loadConfig(process.env);
  const logger = createLogger({ level: config.log.level, format: config.log.format ?? 'pretty' });
  installTemporalRuntime(logger, config.metricsAddress);
  const service = await startService({ config, env: process.env, logger, say, shutdown });
  console.log(await welcome(service, config));
  await untilOneFails([service.failed]);
});
