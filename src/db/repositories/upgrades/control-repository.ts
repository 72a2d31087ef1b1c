import type { Command, Pause, PauseCode } from '../../../domain/upgrades/rollout-control.ts';
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { OpenWave, WaveMove } from '../../../domain/upgrades/wave-phases.ts';
import type { WaveRow } from '../../schema/upgrades/waves.ts';
import type { StateChange } from '../repository-types.ts';
import type { OperationRow, OperationStats, OrchestrationRow } from './orchestration-repositories.ts';

/** The number of a command that came by signal; a chain of runs begins with the first one, whose ID names it. */
export interface CommandNumber {
  chain: string;
  /** From 1. */
  number: number;
}

/** The row as it stands after a command, which may have changed nothing. */
export interface Controlled {
  changed: boolean;
  /** By its number it had its chance before. */
  isOld?: true;
  row: OrchestrationRow;
}

/** The wishes for an orchestration, as its workflow reads them. */
export interface Wanted {
  /** Those in its row, and the one of everything. */
  pauses: Pause[];
  revision: number;
  /** Of the control of everything; 0 before its first change. */
  queueRevision: number;
  state: OrchestrationState;
  /** Set when something was retried, or the workflow was started, and it has not read the row since. */
  lookAt: string | null;
  parameters: OrchestrationRow['parameters'];
  /** Set by a command, in place of what the request said. */
  workers: number | null;
  /** The failures that are too many from one more on; null without a budget for the whole orchestration. */
  budgetMax: number | null;
  /** Freezes or opt-outs have changed, and some operations that wait do not heed them yet. */
  isBehind: boolean;
  /** The first wave that has not passed; the last one when all have; undefined without waves. */
  wave?: WaveRow & OpenWave & SeenWave;
}

/** A wave as it was read, and the revisions of its orchestration and of the control of everything then. */
export type SeenWave = Pick<WaveRow, 'number' | 'phase' | 'queueRevision'> & {
  revision: number;
  controlRevision: number;
};

/** A wave that is looked at, as it was read. */
export type LookingWave = SeenWave & Pick<WaveRow, 'lookedTo' | 'looksAgainAt' | 'looksUntil'>;

/** A runtime that was looked at: what is wrong with it, or why that can't be told yet; nothing when it is healthy. */
export interface Looked {
  id: string;
  unhealthy?: string;
  uncertain?: string;
}

/** Of an orchestration, and of the control of everything. */
export type Revisions = Pick<Wanted, 'revision' | 'queueRevision'>;

/** A condition on which a pause is added. */
export type PauseOnly =
  /** More failures count than that, in a wave or in all. */
  | { failures: number; wave?: number }
  /** Nobody has answered this question. */
  | { question: number };

/** The wishes for orchestrations. Each change counts the revision of the row up, and writes its event in the same statement. */
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
  /**
   * Pauses for a reason that nobody asked for, when it is not there yet; a question that stands is withdrawn.
   */
  pause(id: string, code: PauseCode, change: StateChange, only?: PauseOnly): Promise<boolean>;
  /**
   * Failures that count: of the whole orchestration, or of one of its waves, with what was unhealthy when its wave was looked at. Not those that
   * were forgiven, and none before anything was sent.
   */
  countFailures(id: string, wave?: number): Promise<number>;
  /** Likewise of several, in the order in which they are asked for. */
  failuresOf(asked: readonly { id: string; wave?: number }[]): Promise<number[]>;
  /** Undefined without such an orchestration. */
  wanted(id: string): Promise<Wanted | undefined>;
  /**
   * Makes a move of an open wave, as it was read; passing opens the next one. False, and nothing changes, when it does not stand so any more, or when
   * it may not move while the orchestration is paused.
   */
  moveWave(id: string, wave: SeenWave, move: WaveMove, now: string): Promise<boolean>;
  /**
   * Operations of a wave that have succeeded and come next to be looked at, in the order of their positions: all of them, and on later
   * ways through the wave those that were uncertain.
   */
  listToLookAt(
    id: string,
    wave: LookingWave,
    limit: number,
  ): Promise<Pick<OperationRow, 'id' | 'shootName' | 'runtimeID' | 'position' | 'isForgiven'>[]>;
  /**
   * Notes what was seen of those up to a position, with an event for each whose health has changed; the health of what is uncertain stays what it
   * was. False, and nothing changes, when the wave does not stand as it was read.
   */
  recordLooks(
    id: string,
    wave: LookingWave,
    part: { upTo: number; looks: Looked[] },
    now: string,
  ): Promise<boolean>;
  /** The way through the wave is over, and some are uncertain: the next one begins at `at`, the last one at `until`. Guarded like that. */
  lookAgain(id: string, wave: LookingWave, next: { at: string; until: string }): Promise<void>;
  /** Notes why a look does not get on. Guarded like that. */
  noteWait(id: string, wave: LookingWave, reason: string): Promise<void>;
  /**
   * The workflow has read these revisions. False when there are newer ones, which are to be read at once: the process that has made them may have seen
   * a word on its way, and told nobody.
   */
  observed(id: string, read: Revisions): Promise<boolean>;
  /** The workflow was told of these revisions, or of later ones. */
  told(id: string, of: Partial<Revisions>): Promise<void>;
  /**
   * IDs of those that are under way and whose workflow has not read the latest revision, of its row or of the control of everything, or not heeded freezes that have changed, by keyset
   * ('' to begin with).
   */
  listUnobserved(afterID: string, limit: number): Promise<string[]>;
  /** The first of those to whose workflow no word is on its way. */
  listUntold(limit: number): Promise<(Revisions & { id: string })[]>;
  /** Of each orchestration that has waves, the first one that has not passed, or the last one. */
  openWaves(ids: readonly string[]): Promise<Map<string, CurrentWave>>;
  /** All waves, in their order. */
  waveRows(id: string): Promise<StandingWave[]>;
  /** All waves, in their order, with what came of their operations. */
  waves(id: string): Promise<CountedWave[]>;
}

/** With `isOld` everything was paused or resumed since it moved last, and a question of it can't be answered. */
export type StandingWave = WaveRow & { isOld: boolean };

/** With `isUnended` some of its operations wait or are in progress. */
export type CurrentWave = WaveRow & { isUnended: boolean };

/** A wave with its operations by state. */
export type CountedWave = StandingWave & {
  stats: OperationStats;
  unhealthy: Unhealthy;
  failures: WaveFailures;
};

/** Failures of a wave of which its budget takes notice. */
export interface WaveFailures {
  now: number;
  /** Those that counted when its budget has paused the orchestration; null while it does not. */
  atPause: number | null;
}

/** Runtimes with which something was wrong when their wave was looked at. */
export interface Unhealthy {
  count: number;
  /** The first few, with what their Shoots said. */
  first: { shootName: string; runtimeID: string; said: string }[];
}
