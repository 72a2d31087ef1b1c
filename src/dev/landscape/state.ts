import type { FaultBoard } from './faults.ts';
import type { Fleet } from './fleet.ts';
import type { Memory, UpgradeDefaults } from './simulated-operations.ts';
import type { LandscapeOptions } from './landscape-types.ts';

/** The options with their defaults filled in. */
export type Settings = Required<Omit<LandscapeOptions, 'dataDir' | 'port'>>;

/** State that the HTTP sides of the landscape share. */
export interface LandscapeState {
  settings: Settings;
  fleet: Fleet;
  memory: Memory;
  faults: FaultBoard;
  /** How upgrades go unless their runtime has a behaviour of its own; changed through the admin API. */
  upgrades: UpgradeDefaults;
  /** Continue tokens of an earlier epoch have expired. */
  tokenEpoch: number;
  /** Requests received since the start or the last reset. */
  requests: {
    inventory: number;
    overrides: number;
    objects: number;
    provisionerQueries: number;
    provisionerMutations: number;
  };
}
