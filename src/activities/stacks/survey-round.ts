import pLimit from 'p-limit';
import type { StackObjectRow } from '../../db/repositories/stacks/life-cycle-repositories.ts';
import type { DescribedObject, Drivers, ObjectRef, Survey } from './drivers/driver.ts';
import { ownerKey, seenCondition } from './object-conditions.ts';

/** Instances that are looked at by themselves at the same time. */
export const LOOKS_AT_ONCE = 20;

const WATCHED = ['launchplan', 'orchestration'] as const;
const EMPTY: ReadonlyMap<string, DescribedObject> = new Map();

/** Told of instances that can't be looked at: how many, and why the first one can't. */
export type Unseen = (instances: number, reason: unknown) => void;

/**
 * One look at the instances of all stacks, page by page. Where a driver can tell of many at once, only those are looked at
 * by themselves that seem to differ from their rows, or that the driver has not told of: a list may be old, so nothing is
 * taken for gone or changed by its word alone.
 */
export class StackRound {
  private readonly limit = pLimit(LOOKS_AT_ONCE);
  private readonly surveys: Record<(typeof WATCHED)[number], Survey>;

  constructor(
    private readonly drivers: Drivers,
    private readonly signal: AbortSignal,
    private readonly unseen: Unseen,
  ) {
    const none: Survey = () => Promise.resolve(EMPTY);
    this.surveys = {
      launchplan: drivers.launchplan.survey?.() ?? none,
      orchestration: drivers.orchestration.survey?.() ?? none,
    };
  }

  /** Those of the rows that are not as they say. What can't be looked at is left for the next round. */
  async differing(rows: readonly StackObjectRow[]): Promise<StackObjectRow[]> {
    const doubtful: StackObjectRow[] = [];
    for (const type of WATCHED) {
      const ofType = rows.filter(({ objType }) => objType === type);
      if (ofType.length > 0) doubtful.push(...(await this.doubtful(type, ofType)));
    }
    const looks = await Promise.allSettled(
      doubtful.map((row) => this.limit(async () => ((await this.differs(row)) ? [row] : []))),
    );
    this.signal.throwIfAborted();
    const failed = looks.filter((look) => look.status === 'rejected');
    // One that can't be looked at must not keep the others from being looked at.
    if (failed[0]) this.unseen(failed.length, failed[0].reason);
    return looks.flatMap((look) => (look.status === 'fulfilled' ? look.value : []));
  }

  /** Those that must be looked at by themselves; none when the driver can't tell of them now. */
  private async doubtful(type: (typeof WATCHED)[number], rows: StackObjectRow[]): Promise<StackObjectRow[]> {
    try {
      const told = await this.surveys[type](rows.map(refTo), this.signal);
      return rows.filter((row) => {
        const described = told.get(row.name);
        return !described || isOther(described, row);
      });
    } catch (error) {
      this.signal.throwIfAborted();
      // A request for each of them would only add to what the driver suffers from.
      this.unseen(rows.length, error);
      return [];
    }
  }

  private async differs(row: StackObjectRow): Promise<boolean> {
    return isOther(await this.drivers[row.objType].describe(refTo(row), this.signal), row);
  }
}

function isOther(described: DescribedObject | undefined, row: StackObjectRow): boolean {
  return described?.state !== 'pending' && seenCondition(described, row) !== row.condition;
}

function refTo(row: StackObjectRow): ObjectRef {
  return { objType: row.objType, name: row.name, owner: ownerKey(row) };
}
