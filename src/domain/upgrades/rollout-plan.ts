/** The plan of an orchestration: the same function makes the plan that is looked at and the one that is carried out. */
import type { CompiledPolicy } from './compiled-policy.ts';
import type { WindowDefinition, WindowSource } from './maintenance-policy.ts';
import type { OrchestrationParameters, OrchestrationType } from './orchestration-parameters.ts';
import { HORIZON_MS, placeBy, placements, type FrozenBy, type PlannedWindow } from './placement.ts';
import type { ExcludedShoot, ExclusionReason, Runtime } from './runtime.ts';
import { compileReach, compileTargets } from './selectors.ts';
import { assignWaves, type PlannedWave } from './wave-assignment.ts';
import { canonicalText } from '../canonical-text.ts';

/** All Shoots of the inventory, in its order. */
export interface Fleet {
  runtimes: readonly Runtime[];
  excluded: readonly ExcludedShoot[];
}

/** An upgrade that was asked for. */
export interface RolloutRequest {
  type: OrchestrationType;
  parameters: OrchestrationParameters;
  /** IDs of the runtimes that may be selected; all of the fleet without it. */
  only?: ReadonlySet<string>;
  /** Why a runtime that was selected can't be upgraded to what is asked for; undefined for one that can. */
  barred?: (runtime: Runtime) => ExclusionReason | undefined;
}

/** One operation of a plan. */
export interface RolloutOperation extends FrozenBy {
  runtime: Runtime;
  /** Undefined for what begins at once. An immediate one has a window only where a freeze is in the way, now or later. */
  window?: PlannedWindow;
  /** Undefined for an immediate one. */
  source?: WindowSource;
  /** The definition of the window as canonical text; empty for an immediate one. */
  definition: string;
  /** Number of its wave, from 0; 0 for a request without waves. */
  wave: number;
}

/** A plan, and of every Shoot that is not in it why. */
export interface RolloutPlan {
  /** In the order of the inventory. */
  operations: RolloutOperation[];
  /** Those that the request may mean and that can't be upgraded, in the order of the inventory, and then those that the request or the policy leaves out. */
  leftOut: ExcludedShoot[];
  /** IDs of the runtimes that no include entry of the request matches. */
  notSelected: string[];
  /** In their order, the last one is the rest; empty for a request without waves. */
  waves: PlannedWave[];
}

/** Windows of a plan begin before this instant; both in ms since the epoch. */
export function windowsUntilMs({ strategy }: OrchestrationParameters, nowMs: number): number {
  return strategy.until === undefined ? nowMs + HORIZON_MS : Date.parse(strategy.until);
}

/**
 * Plans a request for a fleet. Two Shoots may carry one runtime ID by mistake: the runtime is upgraded once. Throws FinalError
 * TARGETS_REFUSED, RangeError for a window that this machine can't read.
 */
export function planRollout(
  fleet: Fleet,
  { parameters, only, barred }: Pick<RolloutRequest, 'parameters' | 'only' | 'barred'>,
  policy: CompiledPolicy,
  nowMs: number,
): RolloutPlan {
  const selectionOf = compileTargets(parameters.targets);
  const place = placeBy(
    parameters.strategy.schedule,
    placements(policy, nowMs, windowsUntilMs(parameters, nowMs)),
  );
  const textOf = definitionTexts();
  const plan: RolloutPlan = { operations: [], ...reachOf(fleet, { parameters, only }), waves: [] };
  const planned = new Set<string>();
  for (const runtime of fleet.runtimes) {
    const { runtimeID, shootName } = runtime;
    if (planned.has(runtimeID)) continue;
    const selection = only?.has(runtimeID) === false ? 'not selected' : selectionOf(runtime);
    if (selection === 'not selected') {
      plan.notSelected.push(runtimeID);
      continue;
    }
    const reason = selection === 'excluded' ? 'excluded by targets' : barred?.(runtime);
    const placed = reason === undefined ? place(runtime) : { leftOut: reason };
    if (placed.leftOut !== undefined) {
      plan.leftOut.push({ shootName, runtimeID, reason: placed.leftOut });
      continue;
    }
    planned.add(runtimeID);
    const { from, leftOut: _, ...where } = placed;
    const origin = from ? { source: from.source, definition: textOf(from.definition) } : { definition: '' };
    plan.operations.push({ runtime, ...where, ...origin, wave: 0 });
  }
  return inWaves(plan, parameters);
}

/** Shoots that can't be upgraded: left out of the plan are those that it may mean, and the others are not selected, as runtimes that it does not ask for. */
function reachOf(
  { runtimes, excluded }: Fleet,
  { parameters, only }: Pick<RolloutRequest, 'parameters' | 'only'>,
): Pick<RolloutPlan, 'leftOut' | 'notSelected'> {
  const mayMean = compileReach(parameters.targets);
  const isMeant = (shoot: ExcludedShoot): boolean =>
    (!only || (shoot.runtimeID !== undefined && only.has(shoot.runtimeID))) && mayMean(shoot);
  const others = excluded.filter((shoot) => !isMeant(shoot));
  if (others.length === 0) return { leftOut: [...excluded], notSelected: [] };
  // An ID that another Shoot carries as well is told of that one.
  const told = new Set(runtimes.map(({ runtimeID }) => runtimeID));
  const leftOut = excluded.filter(isMeant);
  for (const { runtimeID } of leftOut) if (runtimeID !== undefined) told.add(runtimeID);
  const notSelected = new Set<string>();
  for (const { runtimeID } of others)
    if (runtimeID !== undefined && !told.has(runtimeID)) notSelected.add(runtimeID);
  return { leftOut, notSelected: [...notSelected] };
}

/** Only what is planned counts for a wave: neither its percent nor its size knows of runtimes that were left out. */
function inWaves(plan: RolloutPlan, { strategy, kyma, kubernetes }: OrchestrationParameters): RolloutPlan {
  if (!strategy.waves) return plan;
  const runtimes = plan.operations.map(({ runtime }) => runtime);
  const version = canonicalText({ kyma, kubernetes });
  const { waveOf, waves } = assignWaves(runtimes, strategy.waves, { version });
  const operations = plan.operations.map((operation, place) => ({ ...operation, wave: waveOf[place] ?? 0 }));
  return { ...plan, operations, waves };
}

/** Reads a definition of an operation again; undefined for the empty text of an immediate one. */
export function readDefinition(definition: string): WindowDefinition | undefined {
  return definition === '' ? undefined : (JSON.parse(definition) as WindowDefinition);
}

/** Definitions as canonical text, for any number of runtimes: thousands of them share a definition. */
export function definitionTexts(): (definition: WindowDefinition) => string {
  const known = new WeakMap<WindowDefinition, string>();
  return (definition) => {
    const text = known.get(definition) ?? canonicalText(definitionOf(definition));
    known.set(definition, text);
    return text;
  };
}

/** Without the match of a rule, and whatever else it may carry. */
function definitionOf(definition: WindowDefinition): WindowDefinition {
  const { days, timeBegin, timeEnd, timeZone, cutoff } = definition;
  return { days, timeBegin, timeEnd, ...(timeZone && { timeZone }), ...(cutoff && { cutoff }) };
}
