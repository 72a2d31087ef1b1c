import { ApplicationFailure } from '@temporalio/common';
import type {
  ObjectChange,
  ObjectKey,
  StackObjectRepository,
  StackObjectRow,
} from '../../db/repositories/stacks/life-cycle-repositories.ts';
import { FinalError, InUseError, UnavailableError } from '../../domain/errors.ts';
import { objectTitle } from '../../domain/stacks/definition.ts';
import type { DesiredState, ObjectCondition } from '../../domain/stacks/statuses.ts';
import { STACK_MOVED_ON } from '../../workflows/contract/stacks.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import type { DescribedObject, InstanceDriver, ObjectDriver, WantedObject } from './drivers/driver.ts';
import type { ObjectAttempt } from './object-attempt.ts';
import { ownerKey } from '../../domain/stacks/owner-key.ts';
import { because, reasonOf } from './object-conditions.ts';

/** As for the workflow. */
const DEFAULT_OBJECT_TIMEOUT_SECONDS = 1_800;
/** Stacks that end together with this one let go of its objects by then as a rule; others perhaps never. */
const IN_USE_SECONDS = 300;

/** An object as its row has it, for its driver. */
export function wantedOf(
  { installationID }: Pick<ActivityDependencies, 'installationID'>,
  { stack, label, name, objType, spec }: StackObjectRow,
): WantedObject {
  const owner = ownerKey({ installation: installationID, stack, label, name });
  return { objType, name, owner, spec };
}

/** One object that something happens to: its row, its driver, and how it is waited for. */
export class ObjectTask {
  protected readonly wanted: WantedObject;
  /** The error that its row shows. */
  private shown: string | null;

  constructor(
    protected readonly deps: ActivityDependencies,
    protected readonly key: ObjectKey,
    protected readonly action: number,
    protected readonly row: StackObjectRow,
    protected readonly attempt: ObjectAttempt,
    /** Ends waits and looks, but no request that changes something. */
    private readonly signal: AbortSignal,
  ) {
    this.shown = row.error;
    this.wanted = wantedOf(deps, row);
    // A nested stack decides by its status what a request means: it is asked in every attempt.
    if (row.objType === 'orchestration') attempt.forgetsRequests();
  }

  /** Rejects an execution whose action is not the stack's present one: it is late, or its run was reset. */
  async mustBeCurrent(): Promise<void> {
    const { action, key } = this;
    if (action === 0) return;
    const current = await this.deps.repositories.stacks.currentAction(key.stack);
    if (current === action) return;
    const message = `${key.stack} is at its action ${current ?? 'none'}, and not at ${action} any more`;
    throw ApplicationFailure.nonRetryable(message, STACK_MOVED_ON);
  }

  /** A command to a single instance that a later one has overtaken, in a run that did not come to know of it. */
  protected mustBeWanted(desired: DesiredState): void {
    if (this.action > 0 || this.row.desired === desired) return;
    const message = `${this.title} is not to be ${desired} any more`;
    throw ApplicationFailure.nonRetryable(message, STACK_MOVED_ON);
  }

  /** Only actions write `desired`: for a single instance its command has done so, and a later one may have since. */
  protected whereActionsWantIt(desired: DesiredState): { desired?: DesiredState } {
    return this.action > 0 ? { desired } : {};
  }

  /** The failure when the driver cannot do it now: it is tried again, and until then everybody can see why. */
  async unavailable(error: UnavailableError): Promise<Error> {
    const { message } = error;
    const limitSeconds = this.deps.tuning?.objectTimeoutSeconds ?? DEFAULT_OBJECT_TIMEOUT_SECONDS;
    if (error instanceof InUseError) {
      const seconds = Math.min(this.deps.tuning?.inUseSeconds ?? IN_USE_SECONDS, limitSeconds);
      if (this.attempt.hinderedMs('inUseSince') >= seconds * 1000) {
        return new FinalError('OBJECT_IN_USE', `${message} (waited for ${seconds} seconds)`);
      }
    } else if (this.attempt.hinderedMs('unavailableSince') > limitSeconds * 1000) {
      // Nothing else limits a nested stack, which may take as long as its own plans need.
      return new FinalError('OBJECT_TIMEOUT', `${message}, for ${limitSeconds} seconds`);
    }
    await this.show(`${message} (tried again)`);
    return this.attempt.unavailable(message);
  }

  /** Says in the row what is waited for. */
  private async show(error: string | null): Promise<void> {
    if (this.action > 0 && this.shown !== error) await this.record({ error });
  }

  /**
   * A nested stack is looked at in attempt after attempt: what an earlier one has begun, and has ended elsewhere, is not
   * begun again and again. The row alone does not tell that something was begun: it is written before the request.
   */
  protected mustNotHaveFailed(underWay: ObjectCondition, described: DescribedObject | undefined): void {
    if (this.wanted.objType !== 'orchestration' || this.row.condition !== underWay) return;
    if (!this.attempt.hasAsked) return;
    const wanted = underWay === 'shutting_down' ? 'shutdown' : 'running';
    if (!described || described.state === 'pending' || described.state === wanted) return;
    if (underWay === 'destroying' && described.state !== 'failed') return;
    throw new FinalError('OBJECT_FAILED', `${this.title} ended elsewhere${because(described)}`);
  }

  protected async mustExist(): Promise<DescribedObject> {
    const described = await this.look();
    if (described) return described;
    throw new FinalError(
      'OBJECT_MISSING',
      `${this.title} does not exist; START creates what is missing once the status is error or stopped`,
    );
  }

  protected async look(): Promise<DescribedObject | undefined> {
    return await this.driver.describe(this.wanted, this.signal);
  }

  /** Until nothing is under way any more; ends the attempt when that takes long. */
  protected async untilSettled(): Promise<DescribedObject> {
    for (;;) {
      const described = await this.look();
      if (!described) throw this.goneMeanwhile();
      if (described.state !== 'pending') return described;
      await this.wait(described);
    }
  }

  /** Until it does not exist any more, or somebody else's stands in its place; ends the attempt when that takes long. */
  protected async untilGone(): Promise<void> {
    for (;;) {
      const described = await this.look();
      if (!described || !this.isOurs(described)) return;
      if (described.state === 'failed') {
        throw new FinalError('OBJECT_FAILED', `${this.title} could not be destroyed${because(described)}`);
      }
      await this.wait(described);
    }
  }

  /** The next attempt begins anew. */
  protected goneMeanwhile(): UnavailableError {
    this.attempt.forget();
    return new UnavailableError('objects', `${this.title} has gone away meanwhile`);
  }

  /** Waits a moment, and no longer: others need this place of a worker too, the objects of a nested stack among them. */
  protected async wait({ reason }: DescribedObject): Promise<void> {
    if (await this.attempt.linger()) return;
    const why = reason === undefined ? '' : `: ${reason}`;
    await this.show(reason === undefined ? null : `${this.title} is not ready yet${why}`);
    this.signal.throwIfAborted();
    throw this.attempt.giveBack(`${this.title} is under way${why}`);
  }

  protected async record(change: ObjectChange, event = this.eventOf(change)): Promise<void> {
    await this.deps.repositories.stackObjects.change(this.key, change, event);
    if (change.error !== undefined) this.shown = change.error;
  }

  protected eventOf(
    change: ObjectChange,
    kind: 'object' | 'observed' = 'object',
    reason = reasonOf(change),
  ): Parameters<StackObjectRepository['change']>[2] {
    const action = this.action === 0 ? undefined : this.action;
    return { actor: DRYDOCK, now: nowOf(this.deps), action, kind, reason };
  }

  /** A deed on a single instance belongs to no action. */
  protected get doneFor(): number {
    return this.action === 0 ? this.row.doneFor : this.action;
  }

  protected isOurs({ owner }: DescribedObject): boolean {
    return owner === this.wanted.owner;
  }

  protected get title(): string {
    return objectTitle(this.wanted.objType, this.wanted.name);
  }

  protected get driver(): ObjectDriver {
    return this.deps.drivers[this.wanted.objType];
  }

  protected instanceDriver(): InstanceDriver {
    const { objType } = this.wanted;
    if (objType === 'launchplan' || objType === 'orchestration') return this.deps.drivers[objType];
    throw new FinalError('OBJECT_REFUSED', `${this.title} cannot be started or shut down: it does not run`);
  }
}
