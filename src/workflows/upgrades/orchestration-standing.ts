import {
  CancellationScope,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { RecordedOrchestration } from '../../activities/upgrades/activity-types.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import type { Limits } from '../../domain/upgrades/limits.ts';
import { isFinalOrchestrationState, type OrchestrationState } from '../../domain/upgrades/states.ts';
import type { Tuning } from '../contract/engine.ts';
import type {
  OrchestrationCarry,
  OrchestrationInput,
  OrchestrationProgress,
  OutcomeReport,
} from '../contract/upgrades.ts';
import { askedTimeoutSeconds, continueAsNewIsDue, operationTimeoutSeconds, pageSize } from '../tuning.ts';
import { Children } from './children.ts';
import { orchestrationActivities } from './orchestration-proxies.ts';
import { progressDetails } from './progress-details.ts';
import { projection } from './projection-proxies.ts';
import type { WindowOwner } from './sliding-window.ts';
import { WantedControl } from './wanted-control.ts';

/** Its row says that it is canceled; the event log says by whom. */
const BY_ITS_ROW = 'its row';

const ORCHESTRATION_STATE = defineSearchAttributeKey('OrchestrationState', 'KEYWORD');

/**
 * An orchestration as one run of it knows it: how its row stands, what is wanted, who is in flight. Messages change only this; the steps of the run, and
 * its sliding window, read it.
 */
export class OrchestrationStanding implements WindowOwner {
  readonly orchestrationID: string;
  readonly tuning: Tuning | undefined;
  readonly control: WantedControl;
  hasTurn: boolean;
  total: number;
  state: OrchestrationState = 'pending';
  children: Children | undefined;
  /** Called when a cancel comes in. */
  onCancel: (() => void) | undefined;
  private readonly carried: OrchestrationCarry | undefined;
  private readonly firstRunID: string;
  private orchestration: RecordedOrchestration | undefined;
  private canceledBy: string | undefined;
  private whyCanceled = '';
  private recordingCancel: Promise<void> | undefined;
  /** Reports that come in before the first workflow task has read the row. */
  private readonly earlyReports: OutcomeReport[] = [];

  constructor({ orchestrationID, tuning, carried }: OrchestrationInput) {
    this.orchestrationID = orchestrationID;
    this.tuning = tuning;
    this.carried = carried;
    this.canceledBy = carried?.canceling ? (carried.canceledBy ?? 'unknown') : undefined;
    this.hasTurn = carried !== undefined;
    this.total = carried?.total ?? 0;
    this.firstRunID = carried?.firstRunID ?? workflowInfo().firstExecutionRunId;
    this.control = new WantedControl(orchestrationID, this.firstRunID, carried);
  }

  /** The row as the first step of the run has found it. */
  begins(orchestration: RecordedOrchestration): void {
    this.orchestration = orchestration;
    this.state = orchestration.state;
    // Asked for while Temporal was away.
    if (this.state === 'canceling') this.canceledBy ??= BY_ITS_ROW;
  }

  /** From now on children are started, and followed. */
  async works(): Promise<Children> {
    const { orchestration } = this;
    if (!orchestration) throw new Error('The orchestration must be recorded before it works');
    // A failure counts in the budget, and with it how much may begin.
    const onFailed = (): void => {
      if (orchestration.parameters.strategy.failureBudget) this.control.look();
    };
    const children = new Children(this.orchestrationID, orchestration, this.tuning, this.carried, onFailed);
    this.children = children;
    for (const report of this.earlyReports.splice(0)) children.report(report);
    if (!this.carried) await this.takeOverExecuting(children);
    return children;
  }

  /** Children of an earlier run (terminated, reset) that execute hold slots here too. */
  async takeOverExecuting(children: Children): Promise<void> {
    const { orchestrationID, tuning, limits } = this;
    const limit = pageSize(tuning);
    for (let after = -1, more = true; more;) {
      const page = await orchestrationActivities(
        'looks for operations that execute already',
        tuning,
      ).findExecuting({
        orchestrationID,
        after,
        limit,
        limits,
      });
      await children.takeOver(page.children.filter(({ operationID }) => !children.inFlight.has(operationID)));
      after = page.last ?? after;
      more = page.last !== undefined;
    }
  }

  async enter(state: OrchestrationState, reason: string): Promise<void> {
    this.show(
      await projection(`becomes ${state}`).enterState({
        orchestrationID: this.orchestrationID,
        state,
        actor: this.canceledBy ?? DRYDOCK,
        reason,
      }),
    );
  }

  show(state: OrchestrationState): void {
    this.state = state;
    upsertSearchAttributes([{ key: ORCHESTRATION_STATE, value: state }]);
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

  /** The answer of the progress query. */
  progress(): OrchestrationProgress {
    return {
      state: this.state,
      hasTurn: this.hasTurn,
      inFlight: this.children?.carried() ?? [],
      total: this.total,
      done: this.children?.done ?? 0,
      canceling: this.isCanceling(),
      pauses: [...this.control.pauses],
    };
  }

  report(report: OutcomeReport): void {
    if (this.children) this.children.report(report);
    else this.earlyReports.push(report);
  }

  /** Something has come in: what comes next is decided anew. */
  changed(): void {
    if (this.children) this.children.changes += 1;
  }

  /** The row is to be read. Before it works nothing else does: it may be canceled while it waits for its turn, or for the inventory. */
  look(): void {
    this.control.look();
    if (this.children) this.changed();
    else void this.lookEarly();
  }

  private async lookEarly(): Promise<void> {
    try {
      await this.readControl();
    } catch (error) {
      log.warn('The row could not be read', { orchestrationID: this.orchestrationID, error });
    }
  }

  /** Answers the state that stands in the row; the one that was known last where there is no row. */
  async readControl(): Promise<OrchestrationState> {
    const { state = this.state, ended } = (await this.control.read()) ?? {};
    const isCanceling = state === 'canceling' || (state === 'canceled' && this.state !== 'canceled');
    if (isCanceling) this.cancel(BY_ITS_ROW);
    if (ended !== undefined && this.children) this.children.done = ended;
    // An end of an earlier database, that was restored: nobody gives it a turn. Or a retry after such an end.
    const isEnd = isFinalOrchestrationState(state) || isFinalOrchestrationState(this.state);
    if (!this.children && isEnd) this.state = state;
    return state;
  }

  cancel(who: string, why = ''): void {
    if (this.canceledBy !== undefined) return;
    this.whyCanceled = why;
    this.canceledBy = who;
    log.info('Cancel requested', { orchestrationID: this.orchestrationID, by: who });
    this.onCancel?.();
    this.changed();
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
      reason: this.whyCanceled || 'Cancel requested',
    });
  }

  /** The person who has canceled it, once that stands in the row. */
  async recordedCancel(): Promise<string | undefined> {
    await this.recordingCancel;
    return this.canceledBy;
  }

  /** The row says so, whoever has written it. */
  foundCanceling(by = BY_ITS_ROW): void {
    this.canceledBy ??= by;
  }

  /** A cancel means nothing any more, unless it stands in the row. Answers whose it was. */
  async forgetCancel(): Promise<string | undefined> {
    const canceledBy = await this.recordedCancel();
    this.canceledBy = undefined;
    return canceledBy;
  }

  isCanceling(): boolean {
    return this.canceledBy !== undefined;
  }

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

  mustContinueAsNew(): boolean {
    return continueAsNewIsDue(this.tuning);
  }

  /** All that the next run of the chain takes over. */
  toCarry(children: Children): OrchestrationCarry {
    return {
      children: children.carried(),
      canceling: this.isCanceling(),
      canceledBy: this.canceledBy,
      firstRunID: this.firstRunID,
      total: this.total,
      done: children.done,
      ...this.control.carried(),
    };
  }
}
