import { Context } from '@temporalio/activity';
import { UnavailableError, FinalError } from '../domain/errors.ts';
import {
  maskSecrets,
  type ClusterConfig,
  type KymaConfig,
  type OperationConfig,
} from '../domain/operation-config.ts';
import type { ProvisionerOperation, ProvisionerOperationKind } from '../clients/types.ts';
import { nowOf, type ActivityDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { UpgradeActivities, UpgradeInput } from './types.ts';

/**
 * Upgrades one runtime and follows it to its end. May be executed any number of times for one attempt: before the request
 * is sent, the ID of the runtime's last operation is kept in the database as a baseline, so that an execution that finds
 * another operation of the kind knows that the request did arrive (the process died, or the answer was lost).
 */
export function createUpgradeActivities(deps: ActivityDependencies): UpgradeActivities {
  return {
    upgradeRuntime: (input) => withHeartbeat((signal) => new Upgrade(deps, input, signal).run()),
  };
}

const DOING: Record<UpgradeInput['type'], { kind: ProvisionerOperationKind }> = {
  upgradeKyma: { kind: 'Upgrade' },
  upgradeCluster: { kind: 'UpgradeShoot' },
};

class Upgrade {
  private readonly kind: ProvisionerOperationKind;
  private complained = false;

  constructor(
    private readonly deps: ActivityDependencies,
    private readonly input: UpgradeInput,
    private readonly signal: AbortSignal,
  ) {
    this.kind = DOING[input.type].kind;
  }

  async run(): Promise<{ description: string }> {
    try {
      return await this.steps();
    } catch (error) {
      if (error instanceof UnavailableError && error.system !== 'database')
        await this.complain(error.message);
      throw error;
    }
  }

  private async steps(): Promise<{ description: string }> {
    const known = await this.progressSoFar();
    if (known.provisionerOperationID) return await this.follow(known.provisionerOperationID);

    const last = await this.deps.provisioner.lastOperation(
      this.input.runtimeID,
      this.signal,
      this.input.globalAccountID,
    );
    const arrived =
      known.baselineOperationID !== undefined &&
      last?.operation === this.kind &&
      last.id !== known.baselineOperationID;
    if (last && (arrived || (isUnderWay(last) && last.operation === this.kind && !this.input.dryRun))) {
      return await this.keepAndFollow(last.id);
    }
    if (last && isUnderWay(last) && !this.input.dryRun) throw busyWith(last);

    const config = await this.composeConfig();
    await this.deps.repositories.operations.recordConfig(
      this.input.operationID,
      this.input.attempt,
      maskSecrets(config),
    );
    if (this.input.dryRun) return { description: 'Dry run: everything was prepared, nothing was sent' };
    if (known.baselineOperationID === undefined) {
      await this.deps.repositories.operations.recordBaseline(
        this.input.operationID,
        this.input.attempt,
        last?.id ?? '',
      );
    }
    const sent = await this.sendUnlessTaken(config);
    return await this.keepAndFollow(sent.id);
  }

  /** What earlier executions of this attempt got done; only a repeated execution has to ask. */
  private async progressSoFar(): Promise<
    Pick<UpgradeInput, 'baselineOperationID' | 'provisionerOperationID'>
  > {
    if (Context.current().info.attempt === 1) return this.input;
    const [row] = await this.deps.repositories.operations.findMany([this.input.operationID]);
    if (!row || row.attempt !== this.input.attempt) return this.input;
    return {
      baselineOperationID: row.baselineOperationID ?? undefined,
      provisionerOperationID: row.provisionerOperationID ?? undefined,
    };
  }

  private async composeConfig(): Promise<OperationConfig> {
    const { parameters, servicePlanName, type } = this.input;
    if (type === 'upgradeCluster') return { clusterConfig: { ...parameters.kubernetes } };
    const version = parameters.kyma?.version ?? '';
    const components = this.deps.componentsFor(version);
    const overrides = await this.deps.overrides.forKyma(servicePlanName, version, this.signal);
    const entriesOf = (component: string): KymaConfig['configuration'] =>
      overrides.filter((set) => set.component === component).flatMap((set) => set.entries);
    return {
      kymaConfig: {
        version,
        components: components.map(({ component, namespace }) => ({
          component,
          namespace,
          configuration: entriesOf(component),
        })),
        configuration: entriesOf(''),
      },
    };
  }

  /**
   * A refusal because another operation began after our look (or an earlier request of ours arrived late) is none: the
   * next execution waits for that operation, or follows it when it is ours.
   */
  private async sendUnlessTaken(config: OperationConfig): Promise<ProvisionerOperation> {
    try {
      return await this.send(config);
    } catch (error) {
      if (!(error instanceof FinalError) || error.code !== 'PROVISIONER_REFUSED') throw error;
      const { runtimeID, globalAccountID } = this.input;
      const last = await this.deps.provisioner.lastOperation(runtimeID, this.signal, globalAccountID);
      if (last && isUnderWay(last)) throw busyWith(last);
      throw error;
    }
  }

  private async send(config: OperationConfig): Promise<ProvisionerOperation> {
    const { runtimeID, globalAccountID } = this.input;
    const { provisioner } = this.deps;
    if (config.kymaConfig)
      return await provisioner.upgradeRuntime(runtimeID, config.kymaConfig, this.signal, globalAccountID);
    const cluster: ClusterConfig = config.clusterConfig ?? {};
    return await provisioner.upgradeShoot(runtimeID, cluster, this.signal, globalAccountID);
  }

  private async keepAndFollow(provisionerOperationID: string): Promise<{ description: string }> {
    const { operationID, attempt } = this.input;
    await this.deps.repositories.operations.recordProvisionerOperation(
      operationID,
      attempt,
      provisionerOperationID,
    );
    return await this.follow(provisionerOperationID);
  }

  private async follow(id: string): Promise<{ description: string }> {
    await this.describe(`The Provisioner carries out the upgrade (operation ${id})`);
    for (;;) {
      const status = await this.look(id);
      if (status?.state === 'Succeeded') return { description: status.message || 'The upgrade succeeded' };
      if (status?.state === 'Failed') {
        const why = status.lastError?.errMessage || status.message || 'no reason given';
        throw new FinalError('UPGRADE_FAILED', `The Provisioner reports that the upgrade failed: ${why}`);
      }
      await Context.current().sleep(this.deps.pollMs);
    }
  }

  /** One look at the operation; a Provisioner that is away is waited for, the upgrade goes on without us. */
  private async look(id: string): Promise<ProvisionerOperation | undefined> {
    try {
      const status = await this.deps.provisioner.operationStatus(id, this.signal, this.input.globalAccountID);
      if (this.complained) await this.describe(`The Provisioner carries out the upgrade (operation ${id})`);
      this.complained = false;
      return status;
    } catch (error) {
      if (!(error instanceof UnavailableError) || this.signal.aborted) throw error;
      await this.complain(error.message);
      return undefined;
    }
  }

  private async complain(message: string): Promise<void> {
    if (this.complained) return;
    this.complained = true;
    await this.describe(`Trying again: ${message}`);
  }

  private async describe(description: string): Promise<void> {
    const { operationID, attempt } = this.input;
    await this.deps.repositories.operations.describe(operationID, attempt, description, nowOf(this.deps));
  }
}

function isUnderWay(operation: ProvisionerOperation): boolean {
  return operation.state === 'Pending' || operation.state === 'InProgress';
}

function busyWith({ operation, id }: ProvisionerOperation): UnavailableError {
  return new UnavailableError(
    'provisioner',
    `The Provisioner is busy with another operation on the runtime (${operation}, ${id})`,
  );
}
