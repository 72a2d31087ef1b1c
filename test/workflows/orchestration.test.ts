import { randomUUID } from 'node:crypto';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

describe('an orchestration', () => {
  it('A1 A4 A34 A36: upgrades 40 runtimes with 5 workers, each once, in plan order, never more than 5 at once', async () => {
    const fleet = new FleetInMemory(40);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 5 });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.mostAtOnce).toBeLessThanOrEqual(5);
    expect(fleet.upgrades).toHaveLength(40);
    expect([...fleet.order].sort()).toEqual(fleet.runtimes.map(({ shootName }) => shootName));
    expect(await startedChildren(rig, id)).toEqual(
      fleet.runtimes.map(({ runtimeID }) => operationWorkflowID(runtimeID)),
    );
    expect(await rig.statesOf(id)).toEqual({ succeeded: 40 });
    expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
      state: 'succeeded',
      description: 'Scheduled 40 operations',
      plannedCount: 40,
    });
    expect(await rig.log(id)).toEqual(['created', 'pending>in progress', 'planned', 'in progress>succeeded']);
  });

  it('A38: with one worker carries the plan out one after the other', async () => {
    const fleet = new FleetInMemory(6);
    const rig = await Rig.start({ fleet });
    expect(await rig.ends(await rig.request())).toBe('succeeded');
    expect(fleet.order).toEqual(fleet.runtimes.map(({ shootName }) => shootName));
    expect(fleet.mostAtOnce).toBe(1);
  });

  it('A22 A26: upgrades what the request selects and nothing else, reading the inventory once', async () => {
    const fleet = new FleetInMemory(6);
    const rig = await Rig.start({ fleet });
    const chosen = [fleet.runtimes[1], fleet.runtimes[4]].map((runtime) => runtime?.runtimeID ?? '');
    const id = await rig.request({
      targets: {
        include: [...chosen, chosen[0] ?? ''].map((runtimeID) => ({ runtimeID })),
        exclude: [{ runtimeID: chosen[1] ?? '' }],
      },
    });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.order).toEqual(['c-0001']);
    expect(fleet.pagesRead).toBe(1);
  });

  it('A51: succeeds with nothing scheduled when nothing matches', async () => {
    const rig = await Rig.start({ fleet: new FleetInMemory(2) });
    const id = await rig.request({ targets: { include: [{ shoot: 'no-such-shoot' }] } });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
      description: 'Scheduled 0 operations',
      plannedCount: 0,
    });
  });

  it('plans a runtime once even when two Shoots carry its ID', async () => {
    const runtimeID = randomUUID();
    const fleet = new FleetInMemory(3, (index) => (index === 1 ? {} : { runtimeID }));
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(2);
    expect((await rig.operations(id)).map(({ position }) => position)).toEqual([0, 1]);
    expect((await rig.repositories.orchestrations.find(id))?.description).toBe('Scheduled 2 operations');
  });

  it('A30: does everything in a dry run but send the upgrade', async () => {
    const fleet = new FleetInMemory(3);
    fleet.overrides.push({ key: 'password', value: 's3cret', secret: true });
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ dryRun: true, workers: 3 });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toEqual([]);
    const [operation] = await rig.operations(id);
    expect(operation).toMatchObject({
      state: 'succeeded',
      dryRun: true,
      config: {
        kymaConfig: {
          version: '2.20.5',
          components: [{ component: 'istio', namespace: 'istio-system', configuration: [] }],
          configuration: [
            { key: 'domain', value: 'example.com', secret: false },
            { key: 'password', value: '********', secret: true },
          ],
        },
      },
    });
  });

  it('fails when an operation fails, says which, and carries out the others', async () => {
    const fleet = new FleetInMemory(5);
    const [, second, third] = fleet.runtimes;
    fleet.failing.add(second?.runtimeID ?? '');
    fleet.refused.add(third?.runtimeID ?? '');
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2 });
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 3, failed: 2 });
    const [, failed, refused] = await rig.operations(id);
    expect(failed).toMatchObject({ failureCode: 'UPGRADE_FAILED', state: 'failed' });
    expect(failed?.description).toContain('the installer gave up');
    expect(refused).toMatchObject({ failureCode: 'PROVISIONER_REFUSED', state: 'failed' });
    const row = await rig.repositories.orchestrations.find(id);
    expect(row?.description).toContain('2 of 5 operations failed');
    expect(row?.description).toContain('c-0001');
    expect(row?.description).toContain('c-0002');
  });

  it('upgrades clusters through the request of that kind', async () => {
    const fleet = new FleetInMemory(2);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ type: 'upgradeCluster', workers: 2 });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades.map(({ operation }) => operation.operation)).toEqual([
      'UpgradeShoot',
      'UpgradeShoot',
    ]);
    const [operation] = await rig.operations(id);
    expect(operation?.config).toEqual({ clusterConfig: { kubernetesVersion: '1.31.2' } });
  });

  it('A2: is processed by one component, which tells an operator in the Web UI what it does and who waits for what', async () => {
    const fleet = new FleetInMemory(2);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 1 });
    await rig.underWay(1);
    const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
    const orchestration = await rig.client.workflow.getHandle(id).describe();
    expect(orchestration.type).toBe('orchestrationWorkflow');
    expect(await orchestration.staticSummary()).toBe('upgradeKyma for alice');
    expect(attributesOf(orchestration)).toMatchObject({
      OrchestrationState: 'in progress',
      OrchestrationType: 'upgradeKyma',
    });
    const child = await rig.client.workflow.getHandle(operationWorkflowID(runtimeID)).describe();
    expect(await child.staticSummary()).toBe('upgrades shoot c-0000');
    expect(attributesOf(child)).toMatchObject({ RuntimeID: runtimeID });
    const details: string = await rig.client.workflow
      .getHandle(id)
      .query('__temporal_workflow_metadata')
      .then((metadata) => (metadata as { currentDetails: string }).currentDetails);
    expect(details).toContain('0 of 2 operations ended, 1 in flight with 1 workers');
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    // The budget of state transitions for one operation.
    const closed = await rig.client.workflow.getHandle(operationWorkflowID(runtimeID)).describe();
    expect(Number(closed.raw.workflowExecutionInfo?.stateTransitionCount)).toBeLessThanOrEqual(13);
  });
});

async function startedChildren(rig: Rig, id: string): Promise<(string | null | undefined)[]> {
  const { events } = await rig.client.workflow.getHandle(id).fetchHistory();
  return (events ?? []).flatMap(({ startChildWorkflowExecutionInitiatedEventAttributes: started }) =>
    started ? [started.workflowId] : [],
  );
}

function attributesOf({ typedSearchAttributes }: WorkflowExecutionDescription): Record<string, unknown> {
  return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
}
