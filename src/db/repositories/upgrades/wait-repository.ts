/** Facts about waits that do not stand in the row of what waits. */
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { FirstDue } from '../../../domain/upgrades/waiting.ts';

export interface OrchestrationWaits {
  /** Those that may have the turn, at most three: one, but for moments, and after the loss of a workflow. */
  begun: { id: string; state: OrchestrationState }[];
  /** IDs of those that wait for the turn, in the order in which it is given; no more than were asked for. */
  line: string[];
  /** The first operation that may begin of those that wait in a plan, by the ID of the orchestration; none where nothing waits. */
  firstDue: Map<string, FirstDue>;
}

export interface WaitRepository {
  /** One statement, whatever is asked for: the first `most` of the line, and the plans of these orchestrations. */
  ofOrchestrations(wanted: { most: number; planIDs: string[] }): Promise<OrchestrationWaits>;
  /** How many operations of an orchestration are in progress: hardly ever more than it has workers. */
  countExecuting(orchestrationID: string): Promise<number>;
}
