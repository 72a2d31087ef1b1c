/** The health of a Shoot, in Gardener's words, and what Gardener does with it. */
import { cutText } from '../texts.ts';
import { NOT_LOOKED_AT } from './gardener-progress.ts';
import type { GardenerShoot, ShootCondition } from './gardener-shoot.ts';
import type { ExclusionReason } from './runtime.ts';

/** `changing` while Gardener gives a condition time, or does not know. */
export type ShootHealth = { is: 'healthy' } | { is: 'changing' | 'unhealthy'; said: string };

/** Longest words on the health of one Shoot, in characters. */
const LONGEST_SAID = 1_000;

/** Read from the conditions; a Shoot that has none is `changing`. */
export function healthOf({ conditions }: Pick<GardenerShoot, 'conditions'>): ShootHealth {
  const looked = conditions.filter(({ type }) => !NOT_LOOKED_AT.includes(type));
  if (looked.length === 0) return { is: 'changing', said: 'the Shoot says nothing of its health' };
  const others = looked.filter(({ status }) => status !== 'True');
  if (others.length === 0) return { is: 'healthy' };
  const said = cutText(others.map(describeCondition).join('; '), LONGEST_SAID);
  return { is: others.some(({ status }) => status === 'False') ? 'unhealthy' : 'changing', said };
}

function describeCondition({ type, status, message }: ShootCondition): string {
  return `${type} is ${status}${message === '' ? '' : `: ${message}`}`;
}

/** Gardener's operation that is under way; undefined when none is. */
export function operationUnderWay({
  lastOperation,
  generation,
  observedGeneration,
}: GardenerShoot): string | undefined {
  const { type = '', state = '' } = lastOperation ?? {};
  if (state === 'Processing' || state === 'Pending') return type;
  return observedGeneration < generation ? 'a change of its specification' : undefined;
}

/** Why planning would leave a Shoot out that is there. */
export function stateToLeaveOut({
  isBeingDeleted,
  isHibernated,
  lastOperation,
}: GardenerShoot): ExclusionReason | undefined {
  if (isBeingDeleted) return 'being deleted';
  if (isHibernated) return 'hibernated';
  const isCreated = lastOperation && (lastOperation.type !== 'Create' || lastOperation.state === 'Succeeded');
  return isCreated ? undefined : 'never finished creating';
}
