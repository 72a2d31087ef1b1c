import type { LoggedChange } from '../../../domain/event-stream/logged-change.ts';
import type { Position, Source } from '../../../domain/event-stream/position.ts';
import type { Page, Paging } from '../repository-types.ts';

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

/** A request of a person that changed something; what followed from it is left out. */
export type Deed = Omit<LoggedChange, 'position'> & { position: Omit<Position, 'tx'> };

/** The deeds of people, of all logs together. */
export interface AuditRepository {
  /** Newest first. */
  list(filter: AuditFilter, paging: Paging): Promise<Page<Deed>>;
}
