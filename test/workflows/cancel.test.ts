import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { servers, temporalOf, until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, SOON, windowFromNow } from '../support/rig.ts';

const execute = promisify(execFile);

const signalByHand = (rig: Rig, id: string, ...input: string[]): Promise<unknown> =>
  execute(servers().temporalProgram, [
    ...['workflow', 'signal', '--name', 'cancel', '--workflow-id', id, ...input],
    ...['--namespace', rig.namespace, '--address', temporalOf(rig.namespace)],
  ]);
const WITHOUT_REASON = 'Cancel requested';

/** Ways to ask for the same thing, and what the log says of each. */
const WAYS: [string, (rig: Rig, id: string) => Promise<unknown>, { by: string; reason: string }][] = [
  [
    'the signal that the API sends',
    (rig, id) => rig.gateway.cancel(id, 'bob', 'wrong version'),
    { by: 'bob', reason: 'wrong version' },
  ],
  [
    '`temporal workflow signal --name cancel`',
    (rig, id) => signalByHand(rig, id),
    { by: 'the signal cancel', reason: WITHOUT_REASON },
  ],
  [
    '`temporal workflow signal --name cancel` with a name',
    (rig, id) => signalByHand(rig, id, '--input', '"eve"'),
    { by: 'eve', reason: WITHOUT_REASON },
  ],
  [
    "Temporal's own request to cancel",
    (rig, id) => rig.client.workflow.getHandle(id).cancel(),
    { by: "Temporal's request to cancel", reason: WITHOUT_REASON },
  ],
];

describe('cancel', () => {
  it.each(WAYS)(
    'A41 A42 A43 A44: by %s lets 5 in flight finish and cancels the rest',
    async (_, cancel, canceled) => {
      const fleet = new FleetInMemory(12);
      fleet.autoEnd = false;
      const rig = await Rig.start({ fleet });
      const id = await rig.request({ workers: 5 });
      await rig.underWay(5);
      await cancel(rig, id);
      await rig.reaches(id, 'canceling');
      for (const upgrade of fleet.underWay) {
        expect(await rig.state(id)).toBe('canceling');
        fleet.end(upgrade);
      }
      expect(await rig.ends(id)).toBe('canceled');
      expect(fleet.upgrades).toHaveLength(5);
      expect(await rig.statesOf(id)).toEqual({ succeeded: 5, canceled: 7 });
      expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
        state: 'canceled',
        description: 'Orchestration was canceled',
      });
      expect(await rig.log(id)).toEqual([
        'created',
        'pending>in progress',
        'planned',
        'in progress>canceling',
        'canceling>canceled',
      ]);
      expect(await rig.repositories.events.canceled(id)).toMatchObject(canceled);
      const described = await rig.client.workflow.getHandle(id).describe();
      expect(described.status.name).toBe('COMPLETED');
    },
  );

  it('releases children that sleep before their window', async () => {
    const fleet = new FleetInMemory(4, (index) => ({
      maintenanceWindow: index === 0 ? windowFromNow(-60, 7200) : windowFromNow(SOON, 3600),
    }));
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 3, schedule: 'maintenanceWindow' });
    await rig.underWay(1);
    const sleeper = operationWorkflowID(fleet.runtimes[1]?.runtimeID ?? '');
    await until(
      () =>
        rig.client.workflow
          .getHandle(sleeper)
          .describe()
          .then(
            () => true,
            () => false,
          ),
      {
        what: 'a child sleeps',
      },
    );
    await rig.gateway.cancel(id, 'bob');
    await rig.reaches(id, 'canceling');
    expect(await rig.client.workflow.getHandle(sleeper).result()).toEqual({ kind: 'released' });
    expect(await rig.state(id)).toBe('canceling');
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, canceled: 3 });
  });

  it('releases them also while the orchestration waits for the database', async () => {
    const fleet = new FleetInMemory(3, () => ({ maintenanceWindow: windowFromNow(SOON, 3600) }));
    const rig = await Rig.start({ fleet, tuning: { pageSize: 1 } });
    const { operations } = rig.repositories;
    const readPlan = operations.readPlan.bind(operations);
    let refused = 0;
    operations.readPlan = (id, query) => {
      if (!query.after) return readPlan(id, query);
      refused += 1;
      return Promise.reject(new UnavailableError('database', 'The database does not answer'));
    };
    const id = await rig.request({ workers: 2, schedule: 'maintenanceWindow' });
    const sleeper = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
    await until(async () => (await rig.runs(sleeper.workflowId)).length === 1 && refused > 0, {
      what: 'the first sleeps, and the next page cannot be read',
    });
    await rig.gateway.cancel(id, 'bob');
    expect(await sleeper.result()).toEqual({ kind: 'released' });
    operations.readPlan = readPlan;
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ canceled: 3 });
  });

  it('stops the planning, and nothing is scheduled', async () => {
    const fleet = new FleetInMemory(3);
    fleet.down.inventory = true;
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await until(
      async () =>
        (await rig.repositories.orchestrations.find(id))?.description.startsWith('Waits for the inventory'),
      { what: 'the row says what is waited for' },
    );
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
    fleet.down.inventory = false;
    expect(fleet.upgrades).toEqual([]);
  });

  it('twice, or after the end, changes nothing', async () => {
    const fleet = new FleetInMemory(2);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await rig.underWay(1);
    await rig.gateway.cancel(id, 'bob');
    await rig.gateway.cancel(id, 'bob');
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
    const log = await rig.log(id);
    expect(await rig.gateway.cancel(id, 'bob')).toBe('not running');
    expect(await rig.log(id)).toEqual(log);
    expect(log.filter((line) => line === 'in progress>canceling')).toHaveLength(1);
  });

  it('of one operation in Temporal cancels it while it sleeps, and lets it finish while it executes', async () => {
    const fleet = new FleetInMemory(2, (index) => ({
      maintenanceWindow: index === 0 ? windowFromNow(-60, 7200) : windowFromNow(SOON, 3600),
    }));
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2, schedule: 'maintenanceWindow' });
    await rig.underWay(1);
    const handles = fleet.runtimes.map(({ runtimeID }) =>
      rig.client.workflow.getHandle(operationWorkflowID(runtimeID)),
    );
    await until(
      () =>
        handles[1]?.describe().then(
          () => true,
          () => false,
        ),
      { what: 'the second child sleeps' },
    );
    for (const handle of handles) await handle.cancel();
    expect(await handles[1]?.result()).toEqual({ kind: 'canceled' });
    fleet.endAll();
    expect(await handles[0]?.result()).toEqual({ kind: 'succeeded' });
    // Not every runtime of the plan was upgraded, and nobody canceled the whole.
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, canceled: 1 });
  });
});
