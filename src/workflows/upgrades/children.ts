import { getExternalWorkflowHandle, log, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import { rootCause, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { LoopFlight } from '../../domain/upgrades/loop-steps.ts';
import type {
  OrchestrationActivities,
  PlanLine,
  RecordedOrchestration,
} from '../../activities/upgrades/activity-types.ts';
import {
  detachSignal,
  operationWorkflowID,
  releaseSignal,
  type CarriedChild,
  type OperationOutcome,
  type OutcomeReport,
} from '../contract/upgrades.ts';
import type { Tuning } from '../contract/engine.ts';
import type { Chore, Flight } from './flight.ts';
import { startOperation } from './operation-start.ts';
import { heartbeatTimeoutMs, sweepIntervalMs } from '../tuning.ts';

/**
 * The children of one orchestration that hold a slot. Whatever happens to a child only changes state here and counts
 * `changes` up; what is to be done about it is decided in the orchestration's one loop.
 */
export class Children {
  readonly inFlight = new Map<string, Flight>();
  readonly chores: Chore[] = [];
  changes = 0;
  startsUnderWay = 0;
  done: number;
  private sweeping = false;

  constructor(
    private readonly orchestrationID: string,
    private readonly orchestration: RecordedOrchestration,
    private readonly tuning: Tuning | undefined,
    carried: { children: CarriedChild[]; done: number } | undefined,
    /** Called for each operation that has failed. */
    readonly onFailed: () => void = () => undefined,
  ) {
    this.done = carried?.done ?? 0;
    for (const child of carried?.children ?? []) {
      this.inFlight.set(child.operationID, { ...child, detached: true, releasing: false });
    }
    this.keepSweeping();
  }

  /** Starts the child for one line of the plan; it holds its slot from now on. */
  launch(line: PlanLine): void {
    const flight: Flight = {
      operationID: line.operationID,
      runtimeID: line.runtimeID,
      shootName: line.shootName,
      attempt: line.attempt,
      dispatch: line.dispatch,
      begin: line.window?.begin,
      wave: line.wave,
      keys: line.keys,
      detached: false,
      releasing: false,
    };
    this.inFlight.set(flight.operationID, flight);
    this.startsUnderWay += 1;
    void this.follow(flight, line);
    this.keepSweeping();
  }

  private async follow(flight: Flight, line: PlanLine): Promise<void> {
    try {
      flight.handle = await startOperation(flight, {
        orchestrationID: this.orchestrationID,
        orchestration: this.orchestration,
        window: line.window,
        tuning: this.tuning,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      this.chores.push({ kind: 'busy', flight });
      return;
    } finally {
      this.startsUnderWay -= 1;
      this.changes += 1;
    }
    try {
      this.land(flight, await flight.handle.result());
    } catch (error) {
      this.lose(flight, rootCause(error) ?? String(error));
    }
  }

  /** True when the operation holds a slot; one that waits for another attempt is looked for again when this one ends. */
  holds(line: PlanLine): boolean {
    const flight = this.inFlight.get(line.operationID);
    if (flight && flight.attempt < line.attempt) flight.superseded = true;
    return flight !== undefined;
  }

  /** Takes over children that execute although this run does not follow them: after a reset, or a retry of a lost run. */
  async takeOver(children: CarriedChild[]): Promise<void> {
    for (const child of children) {
      const flight: Flight = { ...child, detached: true, releasing: false };
      this.inFlight.set(flight.operationID, flight);
      await this.adopt(flight, child.dispatch);
    }
  }

  /** A detached child's report; one of an earlier dispatch, or a second one, changes nothing. */
  report(report: OutcomeReport): void {
    const flight = this.inFlight.get(report.operationID);
    if (flight && flight.dispatch === report.dispatch) this.land(flight, report.outcome);
  }

  private land(flight: Flight, outcome: OperationOutcome): void {
    if (!this.remove(flight)) return;
    switch (outcome.kind) {
      case 'succeeded':
      case 'failed':
      case 'canceled':
        if (outcome.kind === 'failed') this.onFailed();
        this.done += 1;
        if (flight.superseded) this.chores.push({ kind: 'released', flight });
        return;
      case 'missed':
        this.chores.push({ kind: 'missed', flight });
        return;
      case 'released':
        this.chores.push({ kind: 'released', flight, isFull: outcome.isFull });
        return;
    }
  }

  private lose(flight: Flight, message: string): void {
    if (this.remove(flight)) this.chores.push({ kind: 'lost', flight, message });
  }

  /** Frees the slot; false when this dispatch does not hold one any more. */
  remove(flight: Flight): boolean {
    if (this.inFlight.get(flight.operationID)?.dispatch !== flight.dispatch) return false;
    this.inFlight.delete(flight.operationID);
    this.changes += 1;
    return true;
  }

  /** Takes over a child that an earlier run of this orchestration started. */
  async adopt(flight: Flight, dispatch: number): Promise<void> {
    flight.dispatch = dispatch;
    flight.detached = true;
    const handle = getExternalWorkflowHandle(operationWorkflowID(flight.runtimeID));
    try {
      await handle.signal(detachSignal, this.orchestrationID);
    } catch (error) {
      // It has closed meanwhile and nobody will report: look at the plan again.
      log.info('A child to be adopted has closed already', { operationID: flight.operationID, error });
      if (this.remove(flight)) this.chores.push({ kind: 'released', flight });
    }
    this.keepSweeping();
  }

  /** The children as the decision on the next steps needs them. */
  flights(): LoopFlight[] {
    return [...this.inFlight.values()].map((flight) => ({
      operationID: flight.operationID,
      releasing: flight.releasing,
      isStarted: this.isStarted(flight.operationID),
      begin: flight.begin,
      wave: flight.wave,
      keys: flight.keys,
    }));
  }

  /** Asks one child to end if it is still asleep; one that executes goes on. */
  release(operationID: string): void {
    const flight = this.inFlight.get(operationID);
    if (!flight) return;
    flight.releasing = true;
    void this.signalRelease(flight);
  }

  /** Asks every child that has not begun to execute, as far as this run can tell, to end. */
  releaseAll(): void {
    for (const flight of this.inFlight.values()) {
      if (this.isStarted(flight.operationID) && !flight.releasing) this.release(flight.operationID);
    }
  }

  private async signalRelease(flight: Flight): Promise<void> {
    const handle = getExternalWorkflowHandle(operationWorkflowID(flight.runtimeID));
    try {
      await (flight.handle ?? handle).signal(releaseSignal);
    } catch (error) {
      log.info('A child to be released has closed already', { operationID: flight.operationID, error });
    }
  }

  /**
   * Before continue-as-new: from here on every child in flight reports by signal. A child that can't be told has closed,
   * and its result is on the way to this run.
   */
  async detachAll(): Promise<void> {
    await Promise.all([...this.inFlight.values()].map((flight) => this.detach(flight)));
  }

  private async detach(flight: Flight): Promise<void> {
    if (flight.detached || !flight.handle) return;
    try {
      await flight.handle.signal(detachSignal, workflowInfo().workflowId);
      flight.detached = true;
    } catch (error) {
      log.info('A child has closed before it could be detached', { operationID: flight.operationID, error });
    } finally {
      this.changes += 1;
    }
  }

  /** True when nothing in flight reports as a child of this run any more. */
  allDetached(): boolean {
    for (const flight of this.inFlight.values()) if (!flight.detached) return false;
    return true;
  }

  /** Children that a continued run takes over. */
  carried(): CarriedChild[] {
    return [...this.inFlight.values()].map(
      ({ operationID, runtimeID, shootName, attempt, dispatch, begin, wave, keys }) => ({
        operationID,
        runtimeID,
        shootName,
        attempt,
        dispatch,
        begin,
        wave,
        keys,
      }),
    );
  }

  private keepSweeping(): void {
    if (this.sweeping || this.inFlight.size === 0) return;
    this.sweeping = true;
    void this.sweep();
  }

  /**
   * While children are in flight, finds those that ended without a word: detached ones that were terminated by hand, and
   * those that closed while no run of this orchestration was there. The engine delivers the end of a child only to a parent
   * that is open then (temporalio/temporal#10639), and a run that was reset later waits for it in vain.
   */
  private async sweep(): Promise<void> {
    const { sweepChildren } = proxyActivities<OrchestrationActivities>({
      startToCloseTimeout: '10m',
      heartbeatTimeout: heartbeatTimeoutMs(this.tuning),
      summary: 'looks after the children in flight',
    });
    while (this.inFlight.size > 0) {
      await sleep(sweepIntervalMs(this.tuning), { summary: 'until the next look at the children in flight' });
      const children = this.carried().filter(({ operationID }) => this.isStarted(operationID));
      if (children.length === 0) continue;
      const ended = await sweepChildren({ orchestrationID: this.orchestrationID, children });
      for (const { operationID, dispatch, outcome } of ended) {
        const flight = this.inFlight.get(operationID);
        if (flight?.dispatch === dispatch) this.land(flight, outcome);
      }
    }
    this.sweeping = false;
  }

  /** False while its start is under way: Temporal does not know it yet. */
  private isStarted(operationID: string): boolean {
    const flight = this.inFlight.get(operationID);
    return flight !== undefined && (flight.detached || flight.handle !== undefined);
  }
}
