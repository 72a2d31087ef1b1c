/** The fleet as the inventory has it, kept in rows that are as old as the last read. */
import type { KymaConfig } from '../../../domain/upgrades/operation-config.ts';
import type { FleetOutlook } from '../../../domain/upgrades/fleet-outlook.ts';
import type { InventoryShoot } from '../../../domain/upgrades/inventory-shoot.ts';
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { AskedRuntimeState } from '../../../domain/upgrades/runtime-state.ts';
import type { ExclusionReason, Runtime } from '../../../domain/upgrades/runtime.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { FleetReadRow } from '../../schema/upgrades/fleet-reads.ts';
import type { RuntimeRow } from '../../schema/upgrades/runtimes.ts';
import type { Page, Paging } from '../repository-types.ts';

export type { FleetReadRow, RuntimeRow };

/** Of each list any entry may match, and all lists have to; one that is left out matches everything. */
export interface RuntimeFilter {
  globalAccountIDs?: string[];
  subAccountIDs?: string[];
  instanceIDs?: string[];
  runtimeIDs?: string[];
  regions?: string[];
  plans?: string[];
  shoots?: string[];
  /** A part of the name of the Shoot or of the runtime ID, in capitals or not. */
  search?: string;
  /** Without it all but those that are suspended or gone. */
  states?: AskedRuntimeState[];
}

export interface RuntimeUpgrade {
  operationID: string;
  orchestrationID: string;
  type: OrchestrationType;
  state: OperationState;
  description: string;
  /** The version of Kyma that it is to; '' for an upgrade of a cluster. */
  version: string;
  createdAt: string;
  updatedAt: string;
}

/** The upgrades of a runtime by Drydock; dry runs count for none of it. */
export interface RuntimeUpgrades {
  /** The newest ones of each type, at most two. */
  newest: Record<OrchestrationType, RuntimeUpgrade[]>;
  /** How many there are of each type. */
  totals: Record<OrchestrationType, number>;
  /** The newest one that is neither pending nor canceled. */
  last?: RuntimeUpgrade;
  isUpgrading: boolean;
  /** Of the last upgrade that has succeeded. */
  kymaVersion?: string;
  /** The configuration that was sent last, secrets masked. Read only when it is asked for. */
  kymaConfig?: KymaConfig;
}

export interface ListedRuntime {
  row: RuntimeRow;
  upgrades: RuntimeUpgrades;
}

/** `now` is RFC 3339 UTC. */
export interface FleetRepository {
  /** Begins a read and answers its number; those before it write no more. */
  begin(now: string): Promise<number>;
  /** Writes what has changed since it was read last, and answers how many rows that were. `overtaken`, and nothing is written, once a later read has begun. */
  write(reading: number, shoots: readonly InventoryShoot[], now: string): Promise<number | 'overtaken'>;
  /** Marks what the read has not found as removed, and keeps what it has found out. Answers how many were marked. */
  finish(
    reading: number,
    found: { shootNames: readonly string[]; outlook: FleetOutlook; now: string },
  ): Promise<number | 'overtaken'>;
  /** Keeps what a newer policy makes of the fleet, in place of what a read has found out by an older one; nothing before the first read. */
  recount(outlook: Extract<FleetOutlook, { kind: 'windows' }>): Promise<void>;
  /** Keeps why the read has failed, unless a later one has begun. */
  fail(reading: number, failure: string, now: string): Promise<void>;
  /** Undefined before the first read. */
  lastRead(): Promise<FleetReadRow | undefined>;
  /** Oldest first. A page and its total are of one moment: clients that read on until they have the total would never end otherwise. */
  list(filter: RuntimeFilter, paging: Paging, wanted: { kymaConfig: boolean }): Promise<Page<ListedRuntime>>;
  counts(): Promise<FleetCounts>;
  /** Those that may be upgraded, by the names of their Shoots: at most so many after that one. Without windows and versions. */
  upgradable(afterShoot: string, limit: number): Promise<Runtime[]>;
}

export interface CountOf<K extends string | null = string> {
  key: K;
  count: number;
}

/** All but `byState` and `leftOut` are of the runtimes that are neither suspended nor gone. */
export interface FleetCounts {
  runtimes: number;
  byState: CountOf[];
  byPlan: CountOf[];
  byRegion: CountOf[];
  /** Null for those that Drydock has not upgraded yet. */
  byKymaVersion: CountOf<string | null>[];
  byKubernetesVersion: CountOf[];
  /** Shoots of the inventory that take no part in upgrades. */
  leftOut: CountOf<ExclusionReason>[];
}
