import { FinalError, UnavailableError } from '../../domain/errors.ts';
import { HORIZON_MS, nextWindowsOf, policyGroups } from '../../domain/upgrades/policy-preview.ts';
import type { PolicyPreviewAnswer, PolicyPreviewRequest } from '../../workflows/contract/upgrades.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { PolicyActivities } from './activity-types.ts';
import { compile } from './policy-versions.ts';

/** Windows of one runtime that are told. */
const MOST_WINDOWS = 10;

/** Looks for the windows of one runtime that far ahead: those that come rarely are to be seen, too. */
const ONE_HORIZON_MS = 12 * HORIZON_MS;

/** What policies mean for the fleet, before they hold. */
export function createPolicyActivities(deps: Pick<ActivityDependencies, 'inventory'>): PolicyActivities {
  return {
    previewPolicy: (request) =>
      withHeartbeat(async (signal) => {
        try {
          return await preview(deps, request, signal);
        } catch (error) {
          if (error instanceof UnavailableError && error.system === 'inventory')
            return { kind: 'inventory away', message: error.message };
          if (error instanceof FinalError) return { kind: 'unusable policy', message: error.message };
          throw error;
        }
      }),
  };
}

async function preview(
  { inventory }: Pick<ActivityDependencies, 'inventory'>,
  { policy, fromMs, runtimeID }: PolicyPreviewRequest,
  signal: AbortSignal,
): Promise<PolicyPreviewAnswer> {
  const compiled = compile(policy, 'This maintenance policy');
  const groups = policyGroups(compiled, fromMs);
  const leftOut: Record<string, number> = {};
  for await (const page of inventory.pages({ signal })) {
    for (const { reason } of page.excluded) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    for (const runtime of page.runtimes) {
      if (runtimeID === undefined) groups.add(runtime);
      if (runtimeID !== runtime.runtimeID) continue;
      const ahead = { fromMs, untilMs: fromMs + ONE_HORIZON_MS, most: MOST_WINDOWS };
      const windows = nextWindowsOf(compiled, runtime, ahead);
      return { kind: 'runtime', runtimeID, shootName: runtime.shootName, windows };
    }
  }
  return runtimeID === undefined
    ? { kind: 'fleet', preview: groups.result(), leftOut }
    : { kind: 'unknown runtime' };
}
