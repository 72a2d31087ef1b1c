/** Shoots that something happens to without Drydock: what Gardener and customers do, told to the landscape through its admin API. */
import * as z from 'zod';
import type { FleetMember } from './fleet.ts';
import { at, listAt } from './json-path.ts';
import type { Json, JsonObject } from './landscape-types.ts';
import { isObject } from './merge-patch.ts';
import { shootNow } from './simulated-kubernetes.ts';
import type { LandscapeState } from './state.ts';

export const shootSchema = z.strictObject({
  /** Of the specification. */
  kubernetesVersion: z.string().optional(),
  hibernated: z.boolean().optional(),
  beingDeleted: z.boolean().optional(),
  /** The message of a condition that is not true; null makes all of them true. */
  unhealthy: z.string().nullable().optional(),
  /** Which one, and its status. */
  condition: z.string().default('EveryNodeReady'),
  status: z.enum(['False', 'Progressing', 'Unknown']).default('False'),
});

/** Writes it down like a patch; nobody has sent one. */
export function changeShoot(
  state: LandscapeState,
  member: FleetMember,
  asked: z.infer<typeof shootSchema>,
): void {
  const { memory, settings } = state;
  const { shootName } = member;
  const now = new Date(settings.now()).toISOString();
  const { kubernetesVersion, hibernated, beingDeleted, unhealthy } = asked;
  const conditions = unhealthy === undefined ? undefined : conditionsOf(state, member, asked, now);
  const patch: JsonObject = {
    ...(beingDeleted !== undefined && { metadata: { deletionTimestamp: beingDeleted ? now : null } }),
    spec: {
      ...(kubernetesVersion !== undefined && { kubernetes: { version: kubernetesVersion } }),
      ...(hibernated !== undefined && { hibernation: { enabled: hibernated } }),
    },
    status: {
      ...(hibernated !== undefined && { hibernated }),
      ...(conditions && { conditions }),
    },
  };
  memory.record({ type: 'patched', shootName, patch });
}

function conditionsOf(
  state: LandscapeState,
  member: FleetMember,
  { unhealthy, condition, status }: z.infer<typeof shootSchema>,
  now: string,
): Json[] {
  const isWell = unhealthy === null || unhealthy === undefined;
  const told = { status: isWell ? 'True' : status, message: unhealthy ?? '', lastTransitionTime: now };
  return listAt(shootNow(state, member), 'status', 'conditions').map((one) => {
    if (!isObject(one)) return one;
    const isMeant = isWell ? at(one, 'status') !== 'True' : at(one, 'type') === condition;
    return isMeant ? { ...one, ...told } : one;
  });
}
