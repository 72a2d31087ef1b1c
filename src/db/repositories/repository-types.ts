/** Types that the repositories of both features share, and all repositories together. */
import type { AuditRepository } from './event-stream/audit-repository.ts';
import type { ChangeLogRepository } from './event-stream/change-log-repository.ts';
import type { InstallationRepository } from './installation-row.ts';
import type { ReportRepository } from './night-report/report-repository.ts';
import type {
  BackupRepository,
  StackObjectRepository,
  StackRepository,
} from './stacks/life-cycle-repositories.ts';
import type { CalendarRepository } from './upgrades/calendar-repository.ts';
import type { ControlRepository } from './upgrades/control-repository.ts';
import type { EstimateRepository } from './upgrades/estimate-repository.ts';
import type {
  EventRepository,
  OperationRepository,
  OrchestrationRepository,
} from './upgrades/orchestration-repositories.ts';
import type { FleetRepository } from './upgrades/fleet-repository.ts';
import type { PolicyRepository } from './upgrades/policy-repository.ts';
import type { PlanRepository } from './upgrades/plan-repository.ts';
import type { QueueRepository } from './upgrades/queue-repository.ts';
import type { RetryRepository } from './upgrades/retry-repository.ts';
import type { RolloutRepository } from './upgrades/rollout-repository.ts';
import type { StateCountRepository } from './upgrades/state-count-repository.ts';
import type { WaitRepository } from './upgrades/wait-repository.ts';
import type { WebhookRepository } from './webhooks/webhook-repository.ts';

export interface Paging {
  /** From 1. */
  page: number;
  /** 1 to 100, or 1,000 for the bare list. */
  pageSize: number;
}

export interface Page<T> {
  rows: T[];
  total: number;
}

export interface StateChange {
  actor: string;
  reason: string;
  now: string;
}

export interface Repositories {
  installation: InstallationRepository;
  orchestrations: OrchestrationRepository;
  control: ControlRepository;
  operations: OperationRepository;
  retries: RetryRepository;
  events: EventRepository;
  policies: PolicyRepository;
  plans: PlanRepository;
  waits: WaitRepository;
  estimates: EstimateRepository;
  fleet: FleetRepository;
  rollouts: RolloutRepository;
  calendar: CalendarRepository;
  queue: QueueRepository;
  counts: StateCountRepository;
  stacks: StackRepository;
  stackObjects: StackObjectRepository;
  backups: BackupRepository;
  changes: ChangeLogRepository;
  audit: AuditRepository;
  report: ReportRepository;
  webhooks: WebhookRepository;
  /** Throws UnavailableError('database') when the database does not answer. */
  ping(): Promise<void>;
}
