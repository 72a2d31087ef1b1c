/**
 * A maintenance policy: in which windows runtimes may be upgraded, when nothing may, and who has asked to be left out. It is
 * plain JSON.
 */

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Unanchored RE2 patterns, AND-ed; at least one is given. */
export interface PolicyMatch {
  plan?: string;
  globalAccountID?: string;
  region?: string;
}

/** A window that comes again. */
export interface WindowDefinition {
  /** Days on which it begins, by the clock of its zone or of the offset of timeBegin; at least one, in the order of the week. */
  days: Weekday[];
  /** `HHMMSS±ZZZZ`, or `HHMMSS` on the clock of timeZone. */
  timeBegin: string;
  /** As timeBegin; the next time that it is this time. The same moment as timeBegin means a whole day. */
  timeEnd: string;
  /** IANA name. */
  timeZone?: string;
  /** Like `1h30m`: nothing starts that long before the end. */
  cutoff?: string;
}

export interface PolicyRule extends WindowDefinition {
  match: PolicyMatch;
}

/** A time in which nothing starts. Without a match it is for all runtimes. */
export interface PolicyFreeze {
  name: string;
  reason: string;
  /** RFC 3339, or local to timeZone: `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`. */
  from: string;
  /** As from; it is no part of the freeze. */
  to: string;
  timeZone?: string;
  match?: PolicyMatch;
}

/** Somebody who is left out until a time; either runtimeID or match is given. */
export interface PolicyOptOut {
  runtimeID?: string;
  match?: PolicyMatch;
  reason: string;
  /** As from of a freeze; it holds before this moment. */
  until: string;
  timeZone?: string;
}

/** As it is stored and shown: with defaults, and without what was not given. */
export interface MaintenancePolicy {
  /** The first one that matches wins. */
  rules: PolicyRule[];
  /** For runtimes that no rule matches and whose Shoot has no readable window. */
  default?: WindowDefinition;
  freezes: PolicyFreeze[];
  optOut: PolicyOptOut[];
}

/** Holds while none was stored. */
export const EMPTY_POLICY: MaintenancePolicy = { rules: [], freezes: [], optOut: [] };

/** Where the window of a runtime comes from. */
export type WindowSource = { kind: 'rule'; index: number } | { kind: 'shoot' } | { kind: 'default' };

export interface RuntimeWindow {
  definition: WindowDefinition;
  source: WindowSource;
}

/** A freeze as it touches runtimes. */
export interface FrozenSpan {
  name: string;
  reason: string;
  /** ms since the epoch. */
  fromMs: number;
  /** ms since the epoch; no part of the freeze. */
  toMs: number;
  /** It stands for an opt-out. */
  isOptOut?: true;
}

export interface HeldOptOut {
  /** In the policy's list. */
  index: number;
  reason: string;
  /** ms since the epoch; it no longer holds at this instant. */
  untilMs: number;
}
