import { expect, it } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import {
  operationWorkflowID,
  progressQuery,
  QUEUE_WORKFLOW_ID,
  queueStateQuery,
} from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

const ID = '00000000-0000-4000-8000-000000000000';
/** Arguments of `temporal workflow signal`, for signals of whatever shape. */
const INPUTS: unknown[][] = [
  [],
  [null],
  [{}],
  [[]],
  ['text'],
  ['a\0b\ud800'],
  [42],
  [true],
  ['one', 'too many'],
  [{ operationIDs: 'all', requestID: 'by-hand' }],
  [{ operationIDs: ['x'] }],
  [{ operationIDs: [ID, null] }],
  [{ requestID: 7, operationIDs: null, requestedBy: {} }],
  [{ operationID: ID, attempt: '1', dispatch: 1, outcome: { kind: 'succeeded' } }],
  [{ operationID: ID, attempt: 1, dispatch: 1 }],
  [{ operationID: ID, attempt: 1, dispatch: 1, outcome: { kind: 'exploded' } }],
  [{ orchestrationID: ID }],
  [{ orchestrationID: 'x'.repeat(2_000), runID: 'no run', createdAt: 'yesterday' }],
  [{ orchestrationID: ID, runID: ID, createdAt: 1 }],
];

async function sendAll(handle: WorkflowHandle, signals: string[]): Promise<void> {
  for (const signal of signals) {
    await Promise.all(INPUTS.map((input) => handle.signal(signal, ...input)));
  }
}

it('whatever is sent to orchestration, child and queue by hand, they go on, and so does a cancel', async () => {
  const fleet = new FleetInMemory(2);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const first = await rig.request();
  await rig.underWay(1);
  const orchestration = rig.client.workflow.getHandle(first);
  const child = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
  const queue = rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID);
  await sendAll(orchestration, ['retry', 'outcome', 'turn']);
  await orchestration.signal('retry', { operationIDs: Array.from({ length: 50_001 }, () => ID) });
  await sendAll(child, ['detach', 'release']);
  await sendAll(queue, ['look']);

  const second = await rig.request();
  expect(await orchestration.query(progressQuery)).toMatchObject({ hasTurn: true, canceling: false });
  await until(async () => (await queue.query(queueStateQuery)).waiting.count === 1, {
    what: 'the queue knows of the second orchestration alone',
  });
  await orchestration.signal('cancel', { by: 'somebody\0' });
  await rig.reaches(first, 'canceling');
  fleet.endAll();
  expect(await rig.ends(first)).toBe('canceled');
  expect(await rig.statesOf(first)).toEqual({ succeeded: 1, canceled: 1 });
  fleet.autoEnd = true;
  expect(await rig.ends(second)).toBe('succeeded');
});

it('a retry that is sent by hand without input tries all failed operations again', async () => {
  const fleet = new FleetInMemory(3);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const failing = fleet.runtimes.slice(0, 2).map(({ runtimeID }) => runtimeID);
  for (const runtimeID of failing) fleet.failing.add(runtimeID);
  const id = await rig.request({ workers: 3 });
  await rig.underWay(3);
  for (const upgrade of fleet.underWay) if (failing.includes(upgrade.runtimeID)) fleet.end(upgrade);
  await until(async () => (await rig.statesOf(id))['failed'] === 2, { what: 'two have failed' });
  fleet.failing.clear();
  await rig.client.workflow.getHandle(id).signal('retry');
  await rig.underWay(3);
  fleet.endAll();
  expect(await rig.ends(id)).toBe('succeeded');
  expect((await rig.operations(id)).map(({ attempt }) => attempt)).toEqual([2, 2, 1]);
  const { rows } = await rig.repositories.events.list(id, {}, { page: 1, pageSize: 100 });
  expect(rows.filter(({ actor }) => actor === 'the signal retry')).not.toEqual([]);
});
