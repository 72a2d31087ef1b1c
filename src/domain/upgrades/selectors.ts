import { FinalError } from '../errors.ts';
import { remembered } from '../remembered.ts';
import type { Selector, Targets } from './orchestration-parameters.ts';
import { PatternCompiler, PatternError } from './patterns.ts';
import type { ExcludedShoot, Runtime } from './runtime.ts';

type Test = (runtime: Runtime) => boolean;

/** A runtime by the targets of a request: `excluded` is one that an include entry matches and an exclude entry, too. */
export type Selection = 'selected' | 'not selected' | 'excluded';

/**
 * Which runtimes an orchestration is for (A3, A23 to A29). The fields of an entry are AND-ed, the entries OR-ed, an
 * excluded runtime stays out, and `runtimeID` decides its entry by itself. Patterns are compiled once, here; with a compiler of the
 * caller's they share the limits of others. Throws FinalError TARGETS_REFUSED for patterns that the request schema refuses: a stored
 * request may be older than a limit.
 */
export function compileTargets(
  targets: Targets,
  patterns = new PatternCompiler(),
): (runtime: Runtime) => Selection {
  const tests = new PatternTests(patterns);
  try {
    const included = compileEntries(targets.include, tests);
    const excluded = compileEntries(targets.exclude ?? [], tests);
    return (runtime) => {
      if (!included(runtime)) return 'not selected';
      return excluded(runtime) ? 'excluded' : 'selected';
    };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new FinalError('TARGETS_REFUSED', `A pattern of the targets ${error.message}`, { cause: error });
  }
}

/**
 * Whether targets may mean a Shoot that takes no part in upgrades. Its labels are not looked at, and it may lack them: entries by plan, region or
 * account may mean it, while names and IDs tell. One without a runtime ID is no instance either.
 */
export function compileReach({
  include,
}: Pick<Targets, 'include'>): (shoot: Pick<ExcludedShoot, 'shootName' | 'runtimeID'>) => boolean {
  const runtimeIDs = new Set<string>();
  const [shoots, shootsOfInstances] = [new Set<string>(), new Set<string>()];
  let [meansAny, meansInstances] = [false, false];
  for (const { runtimeID, shoot, instanceID, ...others } of include) {
    if (runtimeID) runtimeIDs.add(runtimeID);
    else if (shoot) (instanceID ? shootsOfInstances : shoots).add(shoot);
    else if (instanceID) meansInstances = true;
    else meansAny ||= Object.values(others).some((value) => Boolean(value));
  }
  return ({ shootName, runtimeID }) =>
    meansAny ||
    shoots.has(shootName) ||
    (runtimeID !== undefined &&
      (runtimeIDs.has(runtimeID) || meansInstances || shootsOfInstances.has(shootName)));
}

/** Entries of one runtime ID each are looked up together: a list of thousands costs no more than one. */
function compileEntries(selectors: readonly Selector[], patterns: PatternTests): Test {
  const runtimeIDs = new Set<string>();
  const tests: Test[] = [];
  for (const selector of selectors) {
    if (selector.runtimeID) runtimeIDs.add(selector.runtimeID);
    else tests.push(compileEntry(selector, patterns));
  }
  return (runtime) => runtimeIDs.has(runtime.runtimeID) || tests.some((matches) => matches(runtime));
}

type PatternField = 'globalAccountID' | 'subAccountID' | 'region';

/** Tests of patterns by field: thousands of entries may have the same one, which costs a runtime no more than once. */
class PatternTests {
  private readonly known = new Map<string, Test>();

  constructor(private readonly patterns: PatternCompiler) {}

  of(pattern: string, field: PatternField): Test {
    const key = `${field} ${pattern}`;
    const test = this.known.get(key) ?? this.compile(pattern, field);
    this.known.set(key, test);
    return test;
  }

  private compile(pattern: string, field: PatternField): Test {
    const matches = this.patterns.compile(pattern);
    // A fleet has few regions, and its waves ask for them again and again.
    if (field === 'region')
      return remembered(
        ({ region }) => matches(region),
        ({ region }) => region,
      );
    let last: { text: string; answer: boolean } | undefined;
    return (runtime) => {
      const text = runtime[field];
      if (last?.text !== text) last = { text, answer: matches(text) };
      return last.answer;
    };
  }
}

function compileEntry(selector: Selector, patterns: PatternTests): Test {
  const tests: Test[] = [];
  const { planName, shoot, instanceID, globalAccount, subAccount, region } = selector;
  if (planName) tests.push((runtime) => runtime.servicePlanName === planName);
  if (shoot) tests.push((runtime) => runtime.shootName === shoot);
  if (instanceID) tests.push((runtime) => runtime.instanceID === instanceID);
  if (globalAccount) tests.push(patterns.of(globalAccount, 'globalAccountID'));
  if (subAccount) tests.push(patterns.of(subAccount, 'subAccountID'));
  if (region) tests.push(patterns.of(region, 'region'));
  // An entry that says nothing must never mean "everything": only `target: all` does.
  if (tests.length === 0) return () => selector.target === 'all';
  return (runtime) => tests.every((matches) => matches(runtime));
}
