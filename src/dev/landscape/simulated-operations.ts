import { fraction, hashText } from './deterministic.ts';
import type { Journal } from './journal.ts';
import type {
  AcceptedOperation,
  Json,
  JournalRecord,
  JsonObject,
  OperationResult,
  OperationType,
  RuntimeBehaviour,
  StoredObject,
} from './landscape-types.ts';

/** An operation as it stands now. */
export interface OperationNow extends AcceptedOperation {
  state: 'InProgress' | OperationResult;
  /** Share of the way, 0 to 1. */
  progress: number;
  /** Milliseconds since 1970; undefined while it runs. */
  finishedAt?: number;
  /** Milliseconds since 1970; the Provisioner no longer knows an operation that it has forgotten. */
  forgottenAt?: number;
}

/** A patch of a Shoot as it was sent. */
export interface SentPatch {
  shootName: string;
  patch: JsonObject;
  /** Milliseconds since 1970. */
  at: number;
}

/** The landscape's memory: everything that is not the deterministic fleet. Rebuilt from the journal at a start. */
export class Memory {
  private readonly operations = new Map<string, AcceptedOperation>();
  private readonly byRuntime = new Map<string, string[]>();
  private readonly ended = new Map<string, { at: number; result: OperationResult; reason: string }>();
  private readonly forgotten = new Map<string, number>();
  private readonly behaviours = new Map<string, RuntimeBehaviour>();
  private readonly patches = new Map<string, { version: number; patches: JsonObject[] }>();
  /** Patches that came through the Kubernetes API, in the order in which they were accepted. */
  readonly sentPatches: SentPatch[] = [];
  /** The objects of stacks, by `objectKey`. */
  readonly objects = new Map<string, StoredObject>();
  /** Grows with every change, as a Kubernetes API's resource version does. */
  resourceVersion = 1;

  constructor(
    private readonly journal: Journal,
    private readonly now: () => number,
  ) {
    for (const record of journal.records) this.apply(record);
  }

  /** Writes down first, then believes: what was answered is never forgotten. */
  record(record: JournalRecord): void {
    this.journal.append(record);
    this.apply(record);
  }

  private apply(record: JournalRecord): void {
    this.resourceVersion += 1;
    switch (record.type) {
      case 'accepted': {
        const { id, runtimeID } = record.operation;
        this.operations.set(id, record.operation);
        this.byRuntime.set(runtimeID, [...(this.byRuntime.get(runtimeID) ?? []), id]);
        break;
      }
      case 'ended':
        this.ended.set(record.id, { at: record.at, result: record.result, reason: record.reason });
        break;
      case 'forgotten':
        this.forgotten.set(record.id, record.at);
        break;
      case 'behaviour':
        this.behaviours.set(record.runtimeID, record.behaviour);
        break;
      case 'object':
        this.objects.set(objectKey(record.object.resource, record.object.name), record.object);
        break;
      case 'object removed':
        this.objects.delete(objectKey(record.resource, record.name));
        break;
      case 'patched': {
        const patches = this.patches.get(record.shootName)?.patches ?? [];
        this.patches.set(record.shootName, {
          version: this.resourceVersion,
          patches: [...patches, record.patch],
        });
        const { sent, at, shootName } = record;
        if (sent !== undefined && at !== undefined) this.sentPatches.push({ shootName, patch: sent, at });
      }
    }
  }

  /** Forgets everything that ever happened; the fleet stays. */
  reset(): void {
    this.journal.clear();
    for (const map of [
      this.operations,
      this.byRuntime,
      this.ended,
      this.forgotten,
      this.behaviours,
      this.patches,
      this.objects,
    ]) {
      map.clear();
    }
    this.sentPatches.length = 0;
    this.resourceVersion += 1;
  }

  operation(id: string): OperationNow | undefined {
    const operation = this.operations.get(id);
    return operation && this.standing(operation);
  }

  /** Operations of the Provisioner on a runtime, oldest first, those that it has forgotten left out. */
  operationsOf(runtimeID: string): OperationNow[] {
    return this.allOf(runtimeID).filter(
      ({ operation, forgottenAt }) => operation !== 'Reconcile' && forgottenAt === undefined,
    );
  }

  /** Operations of Gardener itself, oldest first. */
  reconciliationsOf(runtimeID: string): OperationNow[] {
    return this.allOf(runtimeID).filter(({ operation }) => operation === 'Reconcile');
  }

  private allOf(runtimeID: string): OperationNow[] {
    return (this.byRuntime.get(runtimeID) ?? [])
      .map((id) => this.operation(id))
      .filter((operation) => operation !== undefined);
  }

  /** How many operations the runtime ever had. */
  countOf(runtimeID: string): number {
    return this.byRuntime.get(runtimeID)?.length ?? 0;
  }

  /** Every operation in the order in which they were accepted. */
  all(): OperationNow[] {
    return [...this.operations.values()].map((operation) => this.standing(operation));
  }

  behaviour(runtimeID: string): RuntimeBehaviour {
    return this.behaviours.get(runtimeID) ?? {};
  }

  patchesOf(shootName: string): { version: number; patches: JsonObject[] } {
    return this.patches.get(shootName) ?? { version: 1, patches: [] };
  }

  /** Progress is computed, never stored: an upgrade goes on while the landscape is down. */
  private standing(operation: AcceptedOperation): OperationNow {
    const forgottenAt = this.forgotten.get(operation.id);
    const ended = this.ended.get(operation.id);
    if (ended) {
      const { at, result, reason } = ended;
      return { ...operation, state: result, result, reason, progress: 1, finishedAt: at, forgottenAt };
    }
    const ran = this.now() - operation.acceptedAt;
    const { durationMs } = operation;
    if (durationMs !== null && ran >= durationMs) {
      const finishedAt = operation.acceptedAt + durationMs;
      return { ...operation, state: operation.result, progress: 1, finishedAt, forgottenAt };
    }
    const progress = durationMs === null ? 0 : Math.max(0, ran / durationMs);
    return { ...operation, state: 'InProgress', progress, forgottenAt };
  }
}

/** Under which an object of a stack is kept. */
export function objectKey(resource: string, name: string): string {
  return `${resource}/${name}`;
}

/** The settings that decide how an upgrade goes, apart from the runtime's own behaviour. */
export interface UpgradeDefaults {
  upgradeSeconds: number;
  failureRate: number;
  hold: boolean;
}

/** The operation that a request for an upgrade becomes; how it will end is decided here, once. */
export function acceptUpgrade(input: {
  id: string;
  runtimeID: string;
  operation: OperationType;
  config: Json;
  tenant: string;
  now: number;
  /** How many operations the runtime had before: a second try draws anew. */
  earlier: number;
  seed: number;
  behaviour: RuntimeBehaviour;
  defaults: UpgradeDefaults;
}): AcceptedOperation {
  const { behaviour, defaults } = input;
  const drawn = fraction(input.seed, hashText(input.runtimeID) + input.earlier, 77) < defaults.failureRate;
  const fails = behaviour.fail !== undefined || drawn;
  const hold = behaviour.hold ?? (behaviour.seconds === undefined && defaults.hold);
  return {
    id: input.id,
    runtimeID: input.runtimeID,
    operation: input.operation,
    requested: true,
    config: input.config,
    tenant: input.tenant,
    acceptedAt: input.now,
    durationMs: hold ? null : Math.max(1, Math.round((behaviour.seconds ?? defaults.upgradeSeconds) * 1000)),
    result: fails ? 'Failed' : 'Succeeded',
    reason: fails ? (behaviour.fail ?? 'the simulated installation did not become ready') : '',
  };
}

/** Largest number of requested upgrades that ran at the same time, from the record alone. */
export function concurrencyOf(operations: OperationNow[]): { maximum: number; at?: string; running: number } {
  const upgrades = operations.filter(({ requested }) => requested);
  const edges = upgrades.flatMap((upgrade) => {
    const end = Math.min(upgrade.finishedAt ?? Infinity, upgrade.forgottenAt ?? Infinity);
    return [
      { time: upgrade.acceptedAt, step: 1 },
      { time: end, step: -1 },
    ];
  });
  // An upgrade that ends in the millisecond in which another begins did not run beside it.
  edges.sort((a, b) => a.time - b.time || a.step - b.step);
  let running = 0;
  let maximum = 0;
  let at: number | undefined;
  for (const { time, step } of edges) {
    running += step;
    if (running > maximum) [maximum, at] = [running, time];
  }
  return {
    maximum,
    at: at === undefined ? undefined : new Date(at).toISOString(),
    running: upgrades.filter(
      ({ finishedAt, forgottenAt }) => finishedAt === undefined && forgottenAt === undefined,
    ).length,
  };
}
