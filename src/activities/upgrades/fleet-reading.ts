/** Reads the inventory in the background, so that lists of the fleet need not. */
import { Context } from '@temporalio/activity';
import { UnavailableError } from '../../domain/errors.ts';
import { cleanText, cutText } from '../../domain/texts.ts';
import { UnusablePolicyError } from '../../domain/upgrades/compiled-policy.ts';
import type { FleetOutlook } from '../../domain/upgrades/fleet-outlook.ts';
import type { InventoryShoot } from '../../domain/upgrades/inventory-shoot.ts';
import { policyGroups, type PolicyGroups } from '../../domain/upgrades/policy-preview.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { FleetActivities, FleetReadOutcome } from './activity-types.ts';

type Reading = Pick<ActivityDependencies, 'repositories' | 'policies' | 'inventory' | 'clock'>;

/** Rows of one statement; a page of the inventory may be larger. */
const BATCH = 500;

/** Characters of a failure that are kept: an answer of an outside system may be long. */
const LONGEST_FAILURE = 500;

export function createFleetActivities(deps: Reading): FleetActivities {
  return {
    readFleet: ({ everySeconds }) =>
      withHeartbeat(async (signal) => {
        if (await isFresh(deps, everySeconds)) return { kind: 'fresh' };
        const reading = await deps.repositories.fleet.begin(nowOf(deps));
        try {
          return await read(deps, reading, signal);
        } catch (error) {
          // A worker that ends says nothing about the inventory: another one reads it.
          if (!signal.aborted) await keepFailure(deps, reading, error);
          throw error;
        }
      }),
  };
}

/** Every worker that starts asks for a read: one that has just ended is enough for all of them. */
async function isFresh({ repositories, clock }: Reading, everySeconds: number): Promise<boolean> {
  const last = await repositories.fleet.lastRead();
  if (!last?.asOf) return false;
  const ageMs = clock() - Date.parse(last.asOf);
  return ageMs >= 0 && ageMs < everySeconds * 500;
}

/** A later read has begun: this one has nothing more to say. */
async function read(deps: Reading, reading: number, signal: AbortSignal): Promise<FleetReadOutcome> {
  const { fleet } = deps.repositories;
  const outlook = await Outlook.begin(deps);
  const shootNames: string[] = [];
  let written = 0;
  for await (const shoots of deps.inventory.shoots({ signal })) {
    for (let from = 0; from < shoots.length; from += BATCH) {
      const rows = await fleet.write(reading, shoots.slice(from, from + BATCH), nowOf(deps));
      if (rows === 'overtaken') return { kind: 'overtaken' };
      written += rows;
    }
    for (const shoot of shoots) {
      shootNames.push(shoot.shootName);
      outlook.add(shoot);
    }
  }
  const found = { shootNames, outlook: outlook.result(), now: nowOf(deps) };
  const removed = await fleet.finish(reading, found);
  if (removed === 'overtaken') return { kind: 'overtaken' };
  return { kind: 'read', shoots: shootNames.length, written, removed };
}

/** The next windows of all runtimes, counted while they are read. */
class Outlook {
  private constructor(
    private readonly policyVersion: number,
    private readonly groups: PolicyGroups | UnusablePolicyError,
  ) {}

  static async begin({ policies, clock }: Reading): Promise<Outlook> {
    try {
      const { version, policy } = await policies.current();
      return new Outlook(version, policyGroups(policy, clock()));
    } catch (error) {
      if (error instanceof UnusablePolicyError) return new Outlook(0, error);
      throw error;
    }
  }

  add({ runtimeID, leftOut, ...shoot }: InventoryShoot): void {
    if (this.groups instanceof UnusablePolicyError || runtimeID === undefined || leftOut) return;
    this.groups.add({ runtimeID, ...shoot });
  }

  result(): FleetOutlook {
    if (this.groups instanceof UnusablePolicyError)
      return { kind: 'unusable policy', message: this.groups.message };
    const { groups, withoutWindow, touched } = this.groups.result();
    return {
      kind: 'windows',
      policyVersion: this.policyVersion,
      windows: { groups, withoutWindow, touched },
    };
  }
}

/** Callers that ask for the fleet are told why it is old. A database that is away keeps nothing, and says so itself. */
async function keepFailure(deps: Reading, reading: number, error: unknown): Promise<void> {
  if (error instanceof UnavailableError && error.system === 'database') return;
  const message = cutText(cleanText(error instanceof Error ? error.message : String(error)), LONGEST_FAILURE);
  try {
    await deps.repositories.fleet.fail(reading, message, nowOf(deps));
  } catch (failure) {
    Context.current().log.warn('The failure of a read of the inventory could not be kept', {
      error: failure,
    });
  }
}
