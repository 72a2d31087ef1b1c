import type { PolicyVersions } from '../../../../db/repositories/upgrades/policy-versions.ts';
import type { PolicyRuntime } from '../../../../domain/upgrades/compiled-policy.ts';
import { windowOriginOf, type WindowOrigin } from '../../../../domain/upgrades/window-origin.ts';
import type { ApiContext } from '../../../api-dependencies.ts';

/**
 * The rule behind a window that begins at `windowBegin` (RFC 3339), by the version of the policy that it was planned with.
 * Undefined when there is no window, or when nobody can tell: the answer then goes without it.
 */
export async function originOf(
  c: ApiContext,
  policies: PolicyVersions,
  version: number | null,
  runtime: PolicyRuntime & { shootName: string },
  windowBegin: string | null,
): Promise<WindowOrigin | undefined> {
  if (version === null || windowBegin === null) return undefined;
  try {
    const policy = await policies.find(version);
    return policy && windowOriginOf({ version, policy }, runtime, Date.parse(windowBegin));
  } catch (error) {
    const reason = 'The rule behind a window can not be told';
    c.var.logger.warn({ runtimeID: runtime.runtimeID, version, reason, err: error }, reason);
    return undefined;
  }
}
