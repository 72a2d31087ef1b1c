import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
// A CommonJS package whose names Node can't see: only its default export can be imported.
import proto from '@temporalio/proto';
import {
  cancelSignal,
  RECONCILER_SCHEDULE_ID,
  retrySignal,
  SEARCH_ATTRIBUTES,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  type OrchestrationRequest,
  type RetryRequest,
  type Tuning,
} from '../workflows/contract.ts';
import { withinEngineDeadline } from './engine-deadline.ts';
import { monitorStartOptions, type StackMonitorWorkflow } from './stack-start-options.ts';
import { describeExecution } from './temporal-executions.ts';

const ORCHESTRATION_STATE = defineSearchAttributeKey('OrchestrationState', 'KEYWORD');
const ORCHESTRATION_TYPE = defineSearchAttributeKey('OrchestrationType', 'KEYWORD');

/** What the REST API asks of Temporal. Every call answers within seconds or throws UnavailableError('engine'). */
export class TemporalGateway {
  constructor(
    private readonly client: Client,
    private readonly options: { tuning?: Tuning } = {},
  ) {}

  /**
   * Starts an orchestration. This start is the only write that creates one: a second start of the same ID, also after it
   * has ended, answers `exists`.
   */
  async start(request: OrchestrationRequest): Promise<'started' | 'exists'> {
    return await this.call(async () => {
      try {
        await this.client.workflow.start(WORKFLOW_TYPES.orchestration, {
          workflowId: request.orchestrationID,
          taskQueue: TASK_QUEUE,
          args: [
            {
              request,
              orchestrationID: request.orchestrationID,
              mode: 'start',
              tuning: this.options.tuning,
            },
          ],
          memo: { request },
          workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
          typedSearchAttributes: [
            { key: ORCHESTRATION_STATE, value: 'pending' },
            { key: ORCHESTRATION_TYPE, value: request.type },
          ],
          staticSummary: `${request.type} for ${request.createdBy}`,
        });
        return 'started';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'exists';
        throw error;
      }
    });
  }

  /** What Temporal remembers of an orchestration; undefined when it knows none by that ID. */
  async describe(
    orchestrationID: string,
  ): Promise<{ request: OrchestrationRequest; running: boolean } | undefined> {
    return await this.call(async () => {
      const execution = await describeExecution(this.client, orchestrationID);
      const request = execution?.memo['request'];
      if (!execution || !request || typeof request !== 'object') return undefined;
      return { request: request as OrchestrationRequest, running: execution.running };
    });
  }

  /** Signals `cancel`; a second one changes nothing. */
  async cancel(orchestrationID: string, actor: string): Promise<'signaled' | 'not running'> {
    return await this.call(async () => {
      try {
        await this.client.workflow.getHandle(orchestrationID).signal(cancelSignal, actor);
        return 'signaled';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'not running';
        throw error;
      }
    });
  }

  /** An orchestration in progress takes the retry as a signal; an ended one gets a new run that queues for its turn. */
  async retry(orchestrationID: string, retry: RetryRequest, request?: OrchestrationRequest): Promise<void> {
    await this.call(() =>
      this.client.workflow.signalWithStart(WORKFLOW_TYPES.orchestration, {
        workflowId: orchestrationID,
        taskQueue: TASK_QUEUE,
        args: [{ orchestrationID, mode: 'retry', tuning: this.options.tuning }],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        signal: retrySignal,
        signalArgs: [retry],
        ...(request && {
          memo: { request },
          typedSearchAttributes: [
            { key: ORCHESTRATION_STATE, value: 'retrying' },
            { key: ORCHESTRATION_TYPE, value: request.type },
          ],
        }),
        staticSummary: `retry for ${retry.requestedBy}`,
      }),
    );
  }

  /** Throws UnavailableError('engine') when Temporal does not answer. */
  async ping(): Promise<void> {
    await this.call(() => this.client.workflowService.getSystemInfo({}));
  }

  private async call<T>(work: () => Promise<T>): Promise<T> {
    return await withinEngineDeadline(this.client, work);
  }
}

const ALREADY_EXISTS = 6;

/**
 * Makes sure that the namespace has our search attributes. Several replicas may do it at once; a namespace that has them
 * is left alone.
 */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const { namespace } = client.options;
  const { connection } = client;
  const operator = connection.operatorService;
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  try {
    await operator.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
  }
}

/** Makes sure that the reconciler runs every so many seconds; an existing Schedule is brought up to date. */
export async function ensureReconcilerSchedule(client: Client, everySeconds: number): Promise<void> {
  const spec = { intervals: [{ every: everySeconds * 1000 }] };
  const action = {
    type: 'startWorkflow',
    workflowType: WORKFLOW_TYPES.reconcile,
    taskQueue: TASK_QUEUE,
    args: [],
    staticSummary: 'compares the database with Temporal and mends what differs',
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP };
  try {
    await client.schedule.create({ scheduleId: RECONCILER_SCHEDULE_ID, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(RECONCILER_SCHEDULE_ID).update((current) => ({
      ...current,
      spec,
      action,
      policies,
    }));
  }
}

/** Makes sure that the monitor of stacks runs. One that runs already is left alone. */
export async function ensureStackMonitor(client: Client, tuning: Tuning | undefined): Promise<void> {
  await client.workflow.start<StackMonitorWorkflow>(WORKFLOW_TYPES.stackMonitor, monitorStartOptions(tuning));
}
