import { and, asc, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { KymaConfig } from '../../../domain/upgrades/operation-config.ts';
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { Database, Statements } from '../../connection.ts';
import { operations, runtimes } from '../../schema/index.ts';
import { SILENT_LIST } from '../../schema/upgrades/state-lists.ts';
import { decodeRow } from '../rows.ts';
import { atOneMoment } from './at-one-moment.ts';
import type { FleetRepository, ListedRuntime, RuntimeUpgrade, RuntimeUpgrades } from './fleet-repository.ts';
import { matching, upgradesFor } from './runtime-filter.ts';

/** Upgrades of each type that are told of a runtime. */
const MOST_NEWEST = 2;

/** A page, its total and the upgrades of its runtimes, as they were at one moment. */
export function createRuntimeLists(database: Database): Pick<FleetRepository, 'list' | 'upgradable'> {
  return {
    list: (filter, { page, pageSize }, { kymaConfig }) =>
      atOneMoment(database, async (tx) => {
        const wanted = matching(filter, await upgradesFor(tx, filter));
        const found = await tx.execute(sql`
          select r.* from runtimes r where ${wanted}
          order by r.created_at, r.shoot_name limit ${pageSize} offset ${(page - 1) * pageSize}`);
        const [counted] = await tx.execute<{ total: number }>(
          sql`select count(*)::int as total from runtimes r where ${wanted}`,
        );
        const rows = found.map((raw) => decodeRow(runtimes, raw));
        const runtimeIDs = rows.flatMap(({ runtimeID }) => runtimeID ?? []);
        const upgrades = await upgradesOf(tx, runtimeIDs, kymaConfig);
        return {
          rows: rows.map((row): ListedRuntime => ({ row, upgrades: upgrades(row.runtimeID) })),
          total: counted?.total ?? 0,
        };
      }),
    upgradable: (afterShoot, limit) =>
      database.run(async (db) => {
        const { shootName, runtimeID, globalAccountID, subAccountID, instanceID } = runtimes;
        const { servicePlanID, servicePlanName, region, leftOut, removedAt } = runtimes;
        const rows = await db
          .select({
            shootName,
            runtimeID,
            globalAccountID,
            subAccountID,
            instanceID,
            servicePlanID,
            servicePlanName,
            region,
          })
          .from(runtimes)
          .where(and(gt(shootName, afterShoot), isNull(leftOut), isNull(removedAt), isNotNull(runtimeID)))
          .orderBy(asc(shootName))
          .limit(limit);
        return rows.map(({ runtimeID: id, ...row }) => ({ ...row, runtimeID: id ?? '' }));
      }),
  };
}

interface RawUpgrade extends Record<string, unknown> {
  role: 'newest' | 'last' | 'upgrading';
  total: number;
  runtime_id: string;
  id: string;
  orchestration_id: string;
  type: OrchestrationType;
  state: OperationState;
  description: string;
  version: string;
  created_at: string;
  updated_at: string;
}

async function upgradesOf(
  tx: Statements,
  runtimeIDs: readonly string[],
  kymaConfig: boolean,
): Promise<(runtimeID: string | null) => RuntimeUpgrades> {
  const found = new Map<string, RuntimeUpgrades>();
  const of = (runtimeID: string): RuntimeUpgrades => {
    const known = found.get(runtimeID) ?? noUpgrades();
    found.set(runtimeID, known);
    return known;
  };
  if (runtimeIDs.length > 0) {
    for (const raw of await readUpgrades(tx, runtimeIDs)) add(of(raw.runtime_id), raw);
    const installed = await readInstalled(tx, runtimeIDs);
    for (const { runtime_id: runtimeID, version } of installed) of(runtimeID).kymaVersion = version;
    const sent = kymaConfig ? await readSent(tx, runtimeIDs) : [];
    for (const { runtime_id: runtimeID, config } of sent) of(runtimeID).kymaConfig = config;
  }
  return (runtimeID) => (runtimeID === null ? noUpgrades() : of(runtimeID));
}

function noUpgrades(): RuntimeUpgrades {
  return {
    newest: { upgradeKyma: [], upgradeCluster: [] },
    totals: { upgradeKyma: 0, upgradeCluster: 0 },
    isUpgrading: false,
  };
}

function add(upgrades: RuntimeUpgrades, raw: RawUpgrade): void {
  switch (raw.role) {
    case 'newest':
      upgrades.newest[raw.type].push(toUpgrade(raw));
      upgrades.totals[raw.type] = raw.total;
      return;
    case 'last':
      upgrades.last = toUpgrade(raw);
      return;
    case 'upgrading':
      upgrades.isUpgrading = true;
  }
}

/** By the index on runtime and type; a runtime has some tens of operations in its life. */
async function readUpgrades(tx: Statements, runtimeIDs: readonly string[]): Promise<RawUpgrade[]> {
  return await tx.execute<RawUpgrade>(sql`
    with wanted as (
      select o.id, o.runtime_id, o.orchestration_id, o.type, o.state, o.description, o.created_at, o.updated_at
      from operations o where o.runtime_id = any(${sql.param(runtimeIDs)}::text[]) and not o.dry_run
    ), numbered as (
      select w.*, row_number() over newest_first as place, count(*) over (partition by w.runtime_id, w.type)::int as total
      from wanted w
      window newest_first as (partition by w.runtime_id, w.type order by w.created_at desc, w.id desc)
    ), told as (
      select 'newest' as role, n.* from numbered n where n.place <= ${MOST_NEWEST}
      union all
      select distinct on (n.runtime_id) 'last', n.* from (
        select * from numbered m where m.state not in ${SILENT_LIST} order by m.runtime_id, m.created_at desc, m.id desc
      ) n
      union all
      select 'upgrading', n.* from numbered n where n.state = 'in progress'
    )
    select told.*, coalesce(a.parameters -> 'kyma' ->> 'version', '') as version
    from told join orchestrations a on a.id = told.orchestration_id
    order by told.created_at desc, told.id desc`);
}

async function readInstalled(
  tx: Statements,
  runtimeIDs: readonly string[],
): Promise<{ runtime_id: string; version: string }[]> {
  return await tx.execute<{ runtime_id: string; version: string }>(sql`
    select r.runtime_id, last.version
    from unnest(${sql.param(runtimeIDs)}::text[]) as r(runtime_id), lateral (
      select a.parameters -> 'kyma' ->> 'version' as version
      from operations o join orchestrations a on a.id = o.orchestration_id
      where o.runtime_id = r.runtime_id and o.type = 'upgradeKyma' and o.state = 'succeeded' and not o.dry_run
      order by o.finished_at desc limit 1
    ) as last
    where last.version is not null`);
}

async function readSent(
  tx: Statements,
  runtimeIDs: readonly string[],
): Promise<{ runtime_id: string; config: KymaConfig }[]> {
  return await tx.execute<{ runtime_id: string; config: KymaConfig }>(sql`
    select r.runtime_id, last.config
    from unnest(${sql.param(runtimeIDs)}::text[]) as r(runtime_id), lateral (
      select o.config -> 'kymaConfig' as config from operations o
      where o.runtime_id = r.runtime_id and o.type = 'upgradeKyma' and not o.dry_run and o.config is not null
      order by o.started_at desc nulls last limit 1
    ) as last`);
}

function toUpgrade(raw: RawUpgrade): RuntimeUpgrade {
  const { id, orchestration_id: orchestrationID, type, state, description, version } = raw;
  return {
    operationID: id,
    orchestrationID,
    type,
    state,
    description,
    version: type === 'upgradeKyma' ? version : '',
    createdAt: operations.createdAt.mapFromDriverValue(raw.created_at) as string,
    updatedAt: operations.updatedAt.mapFromDriverValue(raw.updated_at) as string,
  };
}
