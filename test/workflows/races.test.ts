import { tsToMs } from '@temporalio/common/lib/time.js';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.ts';
import {
  operationWorkflowID,
  QUEUE_WORKFLOW_ID,
  queueStateQuery,
} from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { reset } from '../support/resets.ts';
import { Rig, windowFromNow } from '../support/rig.ts';
import { AT } from '../support/rows.ts';

const waiting = (count: number): FleetInMemory => {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  return fleet;
};

describe('at a bad moment', () => {
  it('a retry that overtakes the report of the failed attempt is carried out', async () => {
    const fleet = waiting(2);
    const bad = fleet.runtimes[0]?.runtimeID ?? '';
    fleet.failing.add(bad);
    const rig = await Rig.start({ fleet });
    const failing = gate(rig.repositories.operations, 'fail');
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    fleet.endAll();
    await until(() => failing.arrived() === 1, { what: 'the failure is written and not yet reported' });
    fleet.failing.clear();
    await rig.retry(id);
    await until(async () => (await rig.statesOf(id))['retrying'] === 1, { what: 'the second attempt waits' });
    fleet.autoEnd = true;
    failing.open();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2 });
    expect(fleet.upgrades).toHaveLength(3);
  });

  it('a cancel that stands in the row alone when it closes is carried out, whatever has failed', async () => {
    const fleet = waiting(1);
    fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await rig.underWay(1);
    const { orchestrations } = rig.repositories;
    const closing = gate(orchestrations, 'close', 'before');
    fleet.endAll();
    await until(() => closing.arrived() === 1, { what: 'it is judged to have failed' });
    const wanted = { actor: 'jane', reason: 'enough', now: AT, isWanted: true };
    await orchestrations.transition(id, 'canceling', wanted);
    closing.open();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ failed: 1 });
  });

  it('a cancel while it closes ends in a final state', async () => {
    const rig = await Rig.start({ fleet: new FleetInMemory(1) });
    const closing = gate(rig.repositories.operations, 'stats');
    const id = await rig.request();
    await until(() => closing.arrived() === 1, { what: 'it closes' });
    await rig.gateway.cancel(id, 'bob');
    await rig.reaches(id, 'canceling');
    closing.open();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.state(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1 });
    expect(await rig.reconcile()).toEqual([]);
  });

  it('a reset of an orchestration that waits for its turn keeps its place', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet });
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    const waits = async (): Promise<boolean> => {
      const state = await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery);
      return state.waiting.first.some(({ orchestrationID }) => orchestrationID === second);
    };
    await until(waits, { what: 'the second waits' });
    await reset(rig, second, 'first');
    fleet.autoEnd = true;
    expect(await rig.ends(first)).toBe('succeeded');
    expect(await rig.ends(second)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(2);
  });

  it('a reset of the orchestration that works takes over the children that execute', async () => {
    const fleet = waiting(5);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    await reset(rig, id, 'first');
    await until(
      async () => {
        const { events } = await rig.client.workflow.getHandle(id).fetchHistory();
        return events?.some(
          (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'findExecuting',
        );
      },
      { what: 'the new run looks for what executes' },
    );
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.mostAtOnce).toBe(2);
    expect(fleet.upgrades).toHaveLength(5);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 5 });
  });

  it('a retry of a terminated orchestration waits for what still executes', async () => {
    const fleet = waiting(3);
    fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 1 });
    await rig.underWay(1);
    fleet.endAll();
    await until(() => fleet.upgrades.length === 2, { what: 'the second is under way' });
    fleet.failing.clear();
    await rig.client.workflow.getHandle(id).terminate('by hand');
    await rig.reaches(id, 'failed');
    await rig.retry(id);
    await rig.reaches(id, 'in progress');
    await until(
      async () =>
        (await rig.client.workflow.getHandle(id).query<{ inFlight: unknown[] }>('progress')).inFlight
          .length === 1,
      { what: 'the child that executes holds the slot' },
    );
    expect(fleet.underWay).toHaveLength(1);
    fleet.autoEnd = true;
    // One of the three was never touched: that is no success.
    expect(await rig.ends(id)).toBe('failed');
    expect(fleet.mostAtOnce).toBe(1);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, canceled: 1 });
    expect((await rig.repositories.orchestrations.find(id))?.description).toMatch(
      /^1 of 3 operations were canceled before they began \(.*by hand\)$/,
    );
  });

  it('an upgrade that could not begin within its window waits for the next one', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    fleet.setWindow(0, windowFromNow(-60, 70));
    fleet.down.provisioner = true;
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    await until(async () => (await rig.statesOf(id))['in progress'] === 1, { what: 'it tries to begin' });
    const [before] = await rig.operations(id);
    await until(() => Date.now() > Date.parse(before?.windowEnd ?? ''), { what: 'the window has passed' });
    fleet.down.provisioner = false;
    await until(async () => (await rig.statesOf(id))['pending'] === 1, { what: 'it waits again' });
    const [after] = await rig.operations(id);
    expect(Date.parse(after?.windowBegin ?? '') - Date.parse(before?.windowBegin ?? '')).toBe(24 * 3600_000);
    expect(after?.startedAt).toBeNull();
    expect(fleet.upgrades).toEqual([]);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('planning that fails for good leaves nothing that waits', async () => {
    // The second batch is refused: the database can't hold this text.
    const fleet = new FleetInMemory(501, (index) => (index < 500 ? {} : { instanceID: 'a\0b' }));
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    expect(await rig.ends(id)).toBe('failed');
    expect((await rig.repositories.orchestrations.find(id))?.description).toContain('Planning failed');
    expect(await rig.statesOf(id)).toEqual({ canceled: 500 });
  });

  it('what the Provisioner says of an upgrade is shown without the secrets it repeats', async () => {
    const fleet = new FleetInMemory(2);
    fleet.overrides = [{ key: 'password', value: 'hunter2', secret: true }];
    fleet.says = 'helm was given password=hunter2';
    fleet.failing.add(fleet.runtimes[1]?.runtimeID ?? '');
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2 });
    expect(await rig.ends(id)).toBe('failed');
    for (const { description } of await rig.operations(id)) {
      expect(description).toContain('helm was given password=********');
    }
    for (const { runtimeID } of fleet.runtimes) {
      const history = await rig.client.workflow.getHandle(operationWorkflowID(runtimeID)).fetchHistory();
      expect(Buffer.from(JSON.stringify(history)).toString('latin1')).not.toContain('hunter2');
      const payloads = (history.events ?? []).map((event) =>
        Buffer.from(event.activityTaskCompletedEventAttributes?.result?.payloads?.[0]?.data ?? '').toString(),
      );
      expect(payloads.join()).not.toContain('hunter2');
    }
  });

  it('a busy runtime is not forgotten by a worker whose clock runs ahead', async () => {
    const fleet = new FleetInMemory(4);
    const rig = await Rig.start({ fleet, tuning: { pageSize: 2 } });
    const { operations } = rig.repositories;
    const readPlan = operations.readPlan.bind(operations);
    const defer = operations.defer.bind(operations);
    let deferred = false;
    operations.defer = (...args) => {
      deferred = true;
      return defer(...args);
    };
    operations.readPlan = (id, query) =>
      readPlan(id, {
        ...query,
        now: query.after && deferred ? new Date(Date.now() + 3000).toISOString() : query.now,
      });
    // A workflow that nobody executes holds the first runtime.
    const holder = await rig.client.workflow.start('reconcileWorkflow', {
      taskQueue: 'nobody',
      workflowId: operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''),
      args: [],
    });
    const id = await rig.request({ workers: 2 });
    await until(() => fleet.upgrades.length === 3, { what: 'the others are upgraded' });
    await holder.terminate('makes room');
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 4 });
  });

  it('a busy runtime is waited for by spans of time, by a worker whose clock is behind, too', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet, clock: () => Date.now() - 3600_000 });
    const holder = await rig.client.workflow.start('reconcileWorkflow', {
      taskQueue: 'nobody',
      workflowId: operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''),
      args: [],
    });
    const id = await rig.request();
    const timers = async (): Promise<number[]> => {
      const { events } = await rig.client.workflow.getHandle(id).fetchHistory();
      return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
        timer?.startToFireTimeout ? [tsToMs(timer.startToFireTimeout)] : [],
      );
    };
    await until(async () => (await timers()).length > 1, { what: 'it has waited twice' });
    expect(Math.min(...(await timers()))).toBeGreaterThanOrEqual(100);
    await holder.terminate('makes room');
    expect(await rig.ends(id)).toBe('succeeded');
  });

  it('an inventory that fails between two pages is read again from the start', async () => {
    const fleet = new FleetInMemory(1200);
    let broke = false;
    const rig = await Rig.start({ fleet });
    const plan = rig.repositories.operations.plan.bind(rig.repositories.operations);
    rig.repositories.operations.plan = async (...args) => {
      const written = await plan(...args);
      if (!broke) {
        broke = true;
        throw new UnavailableError('inventory', 'lost between two pages');
      }
      return written;
    };
    const id = await rig.request({ workers: 100, dryRun: true });
    await until(async () => (await rig.repositories.orchestrations.find(id))?.plannedCount === 1200, {
      what: 'the plan is complete',
    });
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.operations(id)).toHaveLength(1200);
  });
});
