import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { isRefusedByDatabase } from '../db/connection.ts';
import { DATABASE_REFUSED, FinalError, UnavailableError } from '../domain/errors.ts';
import { cleanText } from '../domain/texts.ts';

/**
 * Gives every error that an activity throws the form that Temporal acts on: a FinalError is not retried and carries its
 * code as type, an UnavailableError is retried. An activity that ends because its worker shuts down fails retryably at
 * once, so that another worker goes on within a second and not after the heartbeat timeout. A statement that the database
 * refuses is retried unless the workflow names DATABASE_REFUSED among what is not. Workflows write the messages to the
 * database, whatever outside system is quoted in them.
 */
export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (Context.current().cancellationDetails?.workerShutdown) {
        throw ApplicationFailure.create({
          message: 'The worker shuts down; another one goes on',
          type: 'WORKER_SHUTDOWN',
          nextRetryDelay: 100,
        });
      }
      if (error instanceof FinalError) {
        throw ApplicationFailure.nonRetryable(cleanText(error.message), error.code);
      }
      if (error instanceof UnavailableError) {
        throw ApplicationFailure.retryable(
          cleanText(error.message),
          `${error.system.toUpperCase()}_UNAVAILABLE`,
        );
      }
      if (isRefusedByDatabase(error)) {
        const { code, constraint = '', message } = error;
        // PostgreSQL's words may quote the value: they stay in the log.
        Context.current().log.error(message, { code, constraint });
        const by = constraint === '' ? '' : `, constraint ${constraint}`;
        throw ApplicationFailure.retryable(
          `The database refused a statement (SQLSTATE ${code}${by})`,
          DATABASE_REFUSED,
        );
      }
      throw error;
    }
  }
}
