import { ConflictError, MissingObjectError } from '../../../../clients/kubernetes-api.ts';
import type { OperationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { FinalError, UnavailableError } from '../../../../domain/errors.ts';
import { busyGardener } from '../../../../domain/upgrades/descriptions.ts';
import {
  decideOnShoot,
  patchOf,
  type ShootAttempt,
  type ShootPatch,
} from '../../../../domain/upgrades/gardener-patch.ts';
import { progressOf } from '../../../../domain/upgrades/gardener-progress.ts';
import { isMarkOf, markOf, type GardenerShoot } from '../../../../domain/upgrades/gardener-shoot.ts';
import type { ClusterConfig } from '../../../../domain/upgrades/operation-config.ts';
import type { GardenerDependencies } from '../../../activity-dependencies.ts';
import type { Execution, Fence, Prepared, Progress, Recognition, Upgrader } from '../upgrader.ts';

/** A baseline tells whose upgrade it is of: the Provisioner's are IDs of operations. */
const BASELINE = 'shoot ';

/** True for an operation that Gardener carries out, maybe without our knowing yet. */
export function isGardeners({
  id,
  provisionerOperationID,
  baselineOperationID,
}: Pick<OperationRow, 'id' | 'provisionerOperationID' | 'baselineOperationID'>): boolean {
  if (provisionerOperationID !== null) return isMarkOf(provisionerOperationID, id);
  return baselineOperationID?.startsWith(BASELINE) ?? false;
}

/**
 * Upgrades of a cluster by Gardener itself: one patch of its Shoot, which carries the mark of the attempt. The mark is what is recognised
 * again, and the ID under which the upgrade is followed. The patch names the version of the Shoot that it was decided on, so of two that
 * were decided on the same one the second is a conflict.
 */
export class GardenerUpgrader implements Upgrader {
  readonly keepsImages = true;

  constructor(
    private readonly execution: Execution,
    private readonly gardener: GardenerDependencies,
  ) {}

  get healthyMs(): number {
    return this.gardener.healthyMs;
  }

  async recognise(): Promise<Recognition> {
    const { dryRun } = this.execution.input;
    const shoot = await this.find();
    if (!shoot) return refused('The Shoot does not exist any more');
    const decision = decideOnShoot(shoot, this.wanted, this.attempt);
    switch (decision.kind) {
      case 'ours':
        return {
          kind: 'ours',
          id: decision.mark,
          look: () => Promise.resolve(this.read(shoot, decision.mark)),
        };
      case 'there':
        return { kind: 'there', success: { description: decision.words } };
      case 'refused':
        return refused(decision.words);
      case 'busy':
        return dryRun
          ? this.free(shoot, patchOf(shoot, this.wanted, this.attempt))
          : busyWith(decision.words);
      case 'patch':
        return this.free(shoot, decision.patch);
    }
  }

  async follow(id: string): Promise<Progress> {
    return this.read(await this.find(), id);
  }

  begun(): string {
    return 'Gardener carries out the upgrade';
  }

  private free(shoot: GardenerShoot, patch: ShootPatch): Recognition {
    const prepared: Prepared = {
      request: {
        config: { clusterConfig: this.wanted },
        baselineOperationID: `${BASELINE}${shoot.resourceVersion}`,
      },
      send: (fence) => this.send(patch, fence),
    };
    return { kind: 'free', prepare: () => Promise.resolve(prepared) };
  }

  /** A conflict is no refusal: the next execution reads the Shoot again and decides anew. */
  private async send(patch: ShootPatch, fence: Fence): Promise<string> {
    const { input, signal } = this.execution;
    try {
      await this.gardener.shoots.patch(input.shootName, patch, { signal, beforeSending: () => fence.pass() });
    } catch (error) {
      if (!(error instanceof ConflictError || error instanceof FinalError)) throw error;
      await fence.withdraw();
      if (error instanceof MissingObjectError) throw new FinalError('GARDENER_REFUSED', error.message);
      throw error;
    }
    return markOf(this.attempt);
  }

  private read(shoot: GardenerShoot | undefined, mark: string): Progress {
    const { deps, input, parameters } = this.execution;
    const { wanted } = this;
    // The check after has its own limit for the same wait.
    const healthyMs = parameters.strategy.checks?.health ? undefined : this.healthyMs;
    const progress = progressOf(shoot, { mark, runtimeID: input.runtimeID, wanted, healthyMs }, deps.clock());
    switch (progress.kind) {
      case 'under way':
        return { kind: 'under way', words: progress.words };
      case 'succeeded':
        return { kind: 'ended', success: { description: progress.words } };
      case 'lost':
        throw new FinalError('OPERATION_UNKNOWN', progress.words);
      case 'taken back':
        throw new FinalError('TAKEN_BACK', progress.words);
      case 'failed':
        throw new FinalError('UPGRADE_FAILED', progress.words);
    }
  }

  private async find(): Promise<GardenerShoot | undefined> {
    const { input, signal } = this.execution;
    return await this.gardener.shoots.find(input.shootName, signal);
  }

  private get wanted(): ClusterConfig {
    return { ...this.execution.parameters.kubernetes };
  }

  private get attempt(): ShootAttempt {
    const { input, row } = this.execution;
    const { operationID, attempt, runtimeID } = input;
    return { operationID, attempt, firstAttempt: row.firstAttempt, runtimeID };
  }
}

function refused(words: string): Recognition {
  return { kind: 'refused', with: new FinalError('GARDENER_REFUSED', words) };
}

function busyWith(words: string): Recognition {
  return { kind: 'busy', with: new UnavailableError('inventory', busyGardener(words)) };
}
