import { barredByGardener, type CloudProfile } from '../../domain/upgrades/cloud-profile.ts';
import type { Fleet, RolloutRequest } from '../../domain/upgrades/rollout-plan.ts';
import type { CloudProfileName } from '../../domain/upgrades/runtime.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';

/**
 * Which runtimes Gardener would not bring to what is asked for, by the cloud profiles of the fleet, each of which is read once; undefined
 * where Gardener does not carry the request out. Throws what the client throws.
 */
export async function barredInFleet(
  { gardener }: Pick<ActivityDependencies, 'gardener'>,
  { type, parameters }: Pick<RolloutRequest, 'type' | 'parameters'>,
  { runtimes }: Fleet,
  { nowMs, signal }: { nowMs: number; signal?: AbortSignal },
): Promise<RolloutRequest['barred']> {
  if (type !== 'upgradeCluster' || !gardener?.isChosen) return undefined;
  const profiles = new Map<string, CloudProfile | undefined>();
  for (const { cluster } of runtimes) {
    const named = cluster?.cloudProfile;
    if (!named || profiles.has(keyOf(named))) continue;
    profiles.set(keyOf(named), await gardener.shoots.cloudProfile(named, signal));
  }
  const wanted = parameters.kubernetes ?? {};
  return ({ cluster }) =>
    barredByGardener(cluster, cluster && profiles.get(keyOf(cluster.cloudProfile)), wanted, nowMs);
}

function keyOf({ kind, name }: CloudProfileName): string {
  return `${kind}/${name}`;
}
