import {
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { defineSearchAttributeKey, TimeoutFailure } from '@temporalio/common';
import {
  cancelSignal,
  lookSignal,
  QUEUE_WORKFLOW_ID,
  rolloutPlanWorkflowID,
  taskTimeoutMs,
  type OrchestrationRequest,
  type PolicyPreviewAnswer,
  type PolicyPreviewRequest,
} from '../../workflows/contract/upgrades.ts';
import { TASK_QUEUE, WORKFLOW_TYPES, type Tuning } from '../../workflows/contract/engine.ts';
import { UnavailableError } from '../../domain/errors.ts';
import { withinEngineDeadline } from '../engine-deadline.ts';
import { grpcMessage, isRefused } from '../grpc-status.ts';
import type { MakePlanOptions } from './orchestration-gateway.ts';

const ORCHESTRATION_STATE = defineSearchAttributeKey('OrchestrationState', 'KEYWORD');
const ORCHESTRATION_TYPE = defineSearchAttributeKey('OrchestrationType', 'KEYWORD');

/**
 * Starts the workflow of an orchestration. `exists` when it was started before, also when it has ended. What Temporal
 * refuses, and would refuse again, is answered with the reason.
 */
export async function startOrchestration(
  client: Client,
  request: OrchestrationRequest,
  tuning?: Tuning,
): Promise<'started' | 'exists' | { refused: string }> {
  const { orchestrationID } = request;
  try {
    await client.workflow.start(WORKFLOW_TYPES.orchestration, {
      workflowId: orchestrationID,
      taskQueue: TASK_QUEUE,
      args: [{ request, orchestrationID, mode: 'start', tuning }],
      memo: { request },
      workflowTaskTimeout: taskTimeoutMs(request.parameters.strategy.parallel.workers),
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
    if (isRefused(error)) return { refused: `Temporal refuses to start it: ${grpcMessage(error)}` };
    throw error;
  }
}

/**
 * Lets an orchestration that was retried look at its row: the run that is open, or a new one, which reads everything from the database. What
 * Temporal refuses, and would refuse again, is answered with the reason.
 */
export async function lookAtRetried(
  client: Client,
  request: OrchestrationRequest,
  tuning?: Tuning,
): Promise<'told' | { refused: string }> {
  const { orchestrationID } = request;
  try {
    await client.workflow.signalWithStart(WORKFLOW_TYPES.orchestration, {
      workflowId: orchestrationID,
      taskQueue: TASK_QUEUE,
      args: [{ orchestrationID, mode: 'retry', tuning }],
      memo: { request },
      workflowTaskTimeout: taskTimeoutMs(request.parameters.strategy.parallel.workers),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      signal: lookSignal,
      signalArgs: [],
      typedSearchAttributes: [
        { key: ORCHESTRATION_STATE, value: 'retrying' },
        { key: ORCHESTRATION_TYPE, value: request.type },
      ],
      staticSummary: `retry of ${request.type} for ${request.createdBy}`,
    });
    return 'told';
  } catch (error) {
    if (isRefused(error)) return { refused: `Temporal refuses to start it: ${grpcMessage(error)}` };
    throw error;
  }
}

/** Lets the queue look at the rows, starting it where it is missing. */
export async function lookAtQueue(client: Client, tuning?: Tuning): Promise<void> {
  await client.workflow.signalWithStart(WORKFLOW_TYPES.queue, {
    workflowId: QUEUE_WORKFLOW_ID,
    taskQueue: TASK_QUEUE,
    args: [{ tuning }],
    signal: lookSignal,
    signalArgs: [],
    staticSummary: 'gives the turns of lanes to one orchestration after the other',
  });
}

/** Lets an orchestration look what is wanted of it; false when no run is open under this ID. */
export async function lookAtOrchestration(client: Client, orchestrationID: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(orchestrationID).signal(lookSignal);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Reading a fleet of 100,000 Shoots takes some minutes: whoever asks by HTTP waits no longer than that. */
const WORKER_LIMIT_MS = 20_000;

export interface GatewayOptions {
  tuning?: Tuning;
  /** How long a worker is waited for, default 20,000. */
  workerLimitMs?: number;
}

/** Temporal as the REST API needs it. Every call answers within seconds or throws UnavailableError('engine'). */
export class TemporalGateway {
  constructor(
    private readonly client: Client,
    private readonly options: GatewayOptions = {},
  ) {}

  async start(request: OrchestrationRequest): Promise<void> {
    await this.call(() => startOrchestration(this.client, request, this.options.tuning));
  }

  /** Signals `cancel`; a second one changes nothing. */
  async cancel(orchestrationID: string, actor: string, reason = ''): Promise<'signaled' | 'not running'> {
    return await this.call(async () => {
      try {
        await this.client.workflow.getHandle(orchestrationID).signal(cancelSignal, { by: actor, reason });
        return 'signaled';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'not running';
        throw error;
      }
    });
  }

  async look(orchestrationID: string): Promise<void> {
    await this.call(() => lookAtOrchestration(this.client, orchestrationID));
  }

  async lookAtQueue(): Promise<void> {
    await this.call(() => lookAtQueue(this.client, this.options.tuning));
  }

  async retry(request: OrchestrationRequest): Promise<void> {
    await this.call(() => lookAtRetried(this.client, request, this.options.tuning));
  }

  async previewPolicy(request: PolicyPreviewRequest): Promise<PolicyPreviewAnswer> {
    const handle = await this.call(() =>
      this.client.workflow.start(WORKFLOW_TYPES.policyPreview, {
        workflowId: `policy-preview/${randomUUID()}`,
        taskQueue: TASK_QUEUE,
        args: [request],
        workflowExecutionTimeout: this.workerLimitMs,
        staticSummary: 'what a maintenance policy would mean',
      }),
    );
    try {
      return (await this.within(() => handle.result())) as PolicyPreviewAnswer;
    } catch (error) {
      // A failure is a fault of the service; a workflow that has run out of time had no worker, or a slow one.
      if (error instanceof WorkflowFailedError && !(error.cause instanceof TimeoutFailure)) throw error;
      throw new UnavailableError('engine', 'No worker has answered in time; try again later', {
        cause: error,
      });
    }
  }

  /**
   * Nothing is lost by starting it once more: what is made already ends it at once. So a plan gets made whose workflow was
   * terminated, or is unknown to Temporal.
   */
  async makePlan(planID: string, { wait = true }: MakePlanOptions = {}): Promise<'ended' | 'under way'> {
    const handle = await this.call(() =>
      this.client.workflow.start(WORKFLOW_TYPES.rolloutPlan, {
        workflowId: rolloutPlanWorkflowID(planID),
        taskQueue: TASK_QUEUE,
        args: [{ planID, tuning: this.options.tuning }],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        staticSummary: 'a plan to look at',
      }),
    );
    if (!wait) return 'under way';
    try {
      await this.within(() => handle.result());
      return 'ended';
    } catch (error) {
      if (error instanceof WorkflowFailedError) return 'ended';
      if (error instanceof ServiceError) return 'under way';
      throw error;
    }
  }

  /** Throws UnavailableError('engine') when Temporal does not answer. */
  async ping(): Promise<void> {
    await this.call(() => this.client.workflowService.getSystemInfo({}));
  }

  private get workerLimitMs(): number {
    return this.options.workerLimitMs ?? WORKER_LIMIT_MS;
  }

  private async within<T>(work: () => Promise<T>): Promise<T> {
    return await this.client.withDeadline(Date.now() + this.workerLimitMs, work);
  }

  private async call<T>(work: () => Promise<T>): Promise<T> {
    return await withinEngineDeadline(this.client, work);
  }
}
