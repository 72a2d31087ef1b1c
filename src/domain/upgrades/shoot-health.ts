/** The health of a Shoot, in Gardener's words, and what Gardener does with it. */
import { accountOf, type GardenerShoot, type ShootCondition, type ShootOperation } from './gardener-shoot.ts';
import type { ExclusionReason } from './runtime.ts';

/** `changing` while Gardener gives a condition time, or does not know, and while health is to last. */
export type ShootHealth = { is: 'healthy' } | { is: 'changing' | 'unhealthy'; said: string };

/**
 * Health that counts once it has lasted. Conditions are looked at by Gardener about once a minute, so right after its work they may still tell of
 * the time before: all of them, and the end of the work, are to be old enough.
 */
export interface LastingHealth {
  /** Milliseconds without a break. */
  lastsMs: number;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

/** Nothing of it carries a workload; it is repaired without anybody else noticing. */
const NOT_LOOKED_AT: readonly string[] = ['ObservabilityComponentsHealthy'];

/** Read from the conditions; a Shoot that has none is `changing`. */
export function healthOf(
  { conditions, lastOperation }: Pick<GardenerShoot, 'conditions' | 'lastOperation'>,
  { lastsMs, nowMs }: LastingHealth = { lastsMs: 0, nowMs: 0 },
): ShootHealth {
  const looked = conditions.filter(({ type }) => !NOT_LOOKED_AT.includes(type));
  if (looked.length === 0) return { is: 'changing', said: 'the Shoot says nothing of its health' };
  const others = looked.filter(({ status }) => status !== 'True');
  if (others.length > 0) {
    const is = others.some(({ status }) => status === 'False') ? 'unhealthy' : 'changing';
    return { is, said: accountOf(others.map(describeCondition)) };
  }
  const times = [lastOperation?.updatedAtMs, ...looked.map(({ changedAtMs }) => changedAtMs)];
  const since = Math.max(...times.filter((ms) => ms !== undefined));
  if (lastsMs > 0 && nowMs - since < lastsMs)
    return { is: 'changing', said: `the Shoot is to stay healthy for ${lastsMs / 1000} s` };
  return { is: 'healthy' };
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

/** Why planning leaves a Shoot out by its state. */
export function stateToLeaveOut({
  isBeingDeleted,
  isHibernated,
  lastOperation,
}: Pick<GardenerShoot, 'isBeingDeleted' | 'isHibernated'> & {
  lastOperation?: Pick<ShootOperation, 'type' | 'state'>;
}): ExclusionReason | undefined {
  if (isBeingDeleted) return 'being deleted';
  // Waking up takes a while: until the status says otherwise nothing can be upgraded.
  if (isHibernated) return 'hibernated';
  // Gardener moves on from `Create` to `Reconcile` only after a creation that succeeded.
  const { type = '', state } = lastOperation ?? {};
  const isCreated = type !== '' && (type !== 'Create' || state === 'Succeeded');
  return isCreated ? undefined : 'never finished creating';
}
