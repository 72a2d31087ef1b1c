import { proxyActivities } from '@temporalio/workflow';
import type { OrchestrationActivities } from '../../activities/upgrades/activity-types.ts';
import type { Tuning } from '../contract/engine.ts';
import { UNLESS_REFUSED } from '../projections.ts';
import { heartbeatTimeoutMs } from '../tuning.ts';

const RETRY = { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 30_000 };

/** Activities that talk to Temporal, or run long statements; tried again without limit. A heartbeat tells when their worker is gone. */
export function orchestrationActivities(
  summary: string,
  tuning: Tuning | undefined,
): OrchestrationActivities {
  return proxyActivities<OrchestrationActivities>({
    startToCloseTimeout: '5m',
    heartbeatTimeout: heartbeatTimeoutMs(tuning),
    retry: RETRY,
    summary,
  });
}

/** Reads the whole inventory, which may take long; a heartbeat tells when its worker is gone. */
export function planningActivities(
  tuning: Tuning | undefined,
): Pick<OrchestrationActivities, 'resolveTargets'> {
  const { resolveTargets } = proxyActivities<OrchestrationActivities>({
    startToCloseTimeout: '6h',
    heartbeatTimeout: heartbeatTimeoutMs(tuning),
    retry: { ...RETRY, ...UNLESS_REFUSED },
    summary: 'reads the inventory and freezes the plan',
  });
  return { resolveTargets };
}
