import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type {
  ObjectChange,
  ObjectKey,
  StackObjectRow,
} from '../../db/repositories/stacks/life-cycle-repositories.ts';
import { FinalError, UnavailableError } from '../../domain/errors.ts';
import type { ObjectCondition } from '../../domain/stacks/statuses.ts';
import { objectTitle } from '../../domain/stacks/definition.ts';
import { STACK_MOVED_ON } from '../../workflows/contract/stacks.ts';
import { DRYDOCK, nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import type { DescribedObject, InstanceDriver, ObjectDriver, WantedObject } from './drivers/driver.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { because, ownerKey, reasonOf, seenCondition } from './object-conditions.ts';
import type { ObjectInput, StackObjectActivities } from './object-activity-types.ts';

/**
 * Brings single objects where a stack's workflow wants them. Each may be executed any number of times for one action: the
 * driver keeps whose object something is, so that nothing is created twice and nothing of others is destroyed, and the row
 * keeps for which action an object was finished last.
 */
export function createStackObjectActivities(deps: ActivityDependencies): StackObjectActivities {
  const on =
    <I extends ObjectInput, R>(work: (task: ObjectTask, input: I) => Promise<R>) =>
    (input: I): Promise<R> =>
      withHeartbeat(async (signal) => {
        const task = await ObjectTask.of(deps, input, signal);
        try {
          return await work(task, input);
        } catch (error) {
          if (error instanceof UnavailableError && error.system === 'objects') await task.waitsBecause(error);
          throw error;
        }
      }, BEAT_MS);

  return {
    createObject: on((task) => task.create()),
    destroyObject: on((task) => task.destroy()),
    shutDownInstance: on((task) => task.shutDown()),
    startInstance: on((task, { cycle }: ObjectInput & { cycle: boolean }) => task.start(cycle)),
    inspectInstance: on((task) => task.inspect()),
  };
}

const FIRST_POLL_MS = 50;
const NESTED_POLL_MS = 500;
/** How soon a task notices that it was canceled: Temporal tells it in answer to a heartbeat. */
const BEAT_MS = 1_500;
/** In other conditions a row is somebody's work, or there is nothing to look at. */
const INSPECTED: readonly ObjectCondition[] = ['running', 'shutdown', 'stopped'];

class ObjectTask {
  private readonly wanted: WantedObject;

  private constructor(
    private readonly deps: ActivityDependencies,
    private readonly key: ObjectKey,
    private readonly action: number,
    private readonly row: StackObjectRow,
    private readonly signal: AbortSignal,
  ) {
    this.wanted = { objType: row.objType, name: row.name, owner: ownerKey(key), spec: row.spec };
  }

  static async of(deps: ActivityDependencies, input: ObjectInput, signal: AbortSignal): Promise<ObjectTask> {
    const key = { stack: input.stack, label: input.label, name: input.object };
    const row = await deps.repositories.stackObjects.find(key);
    if (!row) {
      throw new FinalError('OBJECT_MISSING', `${input.object} is no longer part of ${input.stack}`);
    }
    const task = new ObjectTask(deps, key, input.action, row, signal);
    await task.mustBeCurrent();
    return task;
  }

  /** What a late execution wants, or a run that was reset, is not wanted any more. */
  private async mustBeCurrent(): Promise<void> {
    const { action, key } = this;
    if (action === 0) return;
    const current = await this.deps.repositories.stacks.currentAction(key.stack);
    if (current === action) return;
    const message = `${key.stack} is at its action ${current ?? 'none'}, and not at ${action} any more`;
    throw ApplicationFailure.nonRetryable(message, STACK_MOVED_ON);
  }

  /** A70: creates it, or adopts what exists under its name; an instance of ours that should run is started. */
  async create(): Promise<{ condition: ObjectCondition }> {
    const { driver, wanted, signal } = this;
    const before = await driver.describe(wanted, signal);
    // What of ours has failed is made anew; a nested stack goes on by itself.
    if (before?.state === 'failed' && this.isOurs(before) && wanted.objType !== 'orchestration') {
      await driver.destroy(wanted, signal);
      await this.untilGone();
    }
    this.mustNotHaveFailed('creating', before);
    if (!before || before.state === 'failed') {
      await this.record({ condition: 'creating', error: null, failureCode: null });
    }
    await this.mustBeCurrent();
    await driver.create(wanted, signal);
    let described = await this.untilSettled();
    const off = described.state === 'shutdown' || described.state === 'stopped';
    if (off && this.isOurs(described) && this.row.desired === 'running') {
      await this.instanceDriver().start(wanted, signal);
      described = await this.untilSettled();
    }
    const isOff = described.state === 'shutdown' || described.state === 'stopped';
    const isInstance = wanted.objType === 'launchplan';
    if (!isOff || !isInstance || this.isOurs(described)) return await this.finish(described);
    // What was found switched off is left so, and nobody restarts it by himself.
    return await this.finish({ ...described, state: 'shutdown' }, { desired: 'shutdown' });
  }

  /** A71: destroys what this stack created; what it adopted is let go of. */
  async destroy(): Promise<{ condition: 'absent' }> {
    const { driver, wanted, signal } = this;
    const described = await driver.describe(wanted, signal);
    if (described && this.isOurs(described)) {
      this.mustNotHaveFailed('destroying', described);
      await this.record({ condition: 'destroying', error: null, failureCode: null });
      await driver.destroy(wanted, signal);
      await this.untilGone();
    }
    if (described && this.isOurs(described)) await this.tellAdopters();
    await this.record({
      condition: 'absent',
      desired: 'running',
      objectID: null,
      owned: null,
      attributes: null,
      error: null,
      failureCode: null,
      doneFor: this.action,
    });
    return { condition: 'absent' };
  }

  /** Stacks that had adopted it have it no longer. */
  private async tellAdopters(): Promise<void> {
    const { objType, name } = this.wanted;
    const reason = `${this.title} was destroyed by ${this.key.stack}, which had created it; STOP and START make a new one`;
    await this.deps.repositories.stackObjects.forgetAdopted({ objType, name }, this.key.stack, {
      actor: DRYDOCK,
      reason,
      now: nowOf(this.deps),
    });
  }

  /** A75: keeps network and storage. */
  async shutDown(): Promise<{ condition: ObjectCondition }> {
    const described = await this.mustExist();
    this.mustNotHaveFailed('shutting_down', described);
    if (described.state !== 'shutdown') {
      await this.record({ condition: 'shutting_down', desired: 'shutdown', error: null, failureCode: null });
      await this.instanceDriver().stop(this.wanted, this.signal);
    }
    const after = await this.untilSettled();
    if (after.state !== 'shutdown') {
      throw new FinalError('OBJECT_FAILED', `${this.title} did not shut down${because(after)}`);
    }
    return await this.finish(after, { desired: 'shutdown' });
  }

  /** A76. One that was found on its way by an earlier execution is not sent there twice. */
  async start(cycle: boolean): Promise<{ condition: ObjectCondition }> {
    if (this.action > 0 && this.row.doneFor === this.action && this.row.condition === 'running') {
      return { condition: 'running' };
    }
    const described = await this.mustExist();
    this.mustNotHaveFailed('starting', described);
    const driver = this.instanceDriver();
    const underWay = this.row.condition === 'starting';
    // A single instance: as long as it does not run, the warning says why (A86).
    const fresh = this.action === 0 ? {} : { error: null, failureCode: null };
    const begun = { condition: 'starting', desired: 'running', ...fresh } as const;
    if (described.state === 'running') {
      if (cycle && !underWay) await driver.restart(this.wanted, `restart ${this.action}`, this.signal);
      await this.record(begun);
    } else {
      await this.record(begun);
      await driver.start(this.wanted, this.signal);
    }
    const after = await this.untilSettled();
    if (after.state !== 'running') {
      throw new FinalError('OBJECT_FAILED', `${this.title} does not run${because(after)}`);
    }
    return await this.finish(after, { desired: 'running' });
  }

  /** It is tried again: until then everybody can see what it waits for. */
  async waitsBecause({ message }: UnavailableError): Promise<void> {
    if (this.action > 0) await this.record({ error: `${message} (tried again)` });
  }

  async inspect(): Promise<{ condition: ObjectCondition; reason: string | null }> {
    const described = await this.driver.describe(this.wanted, this.signal);
    const { condition } = this.row;
    if (described?.state === 'pending' || !INSPECTED.includes(condition)) {
      return { condition, reason: this.row.error };
    }
    const seen = seenCondition(described, this.row);
    const reason = seen === 'stopped' ? `${this.title} does not run any more${because(described)}` : null;
    if (seen !== condition) {
      const event = { kind: 'observed', reason: reason ?? `Found ${seen}` } as const;
      await this.record({ condition: seen, error: reason, failureCode: null }, event);
    }
    return { condition: seen, reason };
  }

  private async finish(
    described: DescribedObject,
    more: ObjectChange = {},
  ): Promise<{ condition: ObjectCondition }> {
    const { state, id, attributes } = described;
    if (state === 'failed' || state === 'pending') {
      throw new FinalError('OBJECT_FAILED', `${this.title} has failed${because(described)}`);
    }
    await this.record({
      condition: state,
      objectID: id,
      owned: this.isOurs(described),
      attributes: attributes ?? null,
      error: null,
      failureCode: null,
      doneFor: this.doneFor,
      ...more,
    });
    return { condition: state };
  }

  /**
   * A nested stack is looked at in attempt after attempt: what an earlier one has begun, and has ended elsewhere, is not
   * begun again and again.
   */
  private mustNotHaveFailed(underWay: ObjectCondition, described: DescribedObject | undefined): void {
    if (this.wanted.objType !== 'orchestration' || this.row.condition !== underWay) return;
    const wanted = underWay === 'shutting_down' ? 'shutdown' : 'running';
    if (!described || described.state === 'pending' || described.state === wanted) return;
    if (underWay === 'destroying' && described.state !== 'failed') return;
    throw new FinalError('OBJECT_FAILED', `${this.title} ended elsewhere${because(described)}`);
  }

  private async mustExist(): Promise<DescribedObject> {
    const described = await this.driver.describe(this.wanted, this.signal);
    if (described) return described;
    throw new FinalError(
      'OBJECT_MISSING',
      `${this.title} does not exist; START creates what is missing once the status is error or stopped`,
    );
  }

  /** Waits until nothing is under way any more. */
  private async untilSettled(): Promise<DescribedObject> {
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 2, this.deps.objectPollMs)) {
      const described = await this.driver.describe(this.wanted, this.signal);
      if (!described) throw new UnavailableError('objects', `${this.title} has gone away meanwhile`);
      if (described.state !== 'pending') return described;
      await this.wait(waitMs);
    }
  }

  /** Waits until it does not exist any more, or somebody else's stands in its place. */
  private async untilGone(): Promise<void> {
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 2, this.deps.objectPollMs)) {
      const described = await this.driver.describe(this.wanted, this.signal);
      if (!described || !this.isOurs(described)) return;
      if (described.state === 'failed') {
        throw new FinalError('OBJECT_FAILED', `${this.title} could not be destroyed${because(described)}`);
      }
      await this.wait(waitMs);
    }
  }

  /**
   * A nested stack takes long, and its own objects need workers too: whoever waits for it gives his place back meanwhile,
   * however deep stacks are nested, and looks again in another attempt.
   */
  private async wait(waitMs: number): Promise<void> {
    if (this.wanted.objType !== 'orchestration') return await Context.current().sleep(waitMs);
    throw ApplicationFailure.create({
      message: `${this.title} is under way`,
      type: 'NESTED_UNDER_WAY',
      nextRetryDelay: Math.max(NESTED_POLL_MS, this.deps.objectPollMs),
      category: ApplicationFailureCategory.BENIGN,
    });
  }

  private async record(
    change: ObjectChange,
    event: { kind?: 'object' | 'observed'; reason: string } = { reason: reasonOf(change) },
  ): Promise<void> {
    const action = this.action === 0 ? undefined : this.action;
    const logged = { actor: DRYDOCK, now: nowOf(this.deps), action, ...event };
    await this.deps.repositories.stackObjects.change(this.key, change, logged);
  }

  /** What happens to a single instance belongs to no action. */
  private get doneFor(): number {
    return this.action === 0 ? this.row.doneFor : this.action;
  }

  private isOurs({ owner }: DescribedObject): boolean {
    return owner === this.wanted.owner;
  }

  private get title(): string {
    return objectTitle(this.wanted.objType, this.wanted.name);
  }

  private get driver(): ObjectDriver {
    return this.deps.drivers[this.wanted.objType];
  }

  private instanceDriver(): InstanceDriver {
    const { objType } = this.wanted;
    if (objType === 'launchplan' || objType === 'orchestration') return this.deps.drivers[objType];
    throw new FinalError('OBJECT_REFUSED', `${this.title} can not be started or shut down: it does not run`);
  }
}
