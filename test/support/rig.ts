/** The service without its API: a namespace of the real Temporal server, a database, workers, and a fleet in memory. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ensureStackMonitor } from '../../src/clients/stacks/start-options.ts';
import { TemporalGateway } from '../../src/clients/upgrades/temporal-orchestrations.ts';
import { FleetSnapshot } from '../../src/activities/upgrades/fleet-snapshot.ts';
import type { ActivityDependencies } from '../../src/activities/activity-dependencies.ts';
import { createActivities } from '../../src/activities/index.ts';
import type { Drivers } from '../../src/activities/stacks/drivers/driver.ts';
import { createNestedDriver } from '../../src/activities/stacks/drivers/nested.ts';
import { createSimulatedDrivers } from '../../src/activities/stacks/drivers/simulated/index.ts';
import { createWebhookSender } from '../../src/clients/webhooks/webhook-sender.ts';
import { parseNetwork } from '../../src/domain/webhooks/permitted-addresses.ts';
import { TemporalStackGateway } from '../../src/clients/stacks/temporal-stacks.ts';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import { openDatabase, type Database } from '../../src/db/connection.ts';
import {
  createRepositories,
  type AskedRetry,
  type OperationRow,
  type Repositories,
  type Retried,
  type RolloutPlanRow,
} from '../../src/db/repositories/index.ts';
import { requestOf as requestOfRow } from '../../src/db/repositories/upgrades/orchestration-repositories.ts';
import { DEFAULT_LANES } from '../../src/domain/upgrades/lanes.ts';
import type {
  OperationRules,
  OrchestrationParameters,
} from '../../src/domain/upgrades/orchestration-parameters.ts';
import type { OrchestrationState } from '../../src/domain/upgrades/states.ts';
import type { DailyWindow } from '../../src/domain/upgrades/runtime.ts';
import { TASK_QUEUE, WORKFLOW_TYPES, type Tuning } from '../../src/workflows/contract/engine.ts';
import type { OrchestrationRequest } from '../../src/workflows/contract/upgrades.ts';
import { atEndOfTest, isInTest } from './endings.ts';
import { atEndOfFile, connectTemporal, createDatabase, leaseNamespace, until } from './environment.ts';
import { FleetInMemory } from './fleet.ts';
import { WorkerSet } from './worker-sets.ts';
import { useWatchedRuntime } from './workflow-tasks.ts';

/** Receivers of webhooks in tests. */
export const LOOPBACK = ['127.0.0.0/8', '::1/128'].map(parseNetwork);

export interface RigOptions {
  fleet?: FleetInMemory;
  tuning?: Tuning;
  /** Milliseconds that the gateway waits for a worker. */
  workerLimitMs?: number;
  /** Objects of stacks that something happens to at once. */
  maxObjects?: number;
  /** Puts something in front of the drivers of stacks. */
  changeDrivers?: (drivers: Drivers) => Drivers;
  /** Milliseconds between two looks at the Provisioner, default 20. */
  pollMs?: number;
  /** Rows of a plan that one transaction writes. */
  planBatch?: number;
  /** The clock of the workers, default that of the machine. */
  clock?: () => number;
  /** Outside systems in place of those of the fleet in memory, and a meter. */
  outside?: Partial<
    Pick<
      ActivityDependencies,
      'inventory' | 'fleet' | 'shoots' | 'provisioner' | 'gardener' | 'webhooks' | 'meter'
    >
  >;
}

export interface RequestChanges extends Partial<Omit<OrchestrationParameters, 'strategy'>>, OperationRules {
  workers?: number;
  schedule?: OrchestrationParameters['strategy']['schedule'];
  until?: string;
  lane?: string;
  type?: OrchestrationRequest['type'];
  waves?: OrchestrationParameters['strategy']['waves'];
  failureBudget?: OrchestrationParameters['strategy']['failureBudget'];
  limits?: OrchestrationParameters['strategy']['limits'];
  /** The kept plan with the hash of the request. */
  planID?: string;
}

function requestOf(changes: RequestChanges): Pick<OrchestrationRequest, 'type' | 'parameters' | 'planID'> {
  const {
    workers = 1,
    schedule = 'immediate',
    until: before,
    type = 'upgradeKyma',
    planID,
    waves,
    failureBudget,
    lane,
    limits,
    retryPolicy,
    operationTimeoutMinutes,
    onBusy,
    checks,
    ...parameters
  } = changes;
  return {
    type,
    ...(planID !== undefined && { planID }),
    parameters: {
      targets: { include: [{ target: 'all' }] },
      strategy: {
        type: 'parallel',
        schedule,
        parallel: { workers },
        ...(before !== undefined && { until: before }),
        ...(lane !== undefined && { lane }),
        ...(waves && { waves }),
        ...(failureBudget && { failureBudget }),
        ...(limits && { limits }),
        ...(retryPolicy && { retryPolicy }),
        ...(operationTimeoutMinutes && { operationTimeoutMinutes }),
        ...(onBusy && { onBusy }),
        ...(checks && { checks }),
      },
      dryRun: false,
      ...(type === 'upgradeKyma'
        ? { kyma: { version: '2.20.5' } }
        : { kubernetes: { kubernetesVersion: '1.31.2' } }),
      ...parameters,
    },
  };
}

export class Rig {
  private constructor(
    private workers: WorkerSet | undefined,
    readonly installationID: string,
    readonly client: Client,
    readonly namespace: string,
    readonly database: Database,
    readonly databaseURL: string,
    readonly repositories: Repositories,
    readonly gateway: TemporalGateway,
    readonly fleet: FleetInMemory,
    private readonly options: RigOptions,
  ) {}

  /** A rig that is started in a test ends with it, any other with the file. */
  static async start(options: RigOptions = {}): Promise<Rig> {
    // Workers log through the runtime of the process. Failing activities are what many tests are about: no word on them.
    useWatchedRuntime();
    const free = options.maxObjects === undefined ? WorkerSet.takeFree() : undefined;
    const namespace = free?.namespace ?? leaseNamespace();
    const client = await connectTemporal(namespace);
    const { url } = await createDatabase();
    const database = openDatabase(url);
    atEndOfFile(() => database.close());
    const { tuning, workerLimitMs } = options;
    const gateway = new TemporalGateway(client, { tuning, workerLimitMs });
    const fleet = options.fleet ?? new FleetInMemory(3);
    const repositories = createRepositories(database);
    const { id } = await repositories.installation.read();
    const rig = new Rig(free, id, client, namespace, database, url, repositories, gateway, fleet, options);
    if (isInTest()) atEndOfTest(() => rig.giveBackWorkers());
    await rig.startWorkers();
    return rig;
  }

  /** Dependencies of the activities; also for one that a test executes itself. */
  dependencies(): ActivityDependencies {
    const { client, repositories, database } = this;
    const gateway = new TemporalStackGateway(client, { tuning: this.options.tuning });
    const drivers: Drivers = {
      ...createSimulatedDrivers(database, Date.now),
      orchestration: createNestedDriver(repositories.stacks, gateway),
    };
    return {
      installationID: this.installationID,
      temporal: client,
      repositories,
      policies: new PolicyVersions(repositories.policies),
      inventory: this.fleet.inventory,
      fleet: new FleetSnapshot(this.fleet.inventory),
      shoots: this.fleet.shootsClient,
      provisioner: this.fleet.provisioner,
      overrides: this.fleet.overridesClient,
      componentsFor: () => [{ component: 'istio', namespace: 'istio-system' }],
      drivers: this.options.changeDrivers?.(drivers) ?? drivers,
      objectPollMs: 100,
      clock: this.options.clock ?? (() => Date.now()),
      pollMs: this.options.pollMs ?? 20,
      lanes: DEFAULT_LANES,
      webhooks: {
        sender: createWebhookSender({ networks: LOOPBACK, limitMs: 2_000 }),
        stalledMs: 4 * 3_600_000,
      },
      planBatch: this.options.planBatch,
      tuning: this.options.tuning,
      ...this.options.outside,
    };
  }

  async startWorkers(): Promise<void> {
    const { namespace, options } = this;
    const activities = createActivities(this.dependencies());
    if (this.workers) this.workers.use(activities);
    else this.workers = await WorkerSet.start({ namespace, maxObjects: options.maxObjects }, activities);
  }

  async stopWorkers(): Promise<void> {
    await this.workers?.close();
    this.workers = undefined;
  }

  private async giveBackWorkers(): Promise<void> {
    if (this.options.maxObjects === undefined) await this.workers?.giveBack(this.client);
    else await this.stopWorkers();
  }

  /**
   * Creates an orchestration of everything as the API does; answers its ID. `start` says whether its workflow is started.
   */
  async request(changes: RequestChanges = {}, start = true): Promise<string> {
    const orchestrationID = randomUUID();
    const request: OrchestrationRequest = {
      orchestrationID,
      ...requestOf(changes),
      createdAt: new Date().toISOString(),
      createdBy: 'alice',
    };
    await this.repositories.orchestrations.record(request);
    if (start) await this.gateway.start(request);
    return orchestrationID;
  }

  /** Retries as the API does; `tell` says whether its workflow is told. */
  async retry(
    id: string,
    { operationIDs = null, requestID = randomUUID() }: Partial<AskedRetry> = {},
    tell = true,
  ): Promise<Retried> {
    const asked = { orchestrationID: id, operationIDs, requestID, requestedBy: 'bob' };
    const done = await this.repositories.retries.retry(asked, new Date().toISOString());
    if (!done) throw new Error(`There is no orchestration ${id}`);
    if (tell && done.row.lookAt !== null) await this.gateway.retry(requestOfRow(done.row));
    return done;
  }

  async state(id: string): Promise<OrchestrationState | undefined> {
    return (await this.repositories.orchestrations.find(id))?.state;
  }

  async reaches(id: string, ...states: OrchestrationState[]): Promise<void> {
    await until(
      async () => {
        const state = await this.state(id);
        return state !== undefined && states.includes(state);
      },
      { what: `orchestration reaches ${states.join(' or ')}` },
    );
  }

  /** Makes a plan of everything as the API does; answers its row once that says how it went. */
  async plan(changes: RequestChanges = {}): Promise<RolloutPlanRow> {
    const { plans } = this.repositories;
    const { id } = await plans.record({
      id: randomUUID(),
      ...requestOf(changes),
      createdAt: new Date().toISOString(),
      createdBy: 'alice',
    });
    await this.gateway.makePlan(id);
    const row = await plans.find(id);
    if (!row) throw new Error(`There is no plan ${id}`);
    return row;
  }

  /** Until its workflow has closed; answers the final state as the workflow gave it. */
  async ends(id: string): Promise<OrchestrationState> {
    return (await this.client.workflow.getHandle(id).result()) as OrchestrationState;
  }

  async operations(id: string): Promise<OperationRow[]> {
    const rows: OperationRow[] = [];
    for (let page = 1; ; page++) {
      const next = await this.repositories.operations.list(id, {}, { page, pageSize: 1000 });
      rows.push(...next.rows);
      if (next.rows.length < 1000) return rows;
    }
  }

  async statesOf(id: string): Promise<Record<string, number>> {
    return { ...(await this.repositories.operations.stats([id])).get(id) };
  }

  /** Waits until so many upgrades are under way at the Provisioner. */
  async underWay(count: number): Promise<void> {
    await until(() => this.fleet.underWay.length === count, { what: `${count} upgrades under way` });
  }

  /** The event log of one orchestration, as `kind from>to`, of the orchestration itself only. */
  async log(id: string): Promise<string[]> {
    const { rows } = await this.repositories.events.list(id, {}, { page: 1, pageSize: 1000 });
    return rows
      .filter(({ operationID }) => operationID === null)
      .map(({ kind, fromState, toState }) => (kind === 'state' ? `${fromState}>${toState}` : kind));
  }

  async reconcile(): Promise<string[]> {
    // A process starts it with its workers; nobody but stacks and the reconciler misses it.
    await ensureStackMonitor(this.client, this.options.tuning);
    const { changed } = (await this.client.workflow.execute(WORKFLOW_TYPES.reconcile, {
      workflowId: `reconcile-${randomUUID()}`,
      taskQueue: TASK_QUEUE,
    })) as { changed: string[] };
    return changed;
  }

  /** The IDs of all runs of a workflow, oldest first. */
  async runs(workflowID: string): Promise<string[]> {
    const runs: { runId: string; startTime: Date }[] = [];
    for await (const run of this.client.workflow.list({ query: `WorkflowId = '${workflowID}'` }))
      runs.push(run);
    return runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime()).map(({ runId }) => runId);
  }
}

/** Seconds after which a window begins: children for it are started now, and sleep longer than any test takes. */
export const SOON = 240;

/** A daily window that begins so many seconds from now (in the past for negative ones), as a Shoot writes it. */
export function windowFromNow(beginSeconds: number, lengthSeconds: number): DailyWindow {
  const write = (seconds: number): string =>
    `${new Date(Date.now() + seconds * 1000).toISOString().slice(11, 19).replaceAll(':', '')}+0000`;
  return { begin: write(beginSeconds), end: write(beginSeconds + lengthSeconds) };
}
