import { FinalError } from '../../domain/errors.ts';
import { UnusablePolicyError } from '../../domain/upgrades/compiled-policy.ts';
import type { PolicyVersion } from '../../db/repositories/upgrades/policy-versions.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';

/** The policy that a plan is made with. Throws FinalError UNEXPECTED_ANSWER when it can't be used here: the plan fails then. */
export async function policyForPlan({
  policies,
}: Pick<ActivityDependencies, 'policies'>): Promise<PolicyVersion> {
  try {
    return await policies.current();
  } catch (error) {
    if (!(error instanceof UnusablePolicyError)) throw error;
    throw new FinalError('UNEXPECTED_ANSWER', error.message, { cause: error });
  }
}
