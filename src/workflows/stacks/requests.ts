import {
  ApplicationFailure,
  CancellationScope,
  condition,
  currentUpdateInfo,
  log,
  setHandler,
} from '@temporalio/workflow';
import type { z } from 'zod';
import { addedAndRemoved, changeRefusal, isUnchanged } from '../../domain/stacks/definition-change.ts';
import {
  adviceIn,
  INSTANCES_CHANGED_IN,
  PERMITTED_IN,
  REDEFINED_IN,
  refusalOf,
  type StackRequest,
  type StackStatus,
} from '../../domain/stacks/statuses.ts';
import {
  STACK_REFUSED,
  STACK_UNKNOWN,
  stackActionUpdate,
  stackDefineUpdate,
  stackInstanceUpdate,
  stackRemoveUpdate,
  type InstanceRequest,
  type StackActionRequest,
  type StackAnswer,
  type StackDefineRequest,
  type StackRemoveRequest,
} from '../contract/stacks.ts';
import { parseArgument, type Lazy } from '../parsed-messages.ts';
import { Bound } from './bound.ts';
import type { StackActions } from './actions.ts';
import { catchUp } from './catch-up.ts';
import type { StackInstances } from './instances.ts';
import { actionInput, defineInput, instanceInput, removeInput } from './message-inputs.ts';
import { stackProjection } from './object-proxies.ts';
import { statementRefusal } from '../projections.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { type Reason, type StackState } from './known-state.ts';
import { workflowNow } from '../workflow-time.ts';

/**
 * The updates of a stack: refused at once when the status does not permit them, and otherwise answered when the database
 * shows what they begin. One is handled after the other; what they begin goes on in the main loop.
 */
export class StackRequests {
  private readonly turn = new Bound(1);

  constructor(
    private readonly state: StackState,
    private readonly actions: StackActions,
    private readonly instances: StackInstances,
  ) {
    setHandler(stackActionUpdate, (given) => this.answerAction(read(actionInput, given)), {
      validator: (given) => {
        const { action } = read(actionInput, given);
        this.early(() => {
          if (!this.hasBegun(currentUpdateInfo()?.id)) this.check(action);
        });
      },
    });
    setHandler(stackDefineUpdate, (given) => this.one(() => this.define(read(defineInput, given))), {
      validator: (given) => {
        const request = read(defineInput, given);
        this.early(() => this.checkDefinition(request));
      },
    });
    setHandler(stackRemoveUpdate, (given) => this.one(() => this.remove(read(removeInput, given))), {
      validator: (given) => {
        read(removeInput, given);
        this.early(() => this.check('DELETE'));
      },
    });
    setHandler(stackInstanceUpdate, (given) => this.answerInstance(read(instanceInput, given)), {
      validator: (given) => {
        const request = read(instanceInput, given);
        this.early(() => this.checkInstance(request));
      },
    });
  }

  /** Nobody's request: a time of the schedule has come, or Temporal was asked to cancel. Nothing when it no longer fits. */
  async beginBySelf(action: 'START' | 'STOP', reason: string): Promise<void> {
    await this.turn.run(async () => {
      if (this.state.isGone()) return;
      const { status } = this.state;
      const fits = action === 'START' ? status === 'scheduled' : PERMITTED_IN.STOP.includes(status);
      if (fits && action === 'START' && this.isTooLate()) {
        const missed = 'Its stop time has passed before it could be started';
        await this.state.enter('stopped', { actor: DRYDOCK, reason: missed });
      } else if (fits) await this.begin(action, { actor: DRYDOCK, reason });
      else log.warn('Nothing is to be done about it', { stack: this.state.name, status, action, reason });
    });
  }

  /** True while a request is being answered: its status or definition may be about to change. */
  get isBusy(): boolean {
    return this.turn.isFull;
  }

  private isTooLate(): boolean {
    const stop = this.state.plan.schedule.stop_time;
    return stop !== null && timeOf(stop) <= workflowNow();
  }

  private async begin(
    action: StackActionRequest['action'],
    reason: Reason,
  ): Promise<StackStatus | undefined> {
    const { state } = this;
    const before = state.status;
    if (action === 'START') {
      const startsLater = before === 'stopped' && timeOf(state.plan.schedule.start_time) > workflowNow();
      if (before !== 'error' || state.startedAt === null)
        state.noteStart(new Date(workflowNow()).toISOString());
      return await state.enter(startsLater ? 'scheduled' : 'starting', reason);
    }
    if (action === 'STOP') state.noteStart(null);
    const entered = state.enter(begunBy(action, before), reason);
    // A start in progress ends with it: what is being created is let go of, and then destroyed.
    if (before === 'starting') this.actions.interrupt();
    return await entered;
  }

  /** A request that comes with a new run waits until that knows the stack, and for those that came before. */
  private async one(work: () => Promise<StackStatus>): Promise<StackAnswer> {
    // Not in the scope of the workflow, which a request to cancel from Temporal has canceled: it means STOP, and no more.
    return await CancellationScope.nonCancellable(() =>
      this.turn.run(async () => {
        await condition(() => this.state.isLoaded);
        if (this.state.isGone()) throw unknown(this.state.name);
        return { status: await this.orRefused(work) };
      }),
    );
  }

  /** A refusal of the database goes to whoever has asked; the run goes on from what the database says. */
  private async orRefused(work: () => Promise<StackStatus>): Promise<StackStatus> {
    try {
      return await work();
    } catch (error) {
      const refusal = statementRefusal(error);
      if (!refusal) throw error;
      log.error('A request is refused by the database', { stack: this.state.name, error });
      this.state.fallBehind();
      throw refused(`It could not be stored: ${refusal.message}`, this.state.status);
    }
  }

  /** In a validator: a run that does not know the stack yet lets the request wait. */
  private early(check: () => void): void {
    if (!this.state.isLoaded || this.turn.isFull) return;
    if (this.state.isGone()) throw unknown(this.state.name);
    check();
  }

  private check(request: StackRequest): void {
    const refusal = refusalOf(request, this.state.status);
    if (refusal !== undefined) throw refused(refusal, this.state.status);
  }

  private async answerAction(request: StackActionRequest): Promise<StackAnswer> {
    const begunBy = currentUpdateInfo()?.id;
    return await this.one(() => this.act(request, begunBy));
  }

  /** True for an update that has begun something already, and whose answer got lost: as with a worker that died. */
  private hasBegun(update: string | undefined): boolean {
    return update !== undefined && this.state.hasBegun(update);
  }

  private async act(
    { action, actor, startedFor }: StackActionRequest,
    begunBy: string | undefined,
  ): Promise<StackStatus> {
    for (;;) {
      if (this.hasBegun(begunBy)) return this.state.status;
      this.check(action);
      const begun = await this.begin(action, { actor, reason: `${action} requested`, startedFor, begunBy });
      if (begun !== undefined) return begun;
      // This run was reset, and believed another status: what the database says decides.
      await catchUp(this.state, this.instances);
      if (this.state.isGone()) throw unknown(this.state.name);
    }
  }

  private async remove({ actor }: StackRemoveRequest): Promise<StackStatus> {
    this.check('DELETE');
    const { name, createdAt } = this.state;
    await stackProjection('removes the stack').removeStack({ name, createdAt, actor });
    const left = await stackProjection('looks whether the stack is gone').loadStack({ name });
    // A later stack of that name has a workflow of its own as soon as something is asked of it.
    this.state.load(left?.createdAt === createdAt ? left : undefined);
    if (!this.state.isGone()) this.check('DELETE');
    return 'stopped';
  }

  private checkDefinition({ plan }: Pick<StackDefineRequest, 'plan'>): void {
    const retired = this.state.retired.find(({ label }) =>
      plan.oplans.some((oplan) => oplan.label === label),
    );
    if (retired && !REDEFINED_IN.includes(this.state.status)) {
      throw refused(
        `The removed oplan ${retired.label} still has objects that could not be destroyed: send START, which tries that again, before one of that label is added`,
        this.state.status,
      );
    }
    const refusal = changeRefusal(this.state.plan, plan, this.state.status);
    if (refusal !== undefined) throw refused(refusal, this.state.status);
  }

  private async define(request: StackDefineRequest): Promise<StackStatus> {
    const { state } = this;
    this.checkDefinition(request);
    if (isUnchanged(state.plan, request.plan)) return state.status;
    const { revision, actor } = request;
    const { plan, status: before } = state;
    const input = { name: state.name, revision, actor };
    await condition(() => !state.isWriting);
    const isNew = REDEFINED_IN.includes(before);
    const activated = await stackProjection('takes over the new definition').activateRevision(input);
    // Work that is under way with single instances goes on: they are the same ones.
    state.load(activated, { keep: !isNew });
    if (isNew) {
      const isWithdrawn = before === 'scheduled' && request.plan.schedule.start_time === null;
      const withdrawn = { actor, reason: 'Its start time was withdrawn' };
      return (isWithdrawn && (await state.enter('stopped', withdrawn))) || state.status;
    }
    // A definition that a later one has overtaken changes nothing.
    const { added, removed } = addedAndRemoved(plan, state.plan);
    if (added.length + removed.length === 0) return before;
    const reason = `New definition: plans added: ${added.map(({ label }) => label).join(', ') || 'none'}; removed: ${removed.map(({ label }) => label).join(', ') || 'none'}`;
    return (await state.enter('starting', { actor, reason })) ?? state.status;
  }

  private checkInstance({ instance }: Pick<InstanceRequest, 'instance'>): void {
    const { status } = this.state;
    const object = this.state.instance(instance);
    if (!object) throw unknown(instance);
    if (!INSTANCES_CHANGED_IN.includes(status)) {
      throw refused(
        `Its orchestration ${this.state.name} is ${status}: single instances can be changed while it is ready, warning, shut_down or error; ${adviceIn(status)}`,
        status,
      );
    }
    if (object.condition === 'absent' || object.condition === 'failed') {
      throw refused(`The instance ${instance} does not exist; ${adviceIn(status)}`, status);
    }
  }

  private async answerInstance(request: InstanceRequest): Promise<StackAnswer> {
    const begunBy = currentUpdateInfo()?.id;
    return await this.one(() => this.changeInstance(request, begunBy));
  }

  private async changeInstance(request: InstanceRequest, begunBy: string | undefined): Promise<StackStatus> {
    this.checkInstance(request);
    const { instance, desired, actor } = request;
    const object = this.state.instance(instance);
    if (!object) throw unknown(instance);
    const isThere = object.desired === desired && object.condition === desired;
    if (isThere) return this.state.status;
    const { label, name } = object;
    const answer = await stackProjection(`${name} is to be ${desired}`).setDesired({
      name: this.state.name,
      label,
      object: name,
      desired,
      actor,
      ...(begunBy === undefined ? {} : { begunBy }),
    });
    if (!answer.isOvertaken) this.instances.change(object, desired);
    return this.state.status;
  }
}

function begunBy(action: 'STOP' | 'SHUTDOWN' | 'RESTART', before: StackStatus): StackStatus {
  switch (action) {
    case 'STOP':
      // Nothing exists yet.
      return before === 'scheduled' ? 'stopped' : 'stopping';
    case 'SHUTDOWN':
      return 'shutting_down';
    case 'RESTART':
      return 'restarting';
  }
}

/** An input that an operator may have sent by hand; what does not fit is refused before it is accepted. */
function read<S extends z.ZodType>(schema: Lazy<S>, given: unknown): z.output<S> {
  return parseArgument(schema, given, STACK_REFUSED);
}

function timeOf(time: string | null): number {
  return time === null ? -Infinity : Date.parse(time);
}

/** With the status that the run believes in: the caller compares it with the database. */
function refused(reason: string, status: StackStatus): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, STACK_REFUSED, status);
}

function unknown(name: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`There is no ${name}`, STACK_UNKNOWN);
}
