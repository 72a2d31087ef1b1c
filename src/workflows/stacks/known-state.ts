import { CancellationScope, log, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { StackObject, StackSnapshot } from '../../activities/stacks/object-activity-types.ts';
import { isTransitional, type ObjectCondition, type StackStatus } from '../../domain/stacks/statuses.ts';
import type { PlannedOplan, StackPlan } from '../../domain/stacks/definition.ts';
import type { StackInput, StackProgress } from '../contract/stacks.ts';
import type { Tuning } from '../contract/engine.ts';
import { stackProjection } from './object-proxies.ts';

const STACK_STATUS = defineSearchAttributeKey('StackStatus', 'KEYWORD');

/** The actor who wants a status, and the reason. */
export interface Reason {
  actor: string;
  reason: string;
  startedFor?: string;
  /** ID of the update that asks for it. */
  begunBy?: string;
}

/**
 * The knowledge of a run of a stack's workflow. A status is changed in memory first, so that whatever comes next sees
 * it, and then in the database, one write after the other.
 */
export class StackState {
  readonly name: string;
  readonly tuning: Tuning | undefined;
  /** Undefined until the database has been read; of a stack that is gone, what was known of it last. */
  private snapshot: StackSnapshot | undefined;
  isLoaded = false;
  private wasRemoved = false;
  /** The database has gone on without this run, which was reset to an earlier point: it must be read again. */
  private isBehind = false;
  /** Counts what the main loop should look at. */
  changes = 0;
  private readonly objects = new Map<string, StackObject>();
  private writes: Promise<unknown> = Promise.resolve();
  private writing = 0;
  /** Counts what this run has written and read: an older reading says nothing any more. */
  version = 0;

  constructor({ name, tuning }: StackInput) {
    this.name = name;
    this.tuning = tuning;
  }

  /**
   * Takes over what the database says; undefined when the stack is gone. Objects stay the same things, so that whoever is
   * at work on one goes on with it; with `keep` what is known of them stays too.
   */
  load(snapshot: StackSnapshot | undefined, { keep = false } = {}): void {
    this.isLoaded = true;
    this.isBehind = false;
    this.version += 1;
    this.wasRemoved = snapshot === undefined;
    this.snapshot = snapshot ?? this.snapshot;
    const wanted = new Map(
      (snapshot?.objects ?? []).map((object) => [key(object.label, object.name), object]),
    );
    for (const id of this.objects.keys()) if (!wanted.has(id)) this.objects.delete(id);
    for (const [id, object] of wanted) this.take(id, object, keep);
    this.changes += 1;
    if (snapshot) upsertSearchAttributes([{ key: STACK_STATUS, value: snapshot.status }]);
  }

  private take(id: string, object: StackObject, keep: boolean): void {
    const known = this.objects.get(id);
    if (!known) this.objects.set(id, object);
    else if (!keep) Object.assign(known, object);
  }

  isOutOfStep(): boolean {
    return this.isBehind;
  }

  isGone(): boolean {
    return this.wasRemoved;
  }

  get createdAt(): string {
    return this.loaded.createdAt;
  }

  get status(): StackStatus {
    return this.loaded.status;
  }

  /** Number of the action in progress. */
  get action(): number {
    return this.loaded.action;
  }

  get plan(): StackPlan {
    return this.loaded.plan;
  }

  get retired(): PlannedOplan[] {
    return this.loaded.retired;
  }

  /** True while a status is on its way into the database. */
  get isWriting(): boolean {
    return this.writing > 0;
  }

  /** True for an update that has begun something already. */
  hasBegun(update: string): boolean {
    return this.loaded.begunBy.includes(update);
  }

  /** When the last START took effect, RFC 3339 UTC. */
  get startedAt(): string | null {
    return this.loaded.startedAt;
  }

  /** Null once it is being stopped: then no stop time is awaited any more. */
  noteStart(time: string | null): void {
    this.loaded.startedAt = time;
  }

  /** Those of the definition, without the retired plans. */
  standing(): StackObject[] {
    const labels = new Set(this.plan.oplans.map(({ label }) => label));
    return [...this.objects.values()].filter(({ label }) => labels.has(label));
  }

  /** With those of retired plans. */
  everything(): StackObject[] {
    return [...this.objects.values()];
  }

  objectsOf({ label }: PlannedOplan): StackObject[] {
    return [...this.objects.values()].filter((object) => object.label === label);
  }

  object(label: string, name: string): StackObject | undefined {
    return this.objects.get(key(label, name));
  }

  instance(name: string): StackObject | undefined {
    return this.standing().find((object) => object.objType === 'launchplan' && object.name === name);
  }

  forgetRetired(): void {
    for (const { label } of this.retired) {
      for (const [id, object] of this.objects) if (object.label === label) this.objects.delete(id);
    }
    this.loaded.retired = [];
  }

  /**
   * Enters a status, and answers it when the database has it: by then it may be over. Undefined when the database has gone
   * on without this run and takes nothing from it: the main loop reads it again.
   */
  async enter(
    status: StackStatus,
    { actor, reason, startedFor, begunBy }: Reason,
  ): Promise<StackStatus | undefined> {
    const { loaded, name } = this;
    log.info('Status changes', { stack: name, from: loaded.status, to: status, actor, reason });
    loaded.status = status;
    this.version += 1;
    this.changes += 1;
    upsertSearchAttributes([{ key: STACK_STATUS, value: status }]);
    this.show();
    return await this.write(async () => {
      const seen = loaded.action;
      const stands = await stackProjection(`becomes ${status}`).enterStackStatus({
        name,
        status,
        actor,
        reason,
        seen,
        ...(startedFor === undefined ? {} : { startedFor }),
        ...(begunBy === undefined ? {} : { begunBy }),
      });
      if (stands.isRepeated) {
        // Sent again by the server after a reset: its time is long over.
        this.fallBehind();
        return stands.status;
      }
      // An action that another update has begun already, in a workflow task that was lost, is not taken for this one's.
      if (
        !stands.isTaken ||
        stands.status !== status ||
        stands.action !== seen + (isCounted(status) ? 1 : 0)
      ) {
        log.warn('The database has moved on', { stack: name, wanted: status, stands });
        this.fallBehind();
        return undefined;
      }
      loaded.action = stands.action;
      if (begunBy !== undefined) loaded.begunBy = [begunBy, ...loaded.begunBy];
      return status;
    });
  }

  /** One after the other, whoever asks, and also after a request to cancel. */
  private async write<T>(work: () => Promise<T>): Promise<T> {
    this.writing += 1;
    const mine = this.writes.then(() => CancellationScope.nonCancellable(work));
    // A write that failed must not keep those after it from being tried.
    this.writes = Promise.allSettled([mine]);
    try {
      return await mine;
    } catch (error) {
      // The memory is ahead of the database.
      this.fallBehind();
      throw error;
    } finally {
      this.writing -= 1;
    }
  }

  /** The main loop reads the database again before it does anything else. */
  fallBehind(): void {
    this.isBehind = true;
    this.changes += 1;
  }

  progress(): StackProgress {
    if (!this.snapshot || this.wasRemoved) return { status: 'stopped', objects: {} };
    const objects: Partial<Record<ObjectCondition, number>> = {};
    for (const { condition } of this.objects.values()) objects[condition] = (objects[condition] ?? 0) + 1;
    return { status: this.status, objects };
  }

  /** For Temporal's Web UI. */
  show(): void {
    if (!this.snapshot || this.wasRemoved) return;
    const plans = this.plan.oplans.map((oplan) => {
      const counts = new Map<string, number>();
      for (const { condition } of this.objectsOf(oplan)) {
        counts.set(condition, (counts.get(condition) ?? 0) + 1);
      }
      const objects = [...counts].map(([condition, count]) => `${count} ${condition}`).join(', ');
      return `- ${oplan.label} (${oplan.objType}): ${objects}`;
    });
    const errors = this.standing()
      .filter(({ error }) => error !== null)
      .slice(0, 10)
      .map(({ label, error }) => `- ${label}: ${error ?? ''}`);
    const wrong = errors.length > 0 ? `\n\n**Errors:**\n${errors.join('\n')}` : '';
    setCurrentDetails(`**${this.status}**\n\n${plans.join('\n')}${wrong}`);
  }

  private get loaded(): StackSnapshot {
    if (!this.snapshot) throw new Error(`The stack ${this.name} is not loaded`);
    return this.snapshot;
  }
}

/** As the database counts actions. */
function isCounted(status: StackStatus): boolean {
  return isTransitional(status) || status === 'scheduled';
}

function key(label: string, name: string): string {
  return `${label} ${name}`;
}
