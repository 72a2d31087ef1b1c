/** How many operations of an orchestration may be in flight at once in a region, of a plan, and of a global account. */

export const LIMIT_KINDS = ['region', 'plan', 'account'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** A number for every key, or numbers by key: `default` is that of all keys that are not named; without it these have no limit. */
export type Limit = number | Readonly<Record<string, number>>;

/** At most so many operations at once, each number 1 to 1,000; at least one of them is given. */
export interface Limits {
  perRegion?: Limit;
  perPlan?: Limit;
  perGlobalAccount?: Limit;
}

/** The field of a limit that is that of all other keys. */
export const DEFAULT_KEY = 'default';

/** The keys of an operation that have a limit. What has no region, plan or account has none of that kind. */
export type LimitKeys = Partial<Record<LimitKind, string>>;

/** Keys that have no room. */
export type FullKeys = Partial<Record<LimitKind, string[]>>;

/** A runtime, or an operation, as far as limits count. */
export interface Limited {
  region: string;
  servicePlanName: string;
  globalAccountID: string;
}

const OF_REQUEST = { region: 'perRegion', plan: 'perPlan', account: 'perGlobalAccount' } as const;

/** The most operations of a key at once; Infinity without a limit. */
export function limitOf(limits: Limits, kind: LimitKind, key: string): number {
  const limit = limits[OF_REQUEST[kind]];
  if (limit === undefined || key === '') return Infinity;
  if (typeof limit === 'number') return limit;
  const named = key !== DEFAULT_KEY && Object.hasOwn(limit, key) ? limit[key] : limit[DEFAULT_KEY];
  return named ?? Infinity;
}

/** The keys that an operation takes. */
export function limitKeysOf(limits: Limits, limited: Limited): LimitKeys {
  const keys: LimitKeys = {};
  for (const [kind, key] of entriesOf(keysOf(limited)))
    if (limitOf(limits, kind, key) < Infinity) keys[kind] = key;
  return keys;
}

/** A key that an operation takes, with its limit. */
export interface LimitedKey {
  kind: LimitKind;
  key: string;
  /** The most operations that may have it at once. */
  limit: number;
}

/** The same keys with their limits. */
export function limitedKeys(limits: Limits, keys: LimitKeys): LimitedKey[] {
  return entriesOf(keys).map(([kind, key]) => ({ kind, key, limit: limitOf(limits, kind, key) }));
}

/** True when one of these keys is taken as often as it may be. Each brings its limit: those of `taken` don't matter. */
export function isAnyFull(keys: readonly LimitedKey[], taken: TakenKeys): boolean {
  return keys.some(({ kind, key, limit }) => taken.timesOf(kind, key) >= limit);
}

/** The keys that are taken, how often each. Asked for thousands of lines at a time, so that nothing is made for an answer. */
export class TakenKeys {
  private readonly counts = {
    region: new Map<string, Count>(),
    plan: new Map<string, Count>(),
    account: new Map<string, Count>(),
  };

  constructor(
    private readonly limits: Limits,
    taken: readonly { keys?: LimitKeys }[] = [],
  ) {
    for (const { keys } of taken) this.take(keys);
  }

  take(keys: LimitKeys = {}): void {
    this.add(keys, 1);
  }

  giveBack(keys: LimitKeys = {}): void {
    this.add(keys, -1);
  }

  /** True when all of these keys can be taken once more. */
  hasRoom(keys: LimitKeys = {}): boolean {
    return this.fullKindOf(keys) === undefined;
  }

  /** The first of these keys that has no room. */
  fullOf(keys: LimitKeys): LimitedKey | undefined {
    const kind = this.fullKindOf(keys);
    if (kind === undefined) return undefined;
    const { [kind]: key = '' } = keys;
    return { kind, key, limit: limitOf(this.limits, kind, key) };
  }

  /** True when one of the keys that were full has room again. */
  hasRoomIn(full: FullKeys): boolean {
    return LIMIT_KINDS.some((kind) => full[kind]?.some((key) => !this.isFull(kind, key)) === true);
  }

  /** All keys without room, in the order in which they were first taken. */
  full(): FullKeys {
    const full: FullKeys = {};
    for (const kind of LIMIT_KINDS) {
      const keys = [...this.counts[kind].keys()].filter((key) => this.isFull(kind, key));
      if (keys.length > 0) full[kind] = keys;
    }
    return full;
  }

  /** How often the key is taken. */
  timesOf(kind: LimitKind, key: string): number {
    return this.counts[kind].get(key)?.taken ?? 0;
  }

  private fullKindOf(keys: LimitKeys): LimitKind | undefined {
    for (const kind of LIMIT_KINDS) {
      const key = keys[kind];
      if (key !== undefined && this.isFull(kind, key)) return kind;
    }
    return undefined;
  }

  /** True when the key can't be taken once more. Any limit is at least 1. */
  isFull(kind: LimitKind, key: string): boolean {
    const count = this.counts[kind].get(key);
    return count !== undefined && count.taken >= count.limit;
  }

  private add(keys: LimitKeys, by: number): void {
    for (const kind of LIMIT_KINDS) {
      const key = keys[kind];
      if (key === undefined) continue;
      const count = this.counts[kind].get(key);
      if (count) count.taken += by;
      else this.counts[kind].set(key, { taken: by, limit: limitOf(this.limits, kind, key) });
    }
  }
}

interface Count {
  taken: number;
  limit: number;
}

/** Keys as part of a sentence, like `region eu-1 and 3 others`; undefined for none. */
export function describeKeys(full: FullKeys): string | undefined {
  const [first, ...others] = LIMIT_KINDS.flatMap((kind) =>
    (full[kind] ?? []).map((key) => nameOf(kind, key)),
  );
  if (first === undefined || others.length === 0) return first;
  return `${first} and ${others.length === 1 ? 'another one' : `${others.length} others`}`;
}

/** A key as part of a sentence. */
export function nameOf(kind: LimitKind, key: string): string {
  return `${kind === 'account' ? 'global account' : kind} ${key}`;
}

/** The keys of both. */
export function withFullKeys(some: FullKeys, others: FullKeys): FullKeys {
  const all: FullKeys = {};
  for (const kind of LIMIT_KINDS) {
    const keys = new Set([...(some[kind] ?? []), ...(others[kind] ?? [])]);
    if (keys.size > 0) all[kind] = [...keys];
  }
  return all;
}

/** All keys, whether they have a limit or not. */
export function keysOf({
  region,
  servicePlanName: plan,
  globalAccountID: account,
}: Limited): Record<LimitKind, string> {
  return { region, plan, account };
}

function entriesOf(keys: LimitKeys): [LimitKind, string][] {
  return LIMIT_KINDS.flatMap((kind): [LimitKind, string][] => {
    const key = keys[kind];
    return key === undefined ? [] : [[kind, key]];
  });
}
