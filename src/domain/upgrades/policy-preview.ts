/** A fleet under a policy before it holds: counted runtime by runtime, so that no list of them is needed. */
import {
  asFreeze,
  freezesOf,
  optOutOf,
  windowDefinitionFor,
  type CompiledPolicy,
  type PolicyRuntime,
} from './compiled-policy.ts';
import type {
  FrozenSpan,
  HeldOptOut,
  RuntimeWindow,
  WindowDefinition,
  WindowSource,
} from './maintenance-policy.ts';
import { firstWindows, type FirstOf } from './first-windows.ts';
import { HORIZON_MS } from './placement.ts';
import { clockNameOf, firstWindow, windowsFrom, type OpenWindow } from './policy-windows.ts';

const NAMED_BY_DEFAULT = 20;

/** Why a runtime has no window: no rule, no Shoot window and no default; freezes over all of them; or it is opted out. */
export type NoWindowReason = 'no definition' | 'frozen' | 'opted out';

export interface RuntimeWithoutWindow {
  runtimeID: string;
  shootName: string;
  reason: NoWindowReason;
  /** Names of the freezes, when it is frozen. */
  frozenBy?: string[];
  optOut?: HeldOptOut;
}

/** A window, and how many runtimes of a group have it as their next one. */
export interface SharedWindow extends OpenWindow {
  runtimes: number;
}

/** Next windows of a group that begin in the same hour, as one span. */
export interface WindowsOfHour {
  /** When the first one opens and the last one closes, in ms since the epoch. */
  begin: number;
  end: number;
  runtimes: number;
}

export interface PolicyGroup {
  /** IANA name, or the offset of the begin like `+01:00`. */
  zone: string;
  source: WindowSource;
  runtimes: number;
  /** The next windows of its runtimes, the first few of them in order of their begin; opted out ones count, too. */
  next: SharedWindow[];
  /** Different next windows in all; there are more than `next` shows in a fleet whose Shoots have windows of their own. */
  nextWindows: number;
  /** All of its next windows that begin within two days, by the hour of their begin. Workers before 0.4 do not tell it. */
  hours?: WindowsOfHour[];
  /** Those that begin after that: how many runtimes have them, and when the first one begins. */
  later?: { begin: number; runtimes: number };
}

export interface PolicyPreview {
  runtimes: number;
  /** By zone, in its alphabetical order, and source; largest first within a zone. Without those that have no definition. */
  groups: PolicyGroup[];
  /** Exact, within the horizon. */
  withoutWindow: Record<NoWindowReason, number>;
  /** Of each reason the first few. */
  named: RuntimeWithoutWindow[];
  /** How many runtimes each freeze touches, in the order of the policy. Workers before 0.4 do not tell it. */
  touched?: number[];
}

/** Takes one runtime after the other. */
export interface PolicyGroups {
  add(runtime: PolicyRuntime & { shootName: string }): void;
  result(): PolicyPreview;
}

/** `fromMs` is in ms since the epoch; `named` is how many runtimes of each reason are named, 20 by default. */
export function policyGroups(
  policy: CompiledPolicy,
  fromMs: number,
  { named: mostNamed = NAMED_BY_DEFAULT, horizonMs = HORIZON_MS } = {},
): PolicyGroups {
  const groups = new Map<string, Counting>();
  const withoutWindow: Record<NoWindowReason, number> = { 'no definition': 0, frozen: 0, 'opted out': 0 };
  const named: RuntimeWithoutWindow[] = [];
  const firstOf = firstWindows(fromMs + horizonMs);
  const touching = new Map<readonly FrozenSpan[], number>();
  let runtimes = 0;
  const add: PolicyGroups['add'] = (runtime) => {
    runtimes += 1;
    const found = windowDefinitionFor(policy, runtime);
    const freezes = freezesOf(policy, runtime);
    if (freezes.length > 0) touching.set(freezes, (touching.get(freezes) ?? 0) + 1);
    if (found) count(groups, found, firstOf(found.definition, freezes, fromMs).window);
    const lack = whyNone(policy, runtime, found?.definition, fromMs, firstOf);
    if (!lack) return;
    withoutWindow[lack.reason] += 1;
    if (withoutWindow[lack.reason] > mostNamed) return;
    named.push({ runtimeID: runtime.runtimeID, shootName: runtime.shootName, ...lack });
  };
  const result = (): PolicyPreview => ({
    ...{ runtimes, groups: inOrder(groups, fromMs), withoutWindow, named },
    touched: touchedBy(policy.freezes, touching),
  });
  return { add, result };
}

/** The next windows of one runtime, and what keeps it from them. */
export interface RuntimeWindows extends Partial<RuntimeWindow> {
  /** From the end of the opt-out on, when there is one. */
  windows: OpenWindow[];
  optOut?: HeldOptOut;
  /** Names of the freezes that take away what there would be before the first window. */
  frozenBy: string[];
}

/** At most `most` windows that begin before `untilMs`; times are in ms since the epoch. */
export function nextWindowsOf(
  policy: CompiledPolicy,
  runtime: PolicyRuntime,
  { fromMs, untilMs, most }: { fromMs: number; untilMs: number; most: number },
): RuntimeWindows {
  const optOut = optOutOf(policy, runtime, fromMs);
  const found = windowDefinitionFor(policy, runtime);
  if (!found) return { windows: [], frozenBy: [], ...(optOut && { optOut }) };
  const freezes = freezesOf(policy, runtime);
  const all = [...freezes, ...(optOut ? [asFreeze(optOut)] : [])];
  const windows: OpenWindow[] = [];
  for (const window of windowsFrom(found.definition, all, fromMs, untilMs)) {
    if (windows.length >= most) break;
    windows.push(window);
  }
  const { frozenBy } = firstWindow(found.definition, freezes, optOut?.untilMs ?? fromMs, untilMs);
  return { ...found, windows, frozenBy, ...(optOut && { optOut }) };
}

function whyNone(
  policy: CompiledPolicy,
  runtime: PolicyRuntime,
  definition: WindowDefinition | undefined,
  fromMs: number,
  firstOf: FirstOf,
): Pick<RuntimeWithoutWindow, 'reason' | 'frozenBy' | 'optOut'> | undefined {
  if (!definition) return { reason: 'no definition' };
  const freezes = freezesOf(policy, runtime);
  const { window, frozenBy } = firstOf(definition, freezes, fromMs);
  // A runtime that would be frozen anyway is not helped by the end of its opt-out.
  if (!window) return { reason: 'frozen', frozenBy };
  const optOut = optOutOf(policy, runtime, fromMs);
  if (!optOut || firstOf(definition, freezes, optOut.untilMs).window) return undefined;
  return { reason: 'opted out', optOut };
}

/** Next windows that are shown of a group. */
const MOST_SHOWN = 5;

/** A group while it is counted: its next windows by begin and end. */
interface Counting extends Pick<PolicyGroup, 'zone' | 'source' | 'runtimes'> {
  windows: Map<string, SharedWindow>;
}

function count(
  groups: Map<string, Counting>,
  { definition, source }: RuntimeWindow,
  window: OpenWindow | undefined,
): void {
  const zone = clockNameOf(definition);
  const key = `${zone} ${source.kind} ${source.kind === 'rule' ? source.index : ''}`;
  const group = groups.get(key) ?? { zone, source, runtimes: 0, windows: new Map<string, SharedWindow>() };
  group.runtimes += 1;
  groups.set(key, group);
  if (!window) return;
  const span = `${window.begin} ${window.end}`;
  const shared = group.windows.get(span) ?? { ...window, runtimes: 0 };
  shared.runtimes += 1;
  group.windows.set(span, shared);
}

/** `touching` counts runtimes by the freezes that touch them: equal ones are the same object. */
function touchedBy(
  freezes: readonly FrozenSpan[],
  touching: ReadonlyMap<readonly FrozenSpan[], number>,
): number[] {
  const counts = new Map<FrozenSpan, number>();
  for (const [some, runtimes] of touching)
    for (const freeze of some) counts.set(freeze, (counts.get(freeze) ?? 0) + runtimes);
  return freezes.map((freeze) => counts.get(freeze) ?? 0);
}

function inOrder(groups: Map<string, Counting>, fromMs: number): PolicyGroup[] {
  const all = [...groups.values()].map(({ windows, ...group }): PolicyGroup => {
    const next = [...windows.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
    return {
      ...{ ...group, next: next.slice(0, MOST_SHOWN), nextWindows: next.length },
      ...byHour(next, fromMs + HOURS_UNTIL_MS),
    };
  });
  return all.sort((a, b) => (a.zone === b.zone ? b.runtimes - a.runtimes : a.zone < b.zone ? -1 : 1));
}

const HOUR_MS = 3_600_000;
/** Longer than the day that is looked at, as what was counted may be some hours old. */
const HOURS_UNTIL_MS = 48 * HOUR_MS;

/** Windows in the order of their begin, those before an instant hour by hour: however many Shoots have a window of their own, hours are few. */
function byHour(
  next: readonly SharedWindow[],
  untilMs: number,
): Required<Pick<PolicyGroup, 'hours'>> & Pick<PolicyGroup, 'later'> {
  const hours = new Map<number, WindowsOfHour>();
  let later: PolicyGroup['later'];
  for (const { begin, end, runtimes } of next) {
    if (begin >= untilMs) {
      later = { begin: later?.begin ?? begin, runtimes: (later?.runtimes ?? 0) + runtimes };
      continue;
    }
    const hour = Math.floor(begin / HOUR_MS);
    const known = hours.get(hour) ?? { begin, end, runtimes: 0 };
    hours.set(hour, {
      begin: known.begin,
      end: Math.max(known.end, end),
      runtimes: known.runtimes + runtimes,
    });
  }
  return { hours: [...hours.values()], ...(later && { later }) };
}
