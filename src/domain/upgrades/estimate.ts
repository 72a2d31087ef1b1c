/** When an orchestration under way will have ended, by the simulation that projects plans. */
import { windowDefinitionFor, type CompiledPolicy, type PolicyRuntime } from './compiled-policy.ts';
import type { OrchestrationParameters } from './orchestration-parameters.ts';
import { placeBy, placements, type PlannedWindow } from './placement.ts';
import {
  projectPlan,
  type OperationToProject,
  type ProjectedPlan,
  type ProjectedSpan,
  type ProjectionBasis,
  type SoakUnderWay,
} from './projection-of-plans.ts';
import { definitionTexts } from './rollout-plan.ts';
import { NEVER } from './windows.ts';
import { mapInSlices, type Slices } from '../slices.ts';

/** An operation that has not ended. Times are RFC 3339 UTC. */
export interface OperationLeft {
  runtime: PolicyRuntime;
  window?: PlannedWindow;
  wave: number;
  /** Before then it is not begun: it waits for another try, or for a runtime that is busy. Absent while it does not. */
  notBefore?: string;
  /** When it began to execute; absent while it waits. */
  startedAt?: string;
}

/** An orchestration under way, and all of it that is left. */
export interface OrchestrationLeft {
  parameters: OrchestrationParameters;
  operations: readonly OperationLeft[];
  /** Operations in flight at once, as it is wanted now. */
  workers: number;
  /** Windows that begin then or later don't count, RFC 3339 UTC. */
  windowsUntil: string;
  soak?: SoakUnderWay;
}

/** Two ends, RFC 3339 UTC; null when nothing is left that finds a window in time. */
export interface EstimatedEnd {
  /** When each operation takes as long as the median of earlier ones. */
  earliest: string | null;
  /** When each takes as long as the slowest tenth of them. */
  latest: string | null;
}

export interface Estimate extends EstimatedEnd {
  from: ProjectionBasis;
  /** Operations that find no window in time, when each takes as long as the median. */
  unplaced: number;
  /** Of each wave of which something is left, by its name. */
  waves: ({ name: string } & EstimatedEnd)[];
  /** When it was made, RFC 3339 UTC. */
  at: string;
}

/** An estimate with the span of each operation by its index when each takes as long as the median; undefined for one that finds no window in time. */
export interface EstimatedPlan {
  estimate: Estimate;
  spans: (ProjectedSpan | undefined)[];
}

/** Nothing fails, nobody pauses it, and approvals are given at once. `nowMs` in ms since the epoch. */
export function* estimateEnd(
  left: OrchestrationLeft,
  policy: CompiledPolicy,
  from: ProjectionBasis,
  nowMs: number,
): Slices<EstimatedPlan> {
  const operations = yield* projectedOf(left, policy, nowMs);
  const parameters = asWanted(left);
  const project = (basis: ProjectionBasis): Slices<ProjectedPlan> =>
    projectPlan({ parameters }, operations, policy, basis, nowMs, left.soak);
  const { projection: usual, spans } = yield* project(from);
  const { projection: slow } =
    from.kind === 'assumed'
      ? { projection: usual }
      : yield* project({ kind: 'assumed', seconds: from.p90Seconds });
  const estimate: Estimate = {
    earliest: usual.end,
    latest: slow.end,
    from,
    unplaced: usual.unplaced,
    waves: usual.waves.flatMap(({ name, end, unplaced }, index) =>
      end === null && unplaced === 0 ? [] : [{ name, earliest: end, latest: slow.waves[index]?.end ?? null }],
    ),
    at: new Date(nowMs).toISOString(),
  };
  return { estimate, spans };
}

/** Operations in flight go on, also when there are more of them than workers. */
function asWanted({
  parameters,
  operations,
  workers,
  windowsUntil,
}: OrchestrationLeft): OrchestrationParameters {
  const inFlight = operations.filter(({ startedAt }) => startedAt !== undefined).length;
  const strategy = {
    ...parameters.strategy,
    parallel: { workers: Math.max(workers, inFlight, 1) },
    until: windowsUntil,
  };
  return { ...parameters, strategy };
}

function projectedOf(
  { parameters, operations, windowsUntil }: OrchestrationLeft,
  policy: CompiledPolicy,
  nowMs: number,
): Slices<OperationToProject[]> {
  const textOf = definitionTexts();
  const { schedule } = parameters.strategy;
  /** A window that is over by then is followed by the first one after it; without any in time it is not placed. */
  const windowFrom = (notBefore: string, { runtime, window }: OperationLeft): PlannedWindow => {
    const fromMs = Date.parse(notBefore);
    const isOver = window !== undefined && Date.parse(window.latestStart) <= fromMs;
    const placed = isOver
      ? placeBy(schedule, placements(policy, fromMs, Date.parse(windowsUntil)))(runtime)
      : { window };
    const begin = placed.leftOut === undefined ? notBefore : windowsUntil;
    return laterBegin(placed.window ?? ANY_TIME, begin);
  };
  // First of all: their window is the present instant.
  const taken = { begin: rfc3339(nowMs), latestStart: rfc3339(nowMs + 1), end: rfc3339(nowMs + 1) };
  return mapInSlices(operations, (operation) => {
    const { runtime, wave, notBefore, startedAt } = operation;
    if (startedAt !== undefined) {
      const elapsedMs = Math.max(0, nowMs - Date.parse(startedAt));
      // A series of its own: windows and time left are like those of no other.
      return { runtime, window: taken, wave, elapsedMs, definition: `under way: ${runtime.runtimeID}` };
    }
    const definition = windowDefinitionFor(policy, runtime)?.definition;
    const window = notBefore === undefined ? operation.window : windowFrom(notBefore, operation);
    // Those that have missed a window are in later ones than others with the same definition.
    const series = `${definition ? textOf(definition) : ''} from ${window?.begin ?? ''} to ${window?.latestStart ?? ''}`;
    return { runtime, ...(window && { window }), wave, definition: series };
  });
}

/** For what waits for another try alone. */
const ANY_TIME: PlannedWindow = { begin: rfc3339(0), latestStart: NEVER, end: NEVER };

function laterBegin(window: PlannedWindow, begin: string): PlannedWindow {
  return Date.parse(window.begin) < Date.parse(begin) ? { ...window, begin } : window;
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
