/** The histories of stacks, recorded by hand as those of record.ts are. */
import { expect, it } from 'vitest';
import type { Drivers } from '../../src/activities/stacks/drivers/driver.ts';
import { STACK_MONITOR_WORKFLOW_ID, stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import type { DesiredState, StackStatus } from '../../src/domain/stacks/statuses.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { until } from '../support/environment.ts';
import { gate, type Gate } from '../support/gate.ts';
import { aDefinition, anOplan } from '../support/stacks/rows.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { reset as resetRun } from '../support/resets.ts';
import { record, takes } from './history.ts';
import type { Path } from './path.ts';

function definition(container: string, changes: Partial<StackDefinition> = {}): StackDefinition {
  const at = (name: string): string => `/${container}/may/${name}`;
  return aDefinition(at('stack'), {
    oplans: [
      anOplan('disk', 'storage/volume', [at('disk')]),
      anOplan('web', 'launchplan', [at('a'), at('b')], { ha_policy: 'active' }),
    ],
    relationships: [{ oplan: 'web', to_oplan: 'disk', type: 'depends' }],
    ...changes,
  });
}

async function recordStack(
  rig: StackRig,
  file: string,
  { name, runID, path }: { name: string; runID?: string; path: Path },
): Promise<void> {
  await record(rig.rig, file, { workflowID: stackWorkflowID(name), runID, path });
}

/** The step in which the row gets a status. */
const enters = (status: StackStatus): RegExp =>
  new RegExp(`^enterStackStatus answers .*"status":"${status}"`);

async function command(rig: StackRig, stack: string, instance: string, desired: DesiredState): Promise<void> {
  await rig.instance(stack, instance, desired);
  await until(async () => (await rig.object(stack, instance)).condition === desired, {
    what: `that ${instance} is ${desired}`,
  });
}

it('records the life of a stack from its start to its removal', async () => {
  const rig = await StackRig.start();
  const name = await rig.add(definition('life'));
  await rig.bring(name, 'START', 'ready');
  await rig.bring(name, 'SHUTDOWN', 'shut_down');
  await rig.bring(name, 'RESTART', 'ready');
  await rig.bring(name, 'STOP', 'stopped');
  await rig.gateway.remove(name, 'alice');
  await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).result();
  await recordStack(rig, 'stack-life', {
    name,
    path: [
      ...[enters('starting'), 'createObject answers', enters('ready')],
      ...[enters('shutting_down'), 'shutDownInstance answers', enters('shut_down')],
      ...[enters('restarting'), 'startInstance answers', enters('ready')],
      ...[enters('stopping'), 'destroyObject answers', enters('stopped'), 'remove is accepted', 'run ends'],
    ],
  });
});

it('records a start that fails and is gone on with, and one that is stopped', async () => {
  const rig = await StackRig.start();
  const failing = await rig.add(definition('failing'));
  await rig.simulation.fail('launchplan', '/failing/may/b', 'create', { message: 'no capacity', times: 1 });
  await rig.bring(failing, 'START', 'error');
  await rig.bring(failing, 'START', 'ready');
  await recordStack(rig, 'stack-failed-start', {
    name: failing,
    path: ['createObject fails', 'failObject', enters('error'), enters('starting'), enters('ready')],
  });

  for (const container of ['stopped', 'canceled']) {
    const name = await rig.add(definition(container));
    await rig.simulation.slow('launchplan', `/${container}/may/a`, 'create', 3_600_000);
    await rig.act(name, 'START');
    // A run that was canceled goes on in another one.
    const [run] = await rig.rig.runs(stackWorkflowID(name));
    await until(async () => (await rig.journal(`/${container}/`)).length === 3, { what: 'all asked for' });
    if (container === 'stopped') await rig.act(name, 'STOP');
    else await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).cancel();
    await rig.reaches(name, 'stopped');
    const asked = container === 'stopped' ? 'action is accepted {"action":"STOP"' : 'run is to be canceled';
    const path = [asked, 'createObject is to be canceled', enters('stopping'), enters('stopped')];
    await recordStack(rig, `stack-${container}-in-start`, { name, runID: run, path });
  }
});

it('records commands to instances, a death, and the monitor over two workers', async () => {
  const rig = await StackRig.start();
  const name = await rig.add(definition('instances'));
  await rig.bring(name, 'START', 'ready');
  await command(rig, name, '/instances/may/a', 'shutdown');
  await command(rig, name, '/instances/may/a', 'running');
  await rig.simulation.fail('launchplan', '/instances/may/b', 'start', { message: 'no power', times: 1 });
  await rig.simulation.kill('/instances/may/b');
  await until(async () => (await rig.journal('/instances/may/b', 'start')).length === 2, {
    what: 'a restart that fails and one that does not',
  });
  await rig.reaches(name, 'ready');
  await recordStack(rig, 'stack-instances', {
    name,
    path: [
      ...['instance is accepted', 'shutDownInstance answers', 'instance is accepted'],
      ...['startInstance answers', 'observed comes in', 'inspectInstance answers', enters('warning')],
      ...['startInstance fails', 'failObject'],
      ...[/^timer .* fires/, 'startInstance answers', enters('ready')],
    ],
  });
  await rig.rig.stopWorkers();
  await rig.rig.startWorkers();
  const monitor = rig.rig.client.workflow.getHandle(STACK_MONITOR_WORKFLOW_ID);
  await until(
    async () => {
      const { events } = await monitor.fetchHistory();
      return events?.some((event) => event.activityTaskCompletedEventAttributes);
    },
    { what: 'the end of a shift' },
  );
  await record(rig.rig, 'stack-monitor', {
    workflowID: STACK_MONITOR_WORKFLOW_ID,
    path: ['watchInstances begins', 'watchInstances answers'],
  });
});

it('records a definition that changes while the stack runs', async () => {
  const rig = await StackRig.start();
  const first = definition('redefined');
  const name = await rig.add(first);
  await rig.bring(name, 'START', 'ready');
  await rig.define({ ...first, oplans: [...first.oplans, anOplan('net', 'vnet', ['/redefined/may/net'])] });
  await rig.reaches(name, 'ready');
  await rig.define(first);
  await rig.reaches(name, 'ready');
  expect(await rig.simulation.objects('/redefined/may/net')).toEqual([]);
  await recordStack(rig, 'stack-redefined', {
    name,
    path: [
      ...['define is accepted', 'activateRevision', enters('starting'), enters('ready')],
      ...['define is accepted', 'activateRevision', 'destroyObject answers', 'forgetRetired'],
      enters('ready'),
    ],
  });
});

it('records a restart that misses an instance', async () => {
  const rig = await StackRig.start();
  const name = await rig.add(definition('missing'));
  await rig.simulation.fail('storage/volume', '/missing/may/disk', 'create', { message: 'full', times: 1 });
  await rig.bring(name, 'START', 'error');
  await rig.act(name, 'RESTART');
  await rig.reaches(name, 'error');
  await recordStack(rig, 'stack-restart-missing', {
    name,
    path: [...[enters('error'), enters('restarting'), 'failObject', enters('error')]],
  });
});

it('records runs that were reset, terminated, or left behind by the database', async () => {
  let shutdown: Gate | undefined;
  const changeDrivers = (drivers: Drivers): Drivers => {
    const launchplan = { ...drivers.launchplan };
    shutdown = gate(launchplan, 'stop', 'before');
    return { ...drivers, launchplan };
  };
  const rig = await StackRig.start({ monitorSeconds: 3_600 }, { changeDrivers });
  const reload = ['resync comes in', 'loadStack answers'];
  const late = await rig.add(definition('behind'));
  await rig.bring(late, 'START', 'ready');
  for (const status of ['shutting_down', 'shut_down'] as const) {
    const change = { actor: 'alice', reason: 'beside the run', now: new Date().toISOString() };
    await rig.rig.repositories.stacks.enterStatus(late, status, change);
  }
  await rig.gateway.resync(late);
  await takes(rig.rig, stackWorkflowID(late), reload);
  await rig.bring(late, 'STOP', 'stopped');
  await recordStack(rig, 'stack-behind', {
    name: late,
    path: [enters('ready'), ...reload, 'action is accepted', enters('stopping'), enters('stopped')],
  });

  const reset = await rig.add(definition('reset'));
  await rig.bring(reset, 'START', 'ready');
  await resetRun(rig.rig, stackWorkflowID(reset), 'first');
  // The server sends what was accepted since once more.
  const again = ['action comes in {"action":"START"', 'loadStack answers', 'action is answered'];
  await takes(rig.rig, stackWorkflowID(reset), again);
  await rig.bring(reset, 'STOP', 'stopped');
  await recordStack(rig, 'stack-reset', {
    name: reset,
    path: [...again, enters('stopping'), enters('stopped')],
  });

  const name = await rig.add(definition('terminated'));
  await rig.bring(name, 'START', 'ready');
  const instance = '/terminated/may/a';
  await rig.instance(name, instance, 'shutdown');
  await until(async () => (await rig.object(name, instance)).condition === 'shutting_down', {
    what: 'it is being shut down',
  });
  await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).terminate('by hand');
  await rig.gateway.ensure(name);
  const takenUp = ['loadStack answers', 'shutDownInstance begins'];
  await takes(rig.rig, stackWorkflowID(name), takenUp);
  shutdown?.open();
  const path = [...takenUp, 'shutDownInstance answers'];
  await takes(rig.rig, stackWorkflowID(name), path);
  await recordStack(rig, 'stack-taken-up', { name, path });
});

it('records a stack that starts and stops by its schedule', async () => {
  const rig = await StackRig.start();
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
  const schedule = { start_time: inSeconds(3), stop_time: inSeconds(8) };
  const name = await rig.add(definition('scheduled', { schedule }));
  await rig.bring(name, 'START', 'scheduled');
  await rig.reaches(name, 'ready');
  await rig.reaches(name, 'stopped');
  await recordStack(rig, 'stack-scheduled', {
    name,
    path: [
      ...[enters('scheduled'), /^timer \(waits for its time to start.* fires/, enters('starting')],
      ...[/^timer \(waits for its time to stop.* fires/, enters('stopping'), enters('stopped')],
    ],
  });
});

it('records runs that continue as new, one of them with commands that the next one takes over', async () => {
  const rig = await StackRig.start({ continueAsNewAfterEvents: 40 });
  const name = await rig.add(definition('continued'));
  const workflowID = stackWorkflowID(name);
  await rig.bring(name, 'START', 'ready');
  const toggle = async (instance: string, until: () => boolean): Promise<void> => {
    for (let number = 0; !until(); number += 1) {
      await command(rig, name, instance, number % 2 === 0 ? 'shutdown' : 'running');
    }
  };
  let carrying: string | undefined;
  const look = async (): Promise<void> => {
    carrying = await until(
      async () => {
        for (const runID of await rig.rig.runs(workflowID)) {
          const { events } = await rig.rig.client.workflow.getHandle(workflowID, runID).fetchHistory();
          const [data] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
          const text = Buffer.from(data?.data ?? []).toString('utf8');
          if (text.includes('"desired"')) return runID;
        }
        return undefined;
      },
      { what: 'a run that takes over a command' },
    );
  };
  const isFound = (): boolean => carrying !== undefined;
  await Promise.all([look(), toggle('/continued/may/a', isFound), toggle('/continued/may/b', isFound)]);
  const runs = await rig.rig.runs(workflowID);
  await recordStack(rig, 'stack-continued-first', { name, runID: runs[0], path: ['run continues as new'] });
  await recordStack(rig, 'stack-continued-carrying', {
    ...{ name, runID: carrying },
    path: [/^run begins .*"desired"/, /^(startInstance|shutDownInstance) begins/],
  });
});
