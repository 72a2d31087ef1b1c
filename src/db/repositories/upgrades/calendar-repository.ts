/** Windows that are yet to come, as calendars show them. */
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';

/** The window of an operation that waits. Times are RFC 3339 UTC. */
export interface ComingWindow {
  operationID: string;
  orchestrationID: string;
  type: OrchestrationType;
  shootName: string;
  /** The version that the request asks for, in words; null without one. */
  version: string | null;
  begin: string;
  end: string;
  createdAt: string;
  updatedAt: string;
}

export interface CalendarRepository {
  /**
   * The windows that have not closed at `now` (RFC 3339 UTC), of operations that wait in orchestrations that are under way: up to `limit`, the earliest
   * first. Dry runs are left out, and what has no end of its window, which only waits for a freeze to end. Of these global accounts alone when they are given.
   */
  comingWindows(asked: { accounts?: readonly string[]; now: string; limit: number }): Promise<ComingWindow[]>;
}
