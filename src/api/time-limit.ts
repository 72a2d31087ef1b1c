import { UnavailableError } from '../domain/errors.ts';

/** A database that is away or hangs must not hold up what does not need it. */
export const DATABASE_LIMIT_MS = 2_000;

/** Rejects with `otherwise()` when the work takes longer than `limitMs`; the work itself is not stopped. */
export async function within<T>(limitMs: number, work: Promise<T>, otherwise: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(otherwise()), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** UnavailableError('database') when the database takes longer than a request can wait for what it can do without. */
export async function withinDatabaseLimit<T>(work: Promise<T>): Promise<T> {
  return await within(
    DATABASE_LIMIT_MS,
    work,
    () => new UnavailableError('database', `The database did not answer within ${DATABASE_LIMIT_MS} ms`),
  );
}
