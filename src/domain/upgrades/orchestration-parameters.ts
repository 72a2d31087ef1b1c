/** The parameters of a request, after parsing: every default filled in, ready to be echoed and stored. */

export const ORCHESTRATION_TYPES = ['upgradeKyma', 'upgradeCluster'] as const;
export type OrchestrationType = (typeof ORCHESTRATION_TYPES)[number];

export const SCHEDULES = ['immediate', 'maintenanceWindow'] as const;
export type Schedule = (typeof SCHEDULES)[number];

export const ON_PLAN_CHANGE = ['pause', 'continue'] as const;
export type OnPlanChange = (typeof ON_PLAN_CHANGE)[number];

/** The fields of one selector are AND-ed (A29); at least one is set. */
export interface Selector {
  target?: 'all';
  /** RE2 pattern, unanchored. */
  globalAccount?: string;
  /** RE2 pattern, unanchored. */
  subAccount?: string;
  /** RE2 pattern, unanchored. */
  region?: string;
  planName?: string;
  shoot?: string;
  instanceID?: string;
  /** Decides the entry by itself. */
  runtimeID?: string;
}

/** The parameters of an orchestration with defaults filled in (A50). */
export interface OrchestrationParameters {
  targets: { include: Selector[]; exclude?: Selector[] };
  strategy: {
    type: 'parallel';
    schedule: Schedule;
    parallel: { workers: number };
    /** RFC 3339 UTC. What has no window that begins before then is not upgraded; 30 days after the turn by default. */
    until?: string;
  };
  dryRun: boolean;
  /** Kyma upgrades only. */
  kyma?: { version: string };
  /** Cluster upgrades only. */
  kubernetes?: { kubernetesVersion?: string; machineImage?: string; machineImageVersion?: string };
  /** Hash of the kept plan that was approved, 64 hex digits. */
  planHash?: string;
  /** With a planHash: what follows at the turn when the fleet differs from the plan. */
  onPlanChange?: OnPlanChange;
}
