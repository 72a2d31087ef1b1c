/** Histories of retries that meet an end, a report, or a cancel; recorded by hand as those of record.ts are. */
import { it } from 'vitest';
import { requestOf } from '../../src/db/repositories/upgrades/orchestration-repositories.ts';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/workflows/contract/engine.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate, type Gate } from '../support/gate.ts';
import { Rig } from '../support/rig.ts';
import { record, takes } from './history.ts';

const CANCELED = ['closeOrchestration answers "canceled"', 'run ends "canceled"'];
const SECOND_ATTEMPT = /^child begins .*"attempt":2/;

/** A fleet whose first upgrade fails. */
function failing(count: number): FleetInMemory {
  const fleet = new FleetInMemory(count);
  fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
  return fleet;
}

async function comesTo({ arrived }: Gate, what: string): Promise<void> {
  await until(() => arrived() > 0, { what });
}

it('records retries that come before the end is written, and after it', async () => {
  for (const when of ['before', 'after'] as const) {
    const fleet = failing(1);
    const rig = await Rig.start({ fleet });
    const closing = gate(rig.repositories.orchestrations, 'close', when);
    const id = await rig.request();
    await comesTo(closing, 'it closes');
    fleet.failing.clear();
    await rig.retry(id);
    closing.open();
    await rig.ends(id);
    const [closes, goesOn] =
      when === 'before'
        ? ['closeOrchestration answers "in progress"', 'findExecuting answers']
        : ['closeOrchestration answers "retrying"', 'enterState answers "in progress"'];
    await record(rig, `orchestration-retried-${when}-its-end`, {
      workflowID: id,
      path: ['look comes in', closes, goesOn, SECOND_ATTEMPT, 'run ends "succeeded"'],
    });
  }
});

it('records a retry that overtakes the report of the attempt that failed', async () => {
  const fleet = failing(2);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const failed = gate(rig.repositories.operations, 'fail');
  const id = await rig.request({ workers: 2 });
  await rig.underWay(2);
  fleet.endAll();
  await comesTo(failed, 'the failure is written and not reported');
  fleet.failing.clear();
  await rig.retry(id);
  const readsIt = ['look comes in', 'readControl', /^readPlan answers .*"attempt":2/];
  await takes(rig, id, readsIt);
  fleet.autoEnd = true;
  failed.open();
  await rig.ends(id);
  await record(rig, 'orchestration-retry-overtakes', {
    workflowID: id,
    path: [
      ...[...readsIt, 'child answers {"kind":"failed"'],
      ...['giveBackOperation', SECOND_ATTEMPT, 'run ends "succeeded"'],
    ],
  });
});

it('records a retry by signal, and a cancel that comes while it is written', async () => {
  const fleet = failing(2);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const id = await rig.request();
  await rig.underWay(1);
  fleet.endAll();
  await takes(rig, id, ['child answers {"kind":"failed"']);
  await rig.underWay(1);
  const retrying = gate(rig.repositories.retries, 'retry');
  await rig.client.workflow.getHandle(id).signal('retry', { requestID: 'by hand' });
  await comesTo(retrying, 'the retry is written');
  await rig.gateway.cancel(id, 'bob');
  await rig.reaches(id, 'canceling');
  retrying.open();
  await takes(rig, id, ['applyRetry answers', 'readControl']);
  fleet.endAll();
  await rig.ends(id);
  await record(rig, 'orchestration-retry-and-cancel', {
    workflowID: id,
    path: [
      ...['retry comes in {"requestID":"by hand"}', 'cancel comes in', 'enterState answers "canceling"'],
      ...['applyRetry answers', 'readControl', 'child answers {"kind":"succeeded"}', ...CANCELED],
    ],
  });
});

it.each([
  { name: 'orchestration-retry-heard', isCanceled: false },
  { name: 'orchestration-retry-canceled', isCanceled: true },
])('records $name: a run hears of a retry after its end', async ({ name, isCanceled }) => {
  const fleet = failing(1);
  const rig = await Rig.start({ fleet });
  const { control, orchestrations } = rig.repositories;
  const closing = gate(orchestrations, 'close');
  const id = await rig.request();
  await comesTo(closing, 'its end is written');
  fleet.failing.clear();
  await rig.gateway.look(id);
  const looking = gate(control, 'wanted', 'before');
  closing.open();
  await comesTo(looking, 'it looks once more before it is over');
  await rig.retry(id, {}, false);
  if (isCanceled) {
    // Nothing begins: the cancel meets nothing but the retry.
    const pause = { command: 'pause', by: 'jane', reason: 'to be recorded' } as const;
    await control.command(id, pause, new Date().toISOString());
    const hearing = gate(control, 'observed');
    looking.open();
    await comesTo(hearing, 'it hears of the retry');
    await rig.gateway.cancel(id, 'bob');
    await rig.reaches(id, 'canceling');
    hearing.open();
  }
  looking.open();
  await rig.ends(id);
  const hears = /^readControl .*"state":"retrying"/;
  const canceled = [
    'cancel comes in',
    'enterState answers "canceling"',
    hears,
    'enterState answers "canceling"',
  ];
  const tried = [hears, 'enterState answers "in progress"', SECOND_ATTEMPT, 'run ends "succeeded"'];
  await record(rig, name, {
    workflowID: id,
    path: ['closeOrchestration answers "failed"', ...(isCanceled ? [...canceled, ...CANCELED] : tried)],
  });
});

it('records a retry that waits for its turn, with commands, and is canceled', async () => {
  const fleet = failing(3);
  const rig = await Rig.start({ fleet });
  const id = await rig.request({ workers: 3 });
  await rig.ends(id);
  fleet.autoEnd = false;
  // Of another type: a newer operation of the same one would be in the way of the retry.
  const holder = await rig.request({ type: 'upgradeCluster' });
  await rig.underWay(1);
  await rig.retry(id);
  await takes(rig, id, [/^run begins .*"mode":"retry"/, 'wakeQueue answers']);
  const [first] = await rig.operations(id);
  const run = rig.client.workflow.getHandle(id);
  await run.signal('command', { command: 'pause', by: 'jane' });
  await run.signal('command', { command: 'workers', workers: 1, by: 'jane' });
  await run.signal('command', { command: 'skip', operationID: first?.id ?? '', by: 'jane' });
  const applied = ['applyCommand', 'applyCommand', 'applyCommand'];
  await takes(rig, id, applied);
  await run.signal('retry', { requestID: 'by hand', operationIDs: [first?.id ?? ''] });
  await takes(rig, id, [...applied, 'applyRetry']);
  await rig.gateway.cancel(id, 'bob');
  await rig.ends(id);
  fleet.autoEnd = true;
  await rig.ends(holder);
  await record(rig, 'orchestration-retry-in-line', {
    workflowID: id,
    path: [
      ...[/^run begins .*"mode":"retry"/, 'wakeQueue answers', 'command comes in {"command":"pause"'],
      ...[...applied, 'retry comes in', 'applyRetry', 'cancel comes in', ...CANCELED],
    ],
  });
});

it('records a retry of which only a read hears that an earlier message began', async () => {
  const fleet = failing(1);
  const rig = await Rig.start({ fleet });
  const id = await rig.request();
  await rig.ends(id);
  fleet.failing.clear();
  const reading = gate(rig.repositories.control, 'wanted', 'before');
  const row = await rig.repositories.orchestrations.find(id);
  if (!row) throw new Error('There is no row');
  await rig.gateway.retry(requestOf(row));
  await comesTo(reading, 'a run has begun, and is about to read what is wanted');
  await rig.retry(id, {}, false);
  reading.open();
  await rig.reaches(id, 'succeeded');
  await rig.ends(id);
  await record(rig, 'orchestration-retry-read', {
    workflowID: id,
    path: [
      ...['look comes in', /^recordOrchestration .*"state":"failed"/, /^readControl .*"state":"retrying"/],
      ...['wakeQueue begins', 'turn comes in', SECOND_ATTEMPT, 'run ends "succeeded"'],
    ],
  });
});

it('records a retry by hand of one that was canceled, which changes nothing', async () => {
  const fleet = failing(2);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const id = await rig.request();
  await rig.underWay(1);
  await rig.gateway.cancel(id, 'bob');
  await rig.reaches(id, 'canceling');
  fleet.endAll();
  await rig.ends(id);
  await rig.client.workflow.signalWithStart(WORKFLOW_TYPES.orchestration, {
    ...{ workflowId: id, taskQueue: TASK_QUEUE, args: [{ orchestrationID: id, mode: 'retry' }] },
    ...{ signal: 'retry', signalArgs: [{ requestedBy: 'jane' }] },
  });
  await rig.ends(id);
  await record(rig, 'orchestration-retry-refused', {
    workflowID: id,
    path: [
      'retry comes in',
      /^recordOrchestration .*"state":"canceled"/,
      'applyRetry',
      'run ends "canceled"',
    ],
  });
});
