/** A retry of more operations than one request takes. */
import { countOf } from './words/times.ts';

/** IDs in one request: half of what a body may have. */
const MOST_IDS = 10_000;

export interface RetryPart {
  ids: string[];
  /** Its idempotency key. */
  key: string;
}

/** How many became what. */
export interface Retried {
  retried: number;
  /** Left alone: their runtimes have newer operations. */
  old: number;
  /** Left alone: they have not failed any more. */
  invalid: number;
}

interface Retrying {
  /** IDs of all operations that are to be retried. */
  read(): Promise<string[]>;
  /** The reason is the one that was given first: another one under the same key would be another request. */
  send(part: RetryPart, reason: string): Promise<Retried>;
  newKey(): string;
}

/**
 * Answers a function that retries all, part by part, and answers what came of it. Called again after a failure it sends the same parts
 * under their keys: those that were carried out answer as they did, though their operations have not failed any more.
 */
export function retryInParts({ read, send, newKey }: Retrying): (reason: string) => Promise<Retried> {
  let parts: RetryPart[] = [];
  let first = '';
  return async (reason) => {
    if (parts.length === 0) {
      parts = partsOf(await read(), newKey);
      first = reason;
    }
    const sum: Retried = { retried: 0, old: 0, invalid: 0 };
    for (const part of parts) {
      const { retried, old, invalid } = await send(part, first);
      sum.retried += retried;
      sum.old += old;
      sum.invalid += invalid;
    }
    return sum;
  };
}

function partsOf(ids: string[], newKey: () => string): RetryPart[] {
  const count = Math.ceil(ids.length / MOST_IDS);
  return Array.from({ length: count }, (_, part) => ({
    ids: ids.slice(part * MOST_IDS, (part + 1) * MOST_IDS),
    key: newKey(),
  }));
}

/** The outcome of a retry, in sentences. */
export function retriedWords({ retried, old, invalid }: Retried): string {
  const sentences = [
    retried > 0 && `${countOf(retried, 'operation')} ${retried === 1 ? 'gets' : 'get'} another attempt.`,
    old > 0 && `${countOf(old, 'runtime')} with a newer operation ${old === 1 ? 'is' : 'are'} left alone.`,
    invalid > 0 && `${countOf(invalid, 'operation')} had not failed any more.`,
  ];
  return sentences.filter(Boolean).join(' ') || 'Nothing of this cause is left to retry.';
}

/** The form that the API takes for them. */
export function retryBody(ids: readonly string[], reason: string): string {
  const form = new URLSearchParams(ids.map((id): [string, string] => ['operation-id', id]));
  if (reason !== '') form.set('reason', reason);
  return form.toString();
}
