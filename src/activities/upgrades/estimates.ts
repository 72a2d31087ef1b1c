/** When orchestrations under way are expected to end, worked out from time to time and kept in their rows. */
import { log } from '@temporalio/activity';
import { plannedBurnUp } from '../../domain/upgrades/burn-up.ts';
import { withFreezesOf } from '../../domain/upgrades/compiled-policy.ts';
import { estimateEnd } from '../../domain/upgrades/estimate.ts';
import { projectionBasis } from '../../domain/upgrades/projection-of-plans.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { inSlices } from '../../clients/in-slices.ts';

/** Own operations that tell more of this version than those of earlier orchestrations. */
const ENOUGH = 5;

type Deps = Pick<ActivityDependencies, 'repositories' | 'policies' | 'clock'>;

/** Estimates all that are in progress; one that can't be estimated keeps the estimate it has. `beat` is called before each. */
export async function estimateAll(deps: Deps, beat: () => void): Promise<void> {
  for (const id of await deps.repositories.estimates.listEstimated()) {
    beat();
    await estimate(deps, id);
  }
}

/** Estimates one from its rows as they are now. Nobody depends on an estimate: whatever is in its way is logged, and nothing else fails for it. */
export async function estimate(deps: Deps, orchestrationID: string): Promise<void> {
  const { estimates, operations } = deps.repositories;
  try {
    const left = await estimates.readLeft(orchestrationID);
    if (!left) return;
    const live = await deps.policies.current();
    const planned = await deps.policies.find(left.policyVersion);
    if (!planned) return;
    const { dryRun } = left.parameters;
    const seconds =
      left.ownSeconds.length >= ENOUGH ? left.ownSeconds : await operations.earlierDurations(left.type);
    const basis = projectionBasis({ type: left.type, dryRun }, seconds);
    const policy = withFreezesOf(live.policy, planned);
    const { estimate: estimated, spans } = await inSlices(estimateEnd(left, policy, basis, deps.clock()));
    await estimates.keep(orchestrationID, estimated);
    if (left.isFirst)
      await estimates.keepPlanned(
        orchestrationID,
        plannedBurnUp(spans, { at: estimated.at, ended: left.ended }),
      );
  } catch (error) {
    log.warn('The end of an orchestration could not be estimated', { orchestrationID, error });
  }
}
