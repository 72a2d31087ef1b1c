import type { Command, Pause } from '../../../domain/upgrades/control.ts';
import type { OrchestrationRow } from './orchestration-repositories.ts';

/** The number of a command that came by signal; a chain of runs begins with the first one, whose ID names it. */
export interface CommandNumber {
  chain: string;
  /** From 1. */
  number: number;
}

/** The row as it stands after a command, which may have changed nothing. */
export interface Controlled {
  changed: boolean;
  row: OrchestrationRow;
}

/** What is wanted of orchestrations. Each change counts the revision of the row up, and writes its event in the same statement. */
export interface ControlRepository {
  /**
   * Carries a command out when it changes anything and the orchestration neither ends nor has ended. One with a number is
   * carried out once, and not after a later one. Undefined without such an orchestration.
   */
  command(
    id: string,
    command: Command,
    now: string,
    numbered?: CommandNumber,
  ): Promise<Controlled | undefined>;
  /** What is wanted, and the note that the workflow has read it. Undefined without such an orchestration. */
  observe(
    id: string,
  ): Promise<{ pauses: Pause[]; revision: number; state: OrchestrationRow['state'] } | undefined>;
  /** IDs of those that are under way and whose workflow has not read the latest revision, by keyset ('' to begin with). */
  listUnobserved(afterID: string, limit: number): Promise<string[]>;
}
