import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { DesiredState, ObjectCondition, StackStatus } from '../../../domain/stacks/statuses.ts';
import type { StackDefinition } from '../../../domain/stacks/definition.ts';
import { instant } from '../instant.ts';
import { nameText } from './name-text.ts';

/** One row per backup (A92). */
export const backups = pgTable(
  'backups',
  {
    id: uuid('id').primaryKey(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    includedCount: integer('included_count').notNull(),
    excludedCount: integer('excluded_count').notNull(),
  },
  (t) => [index('backups_newest').on(t.createdAt.desc(), t.id)],
);
export type BackupRow = typeof backups.$inferSelect;

/** State of an instance at the time of the backup. */
export interface BackedUpInstance {
  name: string;
  state: ObjectCondition;
  desired_state: DesiredState;
  id: string | null;
}

/** One stack in a backup, or the reason why it is not in it. */
export const backupEntries = pgTable(
  'backup_entries',
  {
    backup: uuid('backup')
      .notNull()
      .references(() => backups.id, { onDelete: 'cascade' }),
    name: nameText('name').notNull(),
    /** Null for one that is left out. */
    definition: jsonb('definition').$type<StackDefinition>(),
    status: text('status').$type<StackStatus>().notNull(),
    instances: jsonb('instances').$type<BackedUpInstance[]>(),
    /** Null for one that is included. */
    reason: text('reason'),
  },
  (t) => [
    primaryKey({ columns: [t.backup, t.name] }),
    index('backup_entries_excluded')
      .on(t.backup, t.name)
      .where(sql`${t.reason} is not null`),
  ],
);
export type BackupEntryRow = typeof backupEntries.$inferSelect;
