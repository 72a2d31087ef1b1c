import type { ObjectChange, StackObjectRow } from '../../db/repositories/stacks/life-cycle-repositories.ts';
import type { ObjectCondition } from '../../domain/stacks/statuses.ts';
import { POWERED_TYPES } from '../../domain/stacks/definition.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import type { DescribedObject } from './drivers/driver.ts';

/** The reason in the event of a change. */
export function reasonOf({ condition, owned }: ObjectChange): string {
  switch (condition) {
    case 'creating':
      return 'Its creation begins';
    case 'destroying':
      return 'Its destruction begins';
    case 'shutting_down':
      return 'Its shutdown begins';
    case 'starting':
      return 'Its start begins';
    case 'absent':
      return 'It does not exist any more, or is left to whoever created it';
    default:
      return owned === false ? 'It existed before: adopted as it is' : 'It is there';
  }
}

/**
 * The condition that an instance counts as. An instance that a person shut down, and that is off, has not stopped by itself.
 */
export function seenCondition(
  described: DescribedObject | undefined,
  row: Pick<StackObjectRow, 'objType' | 'desired' | 'condition'>,
): ObjectCondition {
  if (!described) return 'stopped';
  if (described.state === 'running') return 'running';
  if (!POWERED_TYPES.has(row.objType)) return row.condition;
  // A nested stack is shut down by a person only: by itself it comes to warning or error.
  if (row.objType === 'orchestration' && described.state === 'shutdown') return 'shutdown';
  return described.state === 'shutdown' && row.desired === 'shutdown' ? 'shutdown' : 'stopped';
}

/** Seconds after which an instance that should run, and is not ready, counts as one that does not. */
const DEFAULT_PENDING_SECONDS = 120;

/** True for an instance that has been seen pending for so long that it counts as stopped. */
export function isOverdue(
  { condition, pendingSince }: Pick<StackObjectRow, 'condition' | 'pendingSince'>,
  { clock, tuning }: Pick<ActivityDependencies, 'clock' | 'tuning'>,
): boolean {
  const limitMs = (tuning?.pendingSeconds ?? DEFAULT_PENDING_SECONDS) * 1000;
  return condition === 'running' && pendingSince !== null && clock() - Date.parse(pendingSince) >= limitMs;
}

/** For the end of a sentence. */
export function because(described: DescribedObject | undefined): string {
  if (!described) return ': it does not exist any more';
  return described.reason === undefined ? '' : `: ${described.reason}`;
}
