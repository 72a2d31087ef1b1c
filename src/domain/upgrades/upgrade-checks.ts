/**
 * The checks before and after an upgrade. Before: whether there is anything to upgrade, and whether it may be. After: whether the runtime has come
 * out of it well. Pure; whoever reads Shoots and versions acts on the verdicts.
 */
import type { Checks, OrchestrationParameters } from './orchestration-parameters.ts';
import { compareVersions, type GardenerShoot } from './gardener-shoot.ts';
import {
  healthOf,
  operationUnderWay,
  stateToLeaveOut,
  type LastingHealth,
  type ShootHealth,
} from './shoot-health.ts';
import { isKymaAtLeast } from './versions.ts';

/** The versions that are asked for: of Kyma, or of the cluster. */
export interface UpgradeTarget extends Pick<OrchestrationParameters, 'kyma' | 'kubernetes'> {
  /** A pool with another image keeps it, and is not waited for; without this it is to get the one that is asked for. */
  keepsImages?: boolean;
}

/** All that was read of a runtime right before its upgrade would be sent. */
export interface SeenBefore {
  /** The Shoot of that name; undefined when there is none. */
  shoot: GardenerShoot | undefined;
  /** The version of Kyma that the Provisioner knows of; undefined when it does not say. */
  kymaVersion?: string;
}

export type VerdictBefore =
  | { kind: 'go' }
  /** `said` is a sentence for its description: nothing is sent, and the check after goes on from here. */
  | { kind: 'already there'; said: string }
  /** Nothing is sent; `reason` is a part of a sentence. */
  | { kind: 'not eligible'; reason: string }
  /** Something is under way that ends by itself; `reason` is a part of a sentence. */
  | { kind: 'busy'; reason: string };

/**
 * Whether the upgrade of a runtime is to be sent. What is there already counts before its health: what is unhealthy then is for the check after.
 * A Shoot that Gardener failed to reconcile is never there: its specification names the version all the same.
 */
export function verdictBefore(
  { shoot, kymaVersion }: SeenBefore,
  runtimeID: string,
  target: UpgradeTarget,
  { health }: Pick<Checks, 'health'>,
): VerdictBefore {
  if (!shoot) return { kind: 'not eligible', reason: 'its Shoot does not exist any more' };
  if (shoot.runtimeID !== runtimeID)
    return { kind: 'not eligible', reason: 'its Shoot belongs to another runtime now' };
  const leftOut = stateToLeaveOut(shoot);
  if (leftOut !== undefined)
    return { kind: 'not eligible', reason: `its Shoot is left out of upgrades (${leftOut})` };
  const underWay = operationUnderWay(shoot);
  if (underWay !== undefined)
    return { kind: 'busy', reason: `Gardener carries out its own operation on the Shoot (${underWay})` };
  const place = placeOf(shoot, kymaVersion, target);
  if (place) return place;
  if (!health) return { kind: 'go' };
  const state = healthOf(shoot);
  switch (state.is) {
    case 'healthy':
      return { kind: 'go' };
    case 'changing':
      return { kind: 'busy', reason: `the health of its Shoot is not certain (${state.said})` };
    case 'unhealthy':
      return { kind: 'not eligible', reason: `its Shoot is unhealthy (${state.said})` };
  }
}

/** A part of what is asked for, and where the runtime is. */
interface Part {
  has: string;
  asked: string;
  isThere: boolean;
  isNewer: boolean;
}

/** Undefined when the upgrade would bring it forward. What is newer is never sent back, also when something else would be brought forward. */
function placeOf(
  shoot: GardenerShoot,
  kymaVersion: string | undefined,
  { kyma, kubernetes = {}, keepsImages }: UpgradeTarget,
): Extract<VerdictBefore, { kind: 'already there' | 'not eligible' }> | undefined {
  const parts = kyma
    ? partsOfKyma(kymaVersion, kyma.version)
    : partsOfCluster(shoot, kubernetes, keepsImages);
  const newer = parts.filter((part) => part.isNewer);
  const isSettled = kyma !== undefined || shoot.lastOperation?.state === 'Succeeded';
  if (isSettled && parts.length > 0 && parts.every(({ isThere }) => isThere)) {
    const over = newer.map(({ has, asked }) => `${has} is newer than ${asked}`);
    const at = [...new Set(parts.map(({ has }) => has))].join(' and ');
    return { kind: 'already there', said: [`Already at ${at}`, ...new Set(over)].join('; ') };
  }
  const [first] = newer;
  if (!first) return undefined;
  const reason = `it is at ${first.has}, newer than ${first.asked}: nothing is downgraded`;
  return { kind: 'not eligible', reason };
}

function partsOfKyma(version: string | undefined, asked: string): Part[] {
  if (version === undefined) return [];
  const isThere = isKymaAtLeast(version, asked);
  return [{ has: version, asked, isThere, isNewer: isThere && version !== asked }];
}

function partsOfCluster(
  { kubernetesVersion, workers }: GardenerShoot,
  { kubernetesVersion: asked, machineImage, machineImageVersion }: NonNullable<UpgradeTarget['kubernetes']>,
  keepsImages = false,
): Part[] {
  const parts: Part[] = [];
  if (asked !== undefined) parts.push(partOf(kubernetesVersion, asked));
  if (machineImage === undefined && machineImageVersion === undefined) return parts;
  const wanted = [machineImage, machineImageVersion].filter((one) => one !== undefined).join(' ');
  for (const { image: { name, version } = NO_IMAGE } of workers) {
    const isOther = machineImage !== undefined && machineImage !== name;
    if (isOther && keepsImages) continue;
    const part = partOf(version, machineImageVersion ?? version);
    const isThere = part.isThere && !isOther;
    parts.push({
      has: `${name} ${version}`,
      asked: wanted,
      isThere,
      isNewer: part.isNewer && !isOther,
    });
  }
  return parts;
}

const NO_IMAGE = { name: 'an image without a name', version: '' };

/** A version that is asked for without a patch number is there with any of them. */
function partOf(has: string, asked: string): Part {
  const order = compareVersions(has, asked) ?? -1;
  return { has, asked, isThere: order >= 0, isNewer: order > 0 && !has.startsWith(`${asked}.`) };
}

export type VerdictAfter =
  | { kind: 'well' }
  /** It may still become so; `reason` is a part of a sentence. */
  | { kind: 'not yet'; reason: string }
  /** It never will. */
  | { kind: 'gone'; reason: string };

/** Whether a runtime has come out of its upgrade well: at the version of its cluster that was asked for, and healthy where that counts, for a while where `lasting` says so. */
export function verdictAfter(
  shoot: GardenerShoot | undefined,
  runtimeID: string,
  { kubernetes, keepsImages }: UpgradeTarget,
  { health, lasting }: Pick<Checks, 'health'> & { lasting?: LastingHealth },
): VerdictAfter {
  if (shoot?.runtimeID !== runtimeID) return { kind: 'gone', reason: 'its Shoot does not exist any more' };
  if (shoot.isBeingDeleted) return { kind: 'gone', reason: 'its Shoot is being deleted' };
  const missing =
    kubernetes && partsOfCluster(shoot, kubernetes, keepsImages).find(({ isThere }) => !isThere);
  if (missing) return { kind: 'not yet', reason: `its Shoot is at ${missing.has}, not ${missing.asked}` };
  if (!health) return { kind: 'well' };
  if (shoot.isHibernated) return { kind: 'not yet', reason: 'its Shoot is hibernated' };
  const state = healthOf(shoot, lasting);
  return state.is === 'healthy' ? { kind: 'well' } : { kind: 'not yet', reason: state.said };
}

/** The health of a runtime some time after its upgrade. A Shoot that is gone, or sleeps, says nothing against it. */
export function verdictOfLook(shoot: GardenerShoot | undefined, runtimeID: string): ShootHealth {
  if (shoot?.runtimeID !== runtimeID || shoot.isBeingDeleted || shoot.isHibernated) return { is: 'healthy' };
  return healthOf(shoot);
}

/** True when there is anything to be looked at after an upgrade; a dry run has changed nothing. */
export function isCheckedAfter(
  checks: Checks | undefined,
  { kubernetes, dryRun }: UpgradeTarget & { dryRun: boolean },
): boolean {
  return checks !== undefined && !dryRun && (checks.health || kubernetes !== undefined);
}

/** Ms that an operation may be checked for after its upgrade; 0 without that. */
export function healthTimeoutMs({ strategy: { checks }, ...request }: OrchestrationParameters): number {
  return checks && isCheckedAfter(checks, request) ? checks.healthTimeoutMinutes * 60_000 : 0;
}
