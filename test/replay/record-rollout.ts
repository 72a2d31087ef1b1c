/**
 * Histories of limits, checks, tries inside, lanes and Gardener, and of children that end otherwise than they should; recorded by hand as
 * those of record.ts are.
 */
import { KubeConfig } from '@kubernetes/client-node';
import { it } from 'vitest';
import { FleetSnapshot } from '../../src/activities/upgrades/fleet-snapshot.ts';
import { createShootsClient } from '../../src/clients/upgrades/gardener-shoots.ts';
import { createInventoryClient } from '../../src/clients/upgrades/gardener.ts';
import { createProvisionerClient } from '../../src/clients/upgrades/provisioner.ts';
import { startLandscape } from '../../src/dev/landscape/index.ts';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/workflows/contract/engine.ts';
import { operationWorkflowID, QUEUE_WORKFLOW_ID } from '../../src/workflows/contract/upgrades.ts';
import { operationWorkflow } from '../../src/workflows/index.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { Rig } from '../support/rig.ts';
import { BROKEN } from '../support/shoots-in-memory.ts';
import { childOf, record, takes } from './history.ts';

function waiting(count: number): FleetInMemory {
  const fleet = new FleetInMemory(count, (index) => ({ region: index % 2 === 0 ? 'even' : 'odd' }));
  fleet.autoEnd = false;
  return fleet;
}

it('records limits over runs that continue as new, with keys that get room again', async () => {
  const fleet = waiting(10);
  fleet.autoEnd = true;
  const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 120, pageSize: 3 } });
  const id = await rig.request({ workers: 3, limits: { perRegion: 1 } });
  await rig.ends(id);
  const runs = await rig.runs(id);
  const fills = ['readPlan answers {"items":[{', 'child begins'];
  await record(rig, 'orchestration-limits-first', {
    ...{ workflowID: id, runID: runs[0] },
    path: ['child answers', ...fills, 'run continues as new'],
  });
  await record(rig, 'orchestration-limits-second', {
    ...{ workflowID: id, runID: runs[1] },
    path: [/^run begins .*"carried":/, ...fills],
  });
});

it('records a child that is refused its key, because one that nobody knows of has it', async () => {
  const fleet = waiting(3);
  const rig = await Rig.start({ fleet });
  const reading = gate(rig.repositories.operations, 'readPlan', 'before');
  const id = await rig.request({ workers: 3, limits: { perRegion: 1 } });
  await until(() => reading.arrived() > 0, { what: 'the plan is about to be read' });
  const [first, , third] = await rig.operations(id);
  if (!first || !third) throw new Error('There is no plan');
  const { id: operationID, runtimeID, shootName, attempt, dispatch } = first;
  const ref = { orchestrationID: id, operationID, attempt, dispatch };
  const keys = { region: 'even' };
  await rig.client.workflow.start(operationWorkflow, {
    ...{ workflowId: operationWorkflowID(runtimeID), taskQueue: TASK_QUEUE, memo: ref },
    args: [{ ...ref, runtimeID, shootName, type: 'upgradeKyma', dryRun: false, keys }],
  });
  await rig.underWay(1);
  reading.open();
  const isRefused = [
    ...['child answers {"kind":"released","isFull":true}', 'findExecuting answers {"children":[{'],
    ...['detach is delivered', 'giveBackOperation'],
  ];
  await takes(rig, id, isRefused);
  fleet.autoEnd = true;
  await rig.ends(id);
  await record(rig, 'orchestration-key-refused', {
    workflowID: id,
    path: [...isRefused, 'outcome comes in', 'child begins', 'run ends "succeeded"'],
  });
});

it('records checks, the look at a wave while the inventory is away, tries inside, and a retry that is asked for meanwhile', async () => {
  const fleet = waiting(4);
  const failing = fleet.runtimes[3]?.runtimeID ?? '';
  fleet.failing.add(failing);
  const rig = await Rig.start({ fleet });
  const id = await rig.request({
    workers: 2,
    lane: 'urgent',
    checks: { health: true, healthTimeoutMinutes: 60 },
    retryPolicy: { attempts: 3, backoffMinutes: 0.02 },
    failureBudget: { max: 1, scope: 'all', onExceeded: 'pause', strict: true },
    waves: [{ name: 'canary', count: 1 }],
  });
  await rig.underWay(1);
  const [canary] = fleet.underWay;
  const asleep = fleet.runtimes.find(({ runtimeID }) => ![canary?.runtimeID, failing].includes(runtimeID));
  fleet.shoots.set(asleep?.runtimeID ?? '', { isHibernated: true });
  await rig.repositories.control.command(
    id,
    { command: 'pause', by: 'jane', reason: '' },
    new Date().toISOString(),
  );
  fleet.autoEnd = true;
  const isLooking = async (): Promise<boolean> =>
    (await rig.repositories.control.waves(id))[0]?.phase === 'looking';
  await until(isLooking, { what: 'the first wave is to be looked at' });
  await takes(rig, id, [/^readControl .*"code":"person"/]);
  fleet.down.inventory = true;
  const resume = { command: 'resume', acknowledge: true, by: 'jane', reason: '' } as const;
  await rig.repositories.control.command(id, resume, new Date().toISOString());
  await rig.gateway.look(id);
  await until(
    async () => {
      const row = await rig.repositories.orchestrations.find(id);
      return row?.observedRevision === row?.revision;
    },
    { what: 'it has looked in vain' },
  );
  fleet.down.inventory = false;
  fleet.afterAccept = () => {
    const sent = fleet.upgrades.filter(({ runtimeID }) => runtimeID === failing).length;
    if (sent === 2) fleet.failing.clear();
  };
  await rig.ends(id);
  await record(rig, 'orchestration-checks', {
    workflowID: id,
    path: [
      ...[/^readControl .*"code":"person"/, 'look comes in', /^readControl .*"phase":"looking","until":/],
      ...[/^timer \(until the runtimes of wave canary .* fires/, /^readControl .*"name":"rest"/],
      ...['child answers {"kind":"released"}', 'giveBackOperation', /^timer \(until busy runtimes .* fires/],
      ...[/^child begins .*"attempt":2/, 'run ends'],
    ],
  });
  await record(rig, 'operation-not-eligible', {
    workflowID: operationWorkflowID(asleep?.runtimeID ?? ''),
    path: [/^upgradeRuntime answers .*"kind":"canceled"/, 'run ends {"kind":"canceled"}'],
  });
});

it('records a try inside that is hurried, and an upgrade that is unhealthy afterwards', async () => {
  const fleet = waiting(1);
  fleet.autoEnd = true;
  fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
  const rig = await Rig.start({ fleet });
  const id = await rig.request({
    checks: { health: true, healthTimeoutMinutes: 0.01 },
    retryPolicy: { attempts: 2, backoffMinutes: 60 },
  });
  await until(async () => (await rig.statesOf(id))['retrying'] === 1, { what: 'it waits' });
  fleet.failing.clear();
  fleet.shoots.set(fleet.runtimes[0]?.runtimeID ?? '', { conditions: [BROKEN] });
  await rig.retry(id);
  await rig.ends(id);
  await record(rig, 'orchestration-retry-inside', {
    workflowID: id,
    path: [
      ...['child answers {"kind":"released"}', 'giveBackOperation', /^child begins .*"attempt":2/],
      ...[/^child answers .*"code":"HEALTH_CHECK_FAILED"/, 'run ends "failed"'],
    ],
  });
});

it('records two lanes, a pause of everything, and an orchestration that is lost after the queue has continued as new', async () => {
  const fleet = waiting(4);
  const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 120, heartbeatSeconds: 2 } });
  const request = async (lane: string, index: number): Promise<string> => {
    const runtimeID = fleet.runtimes[index]?.runtimeID ?? '';
    return await rig.request({ lane, targets: { include: [{ runtimeID }] } });
  };
  const change = { actor: 'jane', reason: 'night', now: new Date().toISOString() };
  const [first, second] = [await request('default', 0), await request('urgent', 1)];
  await rig.underWay(2);
  const third = await request('urgent', 2);
  await rig.repositories.queue.change(true, change);
  for (const id of await rig.repositories.control.listUnobserved('', 10)) await rig.gateway.look(id);
  await rig.gateway.lookAtQueue();
  fleet.endAll();
  await rig.ends(first);
  await rig.ends(second);
  await rig.repositories.queue.change(false, { ...change, now: new Date().toISOString() });
  await rig.gateway.lookAtQueue();
  await rig.underWay(1);
  await until(
    async () => {
      await rig.gateway.lookAtQueue();
      return (await rig.runs(QUEUE_WORKFLOW_ID)).length > 1;
    },
    { what: 'the queue has continued as new' },
  );
  const fourth = await request('default', 3);
  await rig.underWay(2);
  await rig.client.workflow.getHandle(third).terminate('to be seen by the queue');
  await rig.reaches(third, 'failed');
  fleet.endAll();
  await rig.ends(fourth);
  const [run, next] = await rig.runs(QUEUE_WORKFLOW_ID);
  await record(rig, 'queue-lanes', {
    ...{ workflowID: QUEUE_WORKFLOW_ID, runID: run },
    path: [
      ...['watchOrchestration begins', 'watchOrchestration begins'],
      /^readLine answers .*"turns":\[\].*"paused":/,
      ...['watchOrchestration answers', /^readLine answers .*"turns":\[\{/, 'turn is sent'],
      ...['watchOrchestration is to be canceled', 'run continues as new'],
    ],
  });
  await record(rig, 'queue-lanes-continued', {
    ...{ workflowID: QUEUE_WORKFLOW_ID, runID: next },
    path: [
      ...[/^run begins .*"holders":\[\{/, 'watchOrchestration begins', 'turn is sent'],
      ...['watchOrchestration answers {"status":"TERMINATED"', 'settleOrchestration answers'],
    ],
  });
});

it('records a child that is lost, one that is out of time, and one whose runtime is busy until its time is over', async () => {
  const fleet = waiting(4);
  const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 4, sweepSeconds: 1 } });
  // The lock of the last runtime is taken.
  const blocked = fleet.runtimes[3];
  const ref = { orchestrationID: 'other', operationID: 'other', attempt: 1, dispatch: 1 };
  const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const blocker = await rig.client.workflow.start(operationWorkflow, {
    ...{ workflowId: childOf(fleet, 3), taskQueue: TASK_QUEUE, memo: ref },
    args: [
      {
        ...{ ...ref, runtimeID: blocked?.runtimeID ?? '', shootName: blocked?.shootName ?? '' },
        ...{ type: 'upgradeKyma', dryRun: false },
        window: { begin: inHours(1), end: inHours(2), latestStart: inHours(2) },
      },
    ],
  });
  const id = await rig.request({ workers: 4 });
  await rig.underWay(3);
  const waits = /^timer \(until busy runtimes .* begins/;
  await takes(rig, id, ['settleBusy answers {"kind":"deferred"}', waits]);
  await rig.client.workflow.getHandle(childOf(fleet, 0)).terminate('by hand');
  await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'the lost one has failed' });
  // The time of the others is over, while the sweep looks after them.
  await rig.ends(id);
  await blocker.signal('release');
  await record(rig, 'operation-out-of-time', {
    workflowID: childOf(fleet, 1),
    path: ['upgradeRuntime times out', 'judgeUpgrade answers', 'run ends {"kind":"failed"'],
  });
  await record(rig, 'orchestration-lost-and-busy', {
    workflowID: id,
    path: [
      ...['child is refused', 'settleBusy answers {"kind":"deferred"}', waits],
      ...['child is terminated', 'settleLost answers', 'sweepChildren answers', 'child is refused'],
      ...['settleBusy answers {"kind":"failed"', 'run ends "failed"'],
    ],
  });
});

it('records clusters that Gardener upgrades itself', async () => {
  const folder = temporaryFolder();
  const running = await startLandscape({ dataDir: folder, fleetSize: 6, leftOut: 0, upgradeSeconds: 0.2 });
  atEndOfFile(() => running.close());
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(running.kubeconfigPath);
  const { namespace } = running;
  const inventory = createInventoryClient({ kubeConfig, namespace, withVersions: true });
  const shoots = createShootsClient({ kubeConfig, namespace });
  const rig = await Rig.start({
    outside: {
      ...{ inventory, shoots, fleet: new FleetSnapshot(inventory) },
      provisioner: createProvisionerClient({ url: running.provisionerURL }),
      gardener: { shoots, isChosen: true, healthyMs: 100 },
    },
  });
  const kubernetes = { kubernetesVersion: '1.29.4' };
  const id = await rig.request({ type: 'upgradeCluster', kubernetes, workers: 2 });
  await rig.ends(id);
  await record(rig, 'orchestration-gardener', {
    workflowID: id,
    path: [/^child begins .*"type":"upgradeCluster"/, 'run ends "succeeded"'],
  });
  const [first] = await rig.operations(id);
  await record(rig, 'operation-gardener', {
    workflowID: operationWorkflowID(first?.runtimeID ?? ''),
    path: [/^upgradeRuntime answers .*Gardener has carried out/, 'run ends {"kind":"succeeded"}'],
  });
});

it('records a preview of a policy', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(2) });
  await rig.gateway.previewPolicy({ policy: { rules: [], freezes: [], optOut: [] }, fromMs: Date.now() });
  const query = `WorkflowType = '${WORKFLOW_TYPES.policyPreview}'`;
  for await (const { workflowId } of rig.client.workflow.list({ query }))
    await record(rig, 'policy-preview', {
      workflowID: workflowId,
      path: ['previewPolicy answers', 'run ends'],
    });
});
