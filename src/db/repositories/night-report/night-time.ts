import { sql, type SQL } from 'drizzle-orm';
import { events } from '../../schema/index.ts';
import type { Night } from './report-repository.ts';

/** The condition on a column of times, by default `at`. */
export function during({ since, until }: Night): SQL {
  return sql`at >= ${since}::timestamptz and at < ${until}::timestamptz`;
}

/** RFC 3339 UTC of a time as the database answers it. */
export function instantOf(value: unknown): string {
  return events.at.mapFromDriverValue(value) as string;
}
