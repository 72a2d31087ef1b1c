/** The checks of one execution of an upgrade: what is read for them, and what follows from the verdicts. */
import { Context } from '@temporalio/activity';
import type { FailureCode } from '../../../domain/errors.ts';
import { FinalError, UnavailableError } from '../../../domain/errors.ts';
import { busyRuntime } from '../../../domain/upgrades/descriptions.ts';
import {
  healthTimeoutMs,
  verdictAfter,
  verdictBefore,
  type UpgradeTarget,
  type VerdictAfter,
  type VerdictBefore,
} from '../../../domain/upgrades/upgrade-checks.ts';
import type { Execution, Success, Upgrader } from '../upgraders/upgrader.ts';

/** Nothing is sent, and the operation is canceled. */
export interface Refusal {
  refused: { code: Extract<FailureCode, 'NOT_ELIGIBLE' | 'RUNTIME_BUSY'>; message: string };
}

/** The consequence of the look before: the request is sent, or nothing is to be upgraded, or nothing may be. */
export type Before = 'go' | Success | Refusal;

/** Looks after which the pause between them grows no more. */
const MOST_PAUSES = 6;

/** An upgrade that is over. */
export interface AfterUpgrade {
  /** RFC 3339 UTC. */
  upgradedAt: string;
  /** All the time of the operation is over, and nobody looks later. */
  isLast: boolean;
}

/** Says what goes on, for the description of the operation. */
type Say = (words: string) => Promise<void>;

export class RuntimeChecks {
  constructor(
    private readonly execution: Execution,
    private readonly upgrader: Pick<Upgrader, 'keepsImages' | 'healthyMs'>,
  ) {}

  /**
   * Looks at the runtime right before anything is sent. Throws UnavailableError while something else is under way, and when an outside system
   * does not answer: neither is a verdict.
   */
  async before(): Promise<Before> {
    const { input, parameters, row } = this.execution;
    const { checks } = parameters.strategy;
    if (!checks) return 'go';
    // This one is to mend what an earlier attempt may have broken.
    const health = checks.health && row.earlierOperationID === null;
    return this.act(verdictBefore(await this.seen(), input.runtimeID, this.target, { health }));
  }

  /** Somebody else works on the runtime, and nothing was sent. Throws the error that it is waited with. */
  busy(error: UnavailableError): Refusal {
    if (this.execution.parameters.strategy.onBusy !== 'skip') throw error;
    return {
      refused: { code: 'RUNTIME_BUSY', message: `Skipped, as its runtime is busy: ${error.message}` },
    };
  }

  /** True when the runtime is looked at after its upgrade. */
  get hasAfter(): boolean {
    return this.timeoutMs > 0;
  }

  private get target(): UpgradeTarget {
    const { kyma, kubernetes } = this.execution.parameters;
    return { kyma, kubernetes, keepsImages: this.upgrader.keepsImages };
  }

  private get timeoutMs(): number {
    return healthTimeoutMs(this.execution.parameters);
  }

  /**
   * Until the runtime has come out of its upgrade well, from the instant at which that was over. When its time is over, one that is healthy is
   * well without having been so for long. An inventory that is away judges nothing, and is waited for; with `isLast` only as long as the runtime
   * has time. Throws FinalError HEALTH_CHECK_FAILED, and UnavailableError then.
   */
  async waitUntilWell(
    success: Success,
    { upgradedAt, isLast }: AfterUpgrade,
    say: Say,
    complain: Say,
  ): Promise<Success> {
    const { deps, signal } = this.execution;
    for (let looks = 1; ; looks++) {
      const isLate = deps.clock() >= Date.parse(upgradedAt) + this.timeoutMs;
      try {
        const verdict = await this.lookAfter(isLate ? 0 : this.upgrader.healthyMs);
        if (verdict.kind !== 'not yet' || isLate) return this.conclude(verdict, success);
        await say(`${success.description}; waits for its runtime: ${verdict.reason}`);
      } catch (error) {
        if (!(error instanceof UnavailableError) || signal.aborted || (isLast && isLate)) throw error;
        await complain(error.message);
      }
      await Context.current().sleep(deps.pollMs * Math.min(looks, MOST_PAUSES));
    }
  }

  private async lookAfter(lastsMs: number): Promise<VerdictAfter> {
    const { deps, input, parameters, signal } = this.execution;
    const { checks } = parameters.strategy;
    if (!checks) return { kind: 'well' };
    const shoot = await deps.shoots.find(input.shootName, signal);
    const lasting = { lastsMs, nowMs: deps.clock() };
    return verdictAfter(shoot, input.runtimeID, this.target, { ...checks, lasting });
  }

  private conclude(verdict: VerdictAfter, success: Success): Success {
    switch (verdict.kind) {
      case 'well':
        return { ...success, description: `${success.description}; its runtime is well` };
      case 'not yet':
      case 'gone': {
        const begin = `${success.description}, but its runtime was not well`;
        const how = verdict.kind === 'gone' ? '' : ' in time';
        throw new FinalError('HEALTH_CHECK_FAILED', `${begin}${how}: ${verdict.reason}`);
      }
    }
  }

  private async seen(): Promise<Parameters<typeof verdictBefore>[0]> {
    const { deps, input, row, parameters, signal } = this.execution;
    const shoot = await deps.shoots.find(input.shootName, signal);
    if (!parameters.kyma) return { shoot };
    const call = {
      signal,
      tenant: row.globalAccountID || undefined,
      // Its refusal is not quoted, whatever it may say of an earlier upgrade.
      secrets: () => Promise.resolve(undefined),
    };
    return { shoot, kymaVersion: await deps.provisioner.kymaVersion(input.runtimeID, call) };
  }

  private act(verdict: VerdictBefore): Before {
    switch (verdict.kind) {
      case 'go':
        return 'go';
      case 'already there':
        return { description: verdict.said };
      case 'not eligible':
        return { refused: { code: 'NOT_ELIGIBLE', message: `Not upgraded: ${verdict.reason}` } };
      case 'busy':
        // A dry run is in nobody's way.
        if (this.execution.input.dryRun) return 'go';
        return this.busy(new UnavailableError('inventory', busyRuntime(verdict.reason)));
    }
  }
}
