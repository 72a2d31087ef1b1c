/** A POST that makes something, sent again when its answer was lost. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Context } from './context.ts';
import { CommandError } from './exit-codes.ts';
import { pause } from './watch/bell.ts';

const TRIES = 3;
const GAP_MS = 1_000;

/**
 * Sends it under one key, so that it counts once, however often it is sent. `nextWhenLost` says how to see whether it has arrived: a loss leaves that
 * open. Throws CommandError.
 */
export async function askOnce<S extends z.ZodType>(
  { api, surroundings }: Pick<Context, 'api' | 'surroundings'>,
  path: string,
  schema: S,
  { json, nextWhenLost }: { json: unknown; nextWhenLost: string },
): Promise<z.infer<S>> {
  const headers = { 'idempotency-key': randomUUID() };
  for (let tries = 1; ; tries += 1) {
    try {
      return await api.ask(path, schema, { method: 'POST', json, headers });
    } catch (error) {
      if (!(error instanceof CommandError) || error.ending !== 'unavailable') throw error;
      if (tries === TRIES) throw withNext(error, nextWhenLost);
      await pause(GAP_MS * tries, surroundings.interrupted);
    }
  }
}

function withNext(lost: CommandError, told: string): CommandError {
  const next = lost.next === undefined ? told : `${lost.next}\n${told}`;
  return new CommandError('unavailable', lost.message, { next, cause: lost });
}
