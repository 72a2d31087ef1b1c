/**
 * A workflow task that fails is a bug of a workflow: the engine tries it again, and what was done in it before comes twice.
 * Many tests would never see it, so every test file fails in which one did.
 */
import { DefaultLogger, type LogMetadata, type RuntimeOptions } from '@temporalio/worker';
import { pino, type Logger as ServiceLogger } from 'pino';
import { z } from 'zod';
import { TELEMETRY, temporalLogger } from '../../src/bin/compose/logger.ts';
import { atEndOfFile } from './endings.ts';

const failed: string[] = [];

function watchLog(message: string, meta?: LogMetadata): void {
  if (/failing workflow task/i.test(message)) failed.push(`${message} ${JSON.stringify(meta ?? {})}`);
}

/** For the runtime of a process: prints errors only, and watches the rest. */
export function watchedRuntime(): RuntimeOptions {
  const printed = new DefaultLogger('ERROR');
  const logger = temporalLogger((level, message, meta) => {
    watchLog(message, meta);
    printed.log(level, message, meta);
  });
  return { logger, telemetryOptions: TELEMETRY };
}

/** The service's log, which prints nothing and is watched. */
export function watchedLogger(): ServiceLogger {
  const write = (line: string): void => {
    const { msg = '', ...meta } = z.looseObject({ msg: z.string().optional() }).parse(JSON.parse(line));
    watchLog(msg, meta);
  };
  return pino({ level: 'warn' }, { write });
}

atEndOfFile(() => {
  if (failed.length > 0) throw new Error(`Workflow tasks have failed: ${failed.join('\n')}`);
});
