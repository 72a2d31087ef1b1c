import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, uuid } from 'drizzle-orm/pg-core';

/** One row: who this database belongs to, and which namespace of Temporal it works with. */
export const installation = pgTable(
  'installation',
  {
    only: boolean('only').primaryKey().default(true),
    id: uuid('id').notNull().defaultRandom(),
    /** Temporal's own ID of the namespace, which no other namespace has; null until the first start. */
    namespaceID: uuid('namespace_id'),
  },
  (t) => [check('installation_only', sql`${t.only}`)],
);
