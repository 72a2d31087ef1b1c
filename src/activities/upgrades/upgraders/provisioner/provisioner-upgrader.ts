import type {
  OverrideSet,
  ProvisionerCallOptions,
  ProvisionerOperation,
  ProvisionerOperationKind,
  ProvisionerSendOptions,
} from '../../../../clients/upgrades/outside-systems.ts';
import { UNSHOWN } from '../../../../clients/upgrades/provisioner-errors.ts';
import { quoted } from '../../../../clients/redaction.ts';
import { FinalError, UnavailableError } from '../../../../domain/errors.ts';
import { busyProvisioner } from '../../../../domain/upgrades/descriptions.ts';
import {
  maskSecrets,
  type ClusterConfig,
  type KymaConfig,
  type OperationConfig,
} from '../../../../domain/upgrades/operation-config.ts';
import type { UpgradeInput } from '../../activity-types.ts';
import type { Execution, Fence, Prepared, Progress, Recognition, Success, Upgrader } from '../upgrader.ts';
import { CarriedSecrets } from './carried-secrets.ts';

const KINDS: Record<UpgradeInput['type'], ProvisionerOperationKind> = {
  upgradeKyma: 'Upgrade',
  upgradeCluster: 'UpgradeShoot',
};

/** Upgrades by the Runtime Provisioner, which takes one operation at a time for a runtime and gives each an ID. */
export class ProvisionerUpgrader implements Upgrader {
  readonly keepsImages = false;
  readonly healthyMs = 0;
  private readonly kind: ProvisionerOperationKind;
  private readonly secrets: CarriedSecrets;

  constructor(private readonly execution: Execution) {
    this.kind = KINDS[execution.input.type];
    this.secrets = new CarriedSecrets(() => this.overrides(), execution.row.sentSecrets);
  }

  async recognise(): Promise<Recognition> {
    const last = await this.lastOperation();
    if (last && this.isOurs(last)) return { kind: 'ours', id: last.id, look: () => this.progressOf(last) };
    const { dryRun } = this.execution.input;
    if (last && isUnderWay(last) && !dryRun) return { kind: 'busy', with: busyWith(last) };
    return { kind: 'free', prepare: () => this.prepare(last?.id ?? '') };
  }

  async follow(id: string): Promise<Progress> {
    const { provisioner } = this.execution.deps;
    return await this.progressOf(await provisioner.operationStatus(id, this.call));
  }

  begun(id: string): string {
    return `The Provisioner carries out the upgrade (operation ${id})`;
  }

  private async prepare(baselineOperationID: string): Promise<Prepared> {
    const { config, sentSecrets } = await this.compose();
    return {
      request: { config: maskSecrets(config), baselineOperationID, sentSecrets },
      send: async (fence) => (await this.sendUnlessTaken(config, fence)).id,
    };
  }

  /**
   * With a baseline: our request did arrive. Without one nothing of this attempt was sent, and what is there is ours
   * only when an earlier attempt is known to have started it, and nothing has followed it: anything else is somebody
   * else's, maybe to another version.
   */
  private isOurs(last: ProvisionerOperation): boolean {
    const { input, row } = this.execution;
    if (last.operation !== this.kind || input.dryRun) return false;
    const { baselineOperationID, earlierOperationID } = row;
    if (baselineOperationID !== null) return last.id !== baselineOperationID;
    return last.id === earlierOperationID && last.state !== 'Failed';
  }

  private async lastOperation(): Promise<ProvisionerOperation | undefined> {
    const { deps, input } = this.execution;
    return await deps.provisioner.lastOperation(input.runtimeID, this.call);
  }

  /** The Provisioner serves several accounts, each as a tenant. */
  private get call(): ProvisionerCallOptions {
    const { row, signal } = this.execution;
    const tenant = row.globalAccountID || undefined;
    return { signal, tenant, secrets: () => this.secrets.values() };
  }

  private async compose(): Promise<{ config: OperationConfig; sentSecrets: string | null }> {
    const { deps, input, parameters } = this.execution;
    if (input.type === 'upgradeCluster') {
      return { config: { clusterConfig: { ...parameters.kubernetes } }, sentSecrets: null };
    }
    const { version } = this;
    const components = deps.componentsFor(version);
    const overrides = await this.overrides();
    const entriesOf = (component: string): KymaConfig['configuration'] =>
      overrides.filter((set) => set.component === component).flatMap((set) => set.entries);
    const kymaConfig = {
      version,
      components: components.map(({ component, namespace }) => ({
        component,
        namespace,
        configuration: entriesOf(component),
      })),
      configuration: entriesOf(''),
    };
    return { config: { kymaConfig }, sentSecrets: this.secrets.sending(overrides) };
  }

  private get version(): string {
    return this.execution.parameters.kyma?.version ?? '';
  }

  /** None for an upgrade of the cluster. */
  private async overrides(): Promise<OverrideSet[]> {
    const { deps, input, row, signal } = this.execution;
    if (input.type === 'upgradeCluster') return [];
    return await deps.overrides.forKyma(row.servicePlanName, this.version, signal);
  }

  /**
   * A refusal because another operation began after our look (or an earlier request of ours arrived late) is none:
   * the next execution waits for that operation, or follows it when it is ours. It can be ours only when an execution
   * before this one may have sent, too; otherwise the baseline goes, or the other operation would be taken for ours
   * by it.
   */
  private async sendUnlessTaken(config: OperationConfig, fence: Fence): Promise<ProvisionerOperation> {
    try {
      return await this.send(config, { ...this.call, beforeSending: () => fence.pass() });
    } catch (error) {
      if (!(error instanceof FinalError) || error.code !== 'PROVISIONER_REFUSED') throw error;
      await fence.withdraw();
      const last = await this.lastOperation();
      if (last && isUnderWay(last)) throw busyWith(last);
      throw error;
    }
  }

  private async send(config: OperationConfig, call: ProvisionerSendOptions): Promise<ProvisionerOperation> {
    const { deps, input } = this.execution;
    const { provisioner } = deps;
    if (config.kymaConfig) return await provisioner.upgradeRuntime(input.runtimeID, config.kymaConfig, call);
    const cluster: ClusterConfig = config.clusterConfig ?? {};
    return await provisioner.upgradeShoot(input.runtimeID, cluster, call);
  }

  private async progressOf(status: ProvisionerOperation): Promise<Progress> {
    const success = await this.endOf(status);
    return success ? { kind: 'ended', success } : { kind: 'under way', words: this.begun(status.id) };
  }

  /** The end of an operation of ours; undefined while it is under way. Throws FinalError UPGRADE_FAILED. */
  private async endOf(status: ProvisionerOperation): Promise<Success | undefined> {
    if (status.state === 'Succeeded') {
      return { description: (await this.withoutSecrets(status.message)) || 'The upgrade succeeded' };
    }
    if (status.state !== 'Failed') return undefined;
    const said = status.lastError?.errMessage || status.message;
    const why = (await this.withoutSecrets(said)) || 'no reason given';
    throw new FinalError('UPGRADE_FAILED', `The Provisioner reports that the upgrade failed: ${why}`);
  }

  /** The Provisioner may repeat the values that it was given in anything it says of an upgrade. */
  private async withoutSecrets(text: string): Promise<string> {
    const secrets = await this.secrets.values();
    // A worker that shuts down leaves it to the next one, which can read them.
    if (!secrets) this.execution.signal.throwIfAborted();
    return secrets ? quoted(text, secrets) : UNSHOWN;
  }
}

function isUnderWay(operation: ProvisionerOperation): boolean {
  return operation.state === 'Pending' || operation.state === 'InProgress';
}

function busyWith({ operation, id }: ProvisionerOperation): UnavailableError {
  return new UnavailableError('provisioner', busyProvisioner({ kind: operation, id }));
}
