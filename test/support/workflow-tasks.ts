/**
 * A workflow task that fails is a bug of a workflow: the engine tries it again, and what was done in it before comes twice.
 * Many tests would never see it, so every test file fails in which one did.
 */
import { DefaultLogger, type LogMetadata, Runtime } from '@temporalio/worker';
import { TELEMETRY, temporalLogger } from '../../src/bin/compose/logger.ts';
import { atEndOfFile } from './endings.ts';

const failed: string[] = [];

function watchLog(message: string, meta?: LogMetadata): void {
  if (/failing workflow task/i.test(message)) failed.push(`${message} ${JSON.stringify(meta ?? {})}`);
}

let installed = false;
let isWatched = false;

/** Installs the SDK's runtime, once per process: it prints errors only, and watches the rest for this test file. */
export function useWatchedRuntime(): void {
  if (!installed) {
    const printed = new DefaultLogger('ERROR');
    const logger = temporalLogger((level, message, meta) => {
      watchLog(message, meta);
      printed.log(level, message, meta);
    });
    Runtime.install({ logger, shutdownSignals: [], telemetryOptions: TELEMETRY });
  }
  installed = true;
  if (isWatched) return;
  isWatched = true;
  // A file that lets one fail on purpose may have run in this process before.
  failed.length = 0;
  atEndOfFile(() => {
    isWatched = false;
    const found = failed.splice(0);
    if (found.length > 0) throw new Error(`Workflow tasks have failed: ${found.join('\n')}`);
  });
}
