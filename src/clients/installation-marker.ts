/** The marker by which a namespace of Temporal says whose it is: a paused Schedule that never fires. */
import { ScheduleAlreadyRunning, ScheduleNotFoundError, type Client } from '@temporalio/client';
import { z } from 'zod';
import { isNotFound, isRefused } from './grpc-status.ts';
import { INSTALLATION_SCHEDULE_ID, TASK_QUEUE, WORKFLOW_TYPES } from '../workflows/contract/engine.ts';

const described = z.object({ namespaceInfo: z.object({ id: z.string().min(1) }) });
const memo = z.object({ installationID: z.string() });

const READS = 10;
const BETWEEN_READS_MS = 1000;

/** Temporal's own ID of the client's namespace: it tells namespaces of one name on two clusters apart. */
export async function namespaceID(client: Client): Promise<string> {
  const { namespace } = client.options;
  const answer = await client.connection.withDeadline(Date.now() + 10_000, () =>
    client.connection.workflowService.describeNamespace({ namespace }),
  );
  return described.parse(answer).namespaceInfo.id;
}

/** False when the engine has no namespace of that ID: it was set up anew, or has lost its state. */
export async function knowsNamespace(client: Client, id: string): Promise<boolean> {
  try {
    await client.connection.withDeadline(Date.now() + 10_000, () =>
      client.connection.workflowService.describeNamespace({ id }),
    );
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Marks the namespace with an installation, unless it is marked; answers whose it is then. */
export async function markNamespace(client: Client, installationID: string): Promise<string> {
  try {
    await client.schedule.create({
      scheduleId: INSTALLATION_SCHEDULE_ID,
      spec: {},
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW_TYPES.reconcile,
        taskQueue: TASK_QUEUE,
        args: [],
      },
      memo: { installationID },
      state: {
        paused: true,
        note: `Marks this namespace as belonging to the Drydock installation ${installationID}`,
      },
    });
    return installationID;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  return (await readMarker(client)) ?? installationID;
}

/** The installation that the namespace belongs to; undefined when it belongs to none. */
export async function readMarker(client: Client): Promise<string | undefined> {
  try {
    const marker = await patiently(() => client.schedule.getHandle(INSTALLATION_SCHEDULE_ID).describe());
    return memo.parse(marker.memo).installationID;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** Describing a Schedule asks its workflow: an engine that has just started may fail to answer for some seconds. */
async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (let reads = 1; ; reads++) {
    try {
      return await read();
    } catch (error) {
      if (reads === READS || error instanceof ScheduleNotFoundError || isRefused(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_READS_MS));
    }
  }
}
