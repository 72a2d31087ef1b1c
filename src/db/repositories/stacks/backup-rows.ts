import { and, asc, count, desc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Database, Drizzle } from '../../connection.ts';
import { backupEntries, backups } from '../../schema/index.ts';
import { decodeRow, isUUID } from '../rows.ts';
import type { BackupRepository, BackupRow } from './life-cycle-repositories.ts';
import { backupEntriesOf } from './backup-entries.ts';

/** Every stack is read and written: with very many of them that takes its time. */
const CREATE_LIMIT_MS = 120_000;

/** Backups of all stacks (A92). */
export function createBackupRepository(database: Database): BackupRepository {
  return {
    create: (backup) => database.run((db) => create(db, backup), CREATE_LIMIT_MS),
    find: (id) => database.run((db) => find(db, id)),
    list: ({ page, pageSize }) =>
      database.run(async (db) => {
        const rows = await db
          .select()
          .from(backups)
          .orderBy(desc(backups.createdAt), asc(backups.id))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const [total] = await db.select({ count: count() }).from(backups);
        return { rows, total: total?.count ?? 0 };
      }),
    entries: (id, kind, after, limit) =>
      database.run(async (db) => {
        if (!isUUID(id)) return [];
        const { backup, name, reason } = backupEntries;
        return await db
          .select()
          .from(backupEntries)
          .where(
            and(eq(backup, id), kind === 'included' ? isNull(reason) : isNotNull(reason), gt(name, after)),
          )
          .orderBy(asc(name))
          .limit(limit);
      }),
    remove: (id) =>
      database.run(async (db) => {
        if (!isUUID(id)) return false;
        return (await db.delete(backups).where(eq(backups.id, id)).returning({ id: backups.id })).length > 0;
      }),
  };
}

async function find(db: Pick<Drizzle, 'select'>, id: string): Promise<BackupRow | undefined> {
  if (!isUUID(id)) return undefined;
  return (await db.select().from(backups).where(eq(backups.id, id)))[0];
}

async function create(
  db: Drizzle,
  { id, createdBy, createdAt }: Parameters<BackupRepository['create']>[0],
): Promise<BackupRow> {
  return await db.transaction(async (tx) => {
    const [begun] = await tx
      .insert(backups)
      .values({ id, createdBy, createdAt, includedCount: 0, excludedCount: 0 })
      .onConflictDoNothing()
      .returning({ id: backups.id });
    if (begun) {
      const [raw] = await tx.execute(sql`
        with written as (
          insert into backup_entries (backup, name, definition, status, instances, reason)
          ${backupEntriesOf(id)}
          returning reason
        ), counted as (
          select count(*) filter (where reason is null) as included, count(reason) as excluded from written
        )
        update backups set included_count = counted.included, excluded_count = counted.excluded
        from counted where id = ${id}
        returning backups.*`);
      if (raw) return decodeRow(backups, raw);
    }
    const standing = await find(tx, id);
    if (!standing) throw new Error(`Backup ${id} was neither written nor found`);
    return standing;
  });
}
