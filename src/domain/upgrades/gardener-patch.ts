/** The next step with a Shoot that is to be upgraded, told from the Shoot alone. */
import {
  accountOf,
  attemptOf,
  GARDENER_OPERATION,
  hasVersion,
  isMarkOf,
  lacks,
  MARK,
  MARKED_AFTER,
  markOf,
  newImageVersionOf,
  type GardenerShoot,
} from './gardener-shoot.ts';
import { isTooFarBehind } from './kubernetes-skew.ts';
import type { ClusterConfig } from './operation-config.ts';

/** The attempt at an operation that is to change the Shoot. */
export interface ShootAttempt {
  operationID: string;
  attempt: number;
  /** The attempt with which the present round of tries began: the first one, or the one that a person has asked for last. */
  firstAttempt: number;
  runtimeID: string;
}

/** A JSON merge patch (RFC 7396). It names the version of the Shoot that it was decided on: another one is a conflict. */
export interface ShootPatch {
  metadata: { resourceVersion: string; annotations: Record<string, string | null> };
  spec?: {
    kubernetes?: { version: string };
    /** All pools: a merge patch replaces lists. */
    provider?: { workers: Record<string, unknown>[] };
  };
}

export type ShootDecision =
  /** The change of this attempt, or of an earlier one that may still succeed, has arrived. */
  | { kind: 'ours'; mark: string }
  /** Gardener does something else on it: to be waited for. */
  | { kind: 'busy'; words: string }
  /** Nothing is to be done: it has what is wanted. */
  | { kind: 'there'; words: string }
  /** It can't be upgraded as it is. */
  | { kind: 'refused'; words: string }
  | { kind: 'patch'; patch: ShootPatch };

/** States of a last operation that goes on, or is tried again. */
const GOES_ON = ['Processing', 'Pending', 'Error'];
/** Failed for good: a person begins it again, or the upgrade that it has failed for. */
const GIVEN_UP = ['Failed', 'Aborted'];

export function decideOnShoot(
  shoot: GardenerShoot,
  wanted: ClusterConfig,
  attempt: ShootAttempt,
): ShootDecision {
  const gone = goneFor(shoot, attempt);
  if (gone !== undefined) return { kind: 'refused', words: gone };
  const mark = shoot.annotations[MARK];
  if (mark === markOf(attempt)) return { kind: 'ours', mark };
  const hasGivenUp = GIVEN_UP.includes(shoot.lastOperation?.state ?? '');
  if (isMarkOf(mark, attempt.operationID)) {
    // Of an earlier attempt: what it has begun is followed, unless it has failed. So is what somebody has taken back since, to be told so:
    // a try that nobody has asked for sends nothing against them.
    const isTakenBack = lacks(shoot, wanted).length > 0;
    if (isTakenBack ? attemptOf(mark) >= attempt.firstAttempt : !hasGivenUp) return { kind: 'ours', mark };
  }
  if (shoot.isHibernated)
    return { kind: 'refused', words: 'The Shoot is hibernated, or has not woken up yet' };
  const other = othersOn(shoot);
  if (other !== undefined) return { kind: 'busy', words: other };
  if (hasGivenUp && !isMarkOf(mark, attempt.operationID))
    return {
      kind: 'refused',
      words: `Gardener has given up on the Shoot before this upgrade: ${whatWentWrong(shoot)}`,
    };
  if (!hasVersion(shoot, wanted) && isTooFarBehind(shoot.kubernetesVersion, wanted.kubernetesVersion))
    return {
      kind: 'refused',
      words: `The Shoot has Kubernetes ${shoot.kubernetesVersion}, and ${wanted.kubernetesVersion ?? ''} is more than one minor version ahead`,
    };
  // Whether a confined change was ever rolled out can't be told from the specification.
  if (lacks(shoot, wanted).length === 0 && !hasGivenUp && !shoot.isConfined)
    return { kind: 'there', words: describeThere(shoot, wanted) };
  return { kind: 'patch', patch: patchOf(shoot, wanted, attempt) };
}

/**
 * The one change of an attempt: version, images, mark. Gardener begins by itself when the specification has changed; it is told to where
 * changes are confined to the maintenance window, and to try again where it has given up and nothing else changes.
 */
export function patchOf(shoot: GardenerShoot, wanted: ClusterConfig, attempt: ShootAttempt): ShootPatch {
  const { kubernetesVersion } = wanted;
  const version = hasVersion(shoot, wanted) ? undefined : kubernetesVersion;
  const workers = changedWorkers(shoot, wanted);
  const hasChanges = version !== undefined || workers !== undefined;
  const operation = operationFor(shoot, hasChanges);
  const after = shoot.lastOperation?.updatedAtMs;
  return {
    metadata: {
      resourceVersion: shoot.resourceVersion,
      annotations: {
        [MARK]: markOf(attempt),
        [MARKED_AFTER]: after === undefined ? null : new Date(after).toISOString(),
        ...(operation !== undefined && { [GARDENER_OPERATION]: operation }),
      },
    },
    ...(hasChanges && {
      spec: {
        ...(version !== undefined && { kubernetes: { version } }),
        ...(workers && { provider: { workers } }),
      },
    }),
  };
}

/**
 * Gardener heeds `reconcile` in every state but `Failed`, and `retry` in that one alone. A `retry` beside a change of the specification that
 * raises the generation is not taken away, and would try again by itself later.
 */
function operationFor(shoot: GardenerShoot, hasChanges: boolean): 'retry' | 'reconcile' | undefined {
  if (shoot.lastOperation?.state === 'Failed') return shoot.isConfined || !hasChanges ? 'retry' : undefined;
  return shoot.isConfined || !hasChanges ? 'reconcile' : undefined;
}

/** All pools with the versions of images that are wanted; undefined when none gets another one. */
function changedWorkers(
  { workers }: GardenerShoot,
  wanted: ClusterConfig,
): Record<string, unknown>[] | undefined {
  const versions = new Map(workers.map((worker) => [worker.name, newImageVersionOf(worker, wanted)]));
  if ([...versions.values()].every((version) => version === undefined)) return undefined;
  return workers.map(({ name, manifest }) => {
    const version = versions.get(name);
    return version === undefined ? { ...manifest } : withImageVersion(manifest, version);
  });
}

function withImageVersion(
  manifest: Readonly<Record<string, unknown>>,
  version: string,
): Record<string, unknown> {
  const machine = fieldsOf(manifest['machine']);
  return { ...manifest, machine: { ...machine, image: { ...fieldsOf(machine['image']), version } } };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Why there is nothing to be upgraded; undefined when there is. */
export function goneFor(
  shoot: GardenerShoot,
  { runtimeID }: Pick<ShootAttempt, 'runtimeID'>,
): string | undefined {
  if (shoot.isBeingDeleted) return 'The Shoot is being deleted';
  if (shoot.runtimeID !== runtimeID)
    return `The Shoot ${shoot.name} is not that of the runtime any more: it carries the runtime ID "${shoot.runtimeID}"`;
  return undefined;
}

/** Others' work on it; undefined when they do nothing. */
function othersOn({
  annotations,
  lastOperation,
  generation,
  observedGeneration,
}: GardenerShoot): string | undefined {
  // Gardener leaves a `retry` where it is unless it has given up.
  const asked = annotations[GARDENER_OPERATION] ?? '';
  if (asked !== '' && asked !== 'retry') return `${asked}, asked for`;
  if (lastOperation && GOES_ON.includes(lastOperation.state))
    return `${lastOperation.type}, ${lastOperation.state}`;
  if (observedGeneration < generation) return 'a change that it has not begun with';
  return undefined;
}

/** An account of the failure, in Gardener's own words. */
export function whatWentWrong({ lastOperation, lastErrors }: GardenerShoot): string {
  return accountOf(lastErrors) || lastOperation?.description || 'no reason given';
}

function describeThere({ kubernetesVersion }: GardenerShoot, wanted: ClusterConfig): string {
  const isNewer = wanted.kubernetesVersion !== undefined && kubernetesVersion !== wanted.kubernetesVersion;
  return `Already at ${kubernetesVersion}${isNewer ? `, newer than ${wanted.kubernetesVersion ?? ''}` : ''}: nothing was sent`;
}
