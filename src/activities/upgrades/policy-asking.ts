import { UnavailableError } from '../../domain/errors.ts';
import { compilePolicy, UnusablePolicyError } from '../../domain/upgrades/compiled-policy.ts';
import { HORIZON_MS } from '../../domain/upgrades/placement.ts';
import { nextWindowsOf, policyGroups } from '../../domain/upgrades/policy-preview.ts';
import type { PolicyPreviewAnswer, PolicyPreviewRequest } from '../../workflows/contract/upgrades.ts';
import type { Runtime } from '../../domain/upgrades/runtime.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { PolicyActivities } from './activity-types.ts';

/** Windows of one runtime that are told. */
const MOST_WINDOWS = 10;

/** Looks for the windows of one runtime that far ahead: those that come rarely are to be seen, too. */
const ONE_HORIZON_MS = 12 * HORIZON_MS;

/** A fleet that was read is asked again for so long. */
const FRESH_MS = 60_000;

/** The fleet as a preview needs it. */
interface Fleet {
  runtimes: Runtime[];
  leftOut: Record<string, number>;
}

/**
 * Previews of policies. All who ask at the same time, or within a minute, share one reading of the
 * inventory; it goes on when they have stopped waiting, for the next one who asks.
 */
export function createPolicyActivities(deps: Pick<ActivityDependencies, 'inventory'>): PolicyActivities {
  let reading: Promise<Fleet> | undefined;
  const forget = (): void => (reading = undefined);
  const fleet = (): Promise<Fleet> => {
    if (reading) return reading;
    reading = readFleet(deps);
    reading.then(() => setTimeout(forget, FRESH_MS).unref(), forget);
    return reading;
  };
  return {
    previewPolicy: (request) =>
      withHeartbeat(async () => {
        try {
          return preview(await fleet(), request);
        } catch (error) {
          if (error instanceof UnavailableError && error.system === 'inventory')
            return { kind: 'inventory away', message: error.message };
          if (error instanceof UnusablePolicyError)
            return { kind: 'unusable policy', message: error.message };
          throw error;
        }
      }),
  };
}

async function readFleet({ inventory }: Pick<ActivityDependencies, 'inventory'>): Promise<Fleet> {
  const runtimes: Runtime[] = [];
  const leftOut: Record<string, number> = {};
  for await (const page of inventory.pages({})) {
    for (const { reason } of page.excluded) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    runtimes.push(...page.runtimes);
  }
  return { runtimes, leftOut };
}

function preview(
  { runtimes, leftOut }: Fleet,
  { policy, fromMs, runtimeID }: PolicyPreviewRequest,
): PolicyPreviewAnswer {
  const compiled = compilePolicy(policy);
  if (runtimeID === undefined) {
    const groups = policyGroups(compiled, fromMs);
    for (const runtime of runtimes) groups.add(runtime);
    return { kind: 'fleet', preview: groups.result(), leftOut };
  }
  const runtime = runtimes.find((one) => one.runtimeID === runtimeID);
  if (!runtime) return { kind: 'unknown runtime' };
  const ahead = { fromMs, untilMs: fromMs + ONE_HORIZON_MS, most: MOST_WINDOWS };
  const windows = nextWindowsOf(compiled, runtime, ahead);
  return { kind: 'runtime', runtimeID, shootName: runtime.shootName, windows };
}
