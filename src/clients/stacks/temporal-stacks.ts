import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, ServerFailure, type UpdateDefinition } from '@temporalio/common';
import { UnavailableError } from '../../domain/errors.ts';
import { STACK_STATUSES, type StackStatus } from '../../domain/stacks/statuses.ts';
import {
  STACK_REFUSED,
  STACK_UNKNOWN,
  stackActionUpdate,
  stackDefineUpdate,
  stackInstanceUpdate,
  stackRemoveUpdate,
  stackResyncSignal,
  type InstanceRequest,
  type StackActionRequest,
  type StackAnswer,
  type StackDefineRequest,
} from '../../workflows/contract/stacks.ts';
import { WORKFLOW_TYPES, type Tuning } from '../../workflows/contract/engine.ts';
import { WORKER_DEADLINE_MS, withinEngineDeadline, withinWorkerDeadline } from '../engine-deadline.ts';
import type { StackGateway, StackOutcome } from './life-cycle-gateway.ts';
import { stackStartOptions, type StackWorkflow } from './start-options.ts';
import { Turns } from './turns.ts';

/** gRPC's number for it. */
const FAILED_PRECONDITION = 9;
/** Type of the failure that the server answers for an update whose run has ended. */
const RUN_ENDED = 'AcceptedUpdateCompletedWorkflow';
/** An update that was not taken is sent that often. */
const ATTEMPTS = 6;
const FIRST_WAIT_MS = 50;
/**
 * Updates of one stack that this process has under way at once. Its workflow handles one after the other all the same, and
 * Temporal takes 10 of one workflow by default (`history.maxInFlightUpdates`): one more makes it drop the task in progress.
 */
const UPDATES_AT_ONCE = 2;

export interface StackGatewayOptions {
  tuning?: Tuning;
  /** Milliseconds that the answer of a worker is waited for, by default 24,000. */
  workerDeadlineMs?: number;
}

/** The workflows of stacks in Temporal. Every call answers within seconds or throws UnavailableError('engine'). */
export class TemporalStackGateway implements StackGateway {
  private readonly turns = new Turns(UPDATES_AT_ONCE);

  constructor(
    private readonly client: Client,
    private readonly options: StackGatewayOptions = {},
  ) {}

  async ensure(name: string): Promise<void> {
    await withinEngineDeadline(this.client, () =>
      this.client.workflow.start<StackWorkflow>(
        WORKFLOW_TYPES.stack,
        stackStartOptions(name, this.options.tuning),
      ),
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
        ...stackStartOptions(name, this.options.tuning),
        signal: stackResyncSignal,
      }),
    );
  }

  private async update<T>(
    name: string,
    update: UpdateDefinition<StackAnswer, [T]>,
    request: T,
  ): Promise<StackOutcome> {
    // One ID for all attempts: what has begun already is answered, and not begun again.
    const updateID = randomUUID();
    const work = async (): Promise<StackOutcome> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return { kind: 'accepted', status: await this.send(name, update, request, updateID) };
        } catch (error) {
          const outcome = refusalIn(error);
          if (outcome) return outcome;
          if (attempt === ATTEMPTS || !wasNotTaken(error)) throw error;
          await delay(FIRST_WAIT_MS * 2 ** (attempt - 1));
        }
      }
    };
    const end = Date.now() + (this.options.workerDeadlineMs ?? WORKER_DEADLINE_MS);
    return await this.turns.take(name, async () => {
      if (Date.now() >= end) {
        throw new UnavailableError(
          'engine',
          'Earlier requests for the same orchestration wait for the workflow engine; look at its status and try again',
        );
      }
      return await withinWorkerDeadline(this.client, work, end);
    });
  }

  /** One call both starts a workflow that does not run and sends it the update: nothing can come in between. */
  private async send<T>(
    name: string,
    update: UpdateDefinition<StackAnswer, [T]>,
    request: T,
    updateId: string,
  ): Promise<StackStatus> {
    const startWorkflowOperation = new WithStartWorkflowOperation<StackWorkflow>(
      WORKFLOW_TYPES.stack,
      stackStartOptions(name, this.options.tuning),
    );
    const { status } = await this.client.workflow.executeUpdateWithStart(update, {
      args: [request],
      updateId,
      startWorkflowOperation,
    });
    return status;
  }
}

/**
 * True when the workflow has not taken the update: its task was given back, as happens when the update arrives just
 * as the run is about to continue as new. The server answers FAILED_PRECONDITION then, or refuses the update in its
 * own name. Or its run has ended with it, since it was terminated: the next one knows by the ID what it has begun.
 */
function wasNotTaken(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ServerFailure) return true;
    if (cause instanceof ApplicationFailure && cause.type === RUN_ENDED) return true;
    if ('code' in cause && cause.code === FAILED_PRECONDITION) return true;
  }
  return false;
}

/** The workflow's answer to an update that it did not take; undefined for any other failure. */
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
