/** A Shoot as the inventory has it, with all that is told of it: those that take no part in upgrades, too. */
import type { DailyWindow, ExclusionReason } from './runtime.ts';

/** A Shoot's place in the fleet, whatever upgrades do to it; `stray` for one that is no runtime of it. */
export const SHOOT_STANDINGS = [
  'active',
  'provisioning',
  'failed',
  'suspended',
  'deprovisioning',
  'stray',
] as const;
export type ShootStanding = (typeof SHOOT_STANDINGS)[number];

/** Texts that the Shoot does not carry are empty. */
export interface InventoryShoot {
  /** Its name, which no other Shoot of the project has. */
  shootName: string;
  /** Undefined where it carries none that can be looked for. */
  runtimeID?: string;
  globalAccountID: string;
  subAccountID: string;
  instanceID: string;
  servicePlanID: string;
  servicePlanName: string;
  region: string;
  /** As Gardener names it, like `azure`. */
  provider: string;
  kubernetesVersion: string;
  /** Of its first pool of workers. */
  machineType: string;
  machineImage: string;
  machineImageVersion: string;
  maintenanceWindow?: DailyWindow;
  /** Why it takes no part in upgrades; undefined for one that does. */
  leftOut?: ExclusionReason;
  standing: ShootStanding;
  /** RFC 3339 UTC; undefined where the Shoot does not say. */
  createdAt?: string;
  /** Since when it is being deleted, RFC 3339 UTC. */
  deletingSince?: string;
}

/** `operation` is Gardener's last one. */
export function standingOf(
  leftOut: ExclusionReason | undefined,
  operation: { state: string } | undefined,
): ShootStanding {
  switch (leftOut) {
    case 'no runtime ID':
    case 'runtime ID too long':
    case 'runtime ID of another Shoot':
      return 'stray';
    case 'being deleted':
      return 'deprovisioning';
    case 'hibernated':
      return 'suspended';
    case 'never finished creating':
      // Gardener tries again after `Error`, and gives up with `Failed`.
      return operation?.state === 'Failed' ? 'failed' : 'provisioning';
    default:
      return 'active';
  }
}
