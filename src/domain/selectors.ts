import type { OrchestrationParameters, Selector } from './parameters.ts';
import { compilePattern } from './patterns.ts';
import type { Runtime } from './runtime.ts';

type Test = (runtime: Runtime) => boolean;

/**
 * Which runtimes an orchestration is for (A3, A23 to A29). The fields of an entry are AND-ed, the entries OR-ed, an
 * excluded runtime stays out, and `runtimeID` decides its entry by itself. Patterns are compiled once, here.
 * Throws PatternError for a pattern that the request schema would have refused.
 */
export function compileTargets(targets: OrchestrationParameters['targets']): Test {
  const included = compileEntries(targets.include);
  const excluded = compileEntries(targets.exclude ?? []);
  return (runtime) => included(runtime) && !excluded(runtime);
}

/** Entries of one runtime ID each are looked up together: a list of thousands costs no more than one. */
function compileEntries(selectors: readonly Selector[]): Test {
  const runtimeIDs = new Set<string>();
  const tests: Test[] = [];
  for (const selector of selectors) {
    if (selector.runtimeID) runtimeIDs.add(selector.runtimeID);
    else tests.push(compileEntry(selector));
  }
  return (runtime) => runtimeIDs.has(runtime.runtimeID) || tests.some((matches) => matches(runtime));
}

function compileEntry(selector: Selector): Test {
  const tests: Test[] = [];
  const { planName, shoot, instanceID, globalAccount, subAccount, region } = selector;
  if (planName) tests.push((runtime) => runtime.servicePlanName === planName);
  if (shoot) tests.push((runtime) => runtime.shootName === shoot);
  if (instanceID) tests.push((runtime) => runtime.instanceID === instanceID);
  if (globalAccount) tests.push(pattern(globalAccount, (runtime) => runtime.globalAccountID));
  if (subAccount) tests.push(pattern(subAccount, (runtime) => runtime.subAccountID));
  if (region) tests.push(pattern(region, (runtime) => runtime.region));
  // An entry that says nothing must never mean "everything": only `target: all` does.
  if (tests.length === 0) return () => selector.target === 'all';
  return (runtime) => tests.every((matches) => matches(runtime));
}

function pattern(source: string, field: (runtime: Runtime) => string): Test {
  const matches = compilePattern(source);
  return (runtime) => matches(field(runtime));
}
