/** Inputs of the signals of orchestrations, their children and the queue. */
import { z } from 'zod';
import { FAILURE_CODES } from '../../domain/errors.ts';
import { MOST_WORKERS } from '../../domain/upgrades/orchestration-parameters.ts';
import { reasonText, type Command } from '../../domain/upgrades/rollout-control.ts';
import { cleanText } from '../../domain/texts.ts';
import { lazily, nameText, type Lazy, rowID } from '../parsed-messages.ts';

/** As many IDs as Temporal takes in one message. */
const MOST_OPERATIONS = 50_000;
const BY_HAND = 'the signal';

/** By hand it may be a name alone, and anything may stand in for that: a fleet can be stopped by whoever reaches Temporal. */
export const cancelInput = lazily(() =>
  z
    .union([
      z.object({ by: nameText(), reason: z.string().nullish().transform(reasonText) }),
      nameText().transform((by) => ({ by, reason: '' })),
    ])
    .catch({ by: `${BY_HAND} cancel`, reason: '' }),
);

/**
 * A retry by hand: without input, or without IDs, it means all failed operations. A field
 * that is not known may be a misspelt list of IDs, and is refused. `requestID` is made up by the run when there is
 * none.
 */
export const retryInput = lazily(() =>
  z
    .strictObject({
      requestID: nameText().optional(),
      operationIDs: z.array(rowID()).max(MOST_OPERATIONS).nullable().default(null),
      requestedBy: nameText().default(`${BY_HAND} retry`),
    })
    .nullish()
    .transform((given) => given ?? { operationIDs: null, requestedBy: `${BY_HAND} retry` }),
);
export type RetryInput = z.output<ReturnType<typeof retryInput>>;

/** A command by hand. A field that is not known may be a misspelt one, and is refused. */
export const commandInput = lazily(() =>
  z.discriminatedUnion('command', [
    aCommand('pause', {}),
    aCommand('resume', { acknowledge: z.boolean().default(false) }),
    aCommand('workers', { workers: z.int().min(1).max(MOST_WORKERS) }),
    aCommand('front', {}),
    aCommand('approve', { number: z.int().min(1) }),
    aCommand('reject', { number: z.int().min(1) }),
    aCommand('skip', { operationID: rowID() }),
    aCommand('skip-wave', { wave: nameText() }),
  ]),
);

function aCommand<N extends Command['command'], S extends z.ZodRawShape>(name: N, shape: S) {
  return z.strictObject({
    command: z.literal(name),
    by: nameText().default(`${BY_HAND} command`),
    reason: z.string().nullish().transform(reasonText),
    ...shape,
  });
}

const outcome = lazily(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('succeeded') }),
    z.object({
      kind: z.literal('failed'),
      code: z.enum(FAILURE_CODES),
      message: z.string().transform(cleanText),
    }),
    z.object({ kind: z.literal('released'), isFull: z.boolean().optional() }),
    z.object({ kind: z.literal('missed') }),
    z.object({ kind: z.literal('canceled') }),
  ]),
);

export const outcomeInput = lazily(() =>
  z.object({
    operationID: rowID(),
    attempt: z.int(),
    dispatch: z.int(),
    outcome: outcome(),
  }),
);

/** A child reports to its own orchestration and to nobody else: a workflow ID that can't be would fail its workflow task. */
export function detachInput(orchestrationID: string): Lazy<z.ZodLiteral<string>> {
  return lazily(() => z.literal(orchestrationID));
}
