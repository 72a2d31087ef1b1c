import { Context } from '@temporalio/activity';
import { UnavailableError, FinalError } from '../domain/errors.ts';
import {
  maskSecrets,
  type ClusterConfig,
  type KymaConfig,
  type OperationConfig,
} from '../domain/operation-config.ts';
import type { ProvisionerOperation, ProvisionerOperationKind } from '../clients/types.ts';
import type { OperationRow } from '../db/repositories/types.ts';
import type { OrchestrationParameters } from '../domain/parameters.ts';
import { parametersCache } from './parameters.ts';
import { outcomeOf } from './projection.ts';
import { nowOf, type ActivityDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { UpgradeActivities, UpgradeInput } from './types.ts';

/**
 * Upgrades one runtime and follows it to its end. May be executed any number of times for one attempt: the claim gives back
 * what earlier executions got done. Before the request is sent, the ID of the runtime's last operation is kept in the
 * database as a baseline, so that an execution that finds another operation of the kind knows that the request did arrive
 * (the process died, or the answer was lost).
 */
export function createUpgradeActivities(deps: ActivityDependencies): UpgradeActivities {
  const { operations } = deps.repositories;
  const parametersOf = parametersCache(deps);
  return {
    upgradeRuntime: (input) =>
      withHeartbeat(async (signal) => {
        const { operationID, attempt } = input;
        const parameters = await parametersOf(input.orchestrationID);
        const claim = await operations.claim(operationID, attempt, nowOf(deps));
        if (claim.kind === 'refused') {
          return { outcome: { kind: 'canceled' }, description: 'The plan no longer wants it' };
        }
        if (claim.kind === 'finished') {
          return { outcome: outcomeOf(claim.row), description: claim.row.description };
        }
        const success = await new Upgrade(deps, input, claim.row, parameters, signal).run();
        const row = await operations.finish(
          operationID,
          attempt,
          { state: 'succeeded', ...success },
          nowOf(deps),
        );
        const { description } = success;
        return { outcome: row ? outcomeOf(row) : { kind: 'succeeded' }, description };
      }),
  };
}

/** How an upgrade succeeded; `config` when it is not in the row yet. */
interface Success {
  description: string;
  config?: OperationConfig;
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
    private readonly row: OperationRow,
    private readonly parameters: OrchestrationParameters,
    private readonly signal: AbortSignal,
  ) {
    this.kind = DOING[input.type].kind;
  }

  async run(): Promise<Success> {
    try {
      return await this.steps();
    } catch (error) {
      if (error instanceof UnavailableError && error.system !== 'database')
        await this.complain(error.message);
      throw error;
    }
  }

  private async steps(): Promise<Success> {
    const { provisionerOperationID, baselineOperationID } = this.row;
    if (provisionerOperationID !== null) return await this.follow(provisionerOperationID);

    const { runtimeID, operationID, attempt, dryRun } = this.input;
    const last = await this.deps.provisioner.lastOperation(runtimeID, this.signal, this.tenant);
    const arrived =
      baselineOperationID !== null && last?.operation === this.kind && last.id !== baselineOperationID;
    if (last && (arrived || (isUnderWay(last) && last.operation === this.kind && !dryRun))) {
      return await this.keepAndFollow(last.id);
    }
    if (last && isUnderWay(last) && !dryRun) throw busyWith(last);

    const config = await this.composeConfig();
    const masked = maskSecrets(config);
    if (dryRun) return { description: 'Dry run: everything was prepared, nothing was sent', config: masked };
    const request = { config: masked, baselineOperationID: last?.id ?? '' };
    await this.deps.repositories.operations.recordRequest(operationID, attempt, request);
    const sent = await this.sendUnlessTaken(config);
    return await this.keepAndFollow(sent.id);
  }

  /** The Provisioner serves several accounts, each as a tenant. */
  private get tenant(): string | undefined {
    return this.row.globalAccountID || undefined;
  }

  private async composeConfig(): Promise<OperationConfig> {
    if (this.input.type === 'upgradeCluster') return { clusterConfig: { ...this.parameters.kubernetes } };
    const version = this.parameters.kyma?.version ?? '';
    const components = this.deps.componentsFor(version);
    const overrides = await this.deps.overrides.forKyma(this.row.servicePlanName, version, this.signal);
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
      const { runtimeID } = this.input;
      const last = await this.deps.provisioner.lastOperation(runtimeID, this.signal, this.tenant);
      if (last && isUnderWay(last)) throw busyWith(last);
      throw error;
    }
  }

  private async send(config: OperationConfig): Promise<ProvisionerOperation> {
    const { runtimeID } = this.input;
    const { provisioner } = this.deps;
    if (config.kymaConfig)
      return await provisioner.upgradeRuntime(runtimeID, config.kymaConfig, this.signal, this.tenant);
    const cluster: ClusterConfig = config.clusterConfig ?? {};
    return await provisioner.upgradeShoot(runtimeID, cluster, this.signal, this.tenant);
  }

  private async keepAndFollow(provisionerOperationID: string): Promise<Success> {
    const { operationID, attempt } = this.input;
    await this.deps.repositories.operations.recordProvisionerOperation(
      operationID,
      attempt,
      provisionerOperationID,
    );
    return await this.follow(provisionerOperationID);
  }

  private async follow(id: string): Promise<Success> {
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
      const status = await this.deps.provisioner.operationStatus(id, this.signal, this.tenant);
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
