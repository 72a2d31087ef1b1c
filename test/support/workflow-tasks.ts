/**
 * A workflow task that fails is a bug of a workflow: the engine tries it again, and what was done in it before comes twice.
 * Many tests would never see it, so every test file fails in which one did.
 */
import {
  DefaultLogger,
  makeTelemetryFilterString,
  type Logger,
  type LogLevel,
  type LogMetadata,
  type RuntimeOptions,
} from '@temporalio/worker';
import { pino, type Logger as ServiceLogger } from 'pino';
import { z } from 'zod';
import { atEndOfFile } from './clean-up.ts';

const failed: string[] = [];

function watchLog(message: string, meta?: LogMetadata): void {
  if (/failing workflow task/i.test(message)) failed.push(`${message} ${JSON.stringify(meta ?? {})}`);
}

/** For the runtime of a process: prints errors only, and watches the rest. */
export function watchedRuntime(): RuntimeOptions {
  const printed = new DefaultLogger('ERROR');
  const log = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    watchLog(message, meta);
    printed.log(level, message, meta);
  };
  const logger: Logger = {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  return { logger, telemetryOptions: { logging: { filter, forward: {} } } };
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
