/** A maintenance policy made ready to be asked about one runtime after the other, a hundred thousand of them. */
import { remembered } from '../remembered.ts';
import {
  WEEKDAYS,
  type FrozenSpan,
  type HeldOptOut,
  type MaintenancePolicy,
  type PolicyFreeze,
  type PolicyMatch,
  type PolicyOptOut,
  type RuntimeWindow,
} from './maintenance-policy.ts';
import { PatternCompiler, PatternError } from './patterns.ts';
import { momentMs } from './policy-times.ts';
import { assertReadable } from './policy-windows.ts';
import type { DailyWindow, Runtime } from './runtime.ts';
import { parseDailyWindow } from './windows.ts';

type RuntimeIdentity = Pick<Runtime, 'runtimeID' | 'servicePlanName' | 'globalAccountID' | 'region'>;
/** A runtime as a policy sees it; the window is undefined where the Shoot has none. */
export type PolicyRuntime = RuntimeIdentity & { maintenanceWindow?: DailyWindow | undefined };

/** The policy's answers for all runtimes that it does not tell apart. */
interface RuntimeKind {
  rule: RuntimeWindow | undefined;
  freezes: readonly FrozenSpan[];
  optOut: HeldOptOut | undefined;
}

/** Equal answers are the same object, so that callers may remember by it what they work out. */
export interface CompiledPolicy {
  kindOf(runtime: RuntimeIdentity): RuntimeKind;
  shootWindow(window: DailyWindow): RuntimeWindow | undefined;
  fallback: RuntimeWindow | undefined;
  /** In the order of the policy, whomever they touch. */
  freezes: readonly FrozenSpan[];
  optOutOfRuntime: ReadonlyMap<string, HeldOptOut>;
}

/** Something of the policy that is for some runtimes only. */
interface Matching<T> {
  accountMatches: ((globalAccountID: string) => boolean) | undefined;
  othersMatch: (runtime: RuntimeIdentity) => boolean;
  value: T;
}

/**
 * A stored policy that this version, or this machine's zone data, would refuse. Another machine may know better. The
 * message says why.
 */
export class UnusablePolicyError extends Error {
  constructor(cause: Error) {
    super(`The maintenance policy can't be used on this machine: ${cause.message}`, { cause });
    this.name = 'UnusablePolicyError';
  }
}

/**
 * Reads times and compiles patterns, once for any number of runtimes. Takes what `parseMaintenancePolicy` has made. Throws
 * UnusablePolicyError.
 */
export function compilePolicy(policy: MaintenancePolicy): CompiledPolicy {
  try {
    return compile(policy);
  } catch (error) {
    if (error instanceof PatternError || error instanceof RangeError) throw new UnusablePolicyError(error);
    throw error;
  }
}

function compile(policy: MaintenancePolicy): CompiledPolicy {
  const patterns = new PatternCompiler('policy');
  const rules = policy.rules.map(({ match, ...definition }, index) => {
    assertReadable(definition);
    const value: RuntimeWindow = { definition, source: { kind: 'rule', index } };
    return compileMatch(match, value, patterns);
  });
  if (policy.default) assertReadable(policy.default);
  const freezes = compileFreezes(policy.freezes, patterns);
  const { ofRuntime, matching } = compileOptOuts(policy.optOut, patterns);
  return {
    kindOf: kinds(rules, freezes.toSorted(byBegin), matching),
    shootWindow: remembered(shootWindow, ({ begin, end }) => `${begin} ${end}`),
    fallback: policy.default && { definition: policy.default, source: { kind: 'default' } },
    freezes: freezes.map(({ value }) => value),
    optOutOfRuntime: ofRuntime,
  };
}

const byBegin = (a: Matching<FrozenSpan>, b: Matching<FrozenSpan>): number => a.value.fromMs - b.value.fromMs;

/** The windows of one version, and the freezes and opt-outs of another one. */
export function withFreezesOf(live: CompiledPolicy, rules: CompiledPolicy): CompiledPolicy {
  if (live === rules) return rules;
  return {
    ...rules,
    kindOf: (runtime) => {
      const { freezes, optOut } = live.kindOf(runtime);
      return { rule: rules.kindOf(runtime).rule, freezes, optOut };
    },
    freezes: live.freezes,
    optOutOfRuntime: live.optOutOfRuntime,
  };
}

/** The window of a runtime: that of the first rule that matches, else the Shoot's own, else the default. */
export function windowDefinitionFor(
  policy: CompiledPolicy,
  runtime: PolicyRuntime,
): RuntimeWindow | undefined {
  const { rule } = policy.kindOf(runtime);
  if (rule) return rule;
  const own = runtime.maintenanceWindow && policy.shootWindow(runtime.maintenanceWindow);
  return own ?? policy.fallback;
}

/** The freezes that touch a runtime, whenever they are, in order of their begin. */
export function freezesOf(policy: CompiledPolicy, runtime: RuntimeIdentity): readonly FrozenSpan[] {
  return policy.kindOf(runtime).freezes;
}

/** The opt-out that holds at an instant, in ms since the epoch; of several the one that holds longest. */
export function optOutOf(
  policy: CompiledPolicy,
  runtime: RuntimeIdentity,
  atMs: number,
): HeldOptOut | undefined {
  const own = policy.optOutOfRuntime.get(runtime.runtimeID);
  const { optOut } = policy.kindOf(runtime);
  const longest = optOut ? longer(own, optOut) : own;
  return longest && atMs < longest.untilMs ? longest : undefined;
}

/** An opt-out as what it means for windows: nothing starts before its end. */
export function asFreeze({ reason, untilMs }: HeldOptOut): FrozenSpan {
  return { name: 'opt-out', reason, fromMs: 0, toMs: untilMs, isOptOut: true };
}

/**
 * There may be a thousand rules for single accounts, and twenty thousand accounts. So each account is tested once, and those
 * that the same entries match are one from then on; of plans and regions there are few.
 */
function kinds(
  rules: readonly Matching<RuntimeWindow>[],
  freezes: readonly Matching<FrozenSpan>[],
  optOuts: readonly Matching<HeldOptOut>[],
): CompiledPolicy['kindOf'] {
  const forAccounts = [...rules, ...freezes, ...optOuts].flatMap((entry, index) => {
    const { accountMatches } = entry;
    return accountMatches ? [{ entry, index, accountMatches }] : [];
  });
  const byEntries = new Map<string, CompiledPolicy['kindOf']>();
  const ofAccount = (globalAccountID: string): CompiledPolicy['kindOf'] => {
    const matched = forAccounts.filter(({ accountMatches }) => accountMatches(globalAccountID));
    const key = matched.map(({ index }) => index).join();
    const known = byEntries.get(key);
    if (known) return known;
    const forIt = new Set<unknown>(matched.map(({ entry }) => entry));
    const matches = (runtime: RuntimeIdentity) => (entry: Matching<unknown>) =>
      (!entry.accountMatches || forIt.has(entry)) && entry.othersMatch(runtime);
    const kindOf = (runtime: RuntimeIdentity): RuntimeKind => ({
      rule: rules.find(matches(runtime))?.value,
      freezes: freezes.filter(matches(runtime)).map(({ value }) => value),
      optOut: optOuts.find(matches(runtime))?.value,
    });
    const ofPlanAndRegion = remembered(kindOf, (runtime) => `${runtime.servicePlanName}\0${runtime.region}`);
    byEntries.set(key, ofPlanAndRegion);
    return ofPlanAndRegion;
  };
  const kindsOf = remembered(ofAccount, (globalAccountID) => globalAccountID);
  return (runtime) => kindsOf(runtime.globalAccountID)(runtime);
}

function compileMatch<T>(match: PolicyMatch | undefined, value: T, patterns: PatternCompiler): Matching<T> {
  const { plan, region, globalAccountID } = match ?? {};
  const planMatches = plan ? patterns.compile(plan) : undefined;
  const regionMatches = region ? patterns.compile(region) : undefined;
  return {
    accountMatches: globalAccountID ? patterns.compile(globalAccountID) : undefined,
    othersMatch: (runtime) =>
      (!planMatches || planMatches(runtime.servicePlanName)) &&
      (!regionMatches || regionMatches(runtime.region)),
    value,
  };
}

function compileFreezes(freezes: readonly PolicyFreeze[], patterns: PatternCompiler): Matching<FrozenSpan>[] {
  return freezes.map(({ name, reason, from, to, timeZone, match }) => {
    const span = { name, reason, fromMs: readMs(from, timeZone), toMs: readMs(to, timeZone) };
    return compileMatch(match, span, patterns);
  });
}

/** Of several that name a runtime, or that match it, the one that holds longest. */
function compileOptOuts(optOut: readonly PolicyOptOut[], patterns: PatternCompiler) {
  const ofRuntime = new Map<string, HeldOptOut>();
  const matching: Matching<HeldOptOut>[] = [];
  for (const [index, { runtimeID, match, reason, until, timeZone }] of optOut.entries()) {
    const held = { index, reason, untilMs: readMs(until, timeZone) };
    if (runtimeID === undefined) matching.push(compileMatch(match, held, patterns));
    else ofRuntime.set(runtimeID, longer(ofRuntime.get(runtimeID), held));
  }
  matching.sort((a, b) => b.value.untilMs - a.value.untilMs);
  return { ofRuntime, matching };
}

function longer(one: HeldOptOut | undefined, other: HeldOptOut): HeldOptOut {
  return one && one.untilMs >= other.untilMs ? one : other;
}

function shootWindow(window: DailyWindow): RuntimeWindow | undefined {
  if (!parseDailyWindow(window)) return undefined;
  const definition = { days: [...WEEKDAYS], timeBegin: window.begin, timeEnd: window.end };
  return { definition, source: { kind: 'shoot' } };
}

function readMs(text: string, timeZone: string | undefined): number {
  const ms = momentMs(text, timeZone);
  if (ms === undefined) throw new RangeError(`The time "${text}" of the maintenance policy is unreadable`);
  return ms;
}
