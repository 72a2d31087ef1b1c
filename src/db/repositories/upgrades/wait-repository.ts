/** Facts about waits that do not stand in the row of what waits. */
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { InFlight } from '../../../domain/upgrades/drain.ts';
import type { Limited } from '../../../domain/upgrades/limits.ts';
import type { FirstDue } from '../../../domain/upgrades/waiting.ts';

export interface OrchestrationWaits {
  /** Those that may have the turn of a lane, at most three of each: one, but for moments, and after the loss of a workflow. */
  begun: { id: string; lane: string; state: OrchestrationState }[];
  /** IDs of those that wait for the turn of a lane, in the order in which it is given; no more of each than were asked for. */
  lines: Map<string, string[]>;
  /** The first operation that may begin of those that wait in a plan, by the ID of the orchestration; none where nothing waits. */
  firstDue: Map<string, FirstDue>;
}

export interface WantedWaits {
  lanes: string[];
  most: number;
  planIDs: string[];
}

/** An orchestration, and the instant (RFC 3339) before which what is in progress has begun too long ago; null when nobody knows. */
export interface WantedInFlight {
  id: string;
  overdueBefore: string | null;
}

export interface WaitRepository {
  /** One statement, whatever is asked for: the first `most` of the line of each of these lanes, and the plans of these orchestrations. */
  ofOrchestrations(wanted: WantedWaits): Promise<OrchestrationWaits>;
  /** How many operations of an orchestration are in progress: hardly ever more than it has workers. */
  countExecuting(orchestrationID: string): Promise<number>;
  /** One statement for all of them; those of which nothing is in progress are left out. */
  inFlight(wanted: readonly WantedInFlight[]): Promise<Map<string, InFlight>>;
  /** Those of them that say of themselves that they do not get on, at most `limit`: ID and description. */
  complaining(orchestrationID: string, limit: number): Promise<{ id: string; description: string }[]>;
  /** IDs of those of them to which nothing was sent in their attempt, at most `limit`. */
  unsent(orchestrationID: string, limit: number): Promise<string[]>;
  /** The region, plan and account of each in progress. */
  limitedExecuting(orchestrationID: string): Promise<Limited[]>;
}
