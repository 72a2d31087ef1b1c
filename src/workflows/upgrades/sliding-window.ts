import {
  allHandlersFinished,
  condition,
  sleep,
  CancellationScope,
  isCancellation,
} from '@temporalio/workflow';
import type {
  DispatchRef,
  LostChild,
  PlanLine,
  PlanQuery,
} from '../../activities/upgrades/activity-types.ts';
import { TakenKeys, withFullKeys, type FullKeys, type Limits } from '../../domain/upgrades/limits.ts';
import { decide, type Loop, type Step } from '../../domain/upgrades/loop-steps.ts';
import { describePauses } from '../../domain/upgrades/rollout-control.ts';
import type { Children } from './children.ts';
import type { Chore, Flight } from './flight.ts';
import type { Tuning } from '../contract/engine.ts';
import { orchestrationActivities } from './orchestration-proxies.ts';
import { projection } from './projection-proxies.ts';
import { firstLatestStart, merged, pageLimit } from './read-lines.ts';
import { pageSize } from '../tuning.ts';
import type { WantedControl } from './wanted-control.ts';
import { workflowNow } from '../workflow-time.ts';

/** The orchestration as its sliding window sees it. */
export interface WindowOwner {
  readonly orchestrationID: string;
  readonly workers: number;
  readonly limits: Limits | undefined;
  /** Seconds that an operation may execute, and that its runtime may be busy. */
  readonly operationSeconds: number;
  readonly tuning: Tuning | undefined;
  isCanceling(): boolean;
  /** The wanted state of it. */
  readonly control: WantedControl;
  /** Reads that anew. */
  readControl(): Promise<unknown>;
  /** Takes over what executes although this run does not know of it. */
  takeOverExecuting(children: Children): Promise<void>;
  mustContinueAsNew(): boolean;
  /** Called after everything that happened, to show progress and what comes next. */
  showProgress(next: string): void;
}

/** Why the window came to a stop. */
export type WindowEnd = 'done' | 'drained' | 'continue as new';

/**
 * Carries a plan through at most `workers` children at once, in plan order. The plan is read page by page from the
 * database; the workflow never holds the whole of it. What comes next is decided by `decide`, a pure function.
 */
export class SlidingWindow {
  private lines: PlanLine[] = [];
  private cursor: PlanQuery['after'];
  private exhausted = false;
  /** Keys that were full, and left out, when the plan was read since its start; undefined without limits. */
  private passedOver: FullKeys | undefined;
  /** The first latest start of the lines, ms since the epoch; undefined without limits. */
  private linesUntil: number | undefined;
  /** The number of changes at which the whole plan was read and nothing waited in it. */
  private emptyAt: number | undefined;
  /** The number of changes at which the rows of the wave were read. */
  private checkedAt: number | undefined;
  /** When a busy runtime is to be looked at again, ms since the epoch. */
  private lookAgainAt: number | undefined;
  /** When the first operation that is not due begins, ms since the epoch. */
  private nextDueAt: number | undefined;
  /** The timer has fired since the loop last looked: what has come due may lie before the cursor. */
  private hasComeDue = false;
  private timer: { at: number; scope: CancellationScope } | undefined;

  constructor(
    private readonly owner: WindowOwner,
    private readonly children: Children,
  ) {}

  /** Runs until the plan is carried out, or a cancel has drained it, or the history has become too long. */
  async run(): Promise<WindowEnd> {
    for (;;) {
      const seen = this.children.changes;
      if (this.hasComeDue) this.rewind();
      this.hasComeDue = false;
      const steps = decide(this.loop(), workflowNow());
      this.owner.showProgress(steps.at(-1)?.reason ?? '');
      for (const step of steps) {
        const end = await this.carryOut(step, seen);
        if (end) return this.end(end);
      }
    }
  }

  private loop(): Loop {
    const { children, owner } = this;
    return {
      workers: owner.workers,
      limits: owner.limits,
      passedOver: this.passedOver,
      linesUntil: this.linesUntil,
      flights: children.flights(),
      lines: this.lines.map(({ operationID, window, wave, keys }) => ({
        operationID,
        begin: window?.begin,
        wave,
        keys,
      })),
      isExhausted: this.exhausted,
      isKnownEmpty: this.emptyAt === children.changes,
      lookAgainAt: this.lookAgainAt,
      nextDueAt: this.nextDueAt,
      chores: children.chores.length,
      isCanceling: owner.isCanceling(),
      isControlUnread: owner.control.isUnread(),
      isBehind: owner.control.isBehind,
      wave: owner.control.wave && { ...owner.control.wave, isChecked: this.checkedAt === children.changes },
      paused: owner.control.pauses.length > 0 ? describePauses(owner.control.pauses) : undefined,
      isHistoryLong: owner.mustContinueAsNew(),
    };
  }

  private async carryOut(step: Step, seen: number): Promise<WindowEnd | undefined> {
    const { children, owner } = this;
    switch (step.kind) {
      case 'settle':
        return void (await this.settleNext());
      case 'read control':
        await owner.readControl();
        this.checkedAt = seen;
        // Windows of lines that were read before a pause may be over, and what was retried may lie before the cursor.
        return void this.rewind();
      case 'continue as new':
        await this.prepareContinueAsNew();
        return 'continue as new';
      case 'read':
        if (step.from === 'start') this.rewind(step.keepsLines ? this.lines : []);
        return void (await this.readPage());
      case 'skip':
        for (const line of this.take(step.operationIDs)) children.holds(line);
        return undefined;
      case 'start':
        for (const line of this.take(step.operationIDs)) children.launch(line);
        return undefined;
      case 'release':
        return void step.operationIDs.forEach((id) => children.release(id));
      case 'sleep':
        return void this.armTimer(step.until, step.reason);
      case 'wait':
        return void (await condition(() => children.changes !== seen || owner.mustContinueAsNew()));
      case 'end':
        return step.end;
    }
  }

  private end(end: WindowEnd): WindowEnd {
    this.timer?.scope.cancel();
    this.timer = undefined;
    return end;
  }

  /** Takes one line for each of these operations out of what was read. */
  private take(operationIDs: readonly string[]): PlanLine[] {
    const taken = operationIDs.flatMap((id) => this.lines.find((line) => line.operationID === id) ?? []);
    this.lines = this.lines.filter((line) => !taken.includes(line));
    return taken;
  }

  /** Something that waits in the plan may lie before the cursor: read it from the start. */
  private rewind(kept: PlanLine[] = []): void {
    this.lines = kept;
    this.passedOver = undefined;
    this.linesUntil = undefined;
    this.cursor = undefined;
    this.exhausted = false;
    this.lookAgainAt = undefined;
    this.nextDueAt = undefined;
  }

  private async readPage(): Promise<void> {
    const { limits: all } = this.owner;
    const full = all && new TakenKeys(all, [...this.children.inFlight.values()]).full();
    const limit = pageLimit(pageSize(this.owner.tuning), this.lines.length);
    const seen = this.children.changes;
    const fromStart = this.cursor === undefined;
    const page = await projection('reads the next page of the plan').readPlan({
      orchestrationID: this.owner.orchestrationID,
      after: this.cursor,
      limit,
      wave: this.owner.control.wave?.number,
      limits: all && full && { all, full, nowMs: workflowNow() },
    });
    this.children.done += page.givenUp;
    this.owner.control.isBehind = page.isBehind;
    if (page.hasRolled) return this.rewind();
    const last = page.items.at(-1);
    if (last) {
      const { wave, orderAt, missed, position } = last;
      this.cursor = { wave, orderAt, missed, position };
    }
    this.lines = merged(
      this.lines,
      page.items.filter((line) => !this.children.holds(line)),
    );
    this.linesUntil = all && firstLatestStart(this.lines);
    this.passedOver = full && withFullKeys(this.passedOver ?? {}, full);
    this.exhausted = page.items.length < limit;
    // Of all pages since the plan was read from its start: whatever came due meanwhile may lie before the cursor.
    this.lookAgainAt = earlier(this.lookAgainAt, page.lookAgainInMs);
    this.nextDueAt = earlier(this.nextDueAt, page.nextDueInMs);
    const waitsForTime = this.lookAgainAt !== undefined || this.nextDueAt !== undefined;
    const isPartial = full !== undefined && Object.keys(full).length > 0;
    const empty = fromStart && page.items.length === 0 && !waitsForTime && !isPartial;
    this.emptyAt = empty ? seen : undefined;
  }

  /** One timer at a time. */
  private armTimer(at: number, what: string): void {
    if (this.timer && this.timer.at <= at) return;
    this.timer?.scope.cancel();
    const scope = new CancellationScope();
    this.timer = { at, scope };
    void scope.run(async () => {
      try {
        await sleep(Math.max(at - workflowNow(), 1), { summary: `until ${what}` });
      } catch (error) {
        if (isCancellation(error)) return;
        throw error;
      }
      this.timer = undefined;
      // Not at once: a page that is being read would put the cursor back.
      this.hasComeDue = true;
      this.children.changes += 1;
    });
  }

  private async settleNext(): Promise<void> {
    const chore = this.children.chores.shift();
    if (chore) await this.settle(chore);
  }

  private async settle(chore: Chore): Promise<void> {
    const { flight } = chore;
    const ref = {
      orchestrationID: this.owner.orchestrationID,
      operationID: flight.operationID,
      attempt: flight.attempt,
      dispatch: flight.dispatch,
    };
    switch (chore.kind) {
      case 'released':
        // The next child gets a number of its own: whatever is still to be said of this one changes nothing then.
        // Maybe because the orchestration is paused, or freezes have changed, of which it has not heard, or other children have its keys.
        this.owner.control.look();
        if (chore.isFull) await this.owner.takeOverExecuting(this.children);
        if (!this.owner.isCanceling())
          await projection(`gives shoot ${flight.shootName} back to the plan`).giveBackOperation(ref);
        break;
      case 'missed':
        await this.reschedule(flight, ref);
        break;
      case 'lost':
        await this.settleLost(flight, { ...ref, runtimeID: flight.runtimeID, message: chore.message });
        break;
      case 'busy': {
        const verdict = await orchestrationActivities(
          `finds out who holds shoot ${flight.shootName}`,
          this.owner.tuning,
        ).settleBusy({
          ...ref,
          runtimeID: flight.runtimeID,
          timeoutSeconds: this.owner.operationSeconds,
        });
        if (verdict.kind === 'own') {
          await this.children.adopt(flight, verdict.dispatch);
          return;
        }
        this.children.remove(flight);
        if (verdict.kind === 'failed') this.children.onFailed();
        if (verdict.kind !== 'deferred') this.children.done += 1;
        break;
      }
    }
    // It waits in the plan again, maybe before the cursor.
    this.rewind();
  }

  private async reschedule(flight: Flight, ref: DispatchRef): Promise<void> {
    const { rescheduleOperation } = projection(`schedules shoot ${flight.shootName} into its next window`);
    if ((await rescheduleOperation(ref)).givenUp) this.children.done += 1;
  }

  private async settleLost(flight: Flight, child: LostChild): Promise<void> {
    const outcome = await orchestrationActivities(
      `finds out why shoot ${flight.shootName} was given up`,
      this.owner.tuning,
    ).settleLost(child);
    if (outcome?.kind === 'failed') this.children.onFailed();
    if (!outcome) await this.children.takeOver([flight]);
    else if (outcome.kind === 'released' || outcome.kind === 'missed')
      this.children.chores.push({ kind: outcome.kind, flight });
    else this.children.done += 1;
  }

  /**
   * Starts nothing more, awaits the starts under way, detaches every child, and settles what came back meanwhile; then
   * nothing but carried children is in flight, and no handler is running.
   */
  private async prepareContinueAsNew(): Promise<void> {
    for (;;) {
      await condition(() => this.children.startsUnderWay === 0);
      await this.children.detachAll();
      await condition(() => this.children.allDetached() || this.children.chores.length > 0);
      let chore = this.children.chores.shift();
      if (!chore && this.children.allDetached()) {
        await condition(allHandlersFinished);
        if (this.children.chores.length === 0) return;
        chore = this.children.chores.shift();
      }
      if (chore) await this.settle(chore);
    }
  }
}

/** The earlier one of an instant and a span from now, both in ms. */
function earlier(at: number | undefined, inMs: number | undefined): number | undefined {
  if (inMs === undefined) return at;
  return Math.min(at ?? Infinity, workflowNow() + inMs);
}
