/** A Shoot (core.gardener.cloud/v1beta1) as far as an upgrade by Gardener itself depends on it, and what is wanted of it. */
import semver from 'semver';
import { cutText } from '../texts.ts';
import type { ClusterConfig } from './operation-config.ts';

/** Annotation with the upgrade that has changed the Shoot last, as `markOf` writes it: the proof that a request has arrived. */
export const MARK = 'drydock.dev/operation';
/**
 * Annotation with the time of Gardener's last operation before that change, RFC 3339: what Gardener did for the change has a later one. It
 * is Gardener's own clock on both sides.
 */
export const MARKED_AFTER = 'drydock.dev/operation-after';
/** Annotation by which Gardener is told to do something; it takes it away when it begins. */
export const GARDENER_OPERATION = 'gardener.cloud/operation';

/** An operation of Gardener on a Shoot. Texts are on one line, and cut. */
export interface ShootOperation {
  /** `Create`, `Reconcile`, `Delete`, `Migrate`, `Restore` and others. */
  type: string;
  /** `Processing`, `Succeeded`, `Error` (is tried again for hours), `Failed` (is not), `Pending`, `Aborted`. */
  state: string;
  /** 0 to 100. */
  progress: number;
  description: string;
  /** Milliseconds since the epoch; undefined where it can't be read. */
  updatedAtMs?: number;
}

export interface ShootCondition {
  /** Like `EveryNodeReady`. */
  type: string;
  /** `True`, `False`, `Unknown` or `Progressing`. */
  status: string;
  /** Milliseconds since the epoch; undefined where it can't be read. */
  changedAtMs?: number;
  message: string;
}

/** A pool of workers. */
export interface ShootWorker {
  name: string;
  image?: { name: string; version: string };
  /** All of it as it was read: lists are sent whole. */
  manifest: Readonly<Record<string, unknown>>;
}

export interface GardenerShoot {
  name: string;
  /** Empty where it carries none. */
  runtimeID: string;
  resourceVersion: string;
  generation: number;
  observedGeneration: number;
  /** Those that are named above, where it carries them; on one line, and cut. */
  annotations: Readonly<Record<string, string>>;
  isBeingDeleted: boolean;
  /** It sleeps, is to sleep, or has not woken up yet. */
  isHibernated: boolean;
  /** `spec.maintenance.confineSpecUpdateRollout`: changes wait for the maintenance window, and do not raise the generation. */
  isConfined: boolean;
  kubernetesVersion: string;
  workers: readonly ShootWorker[];
  lastOperation?: ShootOperation;
  lastErrors: readonly string[];
  conditions: readonly ShootCondition[];
}

/** The mark of one attempt at an operation. */
export function markOf({ operationID, attempt }: { operationID: string; attempt: number }): string {
  return `${operationID}/${attempt}`;
}

/** True for a mark of any attempt at the operation. */
export function isMarkOf(mark: string | undefined, operationID: string): mark is string {
  return mark?.startsWith(`${operationID}/`) ?? false;
}

/** The attempt that a mark is of; NaN for what `markOf` has not written. */
export function attemptOf(mark: string): number {
  return Number(mark.slice(mark.lastIndexOf('/') + 1));
}

/**
 * -1, 0 or 1 as the first version is older, the same or newer; undefined for versions that have no order. `1.33` counts as 1.33.0.
 */
export function compareVersions(one: string, other: string): -1 | 0 | 1 | undefined {
  if (one === other) return 0;
  const [a, b] = [semver.coerce(one), semver.coerce(other)];
  return a && b ? semver.compare(a, b) : undefined;
}

/** The same or newer. */
function reaches(version: string, wanted: string): boolean {
  return (compareVersions(version, wanted) ?? -1) >= 0;
}

/** True when the control plane is to have the version that is wanted, or a newer one. */
export function hasVersion(shoot: GardenerShoot, { kubernetesVersion }: ClusterConfig): boolean {
  return kubernetesVersion === undefined || reaches(shoot.kubernetesVersion, kubernetesVersion);
}

/**
 * The version of its machine image that a pool is to get; undefined when it is to keep what it has. A version is for pools with that very
 * image: which image a pool has is its owner's choice. Never an older version.
 */
export function newImageVersionOf(
  { image }: ShootWorker,
  { machineImage, machineImageVersion }: ClusterConfig,
): string | undefined {
  if (!image || machineImageVersion === undefined) return undefined;
  if (machineImage !== undefined && machineImage !== image.name) return undefined;
  return reaches(image.version, machineImageVersion) ? undefined : machineImageVersion;
}

/** The parts of the specification that are behind what is wanted, for people; empty when nothing is to be changed. */
export function lacks(shoot: GardenerShoot, wanted: ClusterConfig): string[] {
  const version = hasVersion(shoot, wanted) ? [] : [`Kubernetes ${shoot.kubernetesVersion}`];
  const images = shoot.workers
    .filter((worker) => newImageVersionOf(worker, wanted) !== undefined)
    .map(({ name, image }) => `workers ${name} with ${image?.name ?? ''} ${image?.version ?? ''}`);
  return [...version, ...images];
}

/** Longest account of a Shoot, in characters: each of its many parts may have words of its own. */
const LONGEST_ACCOUNT = 1_000;

/** The words on several parts as one text. */
export function accountOf(words: readonly string[]): string {
  return cutText(words.join('; '), LONGEST_ACCOUNT);
}
