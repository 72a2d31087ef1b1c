import type {
  OperationRow,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { PolicyVersions } from '../../../../db/repositories/upgrades/policy-versions.ts';
import { withFreezesOf, type PolicyRuntime } from '../../../../domain/upgrades/compiled-policy.ts';
import { windowOriginOf, type WindowOrigin } from '../../../../domain/upgrades/window-origin.ts';
import type { ApiContext } from '../../../api-dependencies.ts';

/** Versions of the policy: the rules that an orchestration keeps, and the freezes that an operation of it heeds. */
export interface WindowVersions {
  rules: number | null;
  freezes: number | null;
}

export function versionsOf(
  { freezesVersion }: Pick<OperationRow, 'freezesVersion'>,
  orchestration: Pick<OrchestrationRow, 'policyVersion' | 'freezesVersion'>,
): WindowVersions {
  return { rules: orchestration.policyVersion, freezes: freezesVersion ?? orchestration.freezesVersion };
}

/**
 * The rule behind a window that begins at `windowBegin` (RFC 3339), by the rules of one version of the policy and the freezes of another.
 * Undefined when there is no window, or when nobody can tell: the answer then goes without it.
 */
export async function originOf(
  c: ApiContext,
  policies: PolicyVersions,
  { rules: version, freezes }: WindowVersions,
  runtime: PolicyRuntime & { shootName: string },
  windowBegin: string | null,
): Promise<WindowOrigin | undefined> {
  if (version === null || windowBegin === null) return undefined;
  try {
    const planned = await policies.find(version);
    const live = await policies.find(freezes ?? version);
    if (!planned || !live) return undefined;
    const policy = withFreezesOf(live, planned);
    return windowOriginOf({ version, policy }, runtime, Date.parse(windowBegin));
  } catch (error) {
    const reason = 'The rule behind a window cannot be told';
    c.var.logger.warn({ runtimeID: runtime.runtimeID, version, reason, err: error }, reason);
    return undefined;
  }
}
