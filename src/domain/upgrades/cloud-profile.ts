/** The versions that Gardener offers (core.gardener.cloud/v1beta1, CloudProfile), and which runtimes of a plan can have them. */
import { compareVersions } from './gardener-shoot.ts';
import { isTooFarBehind } from './kubernetes-skew.ts';
import type { ClusterConfig } from './operation-config.ts';
import type { ExclusionReason, RuntimeCluster } from './runtime.ts';

/** A version with what becomes of it. Times are ms since the epoch. */
export interface OfferedVersion {
  version: string;
  /** `preview`, `supported` or `deprecated`; older profiles have it in place of stages. */
  classification?: string;
  expiresAtMs?: number;
  /** One holds from its begin to that of the next; without a begin from the start. */
  stages: readonly { classification: string; fromMs?: number }[];
}

export interface CloudProfile {
  kubernetes: readonly OfferedVersion[];
  /** By the name of the image. */
  machineImages: ReadonlyMap<string, readonly OfferedVersion[]>;
}

/** A preview is for who asks for it by hand, on a single cluster: no fleet is brought to it. */
const NOT_OFFERED = ['unavailable', 'preview', 'expired'];

function isOffered(versions: readonly OfferedVersion[], wanted: string, nowMs: number): boolean {
  const found = versions.find(({ version }) => version === wanted);
  if (!found || (found.expiresAtMs ?? Infinity) <= nowMs) return false;
  const begun = found.stages.filter(({ fromMs }) => (fromMs ?? -Infinity) <= nowMs);
  const latest = begun.reduce<(typeof begun)[number] | undefined>(
    (last, stage) => (last && (last.fromMs ?? -Infinity) > (stage.fromMs ?? -Infinity) ? last : stage),
    undefined,
  );
  if (found.stages.length > 0 && !latest) return false;
  return !NOT_OFFERED.includes(latest?.classification ?? found.classification ?? '');
}

/**
 * Why Gardener would not bring a cluster to what is wanted; undefined when it would. What a cluster has already, or has newer, need not be
 * offered. `profile` is undefined when there is none of that name.
 */
export function barredByGardener(
  cluster: RuntimeCluster | undefined,
  profile: CloudProfile | undefined,
  { kubernetesVersion, machineImage, machineImageVersion }: ClusterConfig,
  nowMs: number,
): ExclusionReason | undefined {
  if (!cluster || !profile) return 'no cloud profile';
  if (kubernetesVersion !== undefined && isOlder(cluster.kubernetesVersion, kubernetesVersion)) {
    if (isTooFarBehind(cluster.kubernetesVersion, kubernetesVersion))
      return 'more than one minor version behind';
    if (!isOffered(profile.kubernetes, kubernetesVersion, nowMs)) return 'Kubernetes version not offered';
  }
  if (machineImageVersion === undefined) return undefined;
  const lacking = cluster.images.filter(
    ({ name, version }) =>
      (machineImage === undefined || machineImage === name) && isOlder(version, machineImageVersion),
  );
  const isLacking = lacking.some(
    ({ name }) => !isOffered(profile.machineImages.get(name) ?? [], machineImageVersion, nowMs),
  );
  return isLacking ? 'machine image not offered' : undefined;
}

function isOlder(version: string, wanted: string): boolean {
  return (compareVersions(version, wanted) ?? -1) < 0;
}
