import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  log,
  TimeoutFailure,
} from '@temporalio/workflow';
import type {
  ObjectInput,
  StackObject,
  StackObjectActivities,
} from '../../activities/stacks/object-activity-types.ts';
import { FAILURE_CODES, type FailureCode } from '../../domain/errors.ts';
import type { DesiredState, ObjectCondition } from '../../domain/stacks/statuses.ts';
import { objectTitle } from '../../domain/stacks/definition.ts';
import { Bound } from './bound.ts';
import { STACK_MOVED_ON } from '../contract/stacks.ts';
import { objectActivities, stackProjection } from './object-proxies.ts';
import type { StackState } from './known-state.ts';
import { storeFailure } from '../projections.ts';
import { objectsAtOnce, objectTimeoutSeconds } from '../tuning.ts';

/** All that can happen to one object. */
export type Deed = 'create' | 'destroy' | 'shut down' | 'start' | 'restart' | 'inspect';
type Change = Exclude<Deed, 'inspect'>;

/** The condition that an object counts as when something went wrong, until somebody looks again. */
const AFTER_FAILURE: Record<Exclude<Change, 'shut down'>, ObjectCondition> = {
  create: 'failed',
  destroy: 'failed',
  start: 'stopped',
  restart: 'stopped',
};

const UNDER_WAY: Partial<Record<Deed, ObjectCondition>> = {
  create: 'creating',
  destroy: 'destroying',
  'shut down': 'shutting_down',
  start: 'starting',
  restart: 'starting',
};

/** Does things to the objects of one stack, not more than a bounded number at a time. */
export class StackObjects {
  private readonly bound: Bound;

  constructor(private readonly state: StackState) {
    this.bound = new Bound(objectsAtOnce(state.tuning));
  }

  /**
   * Answers whether the object is where it was wanted. A failure is recorded with its reason; a cancelation is not one.
   * `isWanted` is asked once more when it is the object's turn.
   */
  async attempt(object: StackObject, deed: Deed, action: number, isWanted: () => boolean): Promise<boolean> {
    return await this.bound.run(async () => {
      if (!isWanted()) return false;
      const before = object.condition;
      try {
        if (deed !== 'create' || before === 'absent') object.condition = UNDER_WAY[deed] ?? before;
        object.condition = await this.carryOut(object, deed, action);
        // A look that finds everything as it was has mended nothing.
        if (deed !== 'inspect' || object.condition !== before) object.error = null;
        if (action > 0) object.doneFor = action;
        return true;
      } catch (error) {
        // An activity that is not tried again, since it was canceled meanwhile, fails with what its last attempt said.
        if (isCancellation(error) || CancellationScope.current().consideredCancelled) return false;
        if (isOvertaken(error)) {
          this.state.fallBehind();
          return false;
        }
        if (deed === 'inspect') this.couldNotLook(object, error);
        else await this.fail(object, deed, error, before);
        return false;
      } finally {
        this.state.show();
      }
    });
  }

  private async carryOut(object: StackObject, deed: Deed, action: number): Promise<ObjectCondition> {
    const { label, name } = object;
    const input = { stack: this.state.name, label, object: name, action };
    const activities = this.activities(deed, object);
    switch (deed) {
      case 'create':
        return await this.create(object, activities, input);
      case 'destroy':
        object.desired = 'running';
        return (await activities.destroyObject(input)).condition;
      case 'shut down':
        object.desired = 'shutdown';
        return (await activities.shutDownInstance(input)).condition;
      case 'start':
      case 'restart':
        object.desired = 'running';
        return (await activities.startInstance({ ...input, cycle: deed === 'restart' })).condition;
      case 'inspect':
        return await this.inspect(object, activities, input);
    }
  }

  private async create(
    object: StackObject,
    activities: StackObjectActivities,
    input: ObjectInput,
  ): Promise<ObjectCondition> {
    const { condition } = await activities.createObject(input);
    // An instance that was found shut down stays so until somebody asks for it.
    if (condition === 'shutdown') object.desired = 'shutdown';
    return condition;
  }

  private async inspect(
    object: StackObject,
    activities: StackObjectActivities,
    input: ObjectInput,
  ): Promise<ObjectCondition> {
    const seen = await activities.inspectInstance(input);
    if (seen.condition === 'stopped') {
      log.warn('An instance does not run any more', {
        stack: input.stack,
        instance: input.object,
        reason: seen.reason,
      });
    }
    return seen.condition;
  }

  private activities(deed: Deed, { objType, name }: StackObject): StackObjectActivities {
    const verb = deed === 'shut down' ? 'shuts down' : deed === 'destroy' ? 'destroys' : `${deed}s`;
    return objectActivities(this.state.tuning, objType, `${verb} ${objectTitle(objType, name)}`);
  }

  private async fail(
    object: StackObject,
    deed: Change,
    error: unknown,
    before: ObjectCondition,
  ): Promise<void> {
    const { code, message } = this.reasonOf(error, object);
    const condition = afterFailure(deed, code, before);
    object.condition = condition;
    object.error = message;
    // An instance that would not shut down is to run like before: its policy looks after it again.
    const desired = deed === 'shut down' && condition === 'running' ? 'running' : undefined;
    object.desired = desired ?? object.desired;
    const { label, name } = object;
    const { name: stack } = this.state;
    log.warn('Something went wrong with an object', {
      stack,
      label,
      object: name,
      deed,
      code,
      reason: message,
    });
    await this.record(object, code, message, condition, desired);
  }

  /** A driver that does not answer says nothing about the instance: it stays as it is, and the monitor looks again. */
  private couldNotLook({ label, name }: StackObject, error: unknown): void {
    log.warn('An instance could not be looked at', { stack: this.state.name, label, object: name, error });
  }

  /** Records a failure that no activity has met. */
  async record(
    { label, name }: StackObject,
    code: FailureCode,
    message: string,
    condition: ObjectCondition,
    desired?: DesiredState,
  ): Promise<void> {
    const { name: stack } = this.state;
    const projection = stackProjection(`records what is wrong with ${name}`);
    const input = { name: stack, label, object: name, condition, desired };
    await CancellationScope.nonCancellable(async () => {
      await storeFailure({ code, message }, (failure) => projection.failObject({ ...input, ...failure }));
    });
  }

  private reasonOf(error: unknown, object: StackObject): { code: FailureCode; message: string } {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    const title = objectTitle(object.objType, object.name);
    // When no further attempt fits into the time that is left, the last one's failure comes as it is.
    const isOver = error instanceof ActivityFailure && error.retryState === 'TIMEOUT';
    if (cause instanceof TimeoutFailure || (cause && isOver)) {
      const said = cause instanceof TimeoutFailure ? cause.cause : cause;
      const last = said instanceof Error ? `; the last attempt said: ${said.message}` : '';
      const seconds = objectTimeoutSeconds(this.state.tuning);
      return { code: 'OBJECT_TIMEOUT', message: `${title} took longer than ${seconds} seconds${last}` };
    }
    if (cause instanceof ApplicationFailure) {
      const code = FAILURE_CODES.find((known) => known === cause.type) ?? 'UNEXPECTED_ANSWER';
      return { code, message: cause.message };
    }
    if (error instanceof ActivityFailure)
      return { code: 'OBJECT_FAILED', message: `${title}: ${error.message}` };
    throw error;
  }
}

function afterFailure(deed: Change, code: FailureCode, before: ObjectCondition): ObjectCondition {
  if (deed !== 'shut down') return AFTER_FAILURE[deed];
  if (code === 'OBJECT_MISSING') return 'stopped';
  return before === 'stopped' || before === 'shutdown' ? before : 'running';
}

function isOvertaken(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === STACK_MOVED_ON;
}
