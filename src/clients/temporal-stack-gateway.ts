import {
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey, type UpdateDefinition } from '@temporalio/common';
import { STACK_STATUSES } from '../domain/stack-status.ts';
import {
  STACK_REFUSED,
  STACK_UNKNOWN,
  stackActionUpdate,
  stackDefineUpdate,
  stackInstanceUpdate,
  stackRemoveUpdate,
  stackResyncSignal,
  stackWorkflowID,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  type InstanceRequest,
  type StackActionRequest,
  type StackAnswer,
  type StackDefineRequest,
  type StackInput,
  type Tuning,
} from '../workflows/contract.ts';
import { withinEngineDeadline } from './engine-deadline.ts';
import type { StackGateway, StackOutcome } from './stack-gateway-types.ts';

const STACK_STATUS = defineSearchAttributeKey('StackStatus', 'KEYWORD');

type StackWorkflow = (input: StackInput) => Promise<void>;

/** The workflows of stacks in Temporal. Every call answers within seconds or throws UnavailableError('engine'). */
export class TemporalStackGateway implements StackGateway {
  constructor(
    private readonly client: Client,
    private readonly options: { tuning?: Tuning } = {},
  ) {}

  async ensure(name: string): Promise<void> {
    await withinEngineDeadline(this.client, () =>
      this.client.workflow.start<StackWorkflow>(WORKFLOW_TYPES.stack, this.startOptions(name)),
    );
  }

  async act(name: string, request: StackActionRequest): Promise<StackOutcome> {
    return await this.update(name, stackActionUpdate, request);
  }

  async define(name: string, request: StackDefineRequest): Promise<StackOutcome> {
    return await this.update(name, stackDefineUpdate, request);
  }

  async remove(name: string, actor: string): Promise<StackOutcome> {
    return await this.update(name, stackRemoveUpdate, { actor });
  }

  async setInstance(name: string, request: InstanceRequest): Promise<StackOutcome> {
    return await this.update(name, stackInstanceUpdate, request);
  }

  async resync(name: string): Promise<void> {
    await withinEngineDeadline(this.client, () =>
      this.client.workflow.signalWithStart<StackWorkflow>(WORKFLOW_TYPES.stack, {
        ...this.startOptions(name),
        signal: stackResyncSignal,
      }),
    );
  }

  /** One call both starts a workflow that does not run and sends it the update: nothing can come in between. */
  private async update<T>(
    name: string,
    update: UpdateDefinition<StackAnswer, [T]>,
    request: T,
  ): Promise<StackOutcome> {
    return await withinEngineDeadline(this.client, async () => {
      const startWorkflowOperation = new WithStartWorkflowOperation<StackWorkflow>(
        WORKFLOW_TYPES.stack,
        this.startOptions(name),
      );
      try {
        const { status } = await this.client.workflow.executeUpdateWithStart(update, {
          args: [request],
          startWorkflowOperation,
        });
        return { kind: 'accepted', status };
      } catch (error) {
        const outcome = refusalIn(error);
        if (outcome) return outcome;
        throw error;
      }
    });
  }

  private startOptions(
    name: string,
  ): WorkflowStartOptions<StackWorkflow> & { workflowIdConflictPolicy: WorkflowIdConflictPolicy } {
    return {
      workflowId: stackWorkflowID(name),
      taskQueue: TASK_QUEUE,
      args: [{ name, tuning: this.options.tuning }],
      // The workflow of a removed stack has ended; a stack added under its name later gets a new one.
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      typedSearchAttributes: [{ key: STACK_STATUS, value: 'stopped' }],
      staticSummary: `stack ${name}`,
    };
  }
}

/** What the workflow answered to an update that it did not take; undefined for any other failure. */
function refusalIn(error: unknown): StackOutcome | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if (!(cause instanceof ApplicationFailure)) continue;
    if (cause.type === STACK_REFUSED) {
      const status = STACK_STATUSES.find((known) => known === cause.details?.[0]);
      return { kind: 'refused', reason: cause.message, status };
    }
    if (cause.type === STACK_UNKNOWN) return { kind: 'unknown' };
  }
  return undefined;
}
