import { CancellationScope, isCancellation, log, sleep } from '@temporalio/workflow';
import type { StackObject } from '../../activities/stacks/object-activity-types.ts';
import {
  INSTANCES_CHANGED_IN,
  settledStatus,
  type DesiredState,
  type ObjectCondition,
  type StackStatus,
} from '../../domain/stacks/statuses.ts';
import { objectTitle, POWERED_TYPES, type HAPolicy } from '../../domain/stacks/definition.ts';
import type { InstanceCommand } from '../contract/stacks.ts';
import type { Deed, StackObjects } from './object-steps.ts';
import { stackProjection } from './object-proxies.ts';
import { statementRefusal } from '../projections.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { type StackState } from './known-state.ts';
import { workflowNow } from '../workflow-time.ts';

/** In these the status follows from the instances alone (A82, A85, A86). */
const FOLLOWING: readonly StackStatus[] = ['ready', 'warning', 'shut_down'];
/** Of objects that exist, and with which nothing is under way. */
const RESTING: readonly ObjectCondition[] = ['available', 'running', 'shutdown', 'stopped'];
const FIRST_BACKOFF_MS = 2_000;
const MOST_BACKOFF_MS = 5 * 60_000;
const REFUSED_PAUSE_MS = 10_000;
/** An instance that ran for so long has recovered: its next restart does not wait. */
const STAYS_UP_MS = 15 * 60_000;

/**
 * All that happens to single instances between the actions on the whole stack: commands of people, instances that ended by
 * themselves, and their restarts. An action on the whole stack ends all of it.
 */
export class StackInstances {
  /** One piece of work per object; a new one replaces it. */
  private readonly works = new Map<StackObject, { scope: CancellationScope; ended: Promise<void> }>();
  /** Restarts in a row of instances that do not stay up. */
  private readonly restarts = new Map<StackObject, { count: number; at: number }>();
  /** Those that are not through yet, by object: what the database says of an instance does not tell that it is to change. */
  private readonly commands = new Map<string, InstanceCommand>();

  constructor(
    private readonly state: StackState,
    private readonly objects: StackObjects,
    carried: InstanceCommand[] = [],
  ) {
    for (const command of carried) this.commands.set(keyOf(command), command);
  }

  get isIdle(): boolean {
    return this.works.size === 0;
  }

  /** Commands that the next run has to go on with. */
  get unfinished(): InstanceCommand[] {
    return [...this.commands.values()];
  }

  /** A command: the instance goes where it is wanted, in the background. */
  change(object: StackObject, desired: DesiredState): void {
    const { label, name } = object;
    const command = { label, name, desired };
    this.commands.set(keyOf(command), command);
    this.restarts.delete(object);
    object.desired = desired;
    const deed: Deed = desired === 'shutdown' ? 'shut down' : 'start';
    this.begin(object, async () => {
      await this.objects.attempt(object, deed, 0, () => object.desired === desired);
      if (CancellationScope.current().consideredCancelled) return;
      if (this.commands.get(keyOf(command)) === command) this.commands.delete(keyOf(command));
    });
  }

  /** The monitor says that it is not as recorded. What is under way already looks for itself. */
  observe(label: string, name: string): void {
    const object = this.state.object(label, name);
    // News that comes late says nothing of a stack that has been stopped meanwhile.
    if (!object || this.works.has(object) || !INSTANCES_CHANGED_IN.includes(this.state.status)) return;
    this.begin(object, () => this.inspect(object));
  }

  /**
   * Ends everything, before an action on the whole stack. A start, as when a new definition has added or removed plans,
   * leaves instances where people want them: commands that are not through go on after it.
   */
  async endAll(): Promise<void> {
    if (this.state.status !== 'starting') this.commands.clear();
    await this.pause();
    // A STOP may have come while the work was being called off.
    if (this.state.status !== 'starting') this.commands.clear();
  }

  /** Ends what is under way, for `resume` to go on with. */
  async pause(): Promise<void> {
    const works = [...this.works.values()];
    for (const { scope } of works) scope.cancel();
    for (const { ended } of works) await ended;
    this.restarts.clear();
  }

  /** Goes on with what an earlier run of the workflow, or a new definition, has left under way. */
  resume(): void {
    if (!INSTANCES_CHANGED_IN.includes(this.state.status)) {
      this.commands.clear();
      return;
    }
    this.forgetCommands();
    for (const object of this.state.standing()) {
      if (this.works.has(object)) continue;
      const command = this.commands.get(keyOf(object));
      if (command) this.change(object, command.desired);
      else if (object.condition === 'shutting_down' || object.condition === 'starting') {
        this.change(object, object.desired);
      } else if (isElsewhere(object)) {
        // A command that was accepted, and whose workflow was terminated, or its task lost, before it began.
        this.change(object, object.desired);
      } else if (object.condition === 'stopped' && this.mustRun(object)) {
        this.begin(object, () => this.restart(object));
      }
    }
  }

  /** Of instances that a new definition has left out. */
  private forgetCommands(): void {
    const standing = new Set(this.state.standing().map(keyOf));
    for (const key of this.commands.keys()) if (!standing.has(key)) this.commands.delete(key);
  }

  private mustRun(object: StackObject): boolean {
    return (
      FOLLOWING.includes(this.state.status) &&
      object.desired === 'running' &&
      this.policyOf(object) === 'active'
    );
  }

  private policyOf({ label }: StackObject): HAPolicy {
    return this.state.plan.oplans.find((oplan) => oplan.label === label)?.haPolicy ?? 'none';
  }

  private begin(object: StackObject, work: () => Promise<void>): void {
    const before = this.works.get(object);
    before?.scope.cancel();
    const scope = new CancellationScope();
    const mine = { scope, ended: this.run(object, scope, work, before?.ended) };
    this.works.set(object, mine);
  }

  private async run(
    object: StackObject,
    scope: CancellationScope,
    work: () => Promise<void>,
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before;
    try {
      if (!scope.consideredCancelled) await scope.run(work);
    } catch (error) {
      await this.notCarriedOut(object, error);
    } finally {
      if (this.works.get(object)?.scope === scope) this.works.delete(object);
      this.state.changes += 1;
    }
    await this.settle().catch((error: unknown) => this.notCarriedOut(object, error));
  }

  /** Nobody waits for this work: what the database refused is left to the main loop, which reads it again. */
  private async notCarriedOut({ label, name }: StackObject, error: unknown): Promise<void> {
    if (isCancellation(error)) return;
    if (!statementRefusal(error)) throw error;
    log.error('The database refused what became of an instance', {
      stack: this.state.name,
      label,
      object: name,
      error,
    });
    // A row that is as it was would be taken up, and refused, again and again.
    await sleep(REFUSED_PAUSE_MS, { summary: `waits before ${name} is looked at again` });
    this.state.fallBehind();
  }

  private async inspect(object: StackObject): Promise<void> {
    const before = object.condition;
    const seen = await this.objects.attempt(object, 'inspect', 0, () => true);
    if (!seen || object.condition !== 'stopped') return;
    await this.settle();
    if (before !== 'stopped') await this.answer(object);
  }

  /** The answer of the plan's policy when an instance ended by itself. */
  private async answer(object: StackObject): Promise<void> {
    const policy = this.policyOf(object);
    if (policy === 'none' || object.desired !== 'running') return;
    const what = policy === 'active' ? 'it is restarted' : 'nothing else is done about it';
    const { label, name } = object;
    // The database shows that it has stopped: nobody would notify again.
    await CancellationScope.nonCancellable(() =>
      stackProjection(`notifies that ${name} does not run`).notify({
        name: this.state.name,
        label,
        object: name,
        reason: `${objectTitle(object.objType, name)} ended by itself; ${what}`,
      }),
    );
    if (policy === 'active') await this.restart(object);
  }

  /** Again and again, each time after a longer wait, until it runs or somebody wants something else. */
  private async restart(object: StackObject): Promise<void> {
    for (;;) {
      const now = workflowNow();
      const last = this.restarts.get(object);
      const count = last && now - last.at < STAYS_UP_MS ? last.count : 0;
      this.restarts.set(object, { count: count + 1, at: now });
      if (count > 0) {
        const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** (count - 1), MOST_BACKOFF_MS);
        await sleep(waitMs, { summary: `waits before it restarts ${object.name} again` });
      }
      if (object.desired !== 'running' || this.policyOf(object) !== 'active') return;
      if (await this.objects.attempt(object, 'start', 0, () => object.desired === 'running')) return;
    }
  }

  /** A82, A85, A86: between actions the status follows the instances, where there are any. */
  async settle(): Promise<void> {
    if (this.state.isGone()) return;
    const { status } = this.state;
    if (status === 'error' ? !(await this.isMended()) : !FOLLOWING.includes(status)) return;
    const standing = this.state.standing();
    if (!standing.some(({ objType }) => POWERED_TYPES.has(objType))) return;
    const to = settledStatus(undefined, standing);
    if (to === status) return;
    await this.state.enter(to, { actor: DRYDOCK, reason: REASONS[to] });
  }

  /**
   * True when nothing is wrong any more with a stack in `error`, as after a command to the last instance that failed. The
   * database knows also of adopted objects that their owner has destroyed.
   */
  private async isMended(): Promise<boolean> {
    const isWell = ({ condition, error }: StackObject): boolean =>
      error === null && RESTING.includes(condition);
    const { state } = this;
    const { name, version } = state;
    if (state.retired.length > 0 || !state.everything().every(isWell)) return false;
    const now = await stackProjection('looks whether anything is still wrong').loadStack({ name });
    if (now?.status !== 'error' || !now.objects.every(isWell)) return false;
    return version === state.version && !state.isGone() && !state.isOutOfStep();
  }
}

/** An instance that was switched off from outside is `stopped`: only a command wants one that is `shutdown` to run. */
function isElsewhere({ objType, condition, desired }: StackObject): boolean {
  if (condition === 'running') return desired === 'shutdown';
  return objType === 'launchplan' && condition === 'shutdown' && desired === 'running';
}

function keyOf({ label, name }: Pick<InstanceCommand, 'label' | 'name'>): string {
  return `${label} ${name}`;
}

const REASONS: Record<ReturnType<typeof settledStatus>, string> = {
  ready: 'All instances run',
  shut_down: 'All instances are shut down',
  warning: 'At least one instance does not run',
  stopped: 'Nothing is left',
  error: 'Something is wrong',
};
