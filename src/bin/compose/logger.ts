import {
  Runtime,
  makeTelemetryFilterString,
  type Logger as TemporalLogger,
  type LogLevel,
  type LogMetadata,
  type RuntimeOptions,
} from '@temporalio/worker';
import { pino, type Level, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { REDACTED } from './redacted.ts';
import { servedAt } from './worker-meter.ts';

export interface LoggerOptions {
  /** pino's level, or `silent`. */
  level: string;
  /** Lines of JSON for machines, or coloured lines for people. */
  format: 'json' | 'pretty';
}

/** The service's log, on standard output. What could hold a secret is cut out by name, should it ever get here. */
export function createLogger({ level, format }: LoggerOptions): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Errors of workflows and activities come under this name: their type and message are enough.
    serializers: { error: briefly },
    redact: REDACTED,
  };
  if (format === 'json') return pino(options);
  // In this thread: the last lines before an exit must not get lost.
  return pino(
    options,
    pretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true }),
  );
}

function briefly(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const type = 'type' in error && typeof error.type === 'string' ? error.type : error.name;
  return `${type}: ${error.message}`;
}

const LEVELS: Record<LogLevel, Level> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Warnings of the SDK's core, and errors of what it is built on, come through its logger. */
export const TELEMETRY = {
  logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
} satisfies RuntimeOptions['telemetryOptions'];

/**
 * Sends what Temporal's SDK, the workflows and the activities log into the service's log, and keeps the SDK from ending
 * the workers on a signal by itself: the order of a shutdown is ours. With an address, such as `0.0.0.0:9464`, metrics of workers are
 * served there at /metrics. Once per process, before the first worker.
 */
export function installTemporalRuntime(logger: Logger, metricsAddress?: string): void {
  const log = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    // How a worker starts and stops is told by us; that it serves activities only is meant so.
    const ofWorker =
      meta?.['sdkComponent'] === 'worker' && (level === 'INFO' || message.startsWith('No workflows'));
    const { taskToken: _, ...said } = { ...meta };
    logger[ofWorker ? 'debug' : LEVELS[level]](said, message);
  };
  const metrics = metricsAddress === undefined ? {} : { metrics: servedAt(metricsAddress) };
  try {
    Runtime.install({
      logger: temporalLogger(log),
      shutdownSignals: [],
      telemetryOptions: { ...TELEMETRY, ...metrics },
    });
  } catch (error) {
    if (metricsAddress === undefined) throw error;
    throw new Error(
      `Metrics of workers can't be served at ${metricsAddress}: end the program that holds it, or choose another METRICS_ADDRESS`,
      { cause: error },
    );
  }
}

/** A logger for Temporal's SDK out of the one function that it needs. */
export function temporalLogger(
  log: (level: LogLevel, message: string, meta?: LogMetadata) => void,
): TemporalLogger {
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}
