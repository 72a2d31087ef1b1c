import { customType } from 'drizzle-orm/pg-core';

/** Names and labels, compared byte by byte: lists have the same order whatever the database's language is. */
export const nameText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text collate "C"',
});
