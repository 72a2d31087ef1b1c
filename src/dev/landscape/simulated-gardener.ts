/**
 * Gardener's part with a Shoot: which changes it begins with, and what its status tells of that as time passes. The rules of the generation are
 * those of its API server (pkg/apiserver/registry/core/shoot/strategy.go), the ones of the status those of the gardenlet.
 */
import { randomUUID } from 'node:crypto';
import { at, listAt, sameJson, textAt } from './json-path.ts';
import type { AcceptedOperation, Json, JsonObject, RuntimeBehaviour } from './landscape-types.ts';
import { isObject, mergePatch } from './merge-patch.ts';
import type { OperationNow, UpgradeDefaults } from './simulated-operations.ts';

const OPERATION = 'gardener.cloud/operation';
const MARK = 'drydock.dev/operation';
/** Between a change and its begin Gardener tells of what it did before: a tenth of the time, at most so many ms. */
const LONGEST_PICKUP_MS = 1_000;
const LATE_CONDITION = 'EveryNodeReady';

/** A change of a Shoot as the API server takes it. */
export interface TakenPatch {
  /** With everything that follows from it. */
  patch: JsonObject;
  /** The generation that Gardener is to begin with; undefined when it begins nothing. */
  generation?: number;
}

/** Takes a patch of a Shoot with everything that follows from it. A status in it is ignored: it is changed at a path of its own. */
export function takePatch(shoot: JsonObject, sent: JsonObject): TakenPatch {
  const { status: _, ...patch } = sent;
  const after = mergePatch(shoot, patch);
  if (!isObject(after)) return { patch };
  const asked = textAt(after, 'metadata', 'annotations', OPERATION);
  const isHeeded =
    asked === (textAt(shoot, 'status', 'lastOperation', 'state') === 'Failed' ? 'retry' : 'reconcile');
  if (!isHeeded && !raises(shoot, after)) return { patch };
  const generation = generationOf(shoot) + 1;
  const follows: JsonObject = {
    metadata: { generation, ...(isHeeded && { annotations: { [OPERATION]: null } }) },
  };
  const whole = appliedTogether(patch, follows);
  return { patch: whole, generation };
}

/** Of changes that are confined to the maintenance window only falling asleep and waking up count. */
function raises(before: JsonObject, after: JsonObject): boolean {
  const confined = at(after, 'spec', 'maintenance', 'confineSpecUpdateRollout') === true;
  const path = confined ? ['spec', 'hibernation', 'enabled'] : ['spec'];
  return !sameJson(at(before, ...path), at(after, ...path));
}

/** One patch for two, in which null still removes. */
function appliedTogether(first: JsonObject, second: JsonObject): JsonObject {
  const merged = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const other = merged[key];
    merged[key] = isObject(other) && isObject(value) ? appliedTogether(other, value) : value;
  }
  return merged;
}

/** The work that a change becomes; how it will go is decided here, once. */
export function acceptReconciliation(input: {
  runtimeID: string;
  shoot: JsonObject;
  generation: number;
  behaviour: RuntimeBehaviour;
  defaults: UpgradeDefaults;
  now: number;
}): AcceptedOperation {
  const { behaviour, defaults, shoot } = input;
  const hold = behaviour.hold ?? (behaviour.seconds === undefined && defaults.hold);
  const durationMs = Math.max(1, Math.round((behaviour.seconds ?? defaults.upgradeSeconds) * 1000));
  const errorMs = Math.round((behaviour.errorSeconds ?? 0) * 1000);
  return {
    id: randomUUID(),
    runtimeID: input.runtimeID,
    operation: 'Reconcile',
    requested: true,
    config: {
      kubernetesVersion: textAt(shoot, 'spec', 'kubernetes', 'version'),
      mark: textAt(shoot, 'metadata', 'annotations', MARK),
    },
    tenant: '',
    acceptedAt: input.now,
    durationMs: hold ? null : durationMs + errorMs,
    result: behaviour.fail === undefined ? 'Succeeded' : 'Failed',
    reason: behaviour.fail ?? '',
    generation: input.generation,
    errorMs,
    unhealthyMs: Math.round((behaviour.unhealthySeconds ?? 0) * 1000),
  };
}

/** The Shoot with the status that Gardener has given it by now; operations are its own, oldest first. */
export function withStatus(shoot: JsonObject, operations: readonly OperationNow[], now: number): JsonObject {
  const begun = operations.filter((operation) => now - operation.acceptedAt >= pickupMs(operation));
  const last = begun.at(-1);
  if (!last) return shoot;
  const status: JsonObject = {
    observedGeneration: last.generation ?? generationOf(shoot),
    ...phaseOf(last, now),
    conditions: conditionsOf(shoot, begun, now),
  };
  const told = mergePatch(shoot, { status });
  return isObject(told) ? told : shoot;
}

function pickupMs({ durationMs, requested }: AcceptedOperation): number {
  return requested && durationMs !== null ? Math.min(LONGEST_PICKUP_MS, durationMs / 10) : 0;
}

function phaseOf(operation: OperationNow, now: number): JsonObject {
  const { state, progress, reason, finishedAt, acceptedAt, errorMs = 0 } = operation;
  const tell = (told: string, updatedAt: number, description: string, errors: string[] = []): JsonObject => ({
    lastOperation: {
      type: 'Reconcile',
      state: told,
      progress: told === 'Succeeded' ? 100 : Math.floor(progress * 100),
      description,
      lastUpdateTime: new Date(updatedAt).toISOString(),
    },
    lastErrors: errors.map((error) => ({ description: error })),
  });
  if (state === 'Succeeded')
    return tell(state, finishedAt ?? now, 'Shoot cluster has been successfully reconciled.');
  if (state === 'Failed')
    return tell(state, finishedAt ?? now, 'Shoot cluster could not be reconciled.', [reason]);
  if (now - acceptedAt < errorMs)
    return tell('Error', acceptedAt, 'Some tasks have failed.', ['no capacity for machines of this type']);
  return tell('Processing', acceptedAt + errorMs, 'Waiting until the machines are rolled out.');
}

/** A condition that comes late stays progressing for a while after the work, as Gardener looks only now and then. */
function conditionsOf(shoot: JsonObject, operations: readonly OperationNow[], now: number): Json[] {
  const conditions = listAt(shoot, 'status', 'conditions');
  const late = operations.findLast(
    ({ unhealthyMs = 0, finishedAt }) => unhealthyMs > 0 && finishedAt !== undefined,
  );
  if (late?.finishedAt === undefined) return conditions;
  const healthyAt = late.finishedAt + (late.unhealthyMs ?? 0);
  const changed: JsonObject =
    now < healthyAt
      ? { status: 'Progressing', message: 'node 3 is not ready', lastTransitionTime: iso(late.finishedAt) }
      : { status: 'True', message: '', lastTransitionTime: iso(healthyAt) };
  return conditions.map((condition) =>
    isObject(condition) && condition['type'] === LATE_CONDITION ? { ...condition, ...changed } : condition,
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function generationOf(shoot: JsonObject): number {
  const generation = at(shoot, 'metadata', 'generation');
  return typeof generation === 'number' ? generation : 0;
}
