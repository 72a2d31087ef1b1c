import type { LoggedChange } from '../../../domain/event-stream/logged-change.ts';
import type { Position, Source } from '../../../domain/event-stream/position.ts';
import type { OrchestrationParameters } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { Page, Paging } from '../repository-types.ts';
import type { OrchestrationRow } from '../upgrades/orchestration-repositories.ts';

/** Deeds that a filter lets through; all without one. */
export interface AuditFilter {
  /** Subjects of tokens: one of them. */
  actors?: readonly string[];
  /** One of these logs. */
  sources?: readonly Source[];
  /** RFC 3339 UTC, included. */
  since?: string;
  /** RFC 3339 UTC, not included. */
  until?: string;
}

/** The fields that tell an orchestration from others. */
export type NamedOrchestration = Pick<OrchestrationRow, 'type' | 'createdBy'> & {
  parameters: Pick<OrchestrationParameters, 'kyma' | 'kubernetes' | 'dryRun'>;
};

/** A request of a person that changed something; what followed from it is left out. */
export type Deed = Omit<LoggedChange, 'position'> & {
  position: Omit<Position, 'tx'>;
  /** The orchestration that it is about; undefined where it is about none. */
  orchestration?: NamedOrchestration;
};

/** The deeds of people, of all logs together. */
export interface AuditRepository {
  /** Newest first. */
  list(filter: AuditFilter, paging: Paging): Promise<Page<Deed>>;
}
