/**
 * Checks of a maintenance policy beyond the form of each field. They run beside those of the form, so that
 * everything wrong is named at once: parts that have another form are passed over here.
 */
import { fieldAt, type AddIssue } from '../input-checks.ts';
import { PatternCompiler, patternProblem } from './patterns.ts';
import { momentMs, readMoment, readTimeOfDay } from './policy-times.ts';
import { windowLengths } from './policy-windows.ts';
import { DAY_MS, isZoneName } from './zone-times.ts';

const PATTERN_FIELDS = ['plan', 'globalAccountID', 'region'] as const;
/** Each kind of runtimes is tested against all of them; runtime IDs are looked up. */
const MOST_MATCHING_OPT_OUTS = 1_000;

export function checkRule(rule: object, addIssue: AddIssue): void {
  if (!saysSomething(fieldAt(rule, 'match'))) {
    const message =
      'must have a plan, globalAccountID or region: a rule for everybody would hide all rules after it; write that window as default';
    addIssue(['match'], message);
  }
  checkTimes(rule, addIssue);
}

/** A default of zero values alone is none. */
export function checkWindow(window: object, addIssue: AddIssue): void {
  if (saysSomething(window)) checkTimes(window, addIssue);
}

function checkTimes(window: object, addIssue: AddIssue): void {
  const [timeBegin, timeEnd, timeZone, cutoff] = textsAt(
    window,
    'timeBegin',
    'timeEnd',
    'timeZone',
    'cutoff',
  );
  requireFields(window, ['timeBegin', 'timeEnd'], addIssue);
  const times = { timeBegin, timeEnd };
  for (const [field, text] of Object.entries(times)) {
    const time = readTimeOfDay(text);
    if (time)
      checkZone(text, time.offsetMs !== undefined, isGiven(window, 'timeZone'), (message) =>
        addIssue([field], message),
      );
  }
  const lengths = windowLengths({ ...times, cutoff: cutoff || '0s' });
  if (!lengths) return;
  if (timeZone && lengths.lengthMs === DAY_MS) {
    addIssue(['timeEnd'], 'must be another time than timeBegin; for a whole day leave a minute between them');
  } else if (cutoff && lengths.cutoffMs >= lengths.lengthMs) {
    addIssue(['cutoff'], 'must be shorter than the window: nothing could ever start in it');
  }
}

export function checkFreeze(freeze: object, addIssue: AddIssue): void {
  requireFields(freeze, ['name', 'reason', 'from', 'to'], addIssue);
  const from = checkMoment(freeze, 'from', addIssue);
  const to = checkMoment(freeze, 'to', addIssue);
  if (from !== undefined && to !== undefined && from >= to) addIssue(['to'], 'must be later than from');
}

export function checkOptOut(optOut: object, addIssue: AddIssue): void {
  requireFields(optOut, ['reason', 'until'], addIssue);
  checkMoment(optOut, 'until', addIssue);
  const isMatching = saysSomething(fieldAt(optOut, 'match'));
  if (isGiven(optOut, 'runtimeID') === isMatching) {
    addIssue(
      [],
      isMatching ? 'must have either runtimeID or match, not both' : 'must have a runtimeID or a match',
    );
  }
}

/** Names that stand twice among the freezes, and too many opt-outs with a match. */
export function checkNames(policy: object, addIssue: AddIssue): void {
  const names = new Map<string, number>();
  for (const [index, freeze] of entriesAt(policy, 'freezes')) {
    const [name] = textsAt(freeze, 'name');
    const first = name ? names.get(name) : undefined;
    if (first !== undefined)
      addIssue(['freezes', index, 'name'], `must be unique; freezes[${first}] has it, too`);
    else if (name) names.set(name, index);
  }
  const matching = entriesAt(policy, 'optOut').filter(([, optOut]) =>
    saysSomething(fieldAt(optOut, 'match')),
  );
  if (matching.length <= MOST_MATCHING_OPT_OUTS) return;
  const most = MOST_MATCHING_OPT_OUTS.toLocaleString('en-US');
  addIssue(
    ['optOut'],
    `must not have more than ${most} entries with a match; name runtimes by their runtimeID`,
  );
}

/** Names every pattern that can't be used, up to the one that goes over the budget. */
export function checkPatterns(policy: object, addIssue: AddIssue): void {
  const patterns = new PatternCompiler('policy');
  for (const list of ['rules', 'freezes', 'optOut']) {
    for (const [index, entry] of entriesAt(policy, list)) {
      const match = fieldAt(entry, 'match');
      for (const field of PATTERN_FIELDS) {
        const [text] = textsAt(match, field);
        const problem = text ? patternProblem(patterns, text) : undefined;
        if (problem) addIssue([list, index, 'match', field], problem.message);
        if (problem?.isOverBudget) return;
      }
    }
  }
}

/** In ms since the epoch, when it can be read and it is known where it is meant. */
function checkMoment(entry: object, field: string, addIssue: AddIssue): number | undefined {
  const [text, timeZone] = textsAt(entry, field, 'timeZone');
  const written = readMoment(text);
  if (!written) return undefined;
  checkZone(text, written.hasOffset, isGiven(entry, 'timeZone'), (message) => addIssue([field], message));
  return momentMs(text, isZoneName(timeZone) ? timeZone : undefined);
}

/** Either the time says where on earth it is meant, or a zone beside it does. */
function checkZone(text: string, hasOffset: boolean, hasZone: boolean, add: (message: string) => void): void {
  if (hasOffset && hasZone) add('has an offset already: leave the offset out, or timeZone');
  if (!hasOffset && !hasZone)
    add(`needs an offset, or a timeZone like Europe/Berlin beside it, to say where ${text} is meant`);
}

function requireFields(entry: object, fields: readonly string[], addIssue: AddIssue): void {
  for (const field of fields) if (!isGiven(entry, field)) addIssue([field], 'is required');
}

function saysSomething(value: unknown): boolean {
  return isObject(value) ? Object.keys(value).some((key) => isGiven(value, key)) : !isZero(value);
}

function isGiven(entry: object, field: string): boolean {
  return !isZero(fieldAt(entry, field));
}

function isZero(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Of each field its text; empty for anything else. */
function textsAt<F extends string[]>(entry: unknown, ...fields: F): { [K in keyof F]: string } {
  const texts = fields.map((field) => {
    const value = fieldAt(entry, field);
    return typeof value === 'string' ? value : '';
  });
  return texts as { [K in keyof F]: string };
}

/** The entries of a list, with their places. */
function entriesAt(policy: object, list: string): [number, unknown][] {
  const value = fieldAt(policy, list);
  return Array.isArray(value) ? [...value.entries()] : [];
}
