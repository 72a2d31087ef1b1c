/** A runtime of the fleet, as read from its Shoot, and the reasons why a Shoot is not one. */

/** A Shoot's own daily maintenance window, raw as Gardener keeps it: `HHMMSS±ZZZZ`, for example `220000+0000`. */
export interface DailyWindow {
  begin: string;
  end: string;
}

/** One runtime that may be upgraded. Identifiers that the Shoot does not carry are empty strings. */
export interface Runtime {
  runtimeID: string;
  shootName: string;
  globalAccountID: string;
  subAccountID: string;
  instanceID: string;
  servicePlanID: string;
  servicePlanName: string;
  region: string;
  /** Undefined where it is missing or unreadable: only a maintenance policy may have a window for it then. */
  maintenanceWindow?: DailyWindow;
  /** Read only where Gardener itself carries upgrades of clusters out. */
  cluster?: RuntimeCluster;
}

/** Versions of a cluster, and where it is told which ones it may have. */
export interface RuntimeCluster {
  kubernetesVersion: string;
  cloudProfile: CloudProfileName;
  /** Machine images of its pools of workers, each once. */
  images: readonly { name: string; version: string }[];
}

export interface CloudProfileName {
  kind: 'CloudProfile' | 'NamespacedCloudProfile';
  name: string;
}

/** Why a Shoot takes no part in an orchestration. */
export const EXCLUSION_REASONS = [
  'no runtime ID',
  /** Longer than a workflow ID and a search attribute may be. */
  'runtime ID too long',
  'being deleted',
  'hibernated',
  'never finished creating',
  'unreadable maintenance window',
  'runtime ID of another Shoot',
  /** By the maintenance policy, whatever the schedule. */
  'opted out',
  /** Freezes take all its windows that begin in time. */
  'frozen',
  /** None begins in time. */
  'no maintenance window',
  /** An include entry of the request matches, and an exclude entry does, too. */
  'excluded by targets',
  /** The last four are of upgrades of clusters by Gardener itself, which goes from one minor version to the next one. */
  'more than one minor version behind',
  /** Its cloud profile does not have it, or has it as a preview or as expired; likewise the next one. */
  'Kubernetes version not offered',
  'machine image not offered',
  /** Nobody can tell what is offered to it. */
  'no cloud profile',
] as const;
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number];

/** A Shoot that was left out, with the reason, kept for the operator. */
export interface ExcludedShoot {
  shootName: string;
  /** Where the Shoot carries one that can be looked for. */
  runtimeID?: string;
  reason: ExclusionReason;
}
