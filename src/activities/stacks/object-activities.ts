import { ApplicationFailure } from '@temporalio/common';
import type { ObjectChange, StackObjectRow } from '../../db/repositories/stacks/life-cycle-repositories.ts';
import { FinalError, UnavailableError } from '../../domain/errors.ts';
import { INSTANCES_CHANGED_IN, type ObjectCondition } from '../../domain/stacks/statuses.ts';
import { STACK_MOVED_ON } from '../../workflows/contract/stacks.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { DescribedObject } from './drivers/driver.ts';
import type { ObjectInput, StackObjectActivities } from './object-activity-types.ts';
import { ObjectAttempt } from './object-attempt.ts';
import { because, isOverdue, seenCondition } from './object-conditions.ts';
import { ObjectTask, wantedOf } from './object-task.ts';

/**
 * Brings single objects where a stack's workflow wants them. Each may be executed any number of times for one action: the
 * driver keeps whose object something is, so that nothing is created twice and nothing of others is destroyed, and the row
 * keeps for which action an object was finished last.
 */
export function createStackObjectActivities(deps: ActivityDependencies): StackObjectActivities {
  const on =
    <I extends ObjectInput, R>(work: (task: ObjectDeeds, input: I) => Promise<R>) =>
    (input: I): Promise<R> => {
      const attempt = new ObjectAttempt(deps);
      const run = async (signal: AbortSignal): Promise<R> => {
        const task = await taskOf(deps, input, attempt, signal);
        try {
          return await work(task, input);
        } catch (error) {
          const isUnable = error instanceof UnavailableError && error.system === 'objects';
          const failure = isUnable ? await task.unavailable(error) : error;
          attempt.handOn();
          throw failure;
        }
      };
      return withHeartbeat(run, BEAT_MS, () => attempt.details);
    };

  return {
    createObject: on((task) => task.create()),
    destroyObject: on((task) => task.destroy()),
    shutDownInstance: on((task) => task.shutDown()),
    startInstance: on((task, { cycle }: ObjectInput & { cycle: boolean }) => task.start(cycle)),
    inspectInstance: on((task) => task.inspect()),
  };
}

/** How soon a task notices that it was canceled: Temporal tells it in answer to a heartbeat. */
const BEAT_MS = 1_500;
/** In other conditions a row is somebody's work, or there is nothing to look at. */
const INSPECTED: readonly ObjectCondition[] = ['running', 'shutdown', 'stopped'];

async function taskOf(
  deps: ActivityDependencies,
  { stack, label, object, action }: ObjectInput,
  attempt: ObjectAttempt,
  signal: AbortSignal,
): Promise<ObjectDeeds> {
  const key = { stack, label, name: object };
  const row = await deps.repositories.stackObjects.find(key);
  if (!row) throw new FinalError('OBJECT_MISSING', `${object} is no longer part of ${stack}`);
  const task = new ObjectDeeds(deps, key, action, row, attempt, signal);
  await task.mustBeCurrent();
  return task;
}

class ObjectDeeds extends ObjectTask {
  /** A70: creates it, or adopts what exists under its name; an instance of ours that should run is started. */
  async create(): Promise<{ condition: ObjectCondition }> {
    const { driver, wanted, attempt } = this;
    if (!attempt.hasSent('create', 'start')) {
      const before = await this.makeRoom(await this.look());
      this.mustNotHaveFailed('creating', before);
      if (!before || before.state === 'failed') {
        await this.record({ condition: 'creating', error: null, failureCode: null });
      }
      await this.mustBeCurrent();
      await attempt.send('create', (signal) => driver.create(wanted, signal));
    }
    let described = await this.untilSettled();
    if (isOff(described) && this.isOurs(described) && this.row.desired === 'running') {
      if (!attempt.hasSent('start')) {
        await attempt.send('start', (signal) => this.instanceDriver().start(wanted, signal));
      }
      described = await this.untilSettled();
    }
    const isInstance = wanted.objType === 'launchplan';
    if (this.isOurs(described)) return await this.finish(described);
    if (!isOff(described) || !isInstance) return await this.adopt(described);
    // An instance that was found switched off is left so, and nobody restarts it by himself.
    return await this.adopt({ ...described, state: 'shutdown' }, { desired: 'shutdown' });
  }

  /** An object of ours that has failed is made anew; a nested stack goes on by itself. */
  private async makeRoom(before: DescribedObject | undefined): Promise<DescribedObject | undefined> {
    const { driver, wanted, attempt } = this;
    const isWaste = before?.state === 'failed' && this.isOurs(before) && wanted.objType !== 'orchestration';
    if (isWaste) await attempt.send('clear', (signal) => driver.destroy(wanted, signal));
    if (!attempt.hasSent('clear')) return before;
    await this.untilGone();
    return undefined;
  }

  /**
   * The row comes first and another look after it: when its owner destroys the object meanwhile, either that look finds it
   * gone, or the owner finds the row and says so in it.
   */
  private async adopt(
    described: DescribedObject,
    more: ObjectChange = {},
  ): Promise<{ condition: ObjectCondition }> {
    const finished = await this.finish(described, more);
    if ((await this.look())?.id === described.id) return finished;
    throw this.goneMeanwhile();
  }

  /** A71: destroys what this stack created; what it adopted is let go of. */
  async destroy(): Promise<{ condition: 'absent' }> {
    const { driver, wanted, attempt } = this;
    const described = await this.look();
    const isOurs = described ? this.isOurs(described) : this.row.owned === true;
    const objectID = described?.id ?? this.row.objectID;
    if (described && isOurs) {
      this.mustNotHaveFailed('destroying', described);
      if (!attempt.hasSent('destroy')) {
        // That it is ours, and which one it was, outlives the object: whoever had adopted it is told, also after a crash.
        await this.record({ condition: 'destroying', owned: true, objectID, error: null, failureCode: null });
        await attempt.send('destroy', (signal) => driver.destroy(wanted, signal));
      }
      await this.untilGone();
    }
    const gone = {
      condition: 'absent',
      desired: 'running',
      objectID: null,
      owned: null,
      attributes: null,
      error: null,
      failureCode: null,
      doneFor: this.action,
    } as const;
    if (!isOurs) await this.record(gone);
    else {
      const object = { objType: wanted.objType, name: wanted.name, id: objectID };
      await this.deps.repositories.stackObjects.destroyed(this.key, gone, this.eventOf(gone), object);
    }
    return { condition: 'absent' };
  }

  /** A75: keeps network and storage. */
  async shutDown(): Promise<{ condition: ObjectCondition }> {
    this.mustBeWanted('shutdown');
    const described = await this.mustExist();
    this.mustNotHaveFailed('shutting_down', described);
    if (described.state !== 'shutdown' && !this.attempt.hasSent('stop')) {
      await this.record({
        condition: 'shutting_down',
        error: null,
        failureCode: null,
        ...this.whereActionsWantIt('shutdown'),
      });
      await this.attempt.send('stop', (signal) => this.instanceDriver().stop(this.wanted, signal));
    }
    const after = await this.untilSettled();
    if (after.state !== 'shutdown') {
      throw new FinalError('OBJECT_FAILED', `${this.title} did not shut down${because(after)}`);
    }
    return await this.finish(after, this.whereActionsWantIt('shutdown'));
  }

  /** A76. One that was found on its way by an earlier execution is not sent there twice. */
  async start(cycle: boolean): Promise<{ condition: ObjectCondition }> {
    const { attempt, row } = this;
    if (this.action > 0 && row.doneFor === this.action && row.condition === 'running') {
      return { condition: 'running' };
    }
    this.mustBeWanted('running');
    const described = this.mayCreateAgain() ? await this.look() : await this.mustExist();
    this.mustNotHaveFailed('starting', described);
    if (!attempt.hasSent('create', 'start', 'attach')) await this.sendStart(described, cycle);
    if (this.mayCreateAgain() && !attempt.hasSent('attach')) {
      await this.mustStand();
      await attempt.send('attach', (signal) => this.attachAgain(signal));
    }
    const after = await this.untilSettled();
    if (after.state !== 'running') {
      throw new FinalError('OBJECT_FAILED', `${this.title} does not run${because(after)}`);
    }
    return await this.finish(after, this.whereActionsWantIt('running'));
  }

  private async sendStart(described: DescribedObject | undefined, cycle: boolean): Promise<void> {
    const { attempt, wanted, action } = this;
    const driver = this.instanceDriver();
    if (!described) await this.mustStand();
    const underWay = this.row.condition === 'starting';
    // A single instance: as long as it does not run, the warning says why (A86).
    const fresh = action === 0 ? {} : { error: null, failureCode: null };
    const begun = { condition: 'starting', ...fresh, ...this.whereActionsWantIt('running') } as const;
    if (described?.state === 'running') {
      if (cycle && !underWay) {
        await attempt.send('start', (signal) => driver.restart(wanted, `restart ${action}`, signal));
      }
      await this.record(begun);
      return;
    }
    await this.record(begun);
    if (described) await attempt.send('start', (signal) => driver.start(wanted, signal));
    else await attempt.send('create', (signal) => driver.create(wanted, signal));
  }

  /** An execution that comes late must not create what a STOP has destroyed meanwhile, or is about to. */
  private async mustStand(): Promise<void> {
    const { stacks, stackObjects } = this.deps.repositories;
    const [stack] = await stacks.findMany([this.key.stack]);
    const row = await stackObjects.find(this.key);
    const stands = stack !== undefined && INSTANCES_CHANGED_IN.includes(stack.status);
    if (stands && row !== undefined && row.condition !== 'absent') return;
    const message = `${this.key.stack} is ${stack?.status ?? 'gone'}: ${this.title} is not created again`;
    throw ApplicationFailure.nonRetryable(message, STACK_MOVED_ON);
  }

  /**
   * Attachments that a cluster keeps on the instance have vanished with it, and the plans that they belong to do not
   * run again.
   */
  private async attachAgain(signal: AbortSignal): Promise<void> {
    const { stackObjects } = this.deps.repositories;
    for (const row of await stackObjects.attachmentsTo(this.key.stack, this.key.name)) {
      const change = await this.attached(row, signal);
      if (change) await stackObjects.change(row, change, this.eventOf(change));
    }
  }

  /**
   * The record of one attachment: of one that can't be made, that it has failed. The instance runs all the same.
   */
  private async attached(row: StackObjectRow, signal: AbortSignal): Promise<ObjectChange | undefined> {
    const driver = this.deps.drivers['storage/attachment'];
    const attachment = wantedOf(this.deps, row);
    if (await driver.describe(attachment, signal)) return undefined;
    try {
      await driver.create(attachment, signal);
    } catch (error) {
      if (!(error instanceof FinalError)) throw error;
      return { condition: 'failed', error: error.message, failureCode: error.code };
    }
    const made = await driver.describe(attachment, signal);
    if (!made) throw new UnavailableError('objects', `${row.objType} ${row.name} has gone away meanwhile`);
    return { objectID: made.id, attributes: made.attributes ?? null };
  }

  /**
   * A single instance that this stack had created and that vanished comes back by being created: of its own accord when its
   * policy is active, or by a command. An adopted one is the business of whoever created it.
   */
  private mayCreateAgain(): boolean {
    return this.action === 0 && this.row.owned === true && this.wanted.objType === 'launchplan';
  }

  async inspect(): Promise<{ condition: ObjectCondition; reason: string | null }> {
    const described = await this.look();
    const { condition } = this.row;
    const late = described?.state === 'pending' && isOverdue(this.row, this.deps);
    if ((described?.state === 'pending' && !late) || !INSPECTED.includes(condition)) {
      return { condition, reason: this.row.error };
    }
    const seen = late ? 'stopped' : seenCondition(described, this.row);
    const what = late ? 'has not been ready for a while' : 'does not run any more';
    const reason = seen === 'stopped' ? `${this.title} ${what}${because(described)}` : null;
    if (seen !== condition) {
      const change = { condition: seen, error: reason, failureCode: null };
      await this.record(change, this.eventOf(change, 'observed', reason ?? `Found ${seen}`));
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
}

function isOff({ state }: DescribedObject): boolean {
  return state === 'shutdown' || state === 'stopped';
}
