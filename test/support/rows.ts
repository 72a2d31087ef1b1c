/** Rows for tests of the database and of what sits on it. */
import { randomUUID } from 'node:crypto';
import type {
  PlannedOperation,
  PlanRepository,
  Repositories,
  RetrySelection,
} from '../../src/db/repositories/index.ts';
import type { PlannedWindow } from '../../src/domain/upgrades/placement.ts';
import { describeSpan } from '../../src/domain/upgrades/windows.ts';
import type { InventoryShoot } from '../../src/domain/upgrades/inventory-shoot.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';
import type { OrchestrationRequest } from '../../src/workflows/contract/upgrades.ts';

export const AT = '2026-01-02T03:04:05.678901Z';

/** How a plan is scheduled where there is no maintenance policy. */
export const BY_NO_POLICY = {
  policyVersion: 0,
  windowsUntil: '2100-01-01T00:00:00.000000Z',
  waves: [],
  budgetMax: null,
};

/** The first start of a child for the first attempt, and one execution of it. */
export const FIRST = { attempt: 1, dispatch: 1 };
export const EXECUTION = { ...FIRST, claim: 'the execution' };

/** A request for a Kyma upgrade of everything. */
export function aRequest(changes: Partial<OrchestrationRequest> = {}): OrchestrationRequest {
  return {
    orchestrationID: randomUUID(),
    type: 'upgradeKyma',
    parameters: {
      targets: { include: [{ target: 'all' }] },
      strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 5 } },
      dryRun: false,
      kyma: { version: '2.20.5' },
    },
    createdAt: AT,
    createdBy: 'alice',
    ...changes,
  };
}

/** A plan that is yet to be made, of that request. */
export function aPlanRequest(
  changes: Partial<Parameters<PlanRepository['record']>[0]> = {},
): Parameters<PlanRepository['record']>[0] {
  const { orchestrationID: id, type, parameters, createdAt, createdBy } = aRequest();
  return { id, type, parameters, createdAt, createdBy, ...changes };
}

export function aRuntime(changes: Partial<Runtime> = {}): Runtime {
  return {
    runtimeID: randomUUID(),
    shootName: 'c-1234567',
    globalAccountID: 'ga',
    subAccountID: 'sa',
    instanceID: 'instance',
    servicePlanID: 'plan-id',
    servicePlanName: 'azure',
    region: 'westeurope',
    maintenanceWindow: { begin: '220000+0000', end: '020000+0000' },
    ...changes,
  };
}

/** The Shoot of a runtime that takes part in upgrades. */
export function asShoot({ cluster: _, ...runtime }: Runtime): InventoryShoot {
  return {
    ...runtime,
    provider: 'azure',
    kubernetesVersion: '1.30.1',
    machineType: 'Standard_D4_v3',
    machineImage: 'gardenlinux',
    machineImageVersion: '1312.3.0',
    standing: 'active',
    createdAt: AT,
  };
}

export function planned(
  position: number,
  runtime: Runtime = aRuntime(),
  changes: Partial<PlannedOperation> = {},
): PlannedOperation {
  return {
    ...{ operationID: randomUUID(), position, runtime, dueAt: AT, orderAt: AT, wave: 0 },
    description: 'Waits for its turn in the plan',
    ...changes,
  };
}

/** A window as `reschedule` takes it. */
export function placed(
  window: PlannedWindow,
): Pick<PlannedOperation, 'window' | 'description'> & { freezesVersion: number } {
  return { window, description: `Waits for its window ${describeSpan(window)}`, freezesVersion: 0 };
}

/** Retries operations, all failed ones by default. */
export async function retried(
  { retries }: Pick<Repositories, 'retries'>,
  orchestrationID: string,
  operationIDs: string[] | null = null,
  requestID: string = randomUUID(),
  now = AT,
): Promise<RetrySelection> {
  const asked = { orchestrationID, operationIDs, requestID, requestedBy: 'alice' };
  const done = await retries.retry(asked, now);
  if (!done || done.kind === 'refused') throw new Error(`The retry of ${orchestrationID} was refused`);
  return { retried: done.retried, old: done.old };
}

/** An orchestration in progress with a complete plan of `count` operations; answers their IDs in plan order. */
export async function aPlan(
  repositories: Repositories,
  count: number,
  request = aRequest(),
  rules: Partial<Parameters<Repositories['orchestrations']['planned']>[1]> = {},
): Promise<{ id: string; operationIDs: string[] }> {
  const { orchestrations, operations } = repositories;
  const id = request.orchestrationID;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', { actor: 'test', reason: 'its turn', now: AT });
  const batch = Array.from({ length: count }, (_, position) => planned(position));
  const orchestration = { id, type: request.type, dryRun: request.parameters.dryRun };
  for (let at = 0; at < batch.length; at += 1000) {
    await operations.plan(orchestration, batch.slice(at, at + 1000), AT);
  }
  const completed = { count, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT, ...rules };
  await orchestrations.planned(id, completed);
  return { id, operationIDs: batch.map(({ operationID }) => operationID) };
}
