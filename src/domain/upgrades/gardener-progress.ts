/**
 * How far Gardener has come with an upgrade of ours, told from the Shoot, what was asked for, and the time: nothing is remembered between two
 * looks, so that another worker can go on with them.
 */
import { goneFor, whatWentWrong } from './gardener-patch.ts';
import { accountOf, lacks, MARK, MARKED_AFTER, type GardenerShoot } from './gardener-shoot.ts';
import type { ClusterConfig } from './operation-config.ts';
import { healthOf } from './shoot-health.ts';

/** An upgrade that was sent. */
export interface SentUpgrade {
  /** As `markOf` writes it. */
  mark: string;
  runtimeID: string;
  wanted: ClusterConfig;
  /** Milliseconds that the Shoot must be healthy without a break after the end of Gardener's work; undefined where others look at its health. */
  healthyMs: number | undefined;
}

/** `words` are sentences for people. */
export type ShootProgress =
  | { kind: 'under way'; words: string }
  | { kind: 'succeeded'; words: string }
  | { kind: 'failed'; words: string }
  /** Another upgrade has taken the Shoot over. */
  | { kind: 'lost'; words: string }
  /** Somebody has taken it back. */
  | { kind: 'taken back'; words: string };

/** `shoot` is undefined when it does not exist any more. */
export function progressOf(
  shoot: GardenerShoot | undefined,
  sent: SentUpgrade,
  nowMs: number,
): ShootProgress {
  if (!shoot) return { kind: 'failed', words: 'The Shoot was deleted while it was upgraded' };
  const gone = goneFor(shoot, sent);
  if (gone !== undefined) return { kind: 'failed', words: gone };
  const mark = shoot.annotations[MARK];
  if (mark !== undefined && mark !== sent.mark)
    return { kind: 'lost', words: `Another upgrade has taken the Shoot over (${mark})` };
  const missing = lacks(shoot, sent.wanted);
  if (missing.length > 0)
    return {
      kind: 'taken back',
      words: `Somebody has changed the Shoot back, to ${accountOf(missing)}: only a retry that a person asks for sends the upgrade again`,
    };
  if (!hasBegun(shoot)) return underWay('has not begun with it yet');
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
      return afterItsWork(shoot, sent, nowMs);
    case 'Failed':
    case 'Aborted':
      return { kind: 'failed', words: `Gardener has given up: ${whatWentWrong(shoot)}` };
    case 'Error':
      return underWay(`tries again after errors: ${whatWentWrong(shoot)}`);
    default: {
      // In tens: each new sentence is a write.
      const tens = Math.floor(progress / 10) * 10;
      return underWay(`carries out the upgrade, ${tens} % done`);
    }
  }
}

function afterItsWork(shoot: GardenerShoot, { healthyMs }: SentUpgrade, nowMs: number): ShootProgress {
  // Gardener calls a Shoot that sleeps healthy without looking: it has no nodes.
  if (shoot.isHibernated)
    return {
      kind: 'failed',
      words: 'The Shoot was hibernated while it was upgraded: whether it is healthy shows when it wakes up',
    };
  if (healthyMs === undefined) return { kind: 'succeeded', words: 'Gardener has carried out the upgrade' };
  const health = healthOf(shoot, { lastsMs: healthyMs, nowMs });
  return health.is === 'healthy'
    ? { kind: 'succeeded', words: 'Gardener has carried out the upgrade, and the Shoot is healthy' }
    : underWay(`has done it, and waits: ${health.said}`);
}

function underWay(words: string): ShootProgress {
  return { kind: 'under way', words: `Gardener ${words}` };
}
