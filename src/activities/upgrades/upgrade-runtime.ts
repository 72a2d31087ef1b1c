import { Context } from '@temporalio/activity';
import { UnavailableError, type FinalError } from '../../domain/errors.ts';
import { DESCRIPTION_BEGINS } from '../../domain/upgrades/descriptions.ts';
import type { SentRequest } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import { nowOf } from '../activity-dependencies.ts';
import { RuntimeChecks, type Refusal } from './checks/runtime-checks.ts';
import { upgraderFor } from './upgraders/choice.ts';
import type { Execution, Fence, Progress, Recognition, Success, Upgrader } from './upgraders/upgrader.ts';

/** Most milliseconds between asking for the record and sending: well below any heartbeat timeout. */
const LONGEST_PASSAGE_MS = 10_000;

/** How an execution has ended, if it has not failed. */
export type UpgradeEnd = Success | Refusal | 'missed';

/**
 * One execution of an upgrade: what an earlier execution, or an earlier attempt, has started is recognised and followed;
 * otherwise the request is composed and sent. The upgrader knows how. What may have been sent is not checked before again.
 */
export class Upgrade {
  private readonly upgrader: Upgrader;
  private readonly checks: RuntimeChecks;
  private complained = false;
  /** The last words on what is under way, by this execution. */
  private said = '';

  constructor(private readonly execution: Execution) {
    this.upgrader = upgraderFor(execution);
    this.checks = new RuntimeChecks(execution, this.upgrader);
  }

  async run(): Promise<UpgradeEnd> {
    try {
      return await this.steps();
    } catch (error) {
      if (error instanceof UnavailableError && error.system !== 'database')
        await this.complain(error.message);
      throw error;
    }
  }

  private async steps(): Promise<UpgradeEnd> {
    const { provisionerOperationID, upgradedAt } = this.execution.row;
    if (upgradedAt !== null) return await this.checkAfter(UPGRADED_BEFORE);
    if (provisionerOperationID !== null) {
      await this.say(this.upgrader.begun(provisionerOperationID));
      return await this.checkAfter(await this.follow(provisionerOperationID));
    }

    const found = await this.recogniseInTime();
    if (found === 'missed') return 'missed';
    if (found.kind === 'ours') return await this.checkAfter(await this.keepAndFollow(found.id));
    if (found.kind === 'there') return await this.checkAfter(found.success);
    if (found.kind === 'refused') return await this.refused(found.with);
    if (this.isOutsideOfWindow()) return 'missed';
    if (found.kind === 'busy' && this.nothingSent) return this.checks.busy(found.with);
    if (found.kind === 'busy') throw found.with;
    const before = this.nothingSent ? await this.checks.before() : 'go';
    if (before === 'go') return await this.begin(found);
    return 'refused' in before ? before : await this.checkAfter(before);
  }

  /** A refusal is no failure when the check before would refuse, too. */
  private async refused(error: FinalError): Promise<Refusal> {
    const before = this.nothingSent ? await this.checks.before() : 'go';
    if (before === 'go' || !('refused' in before)) throw error;
    return before;
  }

  /** No request of this attempt can have been sent by an earlier execution. */
  private get nothingSent(): boolean {
    return this.execution.row.baselineOperationID === null;
  }

  /** The upgrade itself is over: its runtime is looked at, where that is asked for. The instant is kept, as another execution may go on. */
  private async checkAfter(success: Success, isLast = false): Promise<Success> {
    if (!this.checks.hasAfter) return success;
    const upgradedAt = await this.recordUpgraded(success);
    const say = async (words: string): Promise<void> => {
      if (this.complained || words !== this.said) await this.say(words);
    };
    const complain = (message: string): Promise<void> => this.complain(message);
    return await this.checks.waitUntilWell(success, { upgradedAt, isLast }, say, complain);
  }

  private async recordUpgraded({ description }: Success): Promise<string> {
    const { deps, input, row } = this.execution;
    if (row.upgradedAt !== null) return row.upgradedAt;
    const { operations } = deps.repositories;
    const stands = await operations.recordUpgraded(input.operationID, row, description, nowOf(deps));
    if (stands?.upgradedAt) return stands.upgradedAt;
    throw new UnavailableError('database', 'Another execution has taken the operation over');
  }

  /** Nothing was sent by now, and the runtime is free: prepares the request, sends it, and follows what comes of it. */
  private async begin(found: Recognition & { kind: 'free' }): Promise<Success> {
    const prepared = await found.prepare();
    const { request } = prepared;
    if (this.execution.input.dryRun)
      return { description: 'Dry run: everything was prepared, nothing was sent', config: request.config };
    return await this.checkAfter(await this.keepAndFollow(await prepared.send(this.fenceFor(request))));
  }

  private async recogniseInTime(): Promise<Recognition | 'missed'> {
    try {
      return await this.upgrader.recognise();
    } catch (error) {
      // Away to the end of the window, and nothing was sent: it waits for the next one, not for a system that is away.
      if (error instanceof UnavailableError && this.nothingSent && this.isOutsideOfWindow()) return 'missed';
      throw error;
    }
  }

  /** Without anything sent in time it waits for another window: a scheduled one does, and an immediate one when a freeze has begun. */
  waitsForWindow(): boolean {
    const { strategy } = this.execution.parameters;
    return strategy.schedule === 'maintenanceWindow' || this.isOutsideOfWindow();
  }

  /** An upgrade that could not begin for a while (its system away, runtime busy) must not begin outside of its window, or late in it. */
  private isOutsideOfWindow(): boolean {
    const { deps, input } = this.execution;
    const { window } = input;
    return window !== undefined && deps.clock() >= Date.parse(window.latestStart);
  }

  private fenceFor(request: SentRequest): Fence {
    const { deps, input, row } = this.execution;
    return {
      pass: () => this.passFence(request),
      withdraw: async () => {
        if (row.baselineOperationID !== null) return;
        await deps.repositories.operations.withdrawRequest(input.operationID, row);
      },
    };
  }

  /**
   * The one way to a request, passed by the client when nothing is left to be done but to send: only the execution whose
   * record was accepted may send, and only at once. One that was held up since (its worker paused) records again before it
   * sends: another execution may have sent meanwhile. A request that is on its way can't be called back; the baseline and
   * the outside system, which takes one upgrade at a time, cover that.
   */
  private async passFence(request: SentRequest): Promise<void> {
    const { deps, input, row } = this.execution;
    const begun = deps.clock();
    const accepted = await deps.repositories.operations.recordRequest(input.operationID, row, request);
    const late = Math.abs(deps.clock() - begun) > LONGEST_PASSAGE_MS;
    if (accepted && !late) return;
    throw new UnavailableError(
      'database',
      accepted
        ? 'The request was held up before it could be sent; it is looked at again'
        : 'The operation has ended or is held, or another execution has taken it over',
    );
  }

  private async keepAndFollow(id: string): Promise<Success> {
    await this.keep(id);
    return await this.follow(id);
  }

  private async keep(provisionerOperationID: string): Promise<void> {
    const { deps, input } = this.execution;
    const { operationID, attempt } = input;
    const description = this.upgrader.begun(provisionerOperationID);
    this.said = description;
    await deps.repositories.operations.recordAccepted(operationID, attempt, {
      provisionerOperationID,
      description,
      now: nowOf(deps),
    });
  }

  private async follow(id: string): Promise<Success> {
    for (;;) {
      const progress = await this.look(id);
      if (progress?.kind === 'ended') return progress.success;
      await Context.current().sleep(this.execution.deps.pollMs);
    }
  }

  /**
   * The last look, when the time of the operation is over: how far the upgrade has come, or that nothing was sent. One that has
   * succeeded has all the time of its check, however late. Throws FinalError when it has failed, and UnavailableError when its
   * system does not answer.
   */
  async lookOnce(): Promise<Progress | 'nothing sent'> {
    const found = this.execution.row.upgradedAt === null ? await this.lookAtUpgrade() : ENDED_BEFORE;
    if (found === 'nothing sent' || found.kind === 'under way') return found;
    return { kind: 'ended', success: await this.checkAfter(found.success, true) };
  }

  private async lookAtUpgrade(): ReturnType<Upgrade['lookOnce']> {
    const { provisionerOperationID: known, baselineOperationID, earlierOperationID } = this.execution.row;
    if (known !== null) return await this.upgrader.follow(known);
    if (baselineOperationID === null && earlierOperationID === null) return 'nothing sent';
    const found = await this.upgrader.recognise();
    if (found.kind === 'refused') throw found.with;
    if (found.kind !== 'ours') return 'nothing sent';
    await this.keep(found.id);
    return await found.look();
  }

  /** One look at the upgrade; a system that is away is waited for, the upgrade goes on without us. */
  private async look(id: string): Promise<Progress | undefined> {
    let progress: Progress;
    try {
      progress = await this.upgrader.follow(id);
    } catch (error) {
      if (!(error instanceof UnavailableError) || this.execution.signal.aborted) throw error;
      await this.complain(error.message);
      return undefined;
    }
    if (progress.kind === 'under way' && (this.complained || progress.words !== this.said))
      await this.say(progress.words);
    return progress;
  }

  private async complain(message: string): Promise<void> {
    if (this.complained) return;
    this.complained = true;
    await this.describe(`${DESCRIPTION_BEGINS.again}${message}`);
  }

  private async say(words: string): Promise<void> {
    this.said = words;
    this.complained = false;
    await this.describe(words);
  }

  private async describe(description: string): Promise<void> {
    const { deps, input } = this.execution;
    const { operationID, attempt } = input;
    await deps.repositories.operations.describe(operationID, attempt, description, nowOf(deps));
  }
}

/** The words of the upgrader are not kept. */
const UPGRADED_BEFORE: Success = { description: 'The upgrade succeeded' };
const ENDED_BEFORE: Progress = { kind: 'ended', success: UPGRADED_BEFORE };
