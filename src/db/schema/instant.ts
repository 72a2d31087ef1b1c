import { customType } from 'drizzle-orm/pg-core';

/**
 * A point in time with microseconds, as RFC 3339 in UTC: `2026-01-02T03:04:05.678901Z`. PostgreSQL answers
 * `2026-01-02 03:04:05.678901+00` (the session's time zone is UTC) and leaves trailing zeros out.
 */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(6) with time zone',
  fromDriver: (value) => {
    const found = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00(?::?00)?|Z)$/.exec(
      value,
    );
    if (!found) throw new Error(`The database answered a time that is not in UTC: ${value}`);
    return `${found[1]}T${found[2]}.${(found[3] ?? '').padEnd(6, '0')}Z`;
  },
});
