import type { MaintenancePolicy } from '../../../domain/upgrades/maintenance-policy.ts';
import type { MaintenancePolicyRow } from '../../schema/upgrades/maintenance-policies.ts';
import type { Page, Paging } from '../repository-types.ts';

export type { MaintenancePolicyRow };

/** The versions of the maintenance policy. There is none until the first one is stored. */
export interface PolicyRepository {
  /** The version that holds. */
  current(): Promise<MaintenancePolicyRow | undefined>;
  find(version: number): Promise<MaintenancePolicyRow | undefined>;
  /** Newest first, without the policies themselves. */
  list(paging: Paging): Promise<Page<Omit<MaintenancePolicyRow, 'policy' | 'freezesSince'>>>;
  /**
   * Stores the version that follows `after` (0 for the first one); undefined, and nothing is stored, when another one holds.
   */
  add(
    policy: MaintenancePolicy,
    change: { after: number; changedBy: string; reason: string; now: string },
  ): Promise<MaintenancePolicyRow | undefined>;
}
