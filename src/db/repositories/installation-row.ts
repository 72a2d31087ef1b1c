import { sql } from 'drizzle-orm';
import type { Database } from '../connection.ts';
import { installation } from '../schema/installations.ts';

/** The installation that a database belongs to. */
export interface Installation {
  /** UUID, made when it is first asked for. */
  id: string;
  /** ID of the Temporal namespace that the database works with; null until it is bound to one. */
  namespaceID: string | null;
}

export interface InstallationRepository {
  /** The installation of this database; of callers that ask at once for the first time all get the same one. */
  read(): Promise<Installation>;
  /** Binds a database that is bound to no namespace yet; answers what stands, which may be another's binding. */
  bind(namespaceID: string): Promise<Installation>;
  /** Binds it to another namespace, whatever it was bound to. The service must not run meanwhile. */
  move(namespaceID: string): Promise<Installation>;
  /**
   * Makes a copied database an installation of its own, with a new ID and bound to that namespace. Keys of owners that
   * stand in the database follow: simulated objects were copied with it.
   */
  copy(namespaceID: string): Promise<Installation>;
}

const columns = { id: installation.id, namespaceID: installation.namespaceID };

/** The one row that says so. */
export function createInstallationRepository(database: Database): InstallationRepository {
  const read = (): Promise<Installation> =>
    database.run(async (db) => {
      await db.insert(installation).values({}).onConflictDoNothing();
      const [row] = await db.select(columns).from(installation);
      if (!row) throw new Error('The database has lost its installation ID');
      return row;
    });
  return {
    read,
    async bind(namespaceID) {
      await database.run((db) =>
        db
          .update(installation)
          .set({ namespaceID })
          .where(sql`${installation.namespaceID} is null`),
      );
      return await read();
    },
    async move(namespaceID) {
      await read();
      await database.run((db) => db.update(installation).set({ namespaceID }));
      return await read();
    },
    async copy(namespaceID) {
      const { id: old } = await read();
      await database.run((db) =>
        db.transaction(async (tx) => {
          const [fresh] = await tx
            .update(installation)
            .set({ id: sql`gen_random_uuid()`, namespaceID })
            .where(sql`${installation.id} = ${old}`)
            .returning({ id: installation.id });
          if (!fresh) return;
          const renamed = sql`${fresh.id} || substr(owner, ${old.length + 1})`;
          const own = sql`owner like ${`${old} %`}`;
          await tx.execute(sql`update simulated_objects set owner = ${renamed} where ${own}`);
          await tx.execute(sql`update simulated_journal set owner = ${renamed} where ${own}`);
          await tx.execute(
            sql`update stacks set started_for = ${fresh.id} || substr(started_for, ${old.length + 1})
                where started_for like ${`${old} %`}`,
          );
        }),
      );
      return await read();
    },
  };
}
