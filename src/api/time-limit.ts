import type { Repositories } from '../db/repositories/types.ts';
import { UnavailableError } from '../domain/errors.ts';

/** A database that is away or hangs must not hold up what does not need it. */
const DATABASE_LIMIT_MS = 2_000;

/** Who reads waits that long for each question to the database, at the most. */
const READ_LIMIT_MS = 5_000;

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
  return await within(DATABASE_LIMIT_MS, work, () => tooLate(DATABASE_LIMIT_MS));
}

/** The same repositories for routes that only read: a database that hangs is one that is away, after some seconds. */
export function forReading(repositories: Repositories): Repositories {
  const { orchestrations, operations, events } = repositories;
  const limited = <T>(work: Promise<T>): Promise<T> =>
    within(READ_LIMIT_MS, work, () => tooLate(READ_LIMIT_MS));
  return {
    ...repositories,
    orchestrations: {
      ...orchestrations,
      find: (...given) => limited(orchestrations.find(...given)),
      list: (...given) => limited(orchestrations.list(...given)),
    },
    operations: {
      ...operations,
      find: (...given) => limited(operations.find(...given)),
      list: (...given) => limited(operations.list(...given)),
      stats: (...given) => limited(operations.stats(...given)),
    },
    events: { ...events, list: (...given) => limited(events.list(...given)) },
  };
}

function tooLate(limitMs: number): UnavailableError {
  return new UnavailableError('database', `The database did not answer within ${limitMs} ms`);
}
