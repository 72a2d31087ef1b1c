import pLimit from 'p-limit';
import type { WatchedInstance } from '../../db/repositories/stacks/life-cycle-repositories.ts';
import { ownerKey } from '../../domain/stacks/owner-key.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import type { DescribedObject, ObjectRef, Survey } from './drivers/driver.ts';
import { isOverdue, seenCondition } from './object-conditions.ts';

/** Instances that are looked at by themselves at the same time. */
export const LOOKS_AT_ONCE = 20;

const WATCHED = ['launchplan', 'orchestration'] as const;
const EMPTY: ReadonlyMap<string, DescribedObject> = new Map();

/**
 * The news that a look brings of an instance: that it is `other` than its row, that one that should run has become
 * `pending`, or is `ready` again.
 */
type News = 'none' | 'other' | 'pending' | 'ready';

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
    private readonly deps: Pick<ActivityDependencies, 'drivers' | 'installationID' | 'clock' | 'tuning'>,
    private readonly signal: AbortSignal,
    private readonly unseen: Unseen,
  ) {
    const none: Survey = () => Promise.resolve(EMPTY);
    this.surveys = {
      launchplan: deps.drivers.launchplan.survey?.() ?? none,
      orchestration: deps.drivers.orchestration.survey?.() ?? none,
    };
  }

  /** Those of the rows that there is news of. What can't be looked at is left for the next round. */
  async newsOf(rows: readonly WatchedInstance[]): Promise<{ row: WatchedInstance; news: News }[]> {
    const doubtful: WatchedInstance[] = [];
    for (const type of WATCHED) {
      const ofType = rows.filter(({ objType }) => objType === type);
      if (ofType.length > 0) doubtful.push(...(await this.doubtful(type, ofType)));
    }
    const looks = await Promise.allSettled(
      doubtful.map((row) => this.limit(async () => ({ row, news: await this.lookAt(row) }))),
    );
    this.signal.throwIfAborted();
    const failed = looks.filter((look) => look.status === 'rejected');
    // An instance that can't be looked at must not keep the others from being looked at.
    if (failed[0]) this.unseen(failed.length, failed[0].reason);
    return looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []));
  }

  /** Those that must be looked at by themselves; none when the driver can't tell of them now. */
  private async doubtful(
    type: (typeof WATCHED)[number],
    rows: WatchedInstance[],
  ): Promise<WatchedInstance[]> {
    try {
      const told = await this.surveys[type](
        rows.map((row) => this.refTo(row)),
        this.signal,
      );
      return rows.filter((row) => {
        const described = told.get(row.name);
        return !described || this.compare(described, row) !== 'none';
      });
    } catch (error) {
      this.signal.throwIfAborted();
      // A request for each of them would only add to what the driver suffers from.
      this.unseen(rows.length, error);
      return [];
    }
  }

  private async lookAt(row: WatchedInstance): Promise<News> {
    return this.compare(await this.deps.drivers[row.objType].describe(this.refTo(row), this.signal), row);
  }

  private refTo(row: WatchedInstance): ObjectRef {
    const owner = ownerKey({ installation: this.deps.installationID, ...row });
    return { objType: row.objType, name: row.name, owner };
  }

  /** A change that is under way is no news, but for an instance that should run and does not get ready. */
  private compare(described: DescribedObject | undefined, row: WatchedInstance): News {
    if (described?.state === 'pending') {
      if (isOverdue(row, this.deps)) return 'other';
      return row.condition === 'running' && row.pendingSince === null ? 'pending' : 'none';
    }
    if (seenCondition(described, row) !== row.condition) return 'other';
    return row.pendingSince === null ? 'none' : 'ready';
  }
}
