/** The parameters of a request, after parsing: every default filled in, ready to be echoed and stored. */
import type { Limits } from './limits.ts';

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

/** Which runtimes are meant: those that one entry of `include` matches, and none of `exclude`. */
export interface Targets {
  include: Selector[];
  exclude?: Selector[];
}

/** Operations of an orchestration at the same time, at the most. */
export const MOST_WORKERS = 1_000;

/** At most this many waves in a request. */
export const MOST_WAVES = 20;

/** The name of the last wave, which takes what no other took. It is no part of the request. */
export const REST_WAVE = 'rest';

/** The approval that is needed before the wave after this one begins. */
export interface WaveApproval {
  /** Groups that may approve; absent means everybody who may change the orchestration. */
  groups?: string[];
  /** Bars the person who created the orchestration. */
  notByCreator: boolean;
  /** Hours after which a question that nobody has answered expires; absent means never. */
  expiresHours?: number;
}

/**
 * One wave, with defaults filled in. What was not given is absent; without `targets`, `percent` and `count` it takes all that is left.
 */
export interface WaveRequest {
  /** Lower case letters, digits and `-`; unique in the request, never {@link REST_WAVE}. */
  name: string;
  /** Which runtimes it may take, of those that the request selects; absent means all of these. */
  targets?: Targets;
  /** Above 0, to 100: of all that its targets match at planning, not of what earlier waves left. Never with `count`. */
  percent?: number;
  /** Runtimes it takes at most. Never with `percent`. */
  count?: number;
  /** Operations of this wave at the same time; the smaller of this and `parallel.workers` counts. */
  workers?: number;
  /** Minutes between its end and the next wave. */
  soakMinutes?: number;
  /** Absent means that nobody is asked. */
  approval?: WaveApproval;
}

/** How many failures an orchestration bears, with defaults filled in: exactly one of `max` and `percent`. */
export interface FailureBudget {
  /** Failures that are borne; one more exceeds it. */
  max?: number;
  /** 0 to 100, of the runtimes in its scope; rounded down to the number that is borne. */
  percent?: number;
  /** Counted over the whole orchestration, or for each wave by itself. */
  scope: 'all' | 'wave';
  onExceeded: 'pause' | 'cancel';
  /** Starts only what could fail without exceeding the budget by more than one. */
  strict: boolean;
}

/** Tries of an operation before it counts as failed, with defaults filled in. */
export interface RetryPolicy {
  /** Tries in all, the first one included: 1 to 5. */
  attempts: number;
  /** Minutes between the end of a try and the next one: 0 to 1,440. Fractions are seconds. */
  backoffMinutes: number;
}

/** The looks at a runtime right before its upgrade and after it, with defaults filled in. */
export interface Checks {
  /** Also at its health; false looks only whether there is anything to upgrade, and whether nothing else is under way. */
  health: boolean;
  /** Minutes in which a runtime has to be healthy after its upgrade: above 0, to 1,440. Fractions are seconds. */
  healthTimeoutMinutes: number;
}

export const ON_BUSY = ['wait', 'skip'] as const;
export type OnBusy = (typeof ON_BUSY)[number];

/** Rules for each operation of an orchestration; what was not given is absent. */
export interface OperationRules {
  /** Absent means one try. */
  retryPolicy?: RetryPolicy;
  /** Minutes that an operation may execute; absent means as long as the service lets it. The check of its health comes on top. */
  operationTimeoutMinutes?: number;
  /** The fate of an operation whose runtime somebody else works on; absent means `wait`. */
  onBusy?: OnBusy;
  /** Absent means that nothing is looked at. */
  checks?: Checks;
}

/** The parameters of an orchestration with defaults filled in (A50). */
export interface OrchestrationParameters {
  targets: Targets;
  strategy: OperationRules & {
    type: 'parallel';
    schedule: Schedule;
    parallel: { workers: number };
    /** RFC 3339 UTC. What has no window that begins before then is not upgraded; 30 days after the turn by default. */
    until?: string;
    /** Absent means the first one that is set. */
    lane?: string;
    /** One after the other, at most {@link MOST_WAVES}; absent or what none takes: the wave {@link REST_WAVE}. */
    waves?: WaveRequest[];
    /** Absent means that failures stop nothing. */
    failureBudget?: FailureBudget;
    /** Besides the number of workers; absent means no limit. */
    limits?: Limits;
  };
  dryRun: boolean;
  /** Of the targets only what this orchestration has left unfinished: what has failed, and what was canceled. */
  restOf?: string;
  /** Kyma upgrades only. */
  kyma?: { version: string };
  /** Cluster upgrades only. */
  kubernetes?: { kubernetesVersion?: string; machineImage?: string; machineImageVersion?: string };
  /** Hash of the kept plan that was approved, 64 hex digits. */
  planHash?: string;
  /** With a planHash: what follows at the turn when the fleet differs from the plan. */
  onPlanChange?: OnPlanChange;
}
