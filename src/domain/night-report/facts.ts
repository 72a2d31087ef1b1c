/** The facts of a night report, as they were read. All times are RFC 3339 UTC. */
import type { OrchestrationType, Schedule } from '../upgrades/orchestration-parameters.ts';
import type { Pause } from '../upgrades/rollout-control.ts';
import type { OrchestrationState } from '../upgrades/states.ts';

/** The first few of a list. */
export interface Listed<T> {
  rows: T[];
  total: number;
}

/** Operations that have begun or ended in the time; one that has begun twice counts once. */
export interface NightCounts {
  began: number;
  succeeded: number;
  failed: number;
  canceled: number;
}

export interface FailureCause {
  /** Without names, IDs, times and numbers. */
  message: string;
  count: number;
  first: string;
  last: string;
}

/** A row of the log of an orchestration that is about none of its operations. */
export interface NightEvent {
  at: string;
  actor: string;
  kind: string;
  /** Number of the wave. */
  wave: number | null;
  fromState: string | null;
  toState: string | null;
  reason: string;
}

/** The name of an orchestration for people. */
export interface Named {
  orchestrationID: string;
  type: OrchestrationType;
  /** As the request has it; null without one. */
  version: string | null;
  isDryRun: boolean;
}

/** An orchestration that did something in the time. */
export interface NightOrchestration extends Named {
  state: OrchestrationState;
  description: string;
  createdBy: string;
  createdAt: string;
  schedule: Schedule;
  workers: number;
  /** Null until the plan is complete. */
  plannedCount: number | null;
  /** The orchestration of which it is the rest. */
  restOf: string | null;
  pauses: Pause[];
  /** Names of its waves by their numbers. */
  waves: string[];
  counts: NightCounts;
  /** The most frequent first. */
  causes: FailureCause[];
  /** Failures of other causes. */
  otherFailures: number;
  /** The last ones of the time, in their order. */
  events: Listed<NightEvent>;
}

/** A change of the queue, or of the maintenance policy. */
export interface ControlChange {
  at: string;
  actor: string;
  /** `paused`, `resumed`; of a policy the number of its version. */
  what: string;
  reason: string;
}

/** A deed done to a webhook; `what` is the kind of its log. */
export interface WebhookChange extends ControlChange {
  webhookID: string;
  /** Of the webhook, as it was. */
  description: string;
}

export interface StackError {
  at: string;
  stack: string;
  fromState: string | null;
  reason: string;
}

export interface AskedApproval extends Named {
  wave: string;
  askedAt: string;
  expiresAt: string | null;
}

export interface PausedOrchestration extends Named {
  pauses: Pause[];
}

export interface FailedOperations extends Named {
  state: OrchestrationState;
  failed: number;
}

/** All that waits for somebody. */
export interface WaitingNow {
  /** The pause of everything. */
  everything: Pause | null;
  approvals: Listed<AskedApproval>;
  paused: Listed<PausedOrchestration>;
  /** Orchestrations of which operations have failed: those that are under way, and those that have failed since the time began. */
  failures: Listed<FailedOperations>;
  /** Names of stacks. */
  stacks: Listed<string>;
}

export interface NightFacts {
  /** Of all orchestrations. */
  counts: NightCounts;
  orchestrations: Listed<NightOrchestration>;
  policy: Listed<ControlChange>;
  queue: Listed<ControlChange>;
  /** By Drydock, too, which disables those that are gone. */
  webhooks: Listed<WebhookChange>;
  stacks: Listed<StackError>;
  waiting: WaitingNow;
}
