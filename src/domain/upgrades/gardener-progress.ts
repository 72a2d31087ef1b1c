/**
 * How far Gardener has come with an upgrade of ours, told from the Shoot, what was asked for, and the time: nothing is remembered between two
 * looks, so that another worker can go on with them.
 */
import { whatWentWrong } from './gardener-patch.ts';
import { lacks, MARK, MARKED_AFTER, type GardenerShoot, type ShootCondition } from './gardener-shoot.ts';
import type { ClusterConfig } from './operation-config.ts';

/** An upgrade that was sent. */
export interface SentUpgrade {
  /** As `markOf` writes it. */
  mark: string;
  wanted: ClusterConfig;
  /** Milliseconds that the Shoot must be healthy without a break after the end of Gardener's work. */
  healthyMs: number;
}

/** `words` are sentences for people. */
export type ShootProgress =
  | { kind: 'under way'; percent: number; words: string }
  | { kind: 'succeeded'; words: string }
  | { kind: 'failed'; words: string }
  /** Another upgrade has taken the Shoot over. */
  | { kind: 'lost'; words: string }
  /** Somebody has taken back what was asked for. */
  | { kind: 'conflicting'; words: string };

/** Nothing of it carries a workload; it is repaired without anybody else noticing. */
export const NOT_LOOKED_AT: readonly string[] = ['ObservabilityComponentsHealthy'];

/** `shoot` is undefined when it does not exist any more. */
export function progressOf(
  shoot: GardenerShoot | undefined,
  sent: SentUpgrade,
  nowMs: number,
): ShootProgress {
  if (!shoot) return { kind: 'failed', words: 'The Shoot was deleted while it was upgraded' };
  if (shoot.isBeingDeleted) return { kind: 'failed', words: 'The Shoot is being deleted' };
  const mark = shoot.annotations[MARK];
  if (mark !== undefined && mark !== sent.mark)
    return { kind: 'lost', words: `Another upgrade has taken the Shoot over (${mark})` };
  const missing = lacks(shoot, sent.wanted);
  if (missing.length > 0)
    return {
      kind: 'conflicting',
      words: `Somebody has changed the Shoot back while it was upgraded: it is to have ${missing.join(', ')}`,
    };
  if (!hasBegun(shoot)) return underWay(0, 'has not begun with it yet');
  return ofLastOperation(shoot, sent, nowMs);
}

/**
 * The generation proves nothing of whose change it was, but of a change that was made: Gardener notes the generation when it begins, so
 * what it did before ours has an older one. Where a change raises none, the time of the last operation tells.
 */
function hasBegun({ generation, observedGeneration, annotations, lastOperation }: GardenerShoot): boolean {
  if (!lastOperation || observedGeneration < generation) return false;
  const after = Date.parse(annotations[MARKED_AFTER] ?? '');
  const { updatedAtMs } = lastOperation;
  return Number.isNaN(after) || updatedAtMs === undefined || updatedAtMs > after;
}

function ofLastOperation(shoot: GardenerShoot, sent: SentUpgrade, nowMs: number): ShootProgress {
  const { state = '', progress = 0 } = shoot.lastOperation ?? {};
  switch (state) {
    case 'Succeeded':
      return shoot.isHibernated ? fellAsleep() : ofHealth(shoot, sent, nowMs);
    case 'Failed':
    case 'Aborted':
      return { kind: 'failed', words: `Gardener has given up: ${whatWentWrong(shoot)}` };
    case 'Error':
      return underWay(progress, `tries again after errors: ${whatWentWrong(shoot)}`);
    default: {
      // In tens: each new sentence is a write.
      const tens = Math.floor(progress / 10) * 10;
      return underWay(progress, `carries out the upgrade, ${tens} % done`);
    }
  }
}

/** Gardener calls a Shoot that sleeps healthy without looking: it has no nodes. */
function fellAsleep(): ShootProgress {
  return {
    kind: 'failed',
    words: 'The Shoot was hibernated while it was upgraded: whether it is healthy shows when it wakes up',
  };
}

/**
 * Conditions are looked at by Gardener about once a minute, so right after its work they may still tell of the time before. They count once
 * all of them, and the end of the work, are old enough.
 */
function ofHealth(
  { conditions, lastOperation }: GardenerShoot,
  { healthyMs }: SentUpgrade,
  nowMs: number,
): ShootProgress {
  const looked = conditions.filter(({ type }) => !NOT_LOOKED_AT.includes(type));
  const unhealthy = looked.filter(({ status }) => status !== 'True');
  if (unhealthy.length > 0) return underWay(100, `has done it, and waits for ${describeHealth(unhealthy)}`);
  if (looked.length === 0) return underWay(100, 'has done it, and does not tell of its health yet');
  const times = [lastOperation?.updatedAtMs, ...looked.map(({ changedAtMs }) => changedAtMs)];
  const since = Math.max(...times.filter((ms) => ms !== undefined));
  if (nowMs - since < healthyMs)
    return underWay(100, `has done it, and the Shoot is to stay healthy for ${healthyMs / 1000} s`);
  return { kind: 'succeeded', words: 'Gardener has carried out the upgrade, and the Shoot is healthy' };
}

function describeHealth(conditions: readonly ShootCondition[]): string {
  return conditions
    .map(({ type, status, message }) => `${type} (${status}${message === '' ? '' : `: ${message}`})`)
    .join(', ');
}

function underWay(percent: number, words: string): ShootProgress {
  return { kind: 'under way', percent, words: `Gardener ${words}` };
}
