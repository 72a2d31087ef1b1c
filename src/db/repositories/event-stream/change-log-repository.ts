import type { LoggedChange } from '../../../domain/event-stream/logged-change.ts';
import type { Position } from '../../../domain/event-stream/position.ts';
import type { OrchestrationParameters } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';
import type { StackObjectRow, StackRow } from '../../schema/stacks/life-cycles.ts';
import type { ObjectKey } from '../stacks/life-cycle-repositories.ts';

/** A piece of the stream. */
export interface ReadChanges {
  /** False when there is no such row to go on from: it was deleted, or the database is not the one that it was. Then nothing was read. */
  isKnown: boolean;
  /** Rows are there that can't be read yet, as an older transaction is still under way. */
  isHeldUp: boolean;
  /** In the order of the stream. */
  changes: LoggedChange[];
}

/** An operation without what was sent for it. */
export type StreamedOperation = Omit<OperationRow, 'config'> & {
  schedule: OrchestrationParameters['strategy']['schedule'];
};
export type StreamedStack = Pick<StackRow, 'name' | 'status' | 'statusAt' | 'createdBy'>;
export type StreamedObject = Omit<StackObjectRow, 'spec' | 'attributes'>;

/** Everything that is logged, by the transactions that have written it, and the present state of what it is about. */
export interface ChangeLogRepository {
  /** The place of the last change that can be read. */
  last(): Promise<Position>;
  /** Up to `limit` changes after a place, up to another one when it is given. */
  read(after: Position, limit: number, until?: Position): Promise<ReadChanges>;
  /**
   * Puts up to `limit` changes of each log that were written in another cluster, whose transactions have greater numbers, before all of this one:
   * they would come up as new ones one day. Answers how many it has put there.
   */
  adopt(limit: number): Promise<number>;
  /** Calls `onNews` soon after changes were committed. Answers when it listens; `onLost` is called when it does not any more. */
  listen(onNews: () => void, onLost: () => void): Promise<{ close(): Promise<void> }>;
  operations(ids: readonly string[]): Promise<StreamedOperation[]>;
  stacks(names: readonly string[]): Promise<StreamedStack[]>;
  objects(keys: readonly ObjectKey[]): Promise<StreamedObject[]>;
}
