import { beforeAll, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { connectTemporal } from '../support/environment.ts';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
let client: Client;
beforeAll(async () => {
  service = await startStackService();
  client = await connectTemporal(service.env['TEMPORAL_NAMESPACE']);
});

const body = (container: string): StackBody => ({
  name: `/${container}/jo/stack`,
  oplans: [
    instances('web', [`/${container}/jo/web`]),
    plan('disk', 'storage/volume', [`/${container}/jo/disk`]),
  ],
  relationships: depends(['web', 'disk']),
});

/** Sends the workflow back to the end of one of its workflow tasks, counted from the first one, as an operator might. */
async function reset(name: string, task: number): Promise<void> {
  const workflowId = stackWorkflowID(name);
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: tasks[task]?.eventId,
    requestId: randomUUID(),
    reason: 'by hand',
  });
}

it.each([0, 1, 2, 3])(
  'a stack whose workflow is reset to its workflow task %i goes on from what the database says',
  async (task) => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(body(`reset-${task}`));
    await stacks.bring(name, 'START', 'ready');
    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
    const before = await simulation.objects(`/reset-${task}/`);
    await reset(name, task);
    expect((await stacks.tryAction(name, 'SHUTDOWN')).status).toBe(409);
    await stacks.bring(name, 'RESTART', 'ready');
    expect((await simulation.objects(`/reset-${task}/`)).map(({ id }) => id).sort()).toEqual(
      before.map(({ id }) => id).sort(),
    );
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await simulation.objects(`/reset-${task}/`)).toEqual([]);
    expect((await stacks.tryRemove(name)).status).toBe(204);
  },
);

it('a stack that was removed is not brought back by a reset of its workflow', async () => {
  const { stacks } = service;
  const { name } = await stacks.add(body('removed'));
  await stacks.bring(name, 'START', 'ready');
  await stacks.bring(name, 'STOP', 'stopped');
  await stacks.tryRemove(name);
  await reset(name, 1);
  expect((await stacks.tryAction(name, 'START')).status).toBe(404);
});
