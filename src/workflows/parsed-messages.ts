/**
 * Signals and updates are requests: a person may send any of them by hand, with any input. A signal handler that
 * throws would fail its workflow task again and again, so what does not fit is logged and dropped.
 */
import { ApplicationFailure, log, setHandler, type SignalDefinition } from '@temporalio/workflow';
import { z } from 'zod';
import { cleanText, cutText } from '../domain/texts.ts';

const LONGEST_NAME = 256;

/**
 * A schema that is made when the first message comes. Every run of a workflow evaluates its modules for itself, thousands at
 * a time, and most of them never get a message: schemas would take them longer than everything else that they do.
 */
export type Lazy<S extends z.ZodType> = () => S;

export function lazily<S extends z.ZodType>(make: () => S): Lazy<S> {
  let made: S | undefined;
  return () => (made ??= make());
}

/**
 * Names of callers, and other texts that are stored as they are; what can't be stored is replaced, what is too long is cut.
 */
export const nameText = lazily(() =>
  z
    .string()
    .min(1)
    .transform((text) => cutText(cleanText(text), LONGEST_NAME)),
);

const ROW_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The ID of a row. The package's own formats are no use here: they write to patterns that the runs of a worker share, frozen. */
export const rowID = lazily(() => z.string().refine((text) => ROW_ID.test(text), 'Invalid ID'));

/** Handles a signal with its argument as the schema reads it. */
export function handleSignal<S extends z.ZodType>(
  signal: SignalDefinition<[z.output<S>]>,
  schema: Lazy<S>,
  handle: (argument: z.output<S>) => void,
): void {
  setHandler(signal, (argument: unknown) => {
    const parsed = schema().safeParse(argument);
    if (parsed.success) handle(parsed.data);
    else
      log.warn('A signal is dropped: its input does not fit', {
        signal: signal.name,
        why: whyNot(parsed.error),
      });
  });
}

/** The argument of an update; one that does not fit is refused with a failure of this type. */
export function parseArgument<S extends z.ZodType>(
  schema: Lazy<S>,
  argument: unknown,
  type: string,
): z.output<S> {
  const parsed = schema().safeParse(argument);
  if (parsed.success) return parsed.data;
  throw ApplicationFailure.nonRetryable(`The input does not fit: ${whyNot(parsed.error)}`, type);
}

/** The first thing that is wrong. */
function whyNot({ issues: [issue] }: z.ZodError): string {
  if (!issue) return 'it is not valid';
  const at = issue.path.length > 0 ? ` (at ${issue.path.join('.')})` : '';
  return `${issue.message}${at}`;
}
