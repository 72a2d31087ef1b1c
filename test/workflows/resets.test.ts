import { describe, expect, it } from 'vitest';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { reset } from '../support/resets.ts';
import { Rig } from '../support/rig.ts';

describe('a reset of a closed orchestration', () => {
  it('ends, although its children have closed while no run of it was there', async () => {
    const fleet = new FleetInMemory(4);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { sweepSeconds: 1 } });
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    const orchestration = rig.client.workflow.getHandle(id);
    // The children are in the history as started, and the last workflow task has seen it.
    await until(
      async () => {
        const { events = [] } = await orchestration.fetchHistory();
        const isStart = (event: NonNullable<typeof events>[number]): boolean =>
          Boolean(event.childWorkflowExecutionStartedEventAttributes);
        const last = events?.findLastIndex((event) => event.workflowTaskCompletedEventAttributes) ?? -1;
        return (events ?? []).filter(isStart).length === 2 && last > (events ?? []).findLastIndex(isStart);
      },
      { what: 'both children stand in the history' },
    );
    await orchestration.terminate('by hand');
    await rig.reaches(id, 'failed');
    fleet.endAll();
    for (const { runtimeID } of fleet.runtimes.slice(0, 2)) {
      await rig.client.workflow.getHandle(operationWorkflowID(runtimeID)).result();
    }
    await reset(rig, id, 'last');
    await until(async () => !(await orchestration.describe()).status.name.startsWith('RUNNING'), {
      what: 'the reset run ends',
    });
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, canceled: 2 });
    expect(fleet.upgrades).toHaveLength(2);
  });
});
