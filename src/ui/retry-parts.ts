/** A retry of more operations than one request takes. */

/** IDs in one request: half of what a body may have. */
const MOST_IDS = 10_000;

export interface RetryPart {
  ids: string[];
  /** Its idempotency key. */
  key: string;
}

interface Retrying {
  /** IDs of all operations that are to be retried. */
  read(): Promise<string[]>;
  send(part: RetryPart): Promise<void>;
  newKey(): string;
}

/**
 * Answers a function that retries all, part by part, and answers how many. Called again after a failure it sends the same parts
 * under their keys: those that were carried out answer as they did, though their operations have not failed any more.
 */
export function retryInParts({ read, send, newKey }: Retrying): () => Promise<number> {
  let parts: RetryPart[] = [];
  return async () => {
    if (parts.length === 0) parts = partsOf(await read(), newKey);
    for (const part of parts) await send(part);
    return parts.reduce((sum, { ids }) => sum + ids.length, 0);
  };
}

function partsOf(ids: string[], newKey: () => string): RetryPart[] {
  const count = Math.ceil(ids.length / MOST_IDS);
  return Array.from({ length: count }, (_, part) => ({
    ids: ids.slice(part * MOST_IDS, (part + 1) * MOST_IDS),
    key: newKey(),
  }));
}

/** The form that the API takes for them. */
export function retryBody(ids: readonly string[]): string {
  return new URLSearchParams(ids.map((id): [string, string] => ['operation-id', id])).toString();
}
