/** The headline of an orchestration, and the meaning of a stop. Pure. */
import type { components } from '../rest-types.ts';
import { clockOf, countOf, distanceOf, lengthOf, numberOf } from './times.ts';
import { WAITS, waitOfAll } from './wait-words.ts';

export type Orchestration = components['schemas']['Orchestration'];
export type Detail = components['schemas']['OrchestrationDetail'];
type Progress = components['schemas']['Progress'];
type Selector = components['schemas']['Selector'];

type Titled = Pick<Orchestration, 'type'> & {
  parameters: Pick<Orchestration['parameters'], 'kyma' | 'kubernetes' | 'dryRun'>;
};

/** The software and its new version: `Kyma 2.20.5`, `Kubernetes 1.33.4`. */
export function titleOf({ type, parameters }: Titled): string {
  const { kyma, kubernetes, dryRun } = parameters;
  const image = kubernetes?.machineImage && `image ${kubernetes.machineImage}`;
  const title =
    type === 'upgradeKyma'
      ? `Kyma ${kyma?.version ?? ''}`
      : `Kubernetes ${[kubernetes?.kubernetesVersion, image].filter(Boolean).join(', ')}`;
  return dryRun ? `${title.trim()} (dry run)` : title.trim();
}

const FINAL = ['succeeded', 'failed', 'canceled'];

export function hasEnded({ state }: { state: string }): boolean {
  return FINAL.includes(state);
}

/** Whether it has ended, or is about to. */
export function isEnding(orchestration: { state: string }): boolean {
  return hasEnded(orchestration) || orchestration.state === 'canceling';
}

/** Whether it is paused by itself, and not as everything is. */
export function isPausedAlone({ pauses }: Pick<Orchestration, 'pauses'>): boolean {
  return pauses.some(({ code }) => code !== 'queue');
}

/** The words of who or what has paused it. A retry takes failures back: what a budget has counted then may be more than counts now. */
export function pauseReason(
  { code, reason }: Pick<Orchestration['pauses'][number], 'code' | 'reason'>,
  budget?: BudgetNow,
): string {
  const { failed = 0, failedAtPause = null } = budget ?? {};
  if (code !== 'budget' || !budget || failedAtPause === null || failedAtPause === failed)
    return reason || 'no reason given';
  return `${numberOf(failedAtPause)} had failed${within(budget)} when its budget paused it; ${numberOf(failed)} count${failed === 1 ? 's' : ''} now, and at most ${numberOf(budget.max)} may`;
}

/** The failure budget that holds: of all of it, or of its open wave, which it names. */
export type BudgetNow = NonNullable<Detail['failureBudget']> & { wave?: string };

/** Undefined without one, and until the plan is complete. */
export function budgetNow({
  failureBudget,
  waves,
}: Pick<Detail, 'failureBudget' | 'waves'>): BudgetNow | undefined {
  if (failureBudget) return failureBudget;
  const open = waves.find(({ phase }) => phase !== 'passed') ?? waves.at(-1);
  return open?.failureBudget ? { ...open.failureBudget, wave: open.name } : undefined;
}

/** `3 count, 5 are allowed`. */
export function budgetWords(budget: BudgetNow): string {
  const { failed, max } = budget;
  return `${numberOf(failed)} count${failed === 1 ? 's' : ''}${within(budget)}, ${numberOf(max)} ${max === 1 ? 'is' : 'are'} allowed`;
}

const within = ({ wave }: BudgetNow): string => (wave === undefined ? '' : ` in ${wave}`);

export function mayPause(orchestration: Pick<Orchestration, 'state' | 'pauses'>): boolean {
  return !isEnding(orchestration) && !isPausedAlone(orchestration);
}

/** Whether a wave asks for an approval; a question that a pause has withdrawn does not stand. */
export function asks({ phase, question }: components['schemas']['Wave']): boolean {
  return phase === 'asking' && question !== null && question.stands;
}

/** `412 of 1,000 done`, what is known before there is a plan, or what has become of all in the end. */
export function progressOf(of: Pick<Orchestration, 'state' | 'progress' | 'operationStats'>): string {
  const { done, total } = of.progress;
  if (hasEnded(of)) return outcomeOf(of);
  if (total === null) return 'not planned yet';
  return `${numberOf(done)} of ${numberOf(total)} done`;
}

/** `412 of 1,000 succeeded · 3 failed · 585 not upgraded`. */
function outcomeOf({ progress, operationStats }: Pick<Orchestration, 'progress' | 'operationStats'>): string {
  const { succeeded = 0, failed = 0, canceled = 0 } = operationStats;
  const total = progress.total ?? succeeded + failed + canceled;
  if (total === 0) return 'nothing to do';
  const parts = [`${numberOf(succeeded)} of ${numberOf(total)} succeeded`];
  if (failed > 0) parts.push(`${numberOf(failed)} failed`);
  if (canceled > 0) parts.push(`${numberOf(canceled)} not upgraded`);
  return parts.join(' · ');
}

/** The description of one that has ended; the causes of failures stand on the page by themselves, each once. */
export function endWords(description: string): string {
  const [, failed] = /^(\d+ of \d+ operations failed) \(/.exec(description) ?? [];
  if (failed === undefined) return description;
  const [canceled] = /\d+ of \d+ operations were canceled before they began/.exec(description) ?? [];
  return [`${failed}; the causes stand under Failures`, ...(canceled ? [canceled] : [])].join('; ');
}

/** When all of it ends, as a clause with one time or a span; null when nobody can say. */
export function endOf({ eta }: Progress, now: number, zone: string): string | null {
  if (!eta?.earliest || !eta.latest) return null;
  const [earliest, latest] = [Date.parse(eta.earliest), Date.parse(eta.latest)];
  const unplaced = eta.unplaced > 0 ? `; ${numberOf(eta.unplaced)} find no window in time` : '';
  if (latest < now) return `takes longer than estimated${unplaced}`;
  const time =
    latest - earliest < 60_000 || earliest < now
      ? `${clockOf(latest, now, zone)}, ${distanceOf(latest, now)},`
      : `between ${clockOf(earliest, now, zone)} and ${clockOf(latest, now, zone)}`;
  return `ends ${time} if nothing fails${assumedWords(eta.from)}${unplaced}`;
}

/** Said of an end that rests on a guess, as no upgrade has been measured yet. */
export function assumedWords(from: NonNullable<Progress['eta']>['from']): string {
  return from.kind === 'assumed' ? ` (assuming ${lengthOf(from.seconds * 1_000)} each)` : '';
}

/** How much is in progress, and while nothing more begins since when and for how long still; null where nothing need be said. */
export function inProgressWords(
  { state, pauses, progress }: Pick<Orchestration, 'state' | 'pauses' | 'progress'>,
  now: number,
  zone: string,
): string | null {
  const isHeld = state === 'canceling' || (state === 'in progress' && pauses.length > 0);
  const inFlight = isHeld ? finishing(progress) : progress.inFlight;
  if (inFlight === 0) {
    if (!isHeld) return null;
    const { unsent } = progress;
    return unsent === 0
      ? 'nothing is in progress'
      : `nothing was sent yet to ${numberOf(unsent)} in progress`;
  }
  const inProgress = `${numberOf(inFlight)} in progress`;
  if (!isHeld) return inProgress;
  const { inFlightSince } = progress;
  const since =
    inFlightSince &&
    `${inFlight === 1 ? '' : 'the longest '}for ${lengthOf(now - Date.parse(inFlightSince))}`;
  const running = since ? `${inProgress}, ${since}` : inProgress;
  return [running, ...drainedWords(progress, now, zone)].join('; ');
}

/** How many in progress come to their end: those to which something was sent. The event stream tells of `inFlight` alone, so that one may be ahead. */
function finishing({ inFlight, unsent }: Progress): number {
  return Math.max(0, inFlight - unsent);
}

/** By when those in progress should have ended: usually they do, and nobody promises it. None when nobody knows. */
function drainedWords(progress: Progress, now: number, zone: string): string[] {
  const { drained } = progress;
  if (!drained) return [];
  const inFlight = finishing(progress);
  const { from, overdue } = drained;
  const latest = Date.parse(drained.latest);
  const long = lengthOf((from.kind === 'assumed' ? from.seconds : from.p90Seconds) * 1_000);
  const usual =
    from.kind === 'assumed' ? `the ${long} that are assumed` : `usual: nine of ten take at most ${long}`;
  if (overdue >= inFlight || latest < now)
    return [`${inFlight === 1 ? 'it takes' : 'they take'} longer than ${usual}`];
  const assumed = from.kind === 'assumed' ? `, if each takes ${usual}` : '';
  const end = `should have ended by ${clockOf(latest, now, zone)}, ${distanceOf(latest, now)}${assumed}`;
  if (overdue === 0) return [`${inFlight === 1 ? 'it' : 'they'} ${end}`];
  return [
    `${numberOf(overdue)} take${overdue === 1 ? 's' : ''} longer than ${usual}`,
    `the other${inFlight - overdue === 1 ? '' : 's'} ${end}`,
  ];
}

/** The meaning of a stop now: those to which something was sent finish, the rest never starts. */
export function stopMeans(orchestration: Orchestration, now: number, zone: string): string[] {
  const { progress, operationStats: stats } = orchestration;
  const never = (stats.pending ?? 0) + (stats.retrying ?? 0);
  const unsent = progress.inFlight - finishing(progress);
  const inProgress = inProgressWords({ ...orchestration, state: 'canceling' }, now, zone);
  const ends = unsent === 0 ? 'Nothing is in progress: it ends at once.' : 'It ends within a minute.';
  return [
    finishing(progress) === 0 ? ends : `What was sent finishes: ${inProgress}.`,
    ...(unsent === 0
      ? []
      : [
          `${countOf(unsent, 'runtime')} for which nothing was sent yet ${unsent === 1 ? 'is' : 'are'} not upgraded.`,
        ]),
    orchestration.progress.total === null
      ? 'It has no plan yet: nothing ever starts.'
      : `${countOf(never, 'runtime')} never start${never === 1 ? 's' : ''}, and stay${never === 1 ? 's' : ''} as ${never === 1 ? 'it is' : 'they are'}.`,
    'This cannot be taken back; “Create from the rest” begins a new orchestration of what is left.',
  ];
}

/** The meaning of a stop for the lane: who begins then without being asked; undefined where nobody waits. */
export function stopBegins(
  queue: components['schemas']['Queue'] | undefined,
  id: string,
): string | undefined {
  const next = queue?.lanes.find(({ holder }) => holder?.orchestrationID === id)?.first[0];
  if (!next) return undefined;
  return `Then ${titleOf(next)} begins by itself, as it is next in the lane: pause that one before if it must not.`;
}

/** The reason why operations have not begun, in some words. */
export function waitingWords(
  of: Pick<Detail, 'state' | 'pauses' | 'operationStats' | 'waves'> & {
    parameters: { strategy: { schedule: string } };
  },
): string {
  const { pending = 0, retrying = 0 } = of.operationStats;
  if (pending + retrying === 0) return 'nothing is left to begin';
  const code = waitOfAll(of);
  if (code === 'canceling') return 'not to be begun: it is being stopped';
  if (code !== undefined) return `for ${WAITS[code] ?? code}`;
  const next = of.waves.length > 0 ? 'their wave and ' : '';
  const { schedule } = of.parameters.strategy;
  return `for ${next}${schedule === 'immediate' ? 'a free worker' : 'their windows'}`;
}

/** Selectors that are told; a request may have thousands. */
const MOST_TARGETS = 5;

/** The runtimes that a list of selectors means, in one line; those that are named by their IDs, by their Shoots where these are known. */
export function targetsOf(
  selectors: readonly Selector[],
  shoots: ReadonlyMap<string, string> = new Map(),
): string {
  const told = selectors.slice(0, MOST_TARGETS).map((selector) => selectorOf(selector, shoots));
  const others = selectors.length - told.length;
  return [...told, ...(others > 0 ? [countOf(others, 'other target')] : [])].join(' or ');
}

/** IDs of runtimes in selectors, of those that are told. */
export function runtimesIn(selectors: readonly Selector[]): string[] {
  return selectors.slice(0, MOST_TARGETS).flatMap(({ runtimeID }) => (runtimeID ? [runtimeID] : []));
}

function selectorOf(selector: Selector, shoots: ReadonlyMap<string, string>): string {
  // It decides the entry by itself.
  const shoot = selector.runtimeID && shoots.get(selector.runtimeID);
  if (shoot) return `shoot ${shoot}`;
  const parts = Object.entries(selector)
    .filter(([, value]) => typeof value === 'string' && value !== '')
    .map(([key, value]) => (key === 'target' ? 'all runtimes' : `${NAMES[key] ?? key} ${value}`));
  return parts.join(' and ');
}

const NAMES: Record<string, string> = {
  globalAccount: 'global account',
  subAccount: 'subaccount',
  planName: 'plan',
  instanceID: 'instance',
  runtimeID: 'runtime',
};

/** Command that says the same without the API, which an open page shows while that is away. */
export function signalCommand(orchestrationID: string, input: Record<string, unknown>): string {
  return `temporal workflow signal --workflow-id ${orchestrationID} --name command --input '${JSON.stringify(input).replaceAll("'", "'\\''")}'`;
}
