import { Context } from '@temporalio/activity';
import { UnavailableError, FinalError } from '../../domain/errors.ts';
import { busyProvisioner, DESCRIPTION_BEGINS } from '../../domain/upgrades/descriptions.ts';
import {
  maskSecrets,
  type ClusterConfig,
  type KymaConfig,
  type OperationConfig,
} from '../../domain/upgrades/operation-config.ts';
import type {
  OverrideSet,
  ProvisionerCallOptions,
  ProvisionerOperation,
  ProvisionerOperationKind,
  ProvisionerSendOptions,
} from '../../clients/upgrades/outside-systems.ts';
import type { OperationRow, SentRequest } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OrchestrationParameters } from '../../domain/upgrades/orchestration-parameters.ts';
import { UNSHOWN } from '../../clients/upgrades/provisioner-errors.ts';
import { quoted } from '../../clients/redaction.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import type { UpgradeInput } from './activity-types.ts';
import { CarriedSecrets } from './carried-secrets.ts';

/** How an upgrade succeeded; `config` when it is not in the row yet. */
export interface Success {
  description: string;
  config?: OperationConfig;
}

/** Most milliseconds between asking for the record and sending: well below any heartbeat timeout. */
const LONGEST_PASSAGE_MS = 10_000;

const DOING: Record<UpgradeInput['type'], { kind: ProvisionerOperationKind }> = {
  upgradeKyma: { kind: 'Upgrade' },
  upgradeCluster: { kind: 'UpgradeShoot' },
};

/**
 * One execution of an upgrade: what an earlier execution, or an earlier attempt, has started is recognised and followed;
 * otherwise the request is composed and sent.
 */
export class Upgrade {
  private readonly kind: ProvisionerOperationKind;
  private complained = false;
  private readonly secrets: CarriedSecrets;

  constructor(
    private readonly deps: ActivityDependencies,
    private readonly input: UpgradeInput,
    private readonly row: OperationRow,
    private readonly parameters: OrchestrationParameters,
    private readonly signal: AbortSignal,
  ) {
    this.kind = DOING[input.type].kind;
    this.secrets = new CarriedSecrets(() => this.overrides(), row.sentSecrets);
  }

  async run(): Promise<Success | 'missed'> {
    try {
      return await this.steps();
    } catch (error) {
      if (error instanceof UnavailableError && error.system !== 'database')
        await this.complain(error.message);
      throw error;
    }
  }

  private async steps(): Promise<Success | 'missed'> {
    const { provisionerOperationID } = this.row;
    if (provisionerOperationID !== null) {
      await this.describe(carriesOut(provisionerOperationID));
      return await this.follow(provisionerOperationID);
    }

    const { runtimeID, dryRun } = this.input;
    let last: ProvisionerOperation | undefined;
    try {
      last = await this.deps.provisioner.lastOperation(runtimeID, this.call);
    } catch (error) {
      // Away to the end of the window, and nothing was sent: it waits for the next one, not for a Provisioner that is away.
      const nothingSent = this.row.baselineOperationID === null;
      if (error instanceof UnavailableError && nothingSent && this.isOutsideOfWindow()) return 'missed';
      throw error;
    }
    if (last && this.isOurs(last)) return await this.keepAndFollow(last.id);
    if (this.isOutsideOfWindow()) return 'missed';
    if (last && isUnderWay(last) && !dryRun) throw busyWith(last);

    const { config, sentSecrets } = await this.compose();
    const masked = maskSecrets(config);
    if (dryRun) return { description: 'Dry run: everything was prepared, nothing was sent', config: masked };
    const request = { config: masked, baselineOperationID: last?.id ?? '', sentSecrets };
    const sent = await this.sendUnlessTaken(config, () => this.passFence(request));
    return await this.keepAndFollow(sent.id);
  }

  /**
   * With a baseline: our request did arrive. Without one nothing of this attempt was sent, and what is there is ours
   * only when an earlier attempt is known to have started it, and nothing has followed it: anything else is somebody
   * else's, maybe to another version.
   */
  private isOurs(last: ProvisionerOperation): boolean {
    if (last.operation !== this.kind || this.input.dryRun) return false;
    const { baselineOperationID, earlierOperationID } = this.row;
    if (baselineOperationID !== null) return last.id !== baselineOperationID;
    return last.id === earlierOperationID && last.state !== 'Failed';
  }

  /** Without anything sent in time it waits for another window: a scheduled one does, and an immediate one when a freeze has begun. */
  waitsForWindow(): boolean {
    return this.parameters.strategy.schedule === 'maintenanceWindow' || this.isOutsideOfWindow();
  }

  /** An upgrade that could not begin for a while (Provisioner away, runtime busy) must not begin outside of its window, or late in it. */
  private isOutsideOfWindow(): boolean {
    const { window } = this.input;
    return window !== undefined && this.deps.clock() >= Date.parse(window.latestStart);
  }

  /**
   * The one way to a request, passed by the client when nothing is left to be done but to send: only the execution whose
   * record was accepted may send, and only at once. One that was held up since (its worker paused) records again before it
   * sends: another execution may have sent meanwhile. A request that is on its way can't be called back; the baseline and
   * the Provisioner, which takes one operation at a time, cover that.
   */
  private async passFence(request: SentRequest): Promise<void> {
    const begun = this.deps.clock();
    const accepted = await this.deps.repositories.operations.recordRequest(
      this.input.operationID,
      this.row,
      request,
    );
    const late = Math.abs(this.deps.clock() - begun) > LONGEST_PASSAGE_MS;
    if (accepted && !late) return;
    throw new UnavailableError(
      'database',
      accepted
        ? 'The request was held up before it could be sent; it is looked at again'
        : 'The operation has ended, or another execution has taken it over',
    );
  }

  /** The Provisioner serves several accounts, each as a tenant. */
  private get call(): ProvisionerCallOptions {
    const tenant = this.row.globalAccountID || undefined;
    return { signal: this.signal, tenant, secrets: () => this.secrets.values() };
  }

  private async compose(): Promise<{ config: OperationConfig; sentSecrets: string | null }> {
    if (this.input.type === 'upgradeCluster') {
      return { config: { clusterConfig: { ...this.parameters.kubernetes } }, sentSecrets: null };
    }
    const { version } = this;
    const components = this.deps.componentsFor(version);
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
    return this.parameters.kyma?.version ?? '';
  }

  /** None for an upgrade of the cluster. */
  private async overrides(): Promise<OverrideSet[]> {
    if (this.input.type === 'upgradeCluster') return [];
    return await this.deps.overrides.forKyma(this.row.servicePlanName, this.version, this.signal);
  }

  /**
   * A refusal because another operation began after our look (or an earlier request of ours arrived late) is none:
   * the next execution waits for that operation, or follows it when it is ours. It can be ours only when an execution
   * before this one may have sent, too; otherwise the baseline goes, or the other operation would be taken for ours
   * by it.
   */
  private async sendUnlessTaken(
    config: OperationConfig,
    beforeSending: () => Promise<void>,
  ): Promise<ProvisionerOperation> {
    try {
      return await this.send(config, { ...this.call, beforeSending });
    } catch (error) {
      if (!(error instanceof FinalError) || error.code !== 'PROVISIONER_REFUSED') throw error;
      const { runtimeID, operationID } = this.input;
      if (this.row.baselineOperationID === null) {
        await this.deps.repositories.operations.withdrawRequest(operationID, this.row);
      }
      const last = await this.deps.provisioner.lastOperation(runtimeID, this.call);
      if (last && isUnderWay(last)) throw busyWith(last);
      throw error;
    }
  }

  private async send(config: OperationConfig, call: ProvisionerSendOptions): Promise<ProvisionerOperation> {
    const { runtimeID } = this.input;
    const { provisioner } = this.deps;
    if (config.kymaConfig) return await provisioner.upgradeRuntime(runtimeID, config.kymaConfig, call);
    const cluster: ClusterConfig = config.clusterConfig ?? {};
    return await provisioner.upgradeShoot(runtimeID, cluster, call);
  }

  private async keepAndFollow(provisionerOperationID: string): Promise<Success> {
    await this.keep(provisionerOperationID);
    return await this.follow(provisionerOperationID);
  }

  private async keep(provisionerOperationID: string): Promise<void> {
    const { operationID, attempt } = this.input;
    await this.deps.repositories.operations.recordAccepted(operationID, attempt, {
      provisionerOperationID,
      description: carriesOut(provisionerOperationID),
      now: nowOf(this.deps),
    });
  }

  private async follow(id: string): Promise<Success> {
    for (;;) {
      const status = await this.look(id);
      const success = status && (await this.endOf(status));
      if (success) return success;
      await Context.current().sleep(this.deps.pollMs);
    }
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

  /**
   * The last look, when the time of the upgrade is over: how it has ended, or `under way`, or that nothing was sent. Throws
   * FinalError when it has failed, and UnavailableError when the Provisioner does not answer.
   */
  async lookOnce(): Promise<Success | 'under way' | 'nothing sent'> {
    const { provisionerOperationID: known, baselineOperationID, earlierOperationID } = this.row;
    if (known !== null) {
      const status = await this.deps.provisioner.operationStatus(known, this.call);
      return (await this.endOf(status)) ?? 'under way';
    }
    if (baselineOperationID === null && earlierOperationID === null) return 'nothing sent';
    const last = await this.deps.provisioner.lastOperation(this.input.runtimeID, this.call);
    if (!last || !this.isOurs(last)) return 'nothing sent';
    await this.keep(last.id);
    return (await this.endOf(last)) ?? 'under way';
  }

  /** One look at the operation; a Provisioner that is away is waited for, the upgrade goes on without us. */
  private async look(id: string): Promise<ProvisionerOperation | undefined> {
    try {
      const status = await this.deps.provisioner.operationStatus(id, this.call);
      if (this.complained) await this.describe(carriesOut(id));
      this.complained = false;
      return status;
    } catch (error) {
      if (!(error instanceof UnavailableError) || this.signal.aborted) throw error;
      await this.complain(error.message);
      return undefined;
    }
  }

  /** The Provisioner may repeat the values that it was given in anything it says of an upgrade. */
  private async withoutSecrets(text: string): Promise<string> {
    const secrets = await this.secrets.values();
    // A worker that shuts down leaves it to the next one, which can read them.
    if (!secrets) this.signal.throwIfAborted();
    return secrets ? quoted(text, secrets) : UNSHOWN;
  }

  private async complain(message: string): Promise<void> {
    if (this.complained) return;
    this.complained = true;
    await this.describe(`${DESCRIPTION_BEGINS.again}${message}`);
  }

  private async describe(description: string): Promise<void> {
    const { operationID, attempt } = this.input;
    await this.deps.repositories.operations.describe(operationID, attempt, description, nowOf(this.deps));
  }
}

function carriesOut(id: string): string {
  return `The Provisioner carries out the upgrade (operation ${id})`;
}

function isUnderWay(operation: ProvisionerOperation): boolean {
  return operation.state === 'Pending' || operation.state === 'InProgress';
}

function busyWith({ operation, id }: ProvisionerOperation): UnavailableError {
  return new UnavailableError('provisioner', busyProvisioner({ kind: operation, id }));
}
