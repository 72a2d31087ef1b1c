/** Maintenance policies for tests over the engine. */
import {
  EMPTY_POLICY,
  WEEKDAYS,
  type MaintenancePolicy,
  type PolicyRule,
} from '../../src/domain/upgrades/maintenance-policy.ts';
import { FleetInMemory } from './fleet.ts';
import type { Rig } from './rig.ts';
import { AT } from './rows.ts';

export const HOUR = 3_600_000;
/** A rule for the runtimes of one region, whose window begins so many hours from now by the clock of Tokyo. */
export function ruleFor(
  region: string,
  beginHours: number,
  lengthHours: number,
  cutoff?: string,
): PolicyRule {
  const tokyo = (ms: number): string =>
    new Date(ms + 9 * HOUR).toISOString().slice(11, 19).replaceAll(':', '');
  const begin = Date.now() + beginHours * HOUR;
  return {
    match: { region },
    days: [...WEEKDAYS],
    timeBegin: tokyo(begin),
    timeEnd: tokyo(begin + lengthHours * HOUR),
    timeZone: 'Asia/Tokyo',
    ...(cutoff === undefined ? {} : { cutoff }),
  };
}

/** A fleet with one runtime for each of these regions. */
export function fleetOf(...regions: string[]): FleetInMemory {
  const fleet = new FleetInMemory(regions.length);
  fleet.runtimes.forEach((runtime, index) => (runtime.region = regions[index] ?? ''));
  return fleet;
}

/** Stores a version of the policy, as the API does; answers its number. */
export async function store(rig: Rig, policy: Partial<MaintenancePolicy>): Promise<number> {
  const { policies } = rig.repositories;
  const after = (await policies.current())?.version ?? 0;
  const change = { after, changedBy: 'alice', reason: 'test', now: AT };
  const row = await policies.add({ ...EMPTY_POLICY, ...policy }, change);
  return row?.version ?? -1;
}
