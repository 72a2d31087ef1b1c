/** When a plan would begin and end, by what earlier operations took. */
import { freezesOf, optOutOf, type CompiledPolicy, type PolicyRuntime } from './compiled-policy.ts';
import { limitKeysOf } from './limits.ts';
import type { FrozenSpan } from './maintenance-policy.ts';
import {
  REST_WAVE,
  type OrchestrationParameters,
  type OrchestrationType,
  type Schedule,
} from './orchestration-parameters.ts';
import { placeBy, placements, type PlannedWindow } from './placement.ts';
import { windowsUntilMs, type RolloutOperation, type RolloutRequest } from './rollout-plan.ts';
import { simulateInSlices, type Simulation } from './plan-simulation.ts';
import { LINES_IN_SLICE, mapInSlices, type Slices } from '../slices.ts';
import type { SimulatedWindow } from './waiting-series.ts';
import { NEVER_MS } from './windows.ts';

/** How long an operation was taken to last. */
export type ProjectionBasis =
  /** Each lasts as long as the median of so many, all of this type, that have succeeded, and were no dry runs. */
  | { kind: 'earlier operations'; count: number; medianSeconds: number; p90Seconds: number }
  /** There are none, or it is a dry run. */
  | { kind: 'assumed'; seconds: number };

export interface Projection {
  /** The first begin and the last end, RFC 3339 UTC; null when no operation finds a window. */
  begin: string | null;
  end: string | null;
  /** Operations that find no window in time: there are too few workers for the windows until then. */
  unplaced: number;
  from: ProjectionBasis;
  /** Of each wave, in their order, when nobody is waited for at a gate; empty without waves. */
  waves: ProjectedWave[];
}

/** A wave of a projection; begin and end are null when no operation of it finds a window. */
export type ProjectedWave = { name: string } & Pick<Projection, 'begin' | 'end' | 'unplaced'>;

/** One operation of a plan, as far as its time depends on it. */
export interface OperationToProject extends Pick<RolloutOperation, 'window' | 'definition' | 'wave'> {
  runtime: PolicyRuntime;
  /** How long it has been under way already, in ms; absent for one that has not begun. */
  elapsedMs?: number;
}

/** The soak of a wave that is over: the next one begins when it ends, in ms since the epoch. */
export interface SoakUnderWay {
  wave: number;
  untilMs: number;
}

/** When one operation would begin and end. RFC 3339 UTC. */
export interface ProjectedSpan {
  begin: string;
  end: string;
}

/**
 * Where no upgrade of a type has ended yet. An upgrade of Kyma reconciles some twenty components; one of a cluster replaces its
 * machines, too. Both are rather too long than too short.
 */
const ASSUMED_SECONDS: Readonly<Record<OrchestrationType, number>> = {
  upgradeKyma: 30 * 60,
  upgradeCluster: 45 * 60,
};

/** A dry run sends nothing. */
const DRY_RUN_SECONDS = 1;

/** `earlierSeconds`: how long operations of the type have taken, in any order. */
export function projectionBasis(
  { type, dryRun }: { type: OrchestrationType } & Pick<OrchestrationParameters, 'dryRun'>,
  earlierSeconds: readonly number[],
): ProjectionBasis {
  if (dryRun) return { kind: 'assumed', seconds: DRY_RUN_SECONDS };
  const sorted = [...earlierSeconds].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const p90 = quantile(sorted, 0.9);
  if (median === undefined || p90 === undefined) return { kind: 'assumed', seconds: ASSUMED_SECONDS[type] };
  return {
    kind: 'earlier operations',
    count: sorted.length,
    medianSeconds: rounded(median),
    p90Seconds: rounded(p90),
  };
}

/** A projection with the span of each operation by its index, undefined for one that finds no window in time. */
export interface ProjectedPlan {
  projection: Projection;
  spans: (ProjectedSpan | undefined)[];
}

/**
 * Projects a plan that gets the turn at `fromMs`, in ms since the epoch, and has it until its end, or what is left of one that has it;
 * approvals are given at once. With 100,000 operations it takes a second or so.
 */
export function* projectPlan(
  { parameters }: Pick<RolloutRequest, 'parameters'>,
  operations: readonly OperationToProject[],
  policy: CompiledPolicy,
  from: ProjectionBasis,
  fromMs: number,
  soak?: SoakUnderWay,
): Slices<ProjectedPlan> {
  const asked = parameters.strategy.waves;
  const names = asked ? [...asked.map(({ name }) => name), REST_WAVE] : [''];
  const project = yield* projecting(parameters, operations, policy, from, fromMs);
  const spans = new Array<ProjectedSpan | undefined>(operations.length).fill(undefined);
  const waves: ProjectedWave[] = [];
  let beginMs = fromMs;
  for (const [number, name] of names.entries()) {
    const { overall, unplaced } = yield* project(number, beginMs, spans);
    waves.push({ name, ...written(overall), unplaced });
    if (overall) beginMs = overall.end + (asked?.[number]?.soakMinutes ?? 0) * MINUTE_MS;
    else if (soak?.wave === number) beginMs = Math.max(beginMs, soak.untilMs);
  }
  const begins = waves.flatMap(({ begin }) => begin ?? []);
  const ends = waves.flatMap(({ end }) => end ?? []);
  const unplaced = waves.reduce((sum, wave) => sum + wave.unplaced, 0);
  const projection = { begin: begins[0] ?? null, end: ends.at(-1) ?? null, unplaced, from };
  return { projection: { ...projection, waves: asked ? waves : [] }, spans };
}

const MINUTE_MS = 60_000;

type Span = { begin: number; end: number };

type SimulateWave = (
  wave: number,
  beginMs: number,
  spans: (ProjectedSpan | undefined)[],
) => Slices<Pick<Simulation, 'overall' | 'unplaced'>>;

/** Simulates one wave after the other, and puts down their spans: the operations of each keep their index in the plan. */
function* projecting(
  { strategy, ...parameters }: OrchestrationParameters,
  operations: readonly OperationToProject[],
  policy: CompiledPolicy,
  from: ProjectionBasis,
  fromMs: number,
): Slices<SimulateWave> {
  const untilMs = windowsUntilMs({ ...parameters, strategy }, fromMs);
  const durationMs = 1000 * (from.kind === 'assumed' ? from.seconds : from.medianSeconds);
  const seriesOf = windowSeries(policy, fromMs);
  const { limits } = strategy;
  const windowSeriesOf = yield* mapInSlices(operations, (operation) => seriesOf(operation));
  const nextWindow = nextWindows(strategy.schedule, operations, policy, { untilMs, series: windowSeriesOf });
  return function* simulateWave(wave, beginMs, spans) {
    const indices = [...operations.keys()].filter((index) => operations[index]?.wave === wave);
    const ofWave = yield* mapInSlices(indices, (index) => {
      const { window, runtime } = operations[index] ?? {};
      return {
        index,
        ...(window && { window: inMs(window) }),
        ...(limits && runtime && { keys: limitKeysOf(limits, runtime) }),
      };
    });
    const simulation = yield* simulateInSlices({
      operations: ofWave,
      limits,
      workers: Math.min(strategy.parallel.workers, strategy.waves?.[wave]?.workers ?? Infinity),
      durations: ({ index }) => Math.max(0, durationMs - (operations[index]?.elapsedMs ?? 0)),
      nextWindow: (at, afterMs) => nextWindow(indices[at] ?? 0, afterMs),
      series: ({ index }) => windowSeriesOf[index],
      fromMs: beginMs,
      untilMs,
    });
    for (const [at, span] of simulation.spans.entries()) {
      if (at % LINES_IN_SLICE === LINES_IN_SLICE - 1) yield;
      if (span) spans[indices[at] ?? 0] = rfc3339(span);
    }
    return simulation;
  };
}

function written(span: Span | undefined): Pick<Projection, 'begin' | 'end'> {
  return span ? rfc3339(span) : { begin: null, end: null };
}

/** Equal texts for operations with the same windows: of equal definitions, freezes and opt-outs. */
function windowSeries(
  policy: CompiledPolicy,
  fromMs: number,
): (operation: OperationToProject | undefined) => string {
  const known = new Map<readonly FrozenSpan[], number>();
  return (operation) => {
    if (!operation?.window) return '';
    const { runtime, definition } = operation;
    const freezes = freezesOf(policy, runtime);
    const number = known.get(freezes) ?? known.size;
    known.set(freezes, number);
    return `${number} ${optOutOf(policy, runtime, fromMs)?.untilMs ?? ''} ${definition}`;
  };
}

/** For what can begin at once again: freezes have come and gone while all workers were taken. */
const ALL_TIME: SimulatedWindow = { begin: 0, latestStart: NEVER_MS };

/** Operations whose windows are over at one instant are put into the next ones together; those with the same windows share the next one. */
function nextWindows(
  schedule: Schedule,
  operations: readonly OperationToProject[],
  policy: CompiledPolicy,
  { untilMs, series }: { untilMs: number; series: readonly string[] },
): (index: number, afterMs: number) => SimulatedWindow | undefined {
  let at = 0;
  let place = placeBy(schedule, placements(policy, at, untilMs));
  const known = new Map<string, SimulatedWindow | undefined>();
  const find = (index: number): SimulatedWindow | undefined => {
    const operation = operations[index];
    const placed = operation && place(operation.runtime);
    if (!placed || placed.leftOut !== undefined) return undefined;
    return placed.window ? inMs(placed.window) : ALL_TIME;
  };
  return (index, afterMs) => {
    if (at !== afterMs) {
      place = placeBy(schedule, placements(policy, afterMs, untilMs));
      known.clear();
    }
    at = afterMs;
    const key = series[index] ?? '';
    if (!known.has(key)) known.set(key, find(index));
    return known.get(key);
  };
}

function inMs({ begin, latestStart }: PlannedWindow): SimulatedWindow {
  return { begin: Date.parse(begin), latestStart: Date.parse(latestStart) };
}

function rfc3339({ begin, end }: { begin: number; end: number }): ProjectedSpan {
  return { begin: new Date(begin).toISOString(), end: new Date(end).toISOString() };
}

/** The smallest value that is not below this share of all; undefined without any. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
