/** A Shoot that a test plays Gardener on, with a transcript of what the upgrade makes of it at each step. */
import { z } from 'zod';
import { decideOnShoot, type ShootPatch } from '../../../../../src/domain/upgrades/gardener-patch.ts';
import { progressOf } from '../../../../../src/domain/upgrades/gardener-progress.ts';
import {
  GARDENER_OPERATION,
  markOf,
  type GardenerShoot,
  type ShootCondition,
  type ShootOperation,
} from '../../../../../src/domain/upgrades/gardener-shoot.ts';
import type { ClusterConfig } from '../../../../../src/domain/upgrades/operation-config.ts';

export const RUNTIME_ID = '11111111-1111-4111-8111-111111111111';
export const OPERATION_ID = '22222222-2222-4222-8222-222222222222';
const BEGIN_MS = Date.parse('2030-10-12T20:00:00Z');
const CONDITIONS = ['APIServerAvailable', 'ControlPlaneHealthy', 'EveryNodeReady', 'SystemComponentsHealthy'];

export function aShoot(changes: Partial<GardenerShoot> = {}): GardenerShoot {
  return {
    name: 'c-0000001',
    runtimeID: RUNTIME_ID,
    resourceVersion: '100',
    generation: 4,
    observedGeneration: 4,
    annotations: {},
    isBeingDeleted: false,
    isHibernated: false,
    isConfined: false,
    kubernetesVersion: '1.32.6',
    workers: [
      aWorker('cpu-worker-0', 'gardenlinux', '1312.3.0'),
      aWorker('gpu-worker-0', 'suse-chost', '15.5.20'),
    ],
    lastOperation: {
      type: 'Reconcile',
      state: 'Succeeded',
      progress: 100,
      description: 'reconciled',
      updatedAtMs: BEGIN_MS - 3_600_000,
    },
    lastErrors: [],
    conditions: CONDITIONS.map((type) => ({
      type,
      status: 'True',
      changedAtMs: BEGIN_MS - 86_400_000,
      message: '',
    })),
    ...changes,
  };
}

export function aWorker(name: string, image: string, version: string): GardenerShoot['workers'][number] {
  const manifest = {
    name,
    minimum: 3,
    machine: { type: 'm5.xlarge', image: { name: image, version, providerConfig: { a: 1 } } },
  };
  return { name, image: { name: image, version }, manifest };
}

const workerSchema = z.looseObject({
  name: z.string(),
  machine: z.looseObject({ image: z.looseObject({ name: z.string(), version: z.string() }) }),
});

function readWorker(manifest: Record<string, unknown>): GardenerShoot['workers'][number] {
  const { name, machine } = workerSchema.parse(manifest);
  return aWorker(name, machine.image.name, machine.image.version);
}

/** One attempt after the other at an upgrade of one Shoot. Each step is written down with what the upgrade makes of it. */
export class PlayedShoot {
  readonly lines: string[] = [];
  attempt = 1;
  /** The attempt that a person has asked for last. */
  firstAttempt = 1;
  /** Undefined for an upgrade whose health others look at. */
  healthyMs: number | undefined = 120_000;
  private shoot: GardenerShoot | undefined;
  private mark: string | undefined;
  private nowMs = BEGIN_MS;

  constructor(
    changes: Partial<GardenerShoot> = {},
    private readonly wanted: ClusterConfig = { kubernetesVersion: '1.33.5' },
  ) {
    this.shoot = aShoot(changes);
  }

  /** Decides, and sends what was decided unless `then` is called before, as by somebody who is faster. */
  decide(what: string, faster?: () => void): void {
    const { shoot } = this;
    if (!shoot) throw new Error('There is no Shoot');
    const { attempt, firstAttempt } = this;
    const ids = { operationID: OPERATION_ID, attempt, firstAttempt, runtimeID: RUNTIME_ID };
    const decision = decideOnShoot(shoot, this.wanted, ids);
    this.lines.push(`${what}: ${decision.kind}`);
    if ('words' in decision) this.lines.push(`  ${decision.words}`);
    if (decision.kind === 'ours') this.mark = decision.mark;
    if (decision.kind !== 'patch') return;
    this.lines.push(`  ${JSON.stringify(decision.patch)}`);
    faster?.();
    this.take(decision.patch);
    this.mark = markOf(ids);
  }

  /** The API server, with the rules of Gardener's strategy for Shoots. */
  private take(patch: ShootPatch): void {
    const { shoot } = this;
    if (!shoot || shoot.resourceVersion !== patch.metadata.resourceVersion) {
      this.lines.push('  409: the Shoot is another one by now');
      return;
    }
    const annotations = Object.fromEntries(
      Object.entries({ ...shoot.annotations, ...patch.metadata.annotations }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    );
    const { [GARDENER_OPERATION]: asked, ...kept } = annotations;
    const hasFailed = shoot.lastOperation?.state === 'Failed';
    const isHeeded = asked === (hasFailed ? 'retry' : 'reconcile');
    const raises = isHeeded || (patch.spec !== undefined && !shoot.isConfined);
    this.change({
      annotations: isHeeded ? kept : annotations,
      ...(patch.spec?.kubernetes && { kubernetesVersion: patch.spec.kubernetes.version }),
      ...(patch.spec?.provider && { workers: patch.spec.provider.workers.map(readWorker) }),
      ...(raises && { generation: shoot.generation + 1 }),
    });
  }

  /** Somebody changes the Shoot, or Gardener tells of it. */
  change(changes: Partial<GardenerShoot>): void {
    const { shoot } = this;
    if (!shoot) return;
    this.shoot = { ...shoot, ...changes, resourceVersion: String(Number(shoot.resourceVersion) + 1) };
  }

  /** Gardener works on it; the generation that it has begun with is the present one unless told otherwise. */
  works(state: string, changes: Partial<ShootOperation> = {}, rest: Partial<GardenerShoot> = {}): void {
    this.change({
      observedGeneration: this.shoot?.generation ?? 0,
      lastOperation: {
        type: 'Reconcile',
        state,
        progress: 0,
        description: `${state} it`,
        updatedAtMs: this.nowMs,
        ...changes,
      },
      ...rest,
    });
  }

  condition(type: string, changes: Partial<ShootCondition>): void {
    const conditions = (this.shoot?.conditions ?? []).map((one) =>
      one.type === type ? { ...one, changedAtMs: this.nowMs, ...changes } : one,
    );
    this.change({ conditions });
  }

  get current(): GardenerShoot | undefined {
    return this.shoot;
  }

  delete(): void {
    this.shoot = undefined;
  }

  /** Looks, so many seconds later, at what was sent. */
  look(what: string, afterSeconds = 10): void {
    this.nowMs += afterSeconds * 1000;
    if (this.mark === undefined) throw new Error('Nothing was sent');
    const sent = { mark: this.mark, runtimeID: RUNTIME_ID, wanted: this.wanted, healthyMs: this.healthyMs };
    const progress = progressOf(this.shoot, sent, this.nowMs);
    this.lines.push(`${what}: ${progress.kind}`, `  ${progress.words}`);
  }
}
