/** The headline of an orchestration, and the meaning of a stop. Pure. */
import type { components } from '../rest-types.ts';
import { clockOf, countOf, distanceOf, lengthOf, numberOf } from './times.ts';

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
  failureBudget?: Detail['failureBudget'],
): string {
  const { failed = 0, failedAtPause = null } = failureBudget ?? {};
  if (code !== 'budget' || !failureBudget || failedAtPause === null || failedAtPause === failed)
    return reason || 'no reason given';
  return `${numberOf(failedAtPause)} had failed when its budget paused it; ${numberOf(failed)} count${failed === 1 ? 's' : ''} now, and at most ${numberOf(failureBudget.max)} may`;
}

/** `3 count, 5 are allowed`. */
export function budgetWords({ failed, max }: NonNullable<Detail['failureBudget']>): string {
  return `${numberOf(failed)} count${failed === 1 ? 's' : ''}, ${numberOf(max)} ${max === 1 ? 'is' : 'are'} allowed`;
}

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
  return `ends ${time} if nothing fails${unplaced}`;
}

/** How much is in progress, and while nothing more begins since when and for how long still; null where nothing need be said. */
export function inProgressWords(
  { state, pauses, progress }: Pick<Orchestration, 'state' | 'pauses' | 'progress'>,
  now: number,
  zone: string,
): string | null {
  const isHeld = state === 'canceling' || (state === 'in progress' && pauses.length > 0);
  const inFlight = isHeld ? finishing(progress) : progress.inFlight;
  if (inFlight === 0) return isHeld ? 'nothing is in progress' : null;
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
    finishing(progress) === 0 ? ends : `What is in progress finishes: ${inProgress}.`,
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
  of: Pick<Orchestration, 'state' | 'pauses' | 'operationStats'> & {
    parameters: { strategy: { schedule: string } };
  },
): string {
  const { pending = 0, retrying = 0 } = of.operationStats;
  if (pending + retrying === 0) return 'nothing is left to begin';
  if (of.state === 'canceling') return 'never start';
  if (of.pauses.length > 0) return 'for a resume';
  return of.parameters.strategy.schedule === 'immediate' ? 'without windows' : 'in their windows';
}

/** The runtimes that a list of selectors means, in one line. */
export function targetsOf(selectors: readonly Selector[]): string {
  return selectors.map(selectorOf).join(' or ');
}

function selectorOf(selector: Selector): string {
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
