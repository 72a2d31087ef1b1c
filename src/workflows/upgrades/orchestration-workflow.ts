import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  setCurrentDetails,
} from '@temporalio/workflow';
import { rootCause } from '@temporalio/common';
import { isFinalOrchestrationState, type OrchestrationState } from '../../domain/upgrades/states.ts';
import { taskTimeoutMs, type OrchestrationInput } from '../contract/upgrades.ts';
import type { Children } from './children.ts';
import { handleMessages } from './orchestration-messages.ts';
import { orchestrationActivities, planningActivities } from './orchestration-proxies.ts';
import { OrchestrationStanding } from './orchestration-standing.ts';
import { projection } from './projection-proxies.ts';
import { SlidingWindow } from './sliding-window.ts';

/**
 * One orchestration, from the request to its final state: notes that it has begun, waits for its turn, freezes the
 * plan, carries it through the sliding window, closes. A request to cancel from Temporal itself counts as the signal
 * `cancel`: nothing that is under way is torn down.
 */
export async function orchestrationWorkflow(input: OrchestrationInput): Promise<OrchestrationState> {
  const standing = new OrchestrationStanding(input);
  handleMessages(standing);
  const run = new OrchestrationRun(input, standing);
  CancellationScope.current().cancelRequested.catch(() => standing.cancel("Temporal's request to cancel"));
  return await CancellationScope.nonCancellable(() => run.execute());
}

class OrchestrationRun {
  constructor(
    private readonly input: OrchestrationInput,
    private readonly standing: OrchestrationStanding,
  ) {}

  /** From pending to the final state, or to the next run of the chain. */
  async execute(): Promise<OrchestrationState> {
    const { standing } = this;
    const { orchestrationID, request, carried, mode } = this.input;
    const { recordOrchestration } = projection('notes that it has begun');
    standing.begins(await recordOrchestration({ orchestrationID, request }));
    if (carried) return await this.work();
    if (await this.isOver()) return standing.state;
    standing.show(standing.state);
    await this.waitForTurn();
    if (standing.isCanceling()) return await this.close();
    if (await this.isOver()) return standing.state;
    if (mode === 'retry')
      await projection('leaves out what was upgraded since').failOvertaken({ orchestrationID });
    await standing.enter('in progress', 'It is its turn');
    const failure = await this.plan();
    return failure === undefined ? await this.work() : await this.close(failure);
  }

  /** True of an end that stands when all that came in was read: it may have been retried meanwhile. */
  private async isOver(): Promise<boolean> {
    const { standing } = this;
    while (isFinalOrchestrationState(standing.state) && standing.control.isUnread())
      standing.state = await standing.readControl();
    return isFinalOrchestrationState(standing.state);
  }

  private async waitForTurn(): Promise<void> {
    const { standing } = this;
    setCurrentDetails('Waits in the queue for its turn.');
    await orchestrationActivities('wakes the queue', standing.tuning).wakeQueue();
    const isOver = (): boolean =>
      standing.hasTurn || standing.isCanceling() || isFinalOrchestrationState(standing.state);
    while (!isOver()) {
      await condition(() => isOver() || standing.control.hasMessages());
      await standing.control.apply();
    }
  }

  /** Freezes the plan. Answers why it could not, or undefined. A cancel ends it at once. */
  private async plan(): Promise<string | undefined> {
    const { standing } = this;
    setCurrentDetails('Reads the inventory and plans the operations.');
    const scope = new CancellationScope();
    standing.onCancel = () => scope.cancel();
    if (standing.isCanceling()) return undefined;
    try {
      const { resolveTargets } = planningActivities(standing.tuning);
      standing.total = (await scope.run(() => resolveTargets(this.input))).count;
      return undefined;
    } catch (error) {
      if (isCancellation(error)) return undefined;
      if (error instanceof ActivityFailure) return `Planning failed: ${rootCause(error) ?? error.message}`;
      throw error;
    } finally {
      standing.onCancel = undefined;
    }
  }

  /** Carries the plan through and closes; again when a retry came in meanwhile. */
  private async work(): Promise<OrchestrationState> {
    const { standing } = this;
    const children = await standing.works();
    for (;;) {
      const end = await new SlidingWindow(standing, children).run();
      if (end === 'continue as new') await this.continue(children);
      const state = await this.close();
      if (state === 'canceled') return state;
      if (isFinalOrchestrationState(state) && (await this.isOver())) return state;
      // Something still waits or executes, whatever brought it there: it is carried out like the rest.
      await this.goOn(state);
      await standing.takeOverExecuting(children);
    }
  }

  private async goOn(closedAs: OrchestrationState): Promise<void> {
    const { standing } = this;
    const isRetried = isFinalOrchestrationState(closedAs);
    // A cancel that came after the end, and before the retry, meant nothing; one that came after the retry stands in the row.
    const canceledBy = isRetried ? await standing.forgetCancel() : undefined;
    const reason = isRetried ? 'Retried while it still had the turn' : 'Something still waits or executes';
    if (standing.state !== 'in progress') await standing.enter('in progress', reason);
    if (standing.state === 'canceling') standing.foundCanceling(canceledBy);
  }

  /** Answers a state that is not final when operations wait or execute; a cancel that comes in meanwhile is carried out. */
  private async close(failure?: string): Promise<OrchestrationState> {
    const { standing } = this;
    const { orchestrationID } = standing;
    let state: OrchestrationState;
    do {
      const canceledBy = await standing.recordedCancel();
      if (canceledBy !== undefined) standing.show('canceling');
      const { closeOrchestration } = orchestrationActivities('closes the orchestration', standing.tuning);
      state = await closeOrchestration({ orchestrationID, canceledBy, failure });
      if (state === 'canceling' && canceledBy === undefined) standing.foundCanceling();
    } while (state === 'canceling');
    standing.show(state);
    standing.showProgress();
    return state;
  }

  private async continue(children: Children): Promise<never> {
    const { standing } = this;
    await standing.recordedCancel();
    // Commands may have changed how many there are.
    const continueAsNew = makeContinueAsNewFunc<typeof orchestrationWorkflow>({
      workflowTaskTimeout: taskTimeoutMs(Math.max(standing.workers, children.inFlight.size)),
    });
    return await continueAsNew({
      orchestrationID: standing.orchestrationID,
      mode: this.input.mode,
      tuning: standing.tuning,
      carried: standing.toCarry(children),
    });
  }
}
