import { CancellationScope, condition } from '@temporalio/workflow';
import type { StackObject } from '../../activities/stacks/object-activity-types.ts';
import { inCreationOrder, reversed } from '../../domain/stacks/plan-order.ts';
import { settledStatus, type TransitionalStatus } from '../../domain/stacks/statuses.ts';
import { objectTitle, POWERED_TYPES, type PlannedOplan } from '../../domain/stacks/definition.ts';
import type { Deed, StackObjects } from './object-steps.ts';
import { stackProjection } from './object-proxies.ts';
import { statementRefusal } from '../projections.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { type StackState } from './known-state.ts';

const DONE: Record<TransitionalStatus, string> = {
  starting: 'Started',
  shutting_down: 'Shut down',
  restarting: 'Restarted',
  stopping: 'Stopped',
};

/**
 * Carries out whatever a transitional status stands for, plan after plan in the order of their dependencies, and enters the
 * terminal status that comes of it. It may begin anywhere in the middle: what is done for this action already is not
 * done again. A start ends early when the status changes under it.
 */
export class StackActions {
  private interruption: CancellationScope | undefined;

  constructor(
    private readonly state: StackState,
    private readonly objects: StackObjects,
  ) {}

  /** Cancels what is under way; answers at once. */
  interrupt(): void {
    this.interruption?.cancel();
  }

  async carryOut(status: TransitionalStatus): Promise<void> {
    const { state } = this;
    await condition(() => !state.isWriting);
    if (state.status !== status || state.isOutOfStep()) return;
    const { action } = state;
    const scope = new CancellationScope();
    this.interruption = scope;
    try {
      await scope.run(() => this.work(status));
    } finally {
      this.interruption = undefined;
    }
    // The same status may stand for a later action, of which nothing is done yet.
    if (state.status !== status || state.action !== action || state.isOutOfStep()) return;
    const to = settledStatus(status, state.everything());
    const wrong = state.everything().filter(({ error }) => error !== null).length;
    const objects = wrong === 1 ? 'one object' : `${wrong} objects`;
    const reason = wrong > 0 ? `${DONE[status]}, but something is wrong with ${objects}` : DONE[status];
    await this.settle(to, reason);
  }

  /** When the database refuses the status, the stack becomes `error`; when it refuses that, too, the workflow fails. */
  private async settle(to: ReturnType<typeof settledStatus>, reason: string): Promise<void> {
    try {
      await this.state.enter(to, { actor: DRYDOCK, reason });
    } catch (error) {
      const refusal = statementRefusal(error);
      if (!refusal) throw error;
      const instead = `The database refused to make it ${to}: ${refusal.message}`;
      if ((await this.state.enter('error', { actor: DRYDOCK, reason: instead })) === undefined) throw error;
    }
  }

  private async work(status: TransitionalStatus): Promise<void> {
    const { oplans } = this.state.plan;
    switch (status) {
      case 'starting':
        if (!(await this.destroyRetired())) return;
        await this.inOrder(status, inCreationOrder(oplans), 'create', () => true);
        return;
      case 'stopping': {
        const all = [...oplans, ...this.state.retired];
        // An object that never was, and that an error tells of, is well again too.
        const concerns = (object: StackObject): boolean => exists(object) || object.error !== null;
        await this.inOrder(status, reversed(all), 'destroy', concerns);
        await this.forgetRetired();
        return;
      }
      case 'shutting_down':
        await this.inOrder(status, reversed(oplans), 'shut down', isPowered);
        return;
      case 'restarting':
        await this.nameWhatIsMissing();
        await this.inOrder(status, inCreationOrder(oplans), 'restart', isPowered);
        return;
    }
  }

  /**
   * Does the deed to the objects of every plan, each plan as soon as those that it needs are through. What depends on a
   * plan that failed is not attempted.
   */
  private async inOrder(
    status: TransitionalStatus,
    oplans: PlannedOplan[],
    deed: Deed,
    concerns: (object: StackObject) => boolean,
  ): Promise<void> {
    const { action } = this.state;
    const isWanted = (): boolean =>
      this.state.status === status && this.state.action === action && !this.state.isOutOfStep();
    const through = new Map<string, Promise<boolean>>();
    for (const oplan of oplans) {
      const needed = oplan.needs.flatMap((label) => through.get(label) ?? []);
      const work = async (): Promise<boolean> => {
        if ((await Promise.all(needed)).includes(false) || !isWanted()) return false;
        const results = this.state
          .objectsOf(oplan)
          .filter((object) => concerns(object) && !isDone(object, action, deed))
          .map((object) => this.objects.attempt(object, deed, action, isWanted));
        return !(await Promise.all(results)).includes(false);
      };
      through.set(oplan.label, work());
    }
    await Promise.all(through.values());
  }

  /** Plans that a new definition has left out; false when something of them is left. */
  private async destroyRetired(): Promise<boolean> {
    const { retired } = this.state;
    if (retired.length === 0) return true;
    await this.inOrder('starting', reversed(retired), 'destroy', exists);
    if (this.state.status !== 'starting') return false;
    return await this.forgetRetired();
  }

  private async forgetRetired(): Promise<boolean> {
    const { retired, name } = this.state;
    if (retired.length === 0) return true;
    if (retired.some((oplan) => this.state.objectsOf(oplan).some(exists))) return false;
    await CancellationScope.nonCancellable(() =>
      stackProjection('forgets removed plans').forgetRetired({ name }),
    );
    this.state.forgetRetired();
    return true;
  }

  /** A restart reuses what there is (A76): what was never created is an error that START mends. */
  private async nameWhatIsMissing(): Promise<void> {
    for (const object of this.state.standing()) {
      if (object.condition !== 'absent') continue;
      const title = objectTitle(object.objType, object.name);
      object.error = `${title} was never created; START goes on with what is missing`;
      await this.objects.record(object, 'OBJECT_MISSING', object.error, 'absent');
    }
  }
}

function exists({ condition }: StackObject): boolean {
  return condition !== 'absent';
}

function isPowered({ objType, condition }: StackObject): boolean {
  return POWERED_TYPES.has(objType) && condition !== 'absent' && condition !== 'failed';
}

/** True for what this action has brought there before a crash. */
function isDone(object: StackObject, action: number, deed: Deed): boolean {
  if (object.doneFor !== action || object.error !== null) return false;
  return deed === 'destroy' ? object.condition === 'absent' : object.condition !== 'absent';
}
