import { randomUUID } from 'node:crypto';
import { until } from './environment.ts';
import type { Rig } from './rig.ts';

/** Resets a workflow to its first or last completed workflow task, as an operator does it in the Web UI. */
export async function reset(rig: Rig, workflowID: string, to: 'first' | 'last'): Promise<void> {
  const { runId, completed } = await until(
    async () => {
      // Of one run: it may continue as new between two looks.
      const run = (await rig.client.workflow.getHandle(workflowID).describe()).runId;
      const { events } = await rig.client.workflow.getHandle(workflowID, run).fetchHistory();
      const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
      return tasks.length > 0 && { runId: run, completed: tasks };
    },
    { what: 'a workflow task of it is completed' },
  );
  await rig.client.workflowService.resetWorkflowExecution({
    namespace: rig.namespace,
    workflowExecution: { workflowId: workflowID, runId },
    reason: 'to be tested',
    requestId: randomUUID(),
    workflowTaskFinishEventId: completed.at(to === 'first' ? 0 : -1)?.eventId,
  });
}

/** Until a chain has three runs; looking lets it grow. */
export async function continuedTwice(rig: Rig, id: string): Promise<void> {
  await until(
    async () => {
      await rig.gateway.look(id);
      return (await rig.runs(id)).length >= 3;
    },
    { what: 'it has continued as new twice' },
  );
}
