import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Repositories } from '../../db/repositories/index.ts';
import type { OrchestrationParameters } from '../../domain/upgrades/orchestration-parameters.ts';
import { operationWorkflowID } from '../../workflows/contract/upgrades.ts';
import type { Stage } from './stage.ts';
import type { rawParent } from './raw-workflows.ts';

/** Operations per second of the baseline: a parent, `count` children, one activity each, `width` at once. */
export async function measureRaw(
  client: Client,
  taskQueue: string,
  count: number,
  width: number,
): Promise<number> {
  const begin = performance.now();
  await client.workflow.execute<typeof rawParent>('rawParent', {
    workflowId: `raw-${randomUUID()}`,
    taskQueue,
    args: [count, width],
  });
  return count / ((performance.now() - begin) / 1000);
}

export interface MeasuredRun {
  id: string;
  operations: number;
  /** Transactions that wrote to the database, from the request to the end, per operation. */
  commits: number;
  /** From the start of planning to the complete plan. */
  planSeconds: number;
  /** Operations per second from the complete plan to the end. */
  rate: number;
}

interface Asked {
  width: number;
  shoots?: string[];
  dryRun: boolean;
  strategy?: Partial<OrchestrationParameters['strategy']>;
}

/** All that a request may say of its operations, none of which keeps any of them waiting for a person. */
export function everyFeature(width: number): Asked['strategy'] {
  return {
    waves: [
      { name: 'canary', percent: 1 },
      { name: 'early', percent: 20 },
    ],
    failureBudget: { percent: 5, scope: 'all', onExceeded: 'pause', strict: true },
    limits: { perRegion: width, perPlan: width, perGlobalAccount: width },
    checks: { health: true, healthTimeoutMinutes: 15 },
    retryPolicy: { attempts: 3, backoffMinutes: 1 },
    onBusy: 'wait',
  };
}

/** One orchestration over runtimes whose Shoot has one of the given names, or over all; waits until it has ended. */
export async function measureRun(
  stage: Stage,
  { width, shoots, dryRun, strategy }: Asked,
): Promise<MeasuredRun> {
  const commitsBefore = await stage.countCommits();
  const orchestrationID = randomUUID();
  await stage.gateway.start({
    orchestrationID,
    type: 'upgradeKyma',
    createdAt: new Date().toISOString(),
    createdBy: 'bench',
    parameters: {
      targets: { include: shoots ? shoots.map((shoot) => ({ shoot })) : [{ target: 'all' }] },
      strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: width }, ...strategy },
      dryRun,
      kyma: { version: '2.20.5' },
    },
  });
  const state: unknown = await stage.client.workflow.getHandle(orchestrationID).result();
  const row = await stage.repositories.orchestrations.find(orchestrationID);
  if (state !== 'succeeded' || !row)
    throw new Error(`The orchestration ended as ${String(state)}: ${row?.description}`);
  const { rows } = await stage.repositories.events.list(orchestrationID, {}, { page: 1, pageSize: 10 });
  const at = (find: (event: (typeof rows)[number]) => boolean): number =>
    Date.parse(rows.find(find)?.at ?? '');
  const begun = at((event) => event.toState === 'in progress' && event.operationID === null);
  const planned = at((event) => event.kind === 'planned');
  const seconds = (Date.parse(row.finishedAt ?? '') - planned) / 1000;
  const operations = row.plannedCount ?? 0;
  return {
    id: orchestrationID,
    operations,
    commits: ((await stage.countCommits()) - commitsBefore) / operations,
    planSeconds: (planned - begun) / 1000,
    rate: operations / seconds,
  };
}

export interface Cost {
  transitions: number;
  events: number;
}

/** State transitions and history events per operation, parent and child together, from Temporal itself. */
export async function measureCost(
  client: Client,
  repositories: Repositories,
  run: MeasuredRun,
): Promise<Cost> {
  const total: Cost = { transitions: 0, events: 0 };
  const add = async (workflowID: string, runID: string | undefined, share: number): Promise<void> => {
    const { raw } = await client.workflow.getHandle(workflowID, runID).describe();
    total.transitions += Number(raw.workflowExecutionInfo?.stateTransitionCount) * share;
    total.events += Number(raw.workflowExecutionInfo?.historyLength) * share;
  };
  const { rows } = await repositories.operations.list(run.id, {}, { page: 1, pageSize: 50 });
  for (const { runtimeID } of rows) await add(operationWorkflowID(runtimeID), undefined, 1 / rows.length);
  // All runs of the parent: continue-as-new makes several.
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${run.id}'` })) {
    await add(run.id, runId, 1 / run.operations);
  }
  return total;
}

/** Milliseconds that one page of 100 operations takes, for the first, a middle and the last page of a plan. */
export async function measurePages(repositories: Repositories, count: number): Promise<number[]> {
  const id = await fillPlan(repositories, count);
  const pages = [1, Math.ceil(count / 200), Math.ceil(count / 100)];
  await repositories.operations.list(id, {}, { page: 2, pageSize: 100 });
  const taken: number[] = [];
  for (const page of pages) {
    const begin = performance.now();
    const { rows, total } = await repositories.operations.list(id, {}, { page, pageSize: 100 });
    taken.push(performance.now() - begin);
    if (total !== count || rows.length !== 100) throw new Error(`Page ${page} is not what it must be`);
  }
  return taken;
}

async function fillPlan(repositories: Repositories, count: number): Promise<string> {
  const id = randomUUID();
  const now = new Date().toISOString();
  await repositories.orchestrations.record({
    orchestrationID: id,
    type: 'upgradeKyma',
    createdAt: now,
    createdBy: 'bench',
    parameters: {
      targets: { include: [{ target: 'all' }] },
      strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } },
      dryRun: true,
    },
  });
  await repositories.orchestrations.transition(id, 'in progress', { actor: 'bench', reason: 'bench', now });
  for (let first = 0; first < count; first += 1000) {
    const batch = Array.from({ length: Math.min(1000, count - first) }, (_, index) => ({
      operationID: randomUUID(),
      position: first + index,
      runtime: {
        runtimeID: randomUUID(),
        shootName: `b-${first + index}`,
        globalAccountID: randomUUID(),
        subAccountID: randomUUID(),
        instanceID: randomUUID(),
        servicePlanID: randomUUID(),
        servicePlanName: 'azure',
        region: 'westeurope',
        maintenanceWindow: { begin: '220000+0000', end: '020000+0000' },
      },
      dueAt: now,
      orderAt: now,
      wave: 0,
      description: 'Waits for its turn in the plan',
    }));
    await repositories.operations.plan({ id, type: 'upgradeKyma', dryRun: true }, batch, now);
  }
  // Closed, so that no reconciler takes it for lost.
  await repositories.operations.cancelWaiting(id, { actor: 'bench', reason: 'only for its pages', now });
  await repositories.orchestrations.transition(id, 'canceled', { actor: 'bench', reason: 'bench', now });
  return id;
}
