import { describe, expect, it } from 'vitest';
import { isUntold } from '../../src/api/routes/upgrades/commands/tell-orchestrations.ts';
import { lookSignal, QUEUE_WORKFLOW_ID } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

/** Milliseconds that a workflow task of a run may take. */
async function taskTimeout(rig: Rig, id: string, runID: string | undefined): Promise<number> {
  const { events } = await rig.client.workflow.getHandle(id, runID).fetchHistory();
  const timeout = events?.[0]?.workflowExecutionStartedEventAttributes?.workflowTaskTimeout;
  return Number(timeout?.seconds) * 1000 + (timeout?.nanos ?? NaN) / 1e6;
}

interface Heartbeat {
  activity: string;
  seconds: number;
}

/** The activities that the runs of a workflow have scheduled, and for how long each may be silent. */
async function heartbeatsOf(rig: Rig, id: string): Promise<Heartbeat[]> {
  const histories = await Promise.all(
    (await rig.runs(id)).map((runID) => rig.client.workflow.getHandle(id, runID).fetchHistory()),
  );
  return histories.flatMap(({ events }) =>
    (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled
        ? [
            {
              activity: scheduled.activityType?.name ?? '',
              seconds: Number(scheduled.heartbeatTimeout?.seconds ?? 0),
            },
          ]
        : [],
    ),
  );
}

describe('continue-as-new with children in flight', () => {
  it('loses nothing and does nothing twice: the transcript of a whole orchestration', async () => {
    const COUNT = 24;
    const WORKERS = 3;
    const fleet = new FleetInMemory(COUNT);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 60, pageSize: 5 } });
    const id = await rig.request({ workers: WORKERS });
    const transcript: string[] = [];
    for (let ended = 0; ended < COUNT; ended++) {
      const expected = Math.min(WORKERS, COUNT - ended);
      await until(() => fleet.upgrades.length === Math.min(ended + WORKERS, COUNT), {
        what: `upgrade ${ended + expected} begins`,
      });
      // Invariants at each step.
      expect(fleet.underWay).toHaveLength(expected);
      expect(new Set(fleet.upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(fleet.upgrades.length);
      const flying = fleet.underWay.map(({ runtimeID }) => runtimeID.slice(-2)).sort();
      const eldest = fleet.underWay.find(({ runtimeID }) => runtimeID.endsWith(flying[0] ?? ''));
      transcript.push(`in flight ${flying.join(' ')}, ends ${flying[0]}`);
      if (eldest) fleet.end(eldest);
    }
    expect(await rig.ends(id)).toBe('succeeded');
    expect(transcript).toEqual(goldenTranscript(COUNT, WORKERS));
    expect(await rig.statesOf(id)).toEqual({ succeeded: COUNT });
    expect((await rig.operations(id)).every(({ attempt }) => attempt === 1)).toBe(true);
    expect((await rig.runs(id)).length).toBeGreaterThanOrEqual(4);
    expect(fleet.mostAtOnce).toBe(WORKERS);
    // Another worker goes on within a minute when one is killed: with each activity, of the code of today.
    for (const workflowID of [id, QUEUE_WORKFLOW_ID]) {
      const heartbeats = await heartbeatsOf(rig, workflowID);
      expect(heartbeats).not.toEqual([]);
      for (const { activity, seconds } of heartbeats)
        expect(seconds, `heartbeat of ${activity}`).toBeGreaterThan(0);
    }
  });

  it('gives a workflow task time for all that may be in flight by then', async () => {
    const fleet = new FleetInMemory(40);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 80 } });
    const id = await rig.request({ workers: 4 });
    await rig.underWay(4);
    const more = { command: 'workers', workers: 8, by: 'jane', reason: '' } as const;
    await rig.repositories.control.command(id, more, new Date().toISOString());
    await rig.gateway.look(id);
    await rig.underWay(8);
    fleet.autoEnd = true;
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
    const runs = await rig.runs(id);
    expect(await taskTimeout(rig, id, runs.at(0))).toBe(10_160);
    expect(await taskTimeout(rig, id, runs.at(-1))).toBe(10_320);
  });

  it('holds under load, with ends at any moment', async () => {
    const fleet = new FleetInMemory(120);
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 150, pageSize: 25 } });
    const id = await rig.request({ workers: 12 });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(120);
    expect(new Set(fleet.upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(120);
    expect(fleet.mostAtOnce).toBeLessThanOrEqual(12);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 120 });
    expect((await rig.runs(id)).length).toBeGreaterThanOrEqual(4);
  });

  it('keeps a cancel that comes in after it', async () => {
    const fleet = new FleetInMemory(40);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 40 } });
    const id = await rig.request({ workers: 4 });
    await until(
      async () => {
        const next = fleet.underWay[0];
        if (next && fleet.underWay.length === 4) fleet.end(next);
        return (await rig.runs(id)).length >= 2;
      },
      { what: 'the orchestration has continued as new' },
    );
    await rig.gateway.cancel(id, 'bob');
    await rig.reaches(id, 'canceling');
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('canceled');
    const { succeeded = 0, canceled = 0 } = await rig.statesOf(id);
    expect(succeeded + canceled).toBe(40);
    expect(succeeded).toBe(fleet.upgrades.length);
    expect(canceled).toBeGreaterThan(0);
  });

  it('happens also while commands come in as fast as they can', async () => {
    const fleet = new FleetInMemory(6);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 45 } });
    const id = await rig.request({ workers: 3 });
    await rig.underWay(3);
    const { control, orchestrations } = rig.repositories;
    let told = 0;
    for (let commands = 0; (await rig.runs(id)).length < 2; commands++) {
      const command = { command: 'workers', workers: 2 + (commands % 2), by: 'jane', reason: '' } as const;
      const done = await control.command(id, command, new Date().toISOString());
      if (!done || !isUntold(done.row)) continue;
      await rig.gateway.look(id);
      await control.told(id, { revision: done.row.revision });
      told += 1;
    }
    await until(
      async () => {
        const row = await orchestrations.find(id);
        return row?.observedRevision === row?.revision;
      },
      { what: 'the last command is seen' },
    );
    const heard = await Promise.all(
      (await rig.runs(id)).map(async (runID) => {
        const { events } = await rig.client.workflow.getHandle(id, runID).fetchHistory();
        return (events ?? []).filter(
          ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === lookSignal.name,
        ).length;
      }),
    );
    expect(heard.reduce((sum, words) => sum + words)).toBe(told);
    fleet.autoEnd = true;
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(new Set(fleet.upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(6);
  });

  it('happens also while a cancel waits for what executes', async () => {
    const fleet = new FleetInMemory(6);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 60 } });
    const id = await rig.request({ workers: 3 });
    await rig.underWay(3);
    await rig.gateway.cancel(id, 'bob');
    await rig.reaches(id, 'canceling');
    const before = (await rig.runs(id)).length;
    await until(
      async () => {
        // Each one lengthens the history and changes nothing else.
        await rig.gateway.cancel(id, 'bob');
        return (await rig.runs(id)).length > before;
      },
      { what: 'the draining orchestration has continued as new' },
    );
    expect(fleet.underWay).toHaveLength(3);
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 3, canceled: 3 });
  });
});

/** In plan order the eldest ends and the next one begins, whatever happens to the orchestration's history meanwhile. */
function goldenTranscript(count: number, workers: number): string[] {
  return Array.from({ length: count }, (_, step) => {
    const flying = Array.from({ length: Math.min(workers, count - step) }, (_slot, slot) =>
      String(step + slot).padStart(2, '0'),
    );
    return `in flight ${flying.join(' ')}, ends ${flying[0]}`;
  });
}
