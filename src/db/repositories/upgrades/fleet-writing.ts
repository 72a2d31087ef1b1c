/** How reads of the inventory are written. */
import { and, eq, isNotNull, not, sql, type SQL } from 'drizzle-orm';
import type { FleetOutlook } from '../../../domain/upgrades/fleet-outlook.ts';
import type { InventoryShoot } from '../../../domain/upgrades/inventory-shoot.ts';
import type { Database, Drizzle, Statements } from '../../connection.ts';
import { fleetReads } from '../../schema/index.ts';
import type { FleetRepository } from './fleet-repository.ts';

/** Days for which a runtime that has gone can still be asked for. */
const KEPT_DAYS = 30;

type FleetWriting = Pick<FleetRepository, 'begin' | 'write' | 'finish' | 'recount' | 'fail' | 'lastRead'>;

export function createFleetWriting(database: Database): FleetWriting {
  return {
    begin: (now) =>
      database.run(async (db) => {
        const [row] = await db
          .insert(fleetReads)
          .values({ reading: 1, begunAt: now })
          .onConflictDoUpdate({
            target: fleetReads.only,
            set: { reading: sql`${fleetReads.reading} + 1`, begunAt: now },
          })
          .returning({ reading: fleetReads.reading });
        if (!row) throw new Error('No read has begun');
        return row.reading;
      }),
    write: (reading, shoots, now) => database.run((db) => write(db, reading, shoots, now)),
    finish: (reading, { shootNames, outlook, now }) =>
      database.run(async (db) => {
        return await db.transaction(async (tx) => {
          if (!(await isLast(tx, reading, 'update'))) return 'overtaken';
          const removed = await tx.execute(sql`
            update runtimes r set removed_at = ${now}, changed_at = ${now}
            where r.removed_at is null and not exists (
              select from jsonb_array_elements_text(${JSON.stringify(shootNames)}::jsonb) as found(name)
              where found.name = r.shoot_name
            )`);
          await tx.execute(sql`
            delete from runtimes
            where removed_at < ${now}::timestamptz - make_interval(days => ${KEPT_DAYS}::int)`);
          await tx.update(fleetReads).set({
            asOf: sql`begun_at`,
            endedAt: now,
            outlook: newest(outlook),
            failedAt: null,
            failure: null,
          });
          return removed.count;
        });
      }, 120_000),
    recount: (outlook) =>
      database.run(async (db) => {
        await db
          .update(fleetReads)
          .set({ outlook })
          .where(and(isNotNull(fleetReads.asOf), not(isNewer(outlook.policyVersion))));
      }),
    fail: (reading, failure, now) =>
      database.run(async (db) => {
        await db.update(fleetReads).set({ failedAt: now, failure }).where(eq(fleetReads.reading, reading));
      }),
    lastRead: () => database.run(async (db) => (await db.select().from(fleetReads))[0]),
  };
}

/** A policy that was stored while the inventory was read has been counted by itself: the read knows less. */
function newest(outlook: FleetOutlook): SQL {
  const given = sql`${JSON.stringify(outlook)}::jsonb`;
  if (outlook.kind !== 'windows') return given;
  return sql`case when ${isNewer(outlook.policyVersion)} then outlook else ${given} end`;
}

function isNewer(policyVersion: number): SQL {
  return sql`coalesce((outlook->>'policyVersion')::int > ${policyVersion}::int, false)`;
}

/**
 * Rows that are as they were are compared and left alone: `on conflict do update` would lock each of them, and a lock is a write. What is
 * to be written is written only while no later read has begun, which waits for this transaction.
 */
async function write(
  db: Drizzle,
  reading: number,
  shoots: readonly InventoryShoot[],
  now: string,
): Promise<number | 'overtaken'> {
  const changed = await changedAmong(db, shoots);
  if (changed.length === 0) return 0;
  return await db.transaction(async (tx) => {
    if (!(await isLast(tx, reading, 'share'))) return 'overtaken';
    await tx.execute(sql`
      insert into runtimes (shoot_name, ${names()}, created_at, changed_at, removed_at)
      select g.shoot_name, ${names('g')}, coalesce(g.created_at, known.created_at, ${now}::timestamptz), ${now}, null
      from ${given(changed)} left join runtimes known on known.shoot_name = g.shoot_name
      on conflict (shoot_name) do update
      set ${set()}, created_at = excluded.created_at, changed_at = excluded.changed_at, removed_at = null`);
    return changed.length;
  });
}

async function changedAmong(db: Statements, shoots: readonly InventoryShoot[]): Promise<InventoryShoot[]> {
  const differs = await db.execute<{ shoot_name: string }>(sql`
    select g.shoot_name from ${given(shoots)} left join runtimes r on r.shoot_name = g.shoot_name
    where r.shoot_name is null or r.removed_at is not null
      or (${names('r')}) is distinct from (${names('g')})
      or r.created_at <> g.created_at`);
  const found = new Set(differs.map(({ shoot_name: name }) => name));
  return shoots.filter(({ shootName }) => found.has(shootName));
}

async function isLast(tx: Statements, reading: number, lock: 'share' | 'update'): Promise<boolean> {
  const rows = await tx
    .select({ reading: fleetReads.reading })
    .from(fleetReads)
    .where(eq(fleetReads.reading, reading))
    .for(lock);
  return rows.length > 0;
}

/** Columns that say what a Shoot is like, with their types. When it was created is apart: a Shoot may not say. */
const COLUMNS = {
  runtime_id: 'text',
  global_account_id: 'text',
  sub_account_id: 'text',
  instance_id: 'text',
  service_plan_id: 'text',
  service_plan_name: 'text',
  region: 'text',
  provider: 'text',
  kubernetes_version: 'text',
  machine_type: 'text',
  machine_image: 'text',
  machine_image_version: 'text',
  daily_window: 'jsonb',
  left_out: 'text',
  standing: 'text',
  deleting_since: 'timestamptz',
} as const;

function names(of?: string): SQL {
  return sql.raw(
    Object.keys(COLUMNS)
      .map((column) => (of === undefined ? column : `${of}.${column}`))
      .join(', '),
  );
}

function set(): SQL {
  return sql.raw(
    Object.keys(COLUMNS)
      .map((column) => `${column} = excluded.${column}`)
      .join(', '),
  );
}

/** Shoots as the rows `g` of one parameter. */
function given(shoots: readonly InventoryShoot[]): SQL {
  const types = { shoot_name: 'text', ...COLUMNS, created_at: 'timestamptz' };
  const columns = Object.entries(types).map(([column, type]) => `${column} ${type}`);
  const rows: Record<keyof typeof types, unknown>[] = shoots.map((shoot) => ({
    shoot_name: shoot.shootName,
    runtime_id: shoot.runtimeID,
    global_account_id: shoot.globalAccountID,
    sub_account_id: shoot.subAccountID,
    instance_id: shoot.instanceID,
    service_plan_id: shoot.servicePlanID,
    service_plan_name: shoot.servicePlanName,
    region: shoot.region,
    provider: shoot.provider,
    kubernetes_version: shoot.kubernetesVersion,
    machine_type: shoot.machineType,
    machine_image: shoot.machineImage,
    machine_image_version: shoot.machineImageVersion,
    daily_window: shoot.maintenanceWindow,
    left_out: shoot.leftOut,
    standing: shoot.standing,
    deleting_since: shoot.deletingSince,
    created_at: shoot.createdAt,
  }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g(${sql.raw(columns.join(', '))})`;
}
