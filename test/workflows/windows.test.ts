import { describe, expect, it } from 'vitest';
import { LEAD_MS } from '../../src/domain/upgrades/loop-steps.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { takes } from '../replay/history.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, windowFromNow } from '../support/rig.ts';

const SECOND = 1_000;

/** Seconds in which an orchestration is surely planned and its children sleep, on this machine at this moment. */
async function leadSeconds(rig: Rig): Promise<number> {
  const before = Date.now();
  await rig.ends(await rig.request({ dryRun: true }));
  return Math.ceil(3 + (4 * (Date.now() - before)) / SECOND);
}

describe('maintenance windows', () => {
  it('A35: each operation waits for the window of its own runtime', async () => {
    const fleet = new FleetInMemory(3);
    const rig = await Rig.start({ fleet });
    const lead = await leadSeconds(rig);
    const windows = [windowFromNow(lead, 600), windowFromNow(-60, 3600), windowFromNow(6 * 3600, 3600)];
    for (const [index, maintenanceWindow] of windows.entries()) fleet.setWindow(index, maintenanceWindow);
    const id = await rig.request({ workers: 3, schedule: 'maintenanceWindow' });
    const estimateOf = async () => (await rig.repositories.orchestrations.find(id))?.estimate ?? undefined;
    const atPlan = await until(estimateOf, { what: 'its end is estimated' });
    await until(() => fleet.upgrades.length === 2, {
      what: 'two were upgraded',
    });
    expect(fleet.order).toEqual(['c-0001', 'c-0000']);
    const [first, second, third] = await rig.operations(id);
    expect(Date.parse(first?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.windowBegin ?? ''));
    expect(Date.parse(second?.windowBegin ?? '')).toBeLessThan(Date.parse(second?.startedAt ?? ''));
    expect(third?.state).toBe('pending');
    // Half an hour is assumed for each, until five have succeeded.
    const lastEnd = Date.parse(third?.windowBegin ?? '') + 1800 * SECOND;
    expect(Date.parse(atPlan.earliest ?? '')).toBe(lastEnd);
    await rig.reconcile();
    const later = await estimateOf();
    expect(Date.parse(later?.earliest ?? '')).toBe(lastEnd);
    expect(Date.parse(later?.at ?? '')).toBeGreaterThan(Date.parse(atPlan.at));
    // It holds neither slot nor lock: the orchestration sleeps until five minutes before its window begins.
    const [dryRun, ...runs] = await rig.runs(operationWorkflowID(third?.runtimeID ?? ''));
    expect([typeof dryRun, runs]).toEqual(['string', []]);
    const { events } = await rig.client.workflow.getHandle(id).fetchHistory();
    const timers = events?.flatMap(({ timerStartedEventAttributes: timer }) =>
      timer ? [Number(timer.startToFireTimeout?.seconds)] : [],
    );
    expect(Math.max(...(timers ?? []))).toBeGreaterThan(5 * 3600);
    expect(Math.max(...(timers ?? []))).toBeLessThanOrEqual(6 * 3600 - 300);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, canceled: 1 });
  });

  it('an operation that wakes up after its window is put into the next one', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    const lead = await leadSeconds(rig);
    fleet.setWindow(0, windowFromNow(lead, 3));
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    const handle = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
    await until(
      () =>
        handle.describe().then(
          ({ status }) => status.name === 'RUNNING',
          () => false,
        ),
      { what: 'the child sleeps' },
    );
    await rig.stopWorkers();
    const [before] = await rig.operations(id);
    await until(() => Date.now() > Date.parse(before?.windowEnd ?? ''), {
      what: 'the window has passed',
    });
    await rig.startWorkers();
    const after = await until(
      async () => {
        const [row] = await rig.operations(id);
        return row?.windowBegin !== before?.windowBegin ? row : undefined;
      },
      { what: 'it is scheduled into another window' },
    );
    expect(Date.parse(after.windowBegin ?? '') - Date.parse(before?.windowBegin ?? '')).toBe(24 * 3600_000);
    expect(after.state).toBe('pending');
    expect(fleet.upgrades).toEqual([]);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('A35: a Provisioner that is away to the end of a window costs an operation that window, not its upgrade', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    fleet.down.provisioner = true;
    fleet.setWindow(0, windowFromNow(-60, 70));
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    const before = await until(
      async () => (await rig.operations(id)).find(({ state }) => state === 'in progress'),
      { what: 'it is executed' },
    );
    const after = await until(
      async () => (await rig.operations(id)).find(({ windowBegin }) => windowBegin !== before.windowBegin),
      { what: 'it is scheduled into another window' },
    );
    expect(after).toMatchObject({ state: 'pending', attempt: 1, failureCode: null });
    expect(Date.parse(after.windowBegin ?? '') - Date.parse(before.windowBegin ?? '')).toBe(24 * 3600_000);
    expect(fleet.upgrades).toEqual([]);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('an operation that comes due while a later page of the plan is read is not left behind', async () => {
    const fleet = new FleetInMemory(2);
    const rig = await Rig.start({ fleet, tuning: { pageSize: 1 } });
    const lead = LEAD_MS / SECOND + 2 * (await leadSeconds(rig));
    fleet.autoEnd = false;
    // The second one has to begin earlier than the first, so it comes before that in the plan once it is due.
    fleet.setWindow(0, windowFromNow(-60, 6 * 3600));
    fleet.setWindow(1, windowFromNow(lead, 3600));
    const { control, operations, orchestrations } = rig.repositories;
    const command = (what: 'pause' | 'resume') =>
      control.command(
        id,
        { command: what, by: 'jane', reason: '', acknowledge: false },
        new Date().toISOString(),
      );
    const id = await rig.request({ workers: 2, schedule: 'maintenanceWindow' }, false);
    await command('pause');
    const row = await orchestrations.find(id);
    if (!row) throw new Error('It is not stored');
    const { type, parameters, createdAt, createdBy } = row;
    await rig.gateway.start({ orchestrationID: id, type, parameters, createdAt, createdBy });
    const timer = 'timer (until the next windows begin)';
    await takes(rig, id, [`${timer} begins`]);
    const { readPlan } = operations;
    let isAway = true;
    let wasAsked = false;
    operations.readPlan = async (orchestrationID, query) => {
      wasAsked ||= query.after !== undefined;
      // Tried again by the engine: the one that is answered sees what has come due meanwhile, but only after the cursor.
      if (query.after && isAway) throw new Error('The database is away');
      return await readPlan(orchestrationID, query);
    };
    await command('resume');
    await rig.gateway.look(id);
    await until(() => wasAsked, { what: 'the second page is being read' });
    await takes(rig, id, [`${timer} fires`]);
    isAway = false;
    const child = operationWorkflowID(fleet.runtimes[1]?.runtimeID ?? '');
    await until(async () => (await rig.runs(child)).length === 2, { what: 'its child sleeps' });
    expect(await rig.statesOf(id)).toEqual({ 'in progress': 1, pending: 1 });
    await rig.gateway.cancel(id, 'bob');
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
  });
});
