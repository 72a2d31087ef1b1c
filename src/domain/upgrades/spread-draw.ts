/** Which runtimes stand for many: drawn in proportion over regions and plans, and without chance. */
import { textHash } from '../text-hash.ts';
import type { Runtime } from './runtime.ts';

export type DrawnRuntime = Pick<Runtime, 'runtimeID' | 'region' | 'servicePlanName'>;

/** Draws from those whose place in the fleet fits, and answers places. */
export type Draw = (isCandidate: (place: number) => boolean, count: number) => number[];

/** Runtimes of one plan in one region, as places in the order in which they are drawn. */
interface Stratum {
  /** Decides between equal claims, otherwise for another version. */
  tie: number;
  members: number[];
}

interface Region {
  tie: number;
  strata: Map<string, Stratum>;
}

/**
 * The draw for all waves of a fleet, prepared when the first one draws. It draws `count` candidates, all of them when there are no more. The
 * share of each region, and of each plan in a region, is that among the candidates, rounded up or down by largest remainders. Within a
 * plan of a region a hash of version and runtime ID decides: it is the same whatever the order of the inventory, and another one for
 * another version.
 */
export function drawFrom(runtimes: readonly DrawnRuntime[], version: string): Draw {
  let regions: Region[] | undefined;
  return (isCandidate, count) => {
    regions ??= stratified(runtimes, version);
    const left = regions.map(({ tie, strata }) => withSize(tie, candidatesOf(strata, isCandidate)));
    const total = sizeOf(left);
    const share = { seats: Math.min(count, total), of: total };
    return apportion(left, share, share.seats).flatMap(([{ parts }, seats]) =>
      apportion(parts, share, seats).flatMap(([{ members }, drawn]) => members.slice(0, drawn)),
    );
  };
}

function stratified(runtimes: readonly DrawnRuntime[], version: string): Region[] {
  const regions = new Map<string, Region>();
  for (const { place, region: name, servicePlanName: plan } of inDrawOrder(runtimes, version)) {
    const region = regions.get(name) ?? { tie: hashOf(version, name), strata: new Map<string, Stratum>() };
    const stratum = region.strata.get(plan) ?? { tie: hashOf(version, name, plan), members: [] };
    stratum.members.push(place);
    region.strata.set(plan, stratum);
    regions.set(name, region);
  }
  return [...regions.values()];
}

function inDrawOrder(
  runtimes: readonly DrawnRuntime[],
  version: string,
): (DrawnRuntime & { place: number })[] {
  return runtimes
    .map(({ runtimeID, region, servicePlanName }, place) => {
      return { runtimeID, region, servicePlanName, place, hash: hashOf(version, runtimeID) };
    })
    .sort((a, b) => a.hash - b.hash || (a.runtimeID < b.runtimeID ? -1 : 1));
}

/** Something that seats are given to. */
interface Group {
  size: number;
  tie: number;
}

function candidatesOf(
  strata: Region['strata'],
  isCandidate: (place: number) => boolean,
): (Group & { members: number[] })[] {
  return [...strata.values()].map(({ tie, members: all }) => {
    const members = all.filter(isCandidate);
    return { tie, members, size: members.length };
  });
}

function withSize<T extends Group>(tie: number, parts: T[]): Group & { parts: T[] } {
  return { tie, parts, size: sizeOf(parts) };
}

function sizeOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Gives `sum` seats to groups whose shares add up to less than one more or less than that: to each its share, rounded down, and the seats
 * that are left to those that lost most by it (Hamilton's method). With regions rounded first and their plans then, both stay
 * within one of their shares. Numbers are whole up to the comparison, so that nothing depends on the rounding of doubles.
 */
function apportion<T extends Group>(
  groups: readonly T[],
  { seats, of }: { seats: number; of: number },
  sum: number,
): [T, number][] {
  const shares = groups.map((group) => ({
    group,
    whole: Math.floor((group.size * seats) / of),
    remainder: (group.size * seats) % of,
  }));
  const left = sum - shares.reduce((given, { whole }) => given + whole, 0);
  return shares
    .sort((a, b) => b.remainder - a.remainder || a.group.tie - b.group.tie)
    .map(({ group, whole }, index) => [group, whole + (index < left ? 1 : 0)]);
}

function hashOf(...parts: string[]): number {
  return textHash(parts.join('\0'));
}
