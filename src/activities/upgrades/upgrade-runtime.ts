import { Context } from '@temporalio/activity';
import { UnavailableError, FinalError } from '../../domain/errors.ts';
import {
  maskSecrets,
  type ClusterConfig,
  type ConfigEntry,
  type KymaConfig,
  type OperationConfig,
} from '../../domain/upgrades/operation-config.ts';
import type {
  ProvisionerCallOptions,
  ProvisionerOperation,
  ProvisionerOperationKind,
} from '../../clients/upgrades/outside-systems.ts';
import type { OperationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OrchestrationParameters } from '../../domain/upgrades/orchestration-parameters.ts';
import { parametersCache } from './parameters-cache.ts';
import { UNSHOWN } from '../../clients/upgrades/provisioner-errors.ts';
import { quoted } from '../../clients/redaction.ts';
import { outcomeOf, reschedule } from './projection.ts';
import { DRYDOCK, nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { UpgradeActivities, UpgradeInput } from './activity-types.ts';

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
        if (success === 'missed') {
          await giveBack(deps, input, claim.row);
          return { outcome: { kind: 'missed' }, description: 'Its window closed before anything was sent' };
        }
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

/** True for a row that was put into another window than the one this execution was started for. */
function wasMoved(input: UpgradeInput, row: OperationRow): boolean {
  return input.window !== undefined && row.windowBegin !== input.window.begin;
}

/** The operation waits again, in the next window; in the one that an earlier execution has given it already. */
async function giveBack(deps: ActivityDependencies, input: UpgradeInput, row: OperationRow): Promise<void> {
  const { windowBegin: begin, windowEnd: end } = row;
  if (!wasMoved(input, row) || begin === null || end === null) {
    await reschedule(deps, row, input.attempt);
    return;
  }
  const change = { actor: DRYDOCK, reason: 'It waits for its next window', now: nowOf(deps) };
  await deps.repositories.operations.reschedule(row.id, input.attempt, { begin, end }, change);
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
  /** Those that this execution sent: a Secret may hold another value by the time that the Provisioner repeats the old one. */
  private sentSecrets: string[] = [];

  constructor(
    private readonly deps: ActivityDependencies,
    private readonly input: UpgradeInput,
    private readonly row: OperationRow,
    private readonly parameters: OrchestrationParameters,
    private readonly signal: AbortSignal,
  ) {
    this.kind = DOING[input.type].kind;
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
    if (provisionerOperationID !== null) return await this.follow(provisionerOperationID);

    const { runtimeID, operationID, attempt, dryRun } = this.input;
    const last = await this.deps.provisioner.lastOperation(runtimeID, this.call);
    if (last && this.isOurs(last)) return await this.keepAndFollow(last.id);
    if (this.isOutsideOfWindow()) return 'missed';
    if (last && isUnderWay(last) && !dryRun) throw busyWith(last);

    const config = await this.composeConfig();
    const masked = maskSecrets(config);
    if (dryRun) return { description: 'Dry run: everything was prepared, nothing was sent', config: masked };
    const request = { config: masked, baselineOperationID: last?.id ?? '' };
    await this.deps.repositories.operations.recordRequest(operationID, attempt, request);
    const sent = await this.sendUnlessTaken(config);
    return await this.keepAndFollow(sent.id);
  }

  /**
   * With a baseline: our request did arrive. Without one nothing of this attempt was sent, and an upgrade under way is
   * somebody else's, maybe to another version; but a later attempt may meet what an earlier one has started.
   */
  private isOurs(last: ProvisionerOperation): boolean {
    if (last.operation !== this.kind || this.input.dryRun) return false;
    const { baselineOperationID } = this.row;
    if (baselineOperationID !== null) return last.id !== baselineOperationID;
    return this.input.attempt > 1 && isUnderWay(last);
  }

  /** An upgrade that could not begin for a while (Provisioner away, runtime busy) must not begin outside of its window. */
  private isOutsideOfWindow(): boolean {
    const { window } = this.input;
    if (!window) return false;
    return wasMoved(this.input, this.row) || this.deps.clock() >= Date.parse(window.end);
  }

  /** The Provisioner serves several accounts, each as a tenant. */
  private get call(): ProvisionerCallOptions {
    const tenant = this.row.globalAccountID || undefined;
    return { signal: this.signal, tenant, secrets: () => this.secrets() };
  }

  private async composeConfig(): Promise<OperationConfig> {
    if (this.input.type === 'upgradeCluster') return { clusterConfig: { ...this.parameters.kubernetes } };
    const version = this.parameters.kyma?.version ?? '';
    const components = this.deps.componentsFor(version);
    const overrides = await this.deps.overrides.forKyma(this.row.servicePlanName, version, this.signal);
    this.sentSecrets = secretValues(overrides.flatMap(({ entries }) => entries));
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
      const last = await this.deps.provisioner.lastOperation(runtimeID, this.call);
      if (last && isUnderWay(last)) throw busyWith(last);
      throw error;
    }
  }

  private async send(config: OperationConfig): Promise<ProvisionerOperation> {
    const { runtimeID } = this.input;
    const { provisioner } = this.deps;
    if (config.kymaConfig) return await provisioner.upgradeRuntime(runtimeID, config.kymaConfig, this.call);
    const cluster: ClusterConfig = config.clusterConfig ?? {};
    return await provisioner.upgradeShoot(runtimeID, cluster, this.call);
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
      if (status?.state === 'Succeeded') {
        return { description: (await this.withoutSecrets(status.message)) || 'The upgrade succeeded' };
      }
      if (status?.state === 'Failed') {
        const said = status.lastError?.errMessage || status.message;
        const why = (await this.withoutSecrets(said)) || 'no reason given';
        throw new FinalError('UPGRADE_FAILED', `The Provisioner reports that the upgrade failed: ${why}`);
      }
      await Context.current().sleep(this.deps.pollMs);
    }
  }

  /** One look at the operation; a Provisioner that is away is waited for, the upgrade goes on without us. */
  private async look(id: string): Promise<ProvisionerOperation | undefined> {
    try {
      const status = await this.deps.provisioner.operationStatus(id, this.call);
      if (this.complained) await this.describe(`The Provisioner carries out the upgrade (operation ${id})`);
      this.complained = false;
      return status;
    } catch (error) {
      if (!(error instanceof UnavailableError) || this.signal.aborted) throw error;
      await this.complain(error.message);
      return undefined;
    }
  }

  /** Whatever the Provisioner says of an upgrade may repeat the values that it was given. */
  private async withoutSecrets(text: string): Promise<string> {
    const secrets = await this.secrets();
    // A worker that shuts down leaves it to the next one, which can read them.
    if (!secrets) this.signal.throwIfAborted();
    return secrets ? quoted(text, secrets) : UNSHOWN;
  }

  /** The secret values that an upgrade of this runtime carries; undefined when they can't be read. */
  private async secrets(): Promise<string[] | undefined> {
    if (this.input.type === 'upgradeCluster') return [];
    const version = this.parameters.kyma?.version ?? '';
    try {
      const sets = await this.deps.overrides.forKyma(this.row.servicePlanName, version, this.signal);
      return [...this.sentSecrets, ...secretValues(sets.flatMap(({ entries }) => entries))];
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof FinalError)) throw error;
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

function secretValues(entries: ConfigEntry[]): string[] {
  return entries.filter(({ secret }) => secret).map(({ value }) => value);
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
