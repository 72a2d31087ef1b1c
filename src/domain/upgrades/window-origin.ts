/** Which rule has put an operation into its window, for whoever asks why it waits. */
import {
  freezesOf,
  windowDefinitionFor,
  type CompiledPolicy,
  type PolicyRuntime,
} from './compiled-policy.ts';
import type { RuntimeWindow, WindowDefinition } from './maintenance-policy.ts';
import { clockNameOf, clockOf } from './policy-windows.ts';

/** Parts of a sentence that begins with the window. */
export interface WindowOrigin {
  /** `by rule 3 (rules[2]) of version 4 of the maintenance policy`. */
  by: string;
  /** The person who can change it, and what for. */
  change: string;
  /** The time on the clock of the window, like `23:00 Europe/Berlin`, of ms since the epoch; undefined where that is UTC. */
  clockAt(ms: number): string | undefined;
}

/** An orchestration keeps the rules that it was planned with. */
const LATER = 'for orchestrations that are planned after that';

/**
 * Where the window that begins at `beginMs` comes from, by the version of the policy that the orchestration was planned with;
 * undefined when that does not say. Throws RangeError for a zone that this machine does not know.
 */
export function windowOriginOf(
  { version, policy }: { version: number; policy: CompiledPolicy },
  runtime: PolicyRuntime & { shootName: string },
  beginMs: number,
): WindowOrigin | undefined {
  const found = windowDefinitionFor(policy, runtime);
  if (!found) return undefined;
  const freeze = freezesOf(policy, runtime).find(({ toMs }) => toMs === beginMs);
  const { by, change } = sentences(found, version, runtime.shootName);
  return {
    by: freeze ? `${by}, after the freeze "${freeze.name}"` : by,
    change,
    clockAt: wallClock(found.definition),
  };
}

function sentences(
  { source }: RuntimeWindow,
  version: number,
  shootName: string,
): Pick<WindowOrigin, 'by' | 'change'> {
  const policy = `of version ${version} of the maintenance policy`;
  const change = `an admin can change it with PUT /maintenance-policy, ${LATER}`;
  switch (source.kind) {
    case 'rule':
      return { by: `by rule ${source.index + 1} (rules[${source.index}]) ${policy}`, change };
    case 'default':
      return { by: `by the default ${policy}`, change };
    case 'shoot':
      return {
        by: `by spec.maintenance.timeWindow of the Shoot ${shootName}`,
        change: `the owner of the Shoot can change it, ${LATER}`,
      };
  }
}

/** A zone is named; an offset is written behind the time as in RFC 3339. */
function wallClock(definition: WindowDefinition): WindowOrigin['clockAt'] {
  const clock = clockOf(definition);
  const name = `${definition.timeZone ? ' ' : ''}${clockNameOf(definition)}`;
  return (ms) => {
    const offsetMs = clock.offsetAt(ms);
    if (offsetMs === 0) return undefined;
    return `${new Date(ms + offsetMs).toISOString().slice(11, 16)}${name}`;
  };
}
