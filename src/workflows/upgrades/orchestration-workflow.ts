import {
  ActivityFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, rootCause } from '@temporalio/common';
import type { RecordedOrchestration } from '../../activities/upgrades/activity-types.ts';
import type { Limits } from '../../domain/upgrades/limits.ts';
import { isFinalOrchestrationState, type OrchestrationState } from '../../domain/upgrades/states.ts';
import { Children } from './children.ts';
import {
  cancelSignal,
  commandSignal,
  lookSignal,
  outcomeSignal,
  progressQuery,
  retrySignal,
  turnSignal,
  type OrchestrationInput,
  type OutcomeReport,
} from '../contract/upgrades.ts';
import { orchestrationActivities, planningActivities } from './orchestration-proxies.ts';
import { handleSignal } from '../parsed-messages.ts';
import { progressDetails } from './progress-details.ts';
import { projection } from './projection-proxies.ts';
import { cancelInput, commandInput, outcomeInput, retryInput } from './signal-inputs.ts';
import { SlidingWindow, type WindowOwner } from './sliding-window.ts';
import { askedTimeoutSeconds, continueAsNewIsDue, operationTimeoutSeconds, pageSize } from '../tuning.ts';
import { WantedControl } from './wanted-control.ts';
import { WaitingRetries } from './waiting-retries.ts';

/** Its row says that it is canceled; the event log says by whom. */
const BY_ITS_ROW = 'its row';

const ORCHESTRATION_STATE = defineSearchAttributeKey('OrchestrationState', 'KEYWORD');

/**
 * One orchestration, from the request to its final state: notes that it has begun, waits for its turn, freezes the
 * plan, carries it through the sliding window, closes. A request to cancel from Temporal itself counts as the signal
 * `cancel`: nothing that is under way is torn down.
 */
export async function orchestrationWorkflow(input: OrchestrationInput): Promise<OrchestrationState> {
  const run = new OrchestrationRun(input);
  CancellationScope.current().cancelRequested.catch(() => run.cancel("Temporal's request to cancel"));
  return await CancellationScope.nonCancellable(() => run.execute());
}

class OrchestrationRun implements WindowOwner {
  readonly orchestrationID: string;
  readonly tuning;
  readonly control: WantedControl;
  private readonly retries: WaitingRetries;
  private readonly firstRunID: string;
  private canceledBy: string | undefined;
  private hasTurn: boolean;
  private total: number;
  private state: OrchestrationState = 'pending';
  private orchestration: RecordedOrchestration | undefined;
  private children: Children | undefined;
  /** Reports that come in before the first workflow task has read the row. */
  private readonly earlyReports: OutcomeReport[] = [];
  private recordingCancel: Promise<void> | undefined;
  private stopPlanning: (() => void) | undefined;

  constructor(private readonly input: OrchestrationInput) {
    const { carried } = input;
    this.orchestrationID = input.orchestrationID;
    this.tuning = input.tuning;
    this.retries = new WaitingRetries(this.orchestrationID, carried?.retries);
    this.canceledBy = carried?.canceling ? (carried.canceledBy ?? 'unknown') : undefined;
    this.hasTurn = carried !== undefined;
    this.total = carried?.total ?? 0;
    this.firstRunID = carried?.firstRunID ?? workflowInfo().firstExecutionRunId;
    this.control = new WantedControl(this.orchestrationID, this.firstRunID, carried?.commands);
    handleSignal(cancelSignal, cancelInput, (who) => this.cancel(who));
    handleSignal(retrySignal, retryInput, (retry) => {
      this.retries.add(retry);
      if (this.children) this.children.changes += 1;
    });
    handleSignal(commandSignal, commandInput, (command) => {
      this.control.add(command);
      if (this.children) this.children.changes += 1;
    });
    setHandler(lookSignal, () => {
      this.control.look();
      if (this.children) this.children.changes += 1;
      else void this.lookEarly();
    });
    setHandler(turnSignal, () => {
      this.hasTurn = true;
    });
    handleSignal(outcomeSignal, outcomeInput, (report) => {
      if (this.children) this.children.report(report);
      else this.earlyReports.push(report);
    });
    setHandler(progressQuery, () => ({
      state: this.state,
      hasTurn: this.hasTurn,
      inFlight: this.children?.carried() ?? [],
      total: this.total,
      done: this.children?.done ?? 0,
      canceling: this.isCanceling(),
      pauses: [...this.control.pauses],
    }));
  }

  /** From pending to the final state, or to the next run of the chain. */
  async execute(): Promise<OrchestrationState> {
    this.orchestration = await projection('notes that it has begun').recordOrchestration({
      orchestrationID: this.orchestrationID,
      request: this.input.request,
    });
    this.state = this.orchestration.state;
    // Asked for while Temporal was away.
    if (this.state === 'canceling') this.canceledBy ??= BY_ITS_ROW;
    if (this.input.carried) return await this.work();
    if (this.input.mode === 'retry') {
      do await this.applyRetries();
      while (isFinalOrchestrationState(this.state) && this.hasRetries());
    }
    if (isFinalOrchestrationState(this.state)) return this.state;
    this.show(this.state);
    await this.waitForTurn();
    if (this.isCanceling()) return await this.close();
    if (this.input.mode === 'retry') {
      const { orchestrationID } = this;
      await projection('leaves out what was upgraded since').failOvertaken({ orchestrationID });
    }
    await this.enter('in progress', 'It is its turn');
    const failure = await this.plan();
    return failure === undefined ? await this.work() : await this.close(failure);
  }

  private async waitForTurn(): Promise<void> {
    setCurrentDetails('Waits in the queue for its turn.');
    await orchestrationActivities('wakes the queue').wakeQueue();
    const isOver = (): boolean => this.hasTurn || this.isCanceling();
    while (!isOver()) {
      await condition(() => isOver() || this.control.hasCommands());
      await this.control.apply();
    }
  }

  /** Freezes the plan. Answers why it could not, or undefined. A cancel ends it at once. */
  private async plan(): Promise<string | undefined> {
    setCurrentDetails('Reads the inventory and plans the operations.');
    const scope = new CancellationScope();
    this.stopPlanning = () => scope.cancel();
    if (this.isCanceling()) return undefined;
    try {
      const { count } = await scope.run(() => planningActivities(this.tuning).resolveTargets(this.input));
      this.total = count;
      return undefined;
    } catch (error) {
      if (isCancellation(error)) return undefined;
      if (error instanceof ActivityFailure) return `Planning failed: ${rootCause(error) ?? error.message}`;
      throw error;
    } finally {
      this.stopPlanning = undefined;
    }
  }

  /** Carries the plan through and closes; again when a retry came in meanwhile. */
  private async work(): Promise<OrchestrationState> {
    const orchestration = this.orchestration;
    if (!orchestration) throw new Error('The orchestration must be recorded before it works');
    // A failure counts in the budget, and with it how much may begin.
    const onFailed = (): void => {
      if (orchestration.parameters.strategy.failureBudget) this.control.look();
    };
    this.children = new Children(
      this.orchestrationID,
      orchestration,
      this.tuning,
      this.input.carried,
      onFailed,
    );
    for (const report of this.earlyReports.splice(0)) this.children.report(report);
    if (!this.input.carried) await this.takeOverExecuting(this.children);
    for (;;) {
      const end = await new SlidingWindow(this, this.children).run();
      if (end === 'continue as new') await this.continue(this.children);
      const state = await this.close();
      if (state === 'canceled') return state;
      if (!isFinalOrchestrationState(state)) {
        // Something still waits or executes, whatever brought it there: it is carried out like the rest.
        if (state !== 'in progress') await this.enter('in progress', 'Something still waits or executes');
        await this.takeOverExecuting(this.children);
      } else if (this.hasRetries()) {
        await this.applyRetries();
        await this.enter('in progress', 'Retried while it still had the turn');
      } else {
        return state;
      }
    }
  }

  /** Children of an earlier run (terminated, reset) that execute hold slots here too. */
  async takeOverExecuting(children: Children): Promise<void> {
    const limit = pageSize(this.tuning);
    for (let after = -1, more = true; more;) {
      const page = await orchestrationActivities('looks for operations that execute already').findExecuting({
        orchestrationID: this.orchestrationID,
        after,
        limit,
        limits: this.limits,
      });
      await children.takeOver(page.children.filter(({ operationID }) => !children.inFlight.has(operationID)));
      after = page.last ?? after;
      more = page.last !== undefined;
    }
  }

  /** Answers a state that is not final when operations wait or execute; a cancel that comes in meanwhile is carried out. */
  private async close(failure?: string): Promise<OrchestrationState> {
    let state: OrchestrationState;
    do {
      if (this.isCanceling()) {
        await this.recordingCancel;
        this.show('canceling');
      }
      const canceledBy = this.canceledBy;
      state = await orchestrationActivities('closes the orchestration').closeOrchestration({
        orchestrationID: this.orchestrationID,
        canceledBy,
        failure,
      });
      if (state === 'canceling' && canceledBy === undefined) this.canceledBy ??= BY_ITS_ROW;
    } while (state === 'canceling');
    this.show(state);
    this.showProgress();
    return state;
  }

  private async continue(children: Children): Promise<never> {
    await this.recordingCancel;
    return await continueAsNew<typeof orchestrationWorkflow>({
      orchestrationID: this.orchestrationID,
      mode: this.input.mode,
      tuning: this.tuning,
      carried: {
        children: children.carried(),
        canceling: this.isCanceling(),
        canceledBy: this.canceledBy,
        retries: this.retries.carried(),
        firstRunID: this.firstRunID,
        total: this.total,
        done: children.done,
        commands: this.control.carried(),
      },
    });
  }

  private async enter(state: OrchestrationState, reason: string): Promise<void> {
    this.show(
      await projection(`becomes ${state}`).enterState({
        orchestrationID: this.orchestrationID,
        state,
        actor: this.canceledBy ?? 'drydock',
        reason,
      }),
    );
  }

  private show(state: OrchestrationState): void {
    this.state = state;
    upsertSearchAttributes([{ key: ORCHESTRATION_STATE, value: state }]);
  }

  cancel(who: string): void {
    if (this.canceledBy !== undefined) return;
    this.canceledBy = who;
    log.info('Cancel requested', { orchestrationID: this.orchestrationID, by: who });
    this.stopPlanning?.();
    if (this.children) this.children.changes += 1;
    // Not in the scope of whoever calls: after a request to cancel from Temporal that one is canceled.
    this.recordingCancel = CancellationScope.nonCancellable(async () => {
      // At once: the loop may be waiting for the database, while windows begin.
      this.children?.releaseAll();
      await this.recordCanceling();
    });
    // Thrown again where it is awaited: nothing closes before that.
    this.recordingCancel.catch((error: unknown) => log.warn('The cancel could not be recorded', { error }));
  }

  private async recordCanceling(): Promise<void> {
    await projection('becomes canceling').enterState({
      orchestrationID: this.orchestrationID,
      state: 'canceling',
      actor: this.canceledBy ?? 'unknown',
      reason: 'Cancel requested',
    });
  }

  // The side that the sliding window sees.

  get limits(): Limits | undefined {
    return this.orchestration?.parameters.strategy.limits;
  }

  get workers(): number {
    return this.control.workers ?? this.orchestration?.parameters.strategy.parallel.workers ?? 1;
  }

  get operationSeconds(): number {
    const { orchestration, tuning } = this;
    if (!orchestration) return operationTimeoutSeconds(tuning);
    return askedTimeoutSeconds(orchestration.parameters, tuning);
  }

  /** Before it works nothing reads what is wanted but this: it may be canceled while it waits for its turn, or for the inventory. */
  private async lookEarly(): Promise<void> {
    try {
      await this.readControl();
    } catch (error) {
      log.warn('The row could not be read', { orchestrationID: this.orchestrationID, error });
    }
  }

  async readControl(): Promise<void> {
    const { isCanceling } = await this.control.read();
    if (isCanceling) this.cancel(BY_ITS_ROW);
  }

  isCanceling(): boolean {
    return this.canceledBy !== undefined;
  }

  hasRetries(): boolean {
    return !this.retries.isEmpty();
  }

  async applyRetries(): Promise<void> {
    const changed = await this.retries.apply();
    if (this.children) this.children.done = Math.max(0, this.children.done - changed);
    const { state } = await projection('reads the orchestration').recordOrchestration({
      orchestrationID: this.orchestrationID,
    });
    if (state !== this.state) this.show(state);
  }

  mustContinueAsNew(): boolean {
    return continueAsNewIsDue(this.tuning);
  }

  showProgress(next?: string): void {
    const children = this.children;
    if (!children) return;
    const state = this.isCanceling() ? 'canceling' : this.state;
    setCurrentDetails(
      progressDetails(
        { state, total: this.total, done: children.done, workers: this.workers, next },
        children.carried(),
      ),
    );
  }
}
