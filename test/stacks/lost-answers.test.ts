import { randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { TemporalStackGateway } from '../../src/clients/stacks/temporal-stacks.ts';
import {
  stackActionUpdate,
  stackProgressQuery,
  stackWorkflowID,
  type StackActionRequest,
  type StackAnswer,
} from '../../src/workflows/contract/stacks.ts';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/workflows/contract/engine.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { aStack } from '../support/stacks/rows.ts';
import { plan } from '../support/stacks/definitions.ts';

const network = (name: string): StackDefinition =>
  stackDefinitionSchema.parse({ name, oplans: [plan('net', 'vnet', [`${name}-net`])] });

/** As the gateway sends it, under an ID of the test's own. */
async function send(
  rig: StackRig,
  name: string,
  updateId: string,
  request: StackActionRequest,
): Promise<StackAnswer> {
  const { client } = rig.rig;
  return await client.workflow.executeUpdateWithStart(stackActionUpdate, {
    args: [request],
    updateId,
    startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW_TYPES.stack, {
      workflowId: stackWorkflowID(name),
      taskQueue: TASK_QUEUE,
      args: [{ name }],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    }),
  });
}

describe('a request whose workflow does not run yet', () => {
  it('A73: removes a stopped stack', async () => {
    const rig = await StackRig.start();
    const { name } = network('/early/mia/removed');
    await rig.rig.repositories.stacks.add(aStack(network(name)));
    expect(await rig.gateway.remove(name, 'mia')).toEqual({ kind: 'accepted', status: 'stopped' });
    expect(await rig.status(name)).toBeUndefined();
  });
});

describe('a request that comes again, since its answer got lost', () => {
  it.each([
    ['START', 'stopped', 'ready'],
    ['STOP', 'ready', 'stopped'],
    ['SHUTDOWN', 'ready', 'shut_down'],
  ] as const)('%s is answered by the next run, and begins nothing', async (action, from, to) => {
    const rig = await StackRig.start();
    const name = await rig.add(network(`/again/mia/${action}`));
    if (from === 'ready') await rig.bring(name, 'START', 'ready');
    const updateID = randomUUID();
    await send(rig, name, updateID, { action, actor: 'mia' });
    await rig.reaches(name, to);
    const handle = rig.rig.client.workflow.getHandle(stackWorkflowID(name));
    await handle.terminate('as if it had been lost with the answer');
    // The server answers what a workflow has recorded; the next run has recorded nothing.
    await rig.gateway.ensure(name);
    const before = await rig.events(name);
    expect(await send(rig, name, updateID, { action, actor: 'mia' })).toEqual({ status: to });
    expect(await rig.events(name)).toEqual(before);
  });

  it('is answered also when another one has been taken in between', async () => {
    const rig = await StackRig.start();
    const name = await rig.add(network('/again/mia/overtaken'));
    const updateID = randomUUID();
    await send(rig, name, updateID, { action: 'START', actor: 'mia' });
    await rig.reaches(name, 'ready');
    await rig.bring(name, 'SHUTDOWN', 'shut_down');
    await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).terminate('as if it had been lost');
    await rig.gateway.ensure(name);
    const answer = await send(rig, name, updateID, { action: 'START', actor: 'mia' });
    expect(answer).toEqual({ status: 'shut_down' });
  });

  it('does not pass for another one that asks for the same', async () => {
    const rig = await StackRig.start();
    const name = await rig.add(network('/again/mia/same'));
    await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).query(stackProgressQuery);
    // Begun by a workflow task that was lost: the run does not know of it.
    const [lost, other] = [randomUUID(), randomUUID()];
    const now = new Date().toISOString();
    const change = { actor: 'mia', reason: 'START requested', begunBy: lost, now };
    await rig.rig.repositories.stacks.enterStatus(name, 'starting', change);
    const refused = send(rig, name, other, { action: 'START', actor: 'mia' });
    await expect(refused).rejects.toThrow(WorkflowUpdateFailedError);
    const answer = await send(rig, name, lost, { action: 'START', actor: 'mia' });
    expect(['starting', 'ready']).toContain(answer.status);
    await rig.reaches(name, 'ready');
    expect(await rig.journal(`${name}-net`, 'create')).toHaveLength(1);
  });

  it('another one with another ID is refused as before', async () => {
    const rig = await StackRig.start();
    const name = await rig.add(network('/again/mia/other'));
    await rig.bring(name, 'START', 'ready');
    expect((await rig.gateway.act(name, { action: 'START', actor: 'mia' })).kind).toBe('refused');
  });
});

describe('a request that no worker answers', () => {
  it('fails with what to do about it', async () => {
    const rig = await StackRig.start();
    const name = await rig.add(network('/unanswered/mia/stack'));
    await rig.rig.stopWorkers();
    const gateway = new TemporalStackGateway(rig.rig.client, { workerDeadlineMs: 1_000 });
    const asked = gateway.act(name, { action: 'START', actor: 'mia' });
    const error: unknown = await asked.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as UnavailableError).message).toBe(
      'The workflow engine has the request, but no worker has answered it in time; it may still be carried out: look at the status before you send it again',
    );
  });
});
