/** Commands to single instances, and requests to cancel, that meet something else. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import type { DesiredState } from '../../src/domain/stacks/statuses.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import {
  stackInstanceUpdate,
  stackObservedSignal,
  stackWorkflowID,
} from '../../src/workflows/contract/stacks.ts';
import { until } from '../support/environment.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { depends, instances, plan } from '../support/stacks/definitions.ts';

/** Instances whose driver holds a request to stop, whoever gives it up. */
const held = new Map<string, Promise<void>>();
const asked = new Set<string>();
let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start(
    { continueAsNewAfterEvents: 60, monitorSeconds: 3_600 },
    {
      changeDrivers: (drivers) => ({
        ...drivers,
        launchplan: {
          ...drivers.launchplan,
          stop: async (object, signal) => {
            asked.add(object.name);
            await held.get(object.name);
            await drivers.launchplan.stop(object, signal);
          },
        },
      }),
    },
  );
});

const define = (container: string, ...labels: string[]): StackDefinition =>
  stackDefinitionSchema.parse({
    name: `/${container}/tom/stack`,
    oplans: labels.map((label) => {
      const names = [`/${container}/tom/${label}`];
      return label === 'web' ? instances(label, names) : plan(label, 'vnet', names);
    }),
  });

function hold(name: string): () => void {
  let open = (): void => undefined;
  held.set(
    name,
    new Promise<void>((resolve) => {
      open = resolve;
    }),
  );
  return open;
}

/** A stack in ready, one of whose instances is being shut down. */
async function shuttingDown(container: string): Promise<{ name: string; web: string; open: () => void }> {
  const web = `/${container}/tom/web`;
  const name = await rig.add(define(container, 'web'));
  await rig.bring(name, 'START', 'ready');
  const open = hold(web);
  await rig.instance(name, web, 'shutdown');
  await until(() => asked.has(web), { what: 'that the driver is asked' });
  return { name, web, open };
}

it('STOP that comes while a command is called off for a new plan ends the command', async () => {
  const { name, web, open } = await shuttingDown('stopped');
  expect(await rig.define(define('stopped', 'web', 'net'))).toBe('starting');
  expect(await rig.act(name, 'STOP')).toBe('stopping');
  open();
  await rig.reaches(name, 'stopped');
  await rig.bring(name, 'START', 'ready');
  expect(await rig.object(name, web)).toMatchObject({
    condition: 'running',
    desired: 'running',
    error: null,
  });
  // An instance that is not there is not told to do anything.
  const failed = (await rig.events(name)).filter(({ reason }) => reason.includes(`${web} does not exist`));
  expect(failed).toEqual([]);
});

it('a request to cancel that comes while the run is about to continue as new is taken up by the next one', async () => {
  const { name, open } = await shuttingDown('canceled');
  const handle = rig.rig.client.workflow.getHandle(stackWorkflowID(name));
  const { runId } = await handle.describe();
  // The history grows until the run wants to end; it waits for the activity that it calls off.
  await until(
    async () => {
      await handle.signal(stackObservedSignal, [{ label: 'web', name: '/canceled/tom/none' }]);
      const { events } = await handle.fetchHistory();
      return (events ?? []).some((event) => event.activityTaskCancelRequestedEventAttributes);
    },
    { what: 'that the run calls the activity off' },
  );
  await handle.cancel();
  open();
  await until(async () => (await handle.describe()).runId !== runId, { what: 'the next run' });
  await rig.reaches(name, 'stopped');
});

it('a command that was accepted is carried out, also when the workflow is terminated before it began', async () => {
  const web = '/ended/tom/web';
  const name = await rig.add(define('ended', 'web'));
  await rig.bring(name, 'START', 'ready');
  await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).terminate('by hand');
  await want(name, web, 'shutdown');
  await rig.rig.reconcile();
  await rig.reaches(name, 'shut_down');
});

it('a command to start again that was accepted is carried out, also when the workflow is terminated before it began', async () => {
  const web = '/started/tom/web';
  const name = await rig.add(define('started', 'web'));
  await rig.bring(name, 'START', 'ready');
  await rig.instance(name, web, 'shutdown');
  await rig.reaches(name, 'shut_down');
  await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).terminate('by hand');
  await want(name, web, 'running');
  await rig.rig.reconcile();
  await rig.reaches(name, 'ready');
});

/** As a command leaves it whose workflow task is lost: its run does not know of it. Answers the ID of its update. */
async function want(stack: string, instance: string, desired: DesiredState): Promise<string> {
  const [id, now] = [randomUUID(), new Date().toISOString()];
  const event = { actor: 'tom', reason: `Asked to be ${desired}`, kind: 'desired', now } as const;
  const { stackObjects, stacks } = rig.rig.repositories;
  await stackObjects.change({ stack, label: 'web', name: instance }, { desired }, event);
  await stacks.noteUpdate(stack, id, now);
  return id;
}

it('a command that is under way does not undo what a later one wants whose workflow task was lost', async () => {
  const { name, web, open } = await shuttingDown('later');
  const id = await want(name, web, 'running');
  open();
  await until(async () => (await rig.object(name, web)).condition === 'shutdown', {
    what: 'the end of the earlier command',
  });
  await command(name, web, 'running', id);
  await rig.reaches(name, 'ready');
  expect(await rig.object(name, web)).toMatchObject({ condition: 'running', desired: 'running' });
});

it('a command that takes long ends when the database says that something else is wanted', async () => {
  const web = '/long/tom/web';
  const name = await rig.add(define('long', 'web'));
  await rig.bring(name, 'START', 'ready');
  await rig.simulation.slow('launchplan', web, 'stop', 3_000);
  await rig.instance(name, web, 'shutdown');
  await until(async () => (await rig.journal(web, 'stop')).length === 1, { what: 'that it is shut down' });
  // Nobody sends it again.
  await want(name, web, 'running');
  await until(async () => (await rig.object(name, web)).condition === 'running', { what: 'that it runs' });
  await rig.reaches(name, 'ready');
});

/** Sends a command under an ID of the test's own. */
async function command(
  stack: string,
  instance: string,
  desired: DesiredState,
  updateId: string,
): Promise<void> {
  const handle = rig.rig.client.workflow.getHandle(stackWorkflowID(stack));
  const request = { instance, desired, actor: 'tom' };
  await handle.executeUpdate(stackInstanceUpdate, { args: [request], updateId });
}

/**
 * A stack as the lost workflow task of a command to shut down leaves it, with what is wanted since; the run knows of
 * neither.
 */
async function lost(
  container: string,
  wanted: DesiredState,
): Promise<{ name: string; web: string; id: string }> {
  const web = `/${container}/tom/web`;
  const name = await rig.add(define(container, 'web'));
  await rig.bring(name, 'START', 'ready');
  return { name, web, id: await want(name, web, wanted) };
}

it('a command whose workflow task was lost is carried out when it comes again', async () => {
  const { name, web, id } = await lost('again', 'shutdown');
  await command(name, web, 'shutdown', id);
  await rig.reaches(name, 'shut_down');
  expect(await rig.journal(web, 'stop')).toHaveLength(1);
});

it('a command that comes again changes nothing when something else is wanted since', async () => {
  const { name, web, id } = await lost('overtaken', 'running');
  await command(name, web, 'shutdown', id);
  // For the run it is where it is wanted: there is nothing to begin.
  const next = randomUUID();
  await command(name, web, 'running', next);
  expect(await rig.rig.repositories.stacks.hasBegun(name, next)).toBe(false);
  expect(await rig.journal(web, 'stop')).toEqual([]);
});

it('an error stays while its instance has one, also when the monitor reports it', async () => {
  // Its run keeps its history.
  const own = await StackRig.start({ monitorSeconds: 3_600 });
  const [db, web] = ['/reported/tom/db', '/reported/tom/web'];
  const name = await own.add(
    stackDefinitionSchema.parse({
      name: '/reported/tom/stack',
      oplans: [instances('web', [web]), instances('db', [db])],
      relationships: depends(['web', 'db']),
    }),
  );
  await own.bring(name, 'START', 'ready');
  await own.bring(name, 'SHUTDOWN', 'shut_down');
  await own.simulation.fail('launchplan', db, 'start', { message: 'no power', times: 1 });
  await own.bring(name, 'RESTART', 'error');
  const handle = own.rig.client.workflow.getHandle(stackWorkflowID(name));
  await handle.signal(stackObservedSignal, [{ label: 'db', name: db }]);
  await until(
    async () => {
      const events = (await handle.fetchHistory()).events ?? [];
      const isLook = ({ activityTaskScheduledEventAttributes: look }: (typeof events)[number]): boolean =>
        look?.activityType?.name === 'inspectInstance';
      const looks = events.filter(isLook).map(({ eventId }) => String(eventId));
      return events.some(({ activityTaskCompletedEventAttributes: end }) =>
        looks.includes(String(end?.scheduledEventId)),
      );
    },
    { what: 'the look at the instance' },
  );
  // Only an error or all of them shut down permits it.
  expect(await own.act(name, 'RESTART')).toBe('restarting');
  await own.reaches(name, 'ready');
});
