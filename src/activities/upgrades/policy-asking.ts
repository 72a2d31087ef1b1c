import { UnavailableError } from '../../domain/errors.ts';
import { compilePolicy, UnusablePolicyError } from '../../domain/upgrades/compiled-policy.ts';
import { HORIZON_MS } from '../../domain/upgrades/placement.ts';
import { nextWindowsOf, policyGroups } from '../../domain/upgrades/policy-preview.ts';
import type { PolicyPreviewAnswer, PolicyPreviewRequest } from '../../workflows/contract/upgrades.ts';
import type { Fleet } from '../../domain/upgrades/rollout-plan.ts';
import { countReasons } from '../../domain/upgrades/rollout-summary.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { PolicyActivities } from './activity-types.ts';

/** Windows of one runtime that are told. */
const MOST_WINDOWS = 10;

/** Looks for the windows of one runtime that far ahead: those that come rarely are to be seen, too. */
const ONE_HORIZON_MS = 12 * HORIZON_MS;

/** Previews of policies. */
export function createPolicyActivities(deps: Pick<ActivityDependencies, 'fleet'>): PolicyActivities {
  return {
    previewPolicy: (request) =>
      withHeartbeat(async () => {
        try {
          return preview(await deps.fleet.read(), request);
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

function preview(
  { runtimes, excluded }: Fleet,
  { policy, fromMs, runtimeID }: PolicyPreviewRequest,
): PolicyPreviewAnswer {
  const compiled = compilePolicy(policy);
  if (runtimeID === undefined) {
    const groups = policyGroups(compiled, fromMs);
    for (const runtime of runtimes) groups.add(runtime);
    return { kind: 'fleet', preview: groups.result(), leftOut: countReasons(excluded) };
  }
  const runtime = runtimes.find((one) => one.runtimeID === runtimeID);
  if (!runtime) return { kind: 'unknown runtime' };
  const ahead = { fromMs, untilMs: fromMs + ONE_HORIZON_MS, most: MOST_WINDOWS };
  const windows = nextWindowsOf(compiled, runtime, ahead);
  return { kind: 'runtime', runtimeID, shootName: runtime.shootName, windows };
}
