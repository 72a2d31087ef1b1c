/** Histories that end, or come near it, because of a refusal, a budget, a question, or what their rows say; recorded by hand as those of record.ts are. */
import { sql } from 'drizzle-orm';
import { it } from 'vitest';
import { DatabaseError } from '../../src/db/connection.ts';
import { TASK_QUEUE } from '../../src/workflows/contract/engine.ts';
import { operationWorkflow } from '../../src/workflows/index.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { Rig } from '../support/rig.ts';
import { AT } from '../support/rows.ts';
import { childOf, record, takes } from './history.ts';

const REFUSAL = new DatabaseError('invalid byte sequence for encoding "UTF8": 0x00', '22021', undefined);

/** A fleet whose first upgrade fails. */
function failing(count: number): FleetInMemory {
  const fleet = new FleetInMemory(count);
  fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
  return fleet;
}

it('records a failure that the database refuses to store, and an orchestration that it refuses to go on with', async () => {
  const fleet = failing(1);
  const rig = await Rig.start({ fleet });
  const { operations } = rig.repositories;
  const fail = operations.fail.bind(operations);
  operations.fail = (id, seen, failure, now) =>
    failure.code === 'UPGRADE_FAILED' ? Promise.reject(REFUSAL) : fail(id, seen, failure, now);
  await rig.ends(await rig.request());
  await record(rig, 'operation-failure-refused', {
    workflowID: childOf(fleet, 0),
    path: [
      'upgradeRuntime fails',
      'failOperation fails',
      'failOperation answers',
      /^run ends .*DATABASE_REFUSED/,
    ],
  });
  operations.readPlan = () => Promise.reject(REFUSAL);
  const id = await rig.request();
  await rig.reaches(id, 'failed');
  await record(rig, 'orchestration-refused', { workflowID: id, path: ['readPlan fails', 'run fails'] });
});

it('records an orchestration that its budget cancels', async () => {
  const fleet = failing(3);
  const rig = await Rig.start({ fleet });
  const budget = { max: 0, scope: 'all', onExceeded: 'cancel', strict: false } as const;
  const id = await rig.request({ failureBudget: budget });
  await rig.ends(id);
  await record(rig, 'orchestration-canceled-by-budget', {
    workflowID: id,
    path: [
      ...['child answers {"kind":"failed"', /^readControl .*"state":"canceling"/, 'enterState'],
      ...['closeOrchestration answers "canceled"', 'run ends "canceled"'],
    ],
  });
});

it('records a question that expires, and is asked anew', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(2) });
  const approval = { notByCreator: false, expiresHours: 5 / 3600 };
  const id = await rig.request({ waves: [{ name: 'canary', count: 1, approval }] });
  const expires = /^timer \(until the question for approval of wave canary expires .* fires/;
  const isPaused = /^readControl .*"code":"approval-expired"/;
  await takes(rig, id, [expires, isPaused]);
  await rig.client.workflow.getHandle(id).signal('command', { command: 'resume', by: 'jane' });
  const asksAnew = [isPaused, 'applyCommand', /^readControl .*"phase":"asking"/];
  await takes(rig, id, asksAnew);
  await rig.gateway.cancel(id, 'bob');
  await rig.ends(id);
  await record(rig, 'orchestration-approval-expired', {
    workflowID: id,
    path: [/^readControl .*"phase":"asking","until":/, expires, ...asksAnew, 'run ends "canceled"'],
  });
});

it('records a cancel that stands in the row alone when it closes', async () => {
  const fleet = failing(1);
  const rig = await Rig.start({ fleet });
  const { orchestrations } = rig.repositories;
  const closing = gate(orchestrations, 'close', 'before');
  const id = await rig.request();
  await until(() => closing.arrived() > 0, { what: 'it is judged to have failed' });
  await orchestrations.transition(id, 'canceling', {
    actor: 'jane',
    reason: 'enough',
    now: AT,
    isWanted: true,
  });
  closing.open();
  await rig.ends(id);
  await record(rig, 'orchestration-canceled-at-its-end', {
    workflowID: id,
    path: [
      'closeOrchestration answers "canceling"',
      'closeOrchestration answers "canceled"',
      'run ends "canceled"',
    ],
  });
});

it('records one that waits for its turn while its row has ended, as in a database that was restored', async () => {
  const fleet = new FleetInMemory(1);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const holder = await rig.request();
  await rig.underWay(1);
  const id = await rig.request();
  await takes(rig, id, ['wakeQueue answers']);
  await rig.database.run((db) =>
    db.execute(sql`update orchestrations set state = 'failed', finished_at = ${AT} where id = ${id}`),
  );
  await rig.gateway.look(id);
  await rig.ends(id);
  fleet.endAll();
  await rig.ends(holder);
  await record(rig, 'orchestration-ended-in-its-row', {
    workflowID: id,
    path: ['look comes in', /^readControl .*"state":"failed"/, 'run ends "failed"'],
  });
});

it('records a child that is released before its first step', async () => {
  const fleet = new FleetInMemory(1);
  const rig = await Rig.start({ fleet });
  const [runtime] = fleet.runtimes;
  const workflowID = childOf(fleet, 0);
  await rig.stopWorkers();
  const ref = { orchestrationID: 'other', operationID: 'other', attempt: 1, dispatch: 1 };
  const early = await rig.client.workflow.start(operationWorkflow, {
    ...{ workflowId: workflowID, taskQueue: TASK_QUEUE, memo: ref },
    args: [
      {
        ...{ ...ref, runtimeID: runtime?.runtimeID ?? '', shootName: runtime?.shootName ?? '' },
        ...{ type: 'upgradeKyma', dryRun: true },
      },
    ],
  });
  await early.signal('release');
  await rig.startWorkers();
  await early.result();
  await record(rig, 'operation-released-early', {
    workflowID,
    path: ['release comes in', 'run ends {"kind":"released"}'],
  });
});
