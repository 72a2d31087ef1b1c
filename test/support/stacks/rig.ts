/** Stacks without the API: the workers of a rig, the gateway that the API asks, and the simulated driver's own record. */
import { randomUUID } from 'node:crypto';
import {
  simulationControl,
  type SimulationControl,
} from '../../../src/activities/stacks/drivers/simulated/control.ts';
import type { StackGateway, StackOutcome } from '../../../src/clients/stacks/life-cycle-gateway.ts';
import { ensureStackMonitor } from '../../../src/clients/stacks/start-options.ts';
import { TemporalStackGateway } from '../../../src/clients/stacks/temporal-stacks.ts';
import type {
  StackEventRow,
  StackObjectRow,
} from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import type { SimulatedJournalRow } from '../../../src/db/schema/stacks/simulation.ts';
import { prepareDefinition } from '../../../src/domain/stacks/prepared-plan.ts';
import type { DesiredState, StackAction, StackStatus } from '../../../src/domain/stacks/statuses.ts';
import type { StackDefinition } from '../../../src/domain/stacks/definition.ts';
import type { Tuning } from '../../../src/workflows/contract/engine.ts';
import { until } from '../environment.ts';
import { Rig, type RigOptions } from '../rig.ts';
import { aStack } from './rows.ts';

export class StackRig {
  readonly simulation: SimulationControl;
  readonly gateway: StackGateway;

  private constructor(
    readonly rig: Rig,
    tuning: Tuning,
  ) {
    this.simulation = simulationControl(rig.database, Date.now);
    this.gateway = new TemporalStackGateway(rig.client, { tuning });
  }

  static async start(changes: Tuning = {}, options: Omit<RigOptions, 'tuning'> = {}): Promise<StackRig> {
    const tuning = { monitorSeconds: 1, heartbeatSeconds: 5, ...changes };
    const rig = await Rig.start({ ...options, tuning });
    await ensureStackMonitor(rig.client, tuning);
    return new StackRig(rig, tuning);
  }

  async add(definition: StackDefinition): Promise<string> {
    await this.rig.repositories.stacks.add(aStack(definition));
    await this.gateway.ensure(definition.name);
    return definition.name;
  }

  /** Sends an action that must be accepted; answers the status that it begins. */
  async act(name: string, action: StackAction, actor = 'alice'): Promise<StackStatus> {
    return accepted(await this.gateway.act(name, { action, actor }));
  }

  /** Sends a new definition, stored first as the API does it. */
  async tryDefine(definition: StackDefinition): Promise<StackOutcome> {
    const prepared = prepareDefinition(definition, randomUUID());
    const { name } = definition;
    await this.rig.repositories.stacks.storeRevision(name, prepared, new Date().toISOString());
    const { revision, plan } = prepared;
    return await this.gateway.define(name, { revision, plan, actor: 'alice' });
  }

  async define(definition: StackDefinition): Promise<StackStatus> {
    return accepted(await this.tryDefine(definition));
  }

  async instance(name: string, instance: string, desired: DesiredState): Promise<StackStatus> {
    return accepted(await this.gateway.setInstance(name, { instance, desired, actor: 'alice' }));
  }

  async status(name: string): Promise<StackStatus | undefined> {
    return (await this.rig.repositories.stacks.find(name))?.status;
  }

  async reaches(name: string, wanted: StackStatus, limitMs?: number): Promise<void> {
    const what = `that ${name} is ${wanted}`;
    await until(async () => (await this.status(name)) === wanted, { what, limitMs });
  }

  async bring(name: string, action: StackAction, to: StackStatus, limitMs?: number): Promise<void> {
    await this.act(name, action);
    await this.reaches(name, to, limitMs);
  }

  /** Its row; the object must be part of a definition. */
  async object(stack: string, name: string): Promise<StackObjectRow> {
    const object = (await this.rig.repositories.stackObjects.ofStack(stack)).find((row) => row.name === name);
    if (!object) throw new Error(`${name} is not part of ${stack}`);
    return object;
  }

  /** All events, the oldest first. */
  async events(stack: string): Promise<StackEventRow[]> {
    const { rows } = await this.rig.repositories.stacks.listEvents(stack, { page: 1, pageSize: 10_000 });
    return rows.sort((a, b) => a.id - b.id);
  }

  /** Deeds of the driver on an object, or on everything with names that begin so. */
  async journal(prefix: string, operation?: string): Promise<SimulatedJournalRow[]> {
    const entries = await this.simulation.journal(prefix);
    return entries.filter((entry) => operation === undefined || entry.operation === operation);
  }
}

function accepted(outcome: StackOutcome): StackStatus {
  if (outcome.kind !== 'accepted') throw new Error(`Not accepted: ${JSON.stringify(outcome)}`);
  return outcome.status;
}
