import { describe, expect, it } from 'vitest';
import { QUEUE_WORKFLOW_ID, queueStateQuery } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

const waitingFleet = (count: number): FleetInMemory => {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  return fleet;
};
const inQueue = async (rig: Rig, id: string): Promise<void> => {
  await until(
    async () => {
      const state = await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery);
      return state.waiting.first.some(({ orchestrationID }) => orchestrationID === id);
    },
    { what: 'the orchestration waits in the queue' },
  );
};

describe('the queue', () => {
  it('A6 A7: lets one orchestration work at a time, in the order of their creation', async () => {
    const fleet = waitingFleet(2);
    const rig = await Rig.start({ fleet });
    const first = await rig.request({ workers: 2 });
    await rig.underWay(2);
    const second = await rig.request();
    await inQueue(rig, second);
    const third = await rig.request();
    await inQueue(rig, third);
    expect(await rig.state(second)).toBe('pending');
    expect(fleet.upgrades).toHaveLength(2);
    fleet.autoEnd = true;
    expect(await rig.ends(first)).toBe('succeeded');
    expect(await rig.ends(second)).toBe('succeeded');
    expect(await rig.ends(third)).toBe('succeeded');
    const finished = await Promise.all(
      [first, second, third].map(
        async (id) => (await rig.repositories.orchestrations.find(id))?.finishedAt ?? '',
      ),
    );
    expect(finished).toEqual([...finished].sort());
    expect(fleet.mostAtOnce).toBe(2);
  });

  it('A7: gives the turn to the oldest, though its workflow is not even started when a younger one asks', async () => {
    const fleet = waitingFleet(1);
    const rig = await Rig.start({ fleet });
    const first = await rig.request({}, false);
    const second = await rig.request();
    await rig.underWay(1);
    expect(await rig.state(first)).toBe('in progress');
    expect(await rig.state(second)).toBe('pending');
    fleet.autoEnd = true;
    expect(await rig.ends(first)).toBe('succeeded');
    expect(await rig.ends(second)).toBe('succeeded');
  });

  it('the reconciler starts what was accepted while the engine was away', async () => {
    const rig = await Rig.start({ fleet: new FleetInMemory(1), clock: () => Date.now() + 60_000 });
    const id = await rig.request({}, false);
    expect(await rig.reconcile()).toContain(`orchestration ${id} started`);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
      state: 'succeeded',
      lookAt: null,
    });
    expect(await rig.reconcile()).toEqual([]);
  });

  it('passes over one that was lost before its first step, and settles its row', async () => {
    const fleet = waitingFleet(1);
    const rig = await Rig.start({ fleet });
    await rig.stopWorkers();
    const first = await rig.request();
    await rig.client.workflow.getHandle(first).terminate('before its first step');
    const second = await rig.request();
    await rig.startWorkers();
    await rig.underWay(1);
    expect(await rig.state(second)).toBe('in progress');
    expect(await rig.state(first)).toBe('failed');
    expect((await rig.repositories.orchestrations.find(first))?.description).toContain(
      'before its first step',
    );
    fleet.autoEnd = true;
    expect(await rig.ends(second)).toBe('succeeded');
  });

  it('A15 A40: never runs an orchestration that was canceled while it waited', async () => {
    const fleet = waitingFleet(1);
    const rig = await Rig.start({ fleet });
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    await inQueue(rig, second);
    await rig.gateway.cancel(second, 'bob');
    expect(await rig.ends(second)).toBe('canceled');
    const third = await rig.request();
    await inQueue(rig, third);
    fleet.autoEnd = true;
    expect(await rig.ends(first)).toBe('succeeded');
    expect(await rig.ends(third)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(2);
    expect(await rig.operations(second)).toEqual([]);
    expect(await rig.log(second)).toEqual(['created', 'pending>canceling', 'canceling>canceled']);
  });

  it('A45: gives the turn on after a cancel', async () => {
    const fleet = waitingFleet(2);
    const rig = await Rig.start({ fleet });
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    await inQueue(rig, second);
    await rig.gateway.cancel(first, 'bob');
    await rig.reaches(first, 'canceling');
    expect(await rig.state(second)).toBe('pending');
    fleet.autoEnd = true;
    expect(await rig.ends(first)).toBe('canceled');
    expect(await rig.ends(second)).toBe('succeeded');
    expect(fleet.order).toEqual(['c-0000', 'c-0000', 'c-0001']);
  });

  it('is not blocked by a terminated orchestration, whose row is settled with the reason', async () => {
    const fleet = waitingFleet(3);
    const rig = await Rig.start({ fleet });
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    await inQueue(rig, second);
    await rig.client.workflow.getHandle(first).terminate('by an angry operator');
    await rig.reaches(first, 'failed');
    expect((await rig.repositories.orchestrations.find(first))?.description).toContain(
      'by an angry operator',
    );
    // The upgrade under way goes on to its end, the others are canceled.
    expect(await rig.statesOf(first)).toEqual({ 'in progress': 1, canceled: 2 });
    fleet.autoEnd = true;
    expect(await rig.ends(second)).toBe('succeeded');
    await until(async () => (await rig.statesOf(first))['succeeded'] === 1, {
      what: 'the operation that was under way is recorded as succeeded',
    });
    // The first runtime was taken by the terminated orchestration's child: nobody upgraded it twice at once.
    expect(fleet.mostAtOnce).toBeLessThanOrEqual(2);
  });

  it('rebuilds its memory when it was lost, and gives no second turn', async () => {
    const fleet = waitingFleet(1);
    const rig = await Rig.start({ fleet });
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    await inQueue(rig, second);
    await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).terminate('lost');
    const changed = await rig.reconcile();
    expect(changed.length).toBeGreaterThan(0);
    await until(
      async () => {
        const state = await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery);
        return (
          state.holders[0]?.orchestrationID === first && state.waiting.first[0]?.orchestrationID === second
        );
      },
      { what: 'the queue knows again who has the turn' },
    );
    expect(await rig.state(second)).toBe('pending');
    fleet.autoEnd = true;
    expect(await rig.ends(first)).toBe('succeeded');
    expect(await rig.ends(second)).toBe('succeeded');
    expect(fleet.mostAtOnce).toBe(1);
    expect(await rig.reconcile()).toEqual([]);
  });

  it('continues as new in the middle of a turn without losing holder or waiting ones', async () => {
    const fleet = waitingFleet(1);
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 25 } });
    const first = await rig.request();
    await rig.underWay(1);
    const others: string[] = [];
    for (let count = 0; count < 8; count++) {
      const id = await rig.request();
      await inQueue(rig, id);
      others.push(id);
    }
    const runs = await until(
      async () => {
        const ids = await rig.runs(QUEUE_WORKFLOW_ID);
        return ids.length > 1 ? ids : undefined;
      },
      { what: 'the queue has continued as new' },
    );
    expect(runs.length).toBeGreaterThan(1);
    fleet.autoEnd = true;
    for (const id of [first, ...others]) expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.mostAtOnce).toBe(1);
    expect(fleet.upgrades).toHaveLength(9);
  });
});
