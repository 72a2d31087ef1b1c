import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/upgrades/rollout-control.ts';
import { DESCRIPTION_BEGINS } from '../../src/domain/upgrades/descriptions.ts';
import { progressQuery } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { continuedTwice, reset } from '../support/resets.ts';
import { Rig } from '../support/rig.ts';
import { twoAsleep } from './sleepers.ts';

const PAUSE: Command = { command: 'pause', by: 'jane', reason: 'errors in the logs' };
const RESUME: Command = { command: 'resume', acknowledge: false, by: 'jane', reason: '' };

/** Changes the row alone, as an API whose engine is away does. */
async function want(rig: Rig, id: string, command: Command): Promise<void> {
  const done = await rig.repositories.control.command(id, command, new Date().toISOString());
  if (!done?.changed) throw new Error(`The command ${command.command} has changed nothing`);
}

/** As the API does it. */
async function tell(rig: Rig, id: string, command: Command): Promise<void> {
  await want(rig, id, command);
  await rig.gateway.look(id);
}

async function observed(rig: Rig, id: string): Promise<void> {
  await until(
    async () => {
      const row = await rig.repositories.orchestrations.find(id);
      return row && row.revision === row.observedRevision;
    },
    { what: 'the workflow has read what is wanted' },
  );
}

async function slow(count: number, tuning = {}): Promise<{ rig: Rig; fleet: FleetInMemory }> {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  return { rig: await Rig.start({ fleet, tuning }), fleet };
}

describe('a pause', () => {
  it('lets what executes end, begins nothing, and goes on where it stopped', async () => {
    const { rig, fleet } = await slow(6);
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    await tell(rig, id, PAUSE);
    await observed(rig, id);
    fleet.endAll();
    await until(async () => (await rig.statesOf(id))['succeeded'] === 2, { what: 'both have ended' });
    const progress = () => rig.client.workflow.getHandle(id).query(progressQuery);
    await until(async () => (await progress()).inFlight.length === 0, { what: 'nothing is in flight' });
    expect((await progress()).pauses).toMatchObject([
      { code: 'person', by: 'jane', reason: 'errors in the logs' },
    ]);
    expect(fleet.upgrades).toHaveLength(2);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, pending: 4 });

    await tell(rig, id, RESUME);
    await rig.underWay(2);
    fleet.autoEnd = true;
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(6);
    expect((await rig.log(id)).filter((kind) => /paused|resumed/.test(kind))).toEqual(['paused', 'resumed']);
  });

  it('bites in the claim, also when the workflow was not told', async () => {
    const { rig, fleet } = await slow(4);
    // One worker: one child is refused, and what is wanted is read once after that.
    const id = await rig.request({ workers: 1 });
    await rig.underWay(1);
    await want(rig, id, PAUSE);
    fleet.endAll();
    await observed(rig, id);
    await until(async () => (await rig.statesOf(id))['succeeded'] === 1, { what: 'the one has ended' });
    expect(fleet.upgrades).toHaveLength(1);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, pending: 3 });

    // Nobody tells it to resume either: the reconciler does.
    await want(rig, id, RESUME);
    expect(await rig.reconcile()).toContain(`orchestration ${id} told to look what is wanted of it`);
    await rig.underWay(1);
    expect(await rig.reconcile()).toEqual([]);
    fleet.autoEnd = true;
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
  });

  it('gives runtimes back that sleep before their window', async () => {
    const { rig, id, sleepFor, areReleased } = await twoAsleep();
    await tell(rig, id, PAUSE);
    await areReleased();
    await tell(rig, id, RESUME);
    await sleepFor(2);
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('takes an operation back whose request could not be sent yet', async () => {
    const { rig, fleet } = await slow(1);
    fleet.down.provisioner = true;
    const id = await rig.request();
    await until(async () => (await rig.operations(id))[0]?.description.startsWith(DESCRIPTION_BEGINS.again), {
      what: 'the Provisioner does not answer',
    });
    await tell(rig, id, PAUSE);
    await until(async () => (await rig.statesOf(id))['pending'] === 1, { what: 'it waits again' });
    fleet.down.provisioner = false;
    await observed(rig, id);
    expect(fleet.upgrades).toEqual([]);
    await tell(rig, id, RESUME);
    await rig.underWay(1);
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(1);
    expect((await rig.operations(id))[0]).toMatchObject({ attempt: 1, state: 'succeeded' });
  });

  it('while it waits for its turn keeps the turn from beginning anything', async () => {
    const { rig, fleet } = await slow(1);
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    await rig.reaches(second, 'pending');
    await tell(rig, second, PAUSE);
    fleet.endAll();
    expect(await rig.ends(first)).toBe('succeeded');
    await rig.reaches(second, 'in progress');
    await observed(rig, second);
    expect(fleet.upgrades).toHaveLength(1);
    await tell(rig, second, RESUME);
    await rig.underWay(1);
    fleet.endAll();
    expect(await rig.ends(second)).toBe('succeeded');
  });

  it.each<[string, object]>([
    ['a worker that comes back, and a reset', {}],
    ['continue-as-new', { continueAsNewAfterEvents: 30 }],
  ])('holds over %s', async (_, tuning) => {
    const { rig, fleet } = await slow(6, { ...tuning, sweepSeconds: 1 });
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    await tell(rig, id, PAUSE);
    await observed(rig, id);
    await rig.stopWorkers();
    await rig.startWorkers();
    fleet.endAll();
    await until(async () => (await rig.statesOf(id))['succeeded'] === 2, { what: 'both have ended' });
    if ('continueAsNewAfterEvents' in tuning) await continuedTwice(rig, id);
    else await reset(rig, id, 'last');
    expect(fleet.upgrades).toHaveLength(2);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, pending: 4 });
    await tell(rig, id, RESUME);
    fleet.autoEnd = true;
    await until(() => fleet.upgrades.length === 6, { what: 'the others are upgraded' });
    expect(await rig.ends(id)).toBe('succeeded');
    expect(new Set(fleet.upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(6);
  });

  it('with nothing left to begin keeps nothing from its end', async () => {
    const { rig, fleet } = await slow(2);
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    await tell(rig, id, PAUSE);
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.repositories.orchestrations.find(id)).toMatchObject({ state: 'succeeded', pauses: [] });
  });

  it('is beaten by a cancel', async () => {
    const { rig, fleet } = await slow(3);
    const id = await rig.request();
    await rig.underWay(1);
    await tell(rig, id, PAUSE);
    await rig.gateway.cancel(id, 'bob');
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, canceled: 2 });
  });

  it('waits with retries that are asked for meanwhile', async () => {
    const { rig, fleet } = await slow(2);
    fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
    const id = await rig.request();
    await rig.underWay(1);
    await tell(rig, id, PAUSE);
    fleet.endAll();
    await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'one has failed' });
    fleet.failing.clear();
    await rig.retry(id);
    await until(async () => (await rig.statesOf(id))['retrying'] === 1, { what: 'it is to be retried' });
    await observed(rig, id);
    expect(fleet.upgrades).toHaveLength(1);
    fleet.autoEnd = true;
    await tell(rig, id, RESUME);
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(3);
  });
});

describe('the signal command', () => {
  it('does by hand what the API does, and each one counts once, also after a reset', async () => {
    const { rig, fleet } = await slow(4);
    const id = await rig.request();
    await rig.underWay(1);
    const handle = rig.client.workflow.getHandle(id);
    await handle.signal('command', { command: 'pause', reason: 'by hand' });
    await until(async () => (await rig.repositories.orchestrations.find(id))?.pauses.length === 1, {
      what: 'the row says that it is paused',
    });
    await observed(rig, id);
    expect((await rig.repositories.orchestrations.find(id))?.pauses).toMatchObject([
      { code: 'person', by: 'the signal command', reason: 'by hand' },
    ]);
    await want(rig, id, RESUME);
    // Temporal gives the signals of the history before the reset to the new run once more.
    await reset(rig, id, 'first');
    fleet.autoEnd = true;
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(4);
    expect((await rig.log(id)).filter((kind) => /paused|resumed/.test(kind))).toEqual(['paused', 'resumed']);
  });

  it('counts once also before its turn, whatever else is to be looked at', async () => {
    const { rig, fleet } = await slow(1);
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    const handle = rig.client.workflow.getHandle(second);
    const events = async () => (await handle.fetchHistory()).events ?? [];
    const ended = async () => (await events()).filter((event) => event.activityTaskCompletedEventAttributes);
    await until(async () => (await ended()).length === 2, {
      what: 'it has begun and woken the queue, and waits for its turn',
    });
    // All of them come in one workflow task.
    await rig.stopWorkers();
    const commands = ['pause', 'resume', 'pause', 'resume', 'pause', 'resume'];
    for (const command of commands) await handle.signal('command', { command });
    await rig.gateway.look(second);
    await rig.startWorkers();
    fleet.autoEnd = true;
    fleet.endAll();
    expect(await rig.ends(first)).toBe('succeeded');
    expect(await rig.ends(second)).toBe('succeeded');
    expect((await rig.log(second)).filter((kind) => /paused|resumed/.test(kind))).toEqual(
      commands.map((command) => `${command}d`),
    );
    const activities = (await events()).map(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name,
    );
    expect(activities.filter((name) => name === 'applyCommand')).toHaveLength(commands.length);
  });

  it('drops what does not fit', async () => {
    const { rig, fleet } = await slow(1);
    const id = await rig.request();
    await rig.underWay(1);
    const handle = rig.client.workflow.getHandle(id);
    for (const input of [
      undefined,
      null,
      'pause',
      {},
      { command: 'stop' },
      { command: 'pause', until: 'never' },
    ])
      await handle.signal('command', input);
    fleet.endAll();
    expect(await rig.ends(id)).toBe('succeeded');
    expect((await rig.repositories.orchestrations.find(id))?.revision).toBe(0);
  });
});

describe('a cancel that stands in the row alone', () => {
  const mark = { actor: 'bob', reason: 'Cancel requested', isWanted: true };
  it('keeps everything from beginning, and the reconciler tells the workflow', async () => {
    const { rig, fleet } = await slow(3);
    const id = await rig.request();
    await rig.underWay(1);
    await rig.repositories.orchestrations.transition(id, 'canceling', {
      ...mark,
      now: new Date().toISOString(),
    });
    expect(await rig.reconcile()).toContain(`orchestration ${id} told to look what is wanted of it`);
    fleet.endAll();
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, canceled: 2 });
  });

  it('is carried out while it waits for its turn, and while it is planned', async () => {
    const { rig, fleet } = await slow(2);
    const first = await rig.request();
    await rig.underWay(1);
    const second = await rig.request();
    await rig.reaches(second, 'pending');
    fleet.down.inventory = true;
    for (const id of [second, await rig.request()]) {
      await rig.repositories.orchestrations.transition(id, 'canceling', {
        ...mark,
        now: new Date().toISOString(),
      });
      await rig.gateway.look(id);
      expect(await rig.ends(id)).toBe('canceled');
    }
    const third = await rig.request();
    fleet.endAll();
    fleet.autoEnd = true;
    expect(await rig.ends(first)).toBe('succeeded');
    await rig.reaches(third, 'in progress');
    await rig.repositories.orchestrations.transition(third, 'canceling', {
      ...mark,
      now: new Date().toISOString(),
    });
    expect(await rig.reconcile()).toContain(`orchestration ${third} told to look what is wanted of it`);
    expect(await rig.ends(third)).toBe('canceled');
  });

  it('is carried out by a workflow that starts later', async () => {
    const { rig, fleet } = await slow(2);
    const id = await rig.request({}, false);
    await rig.repositories.orchestrations.transition(id, 'canceling', {
      ...mark,
      now: new Date().toISOString(),
    });
    const row = await rig.repositories.orchestrations.find(id);
    if (!row) throw new Error('The row is missing');
    await rig.gateway.start({
      orchestrationID: id,
      type: row.type,
      parameters: row.parameters,
      createdAt: row.createdAt,
      createdBy: row.createdBy,
    });
    expect(await rig.ends(id)).toBe('canceled');
    expect(fleet.upgrades).toEqual([]);
  });
});
