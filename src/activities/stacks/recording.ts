import type { StackObjectRow } from '../../db/repositories/stacks/life-cycle-repositories.ts';
import { UnavailableError } from '../../domain/errors.ts';
import { prepareDefinition } from '../../domain/stacks/prepared-plan.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import type { StackObject, StackProjectionActivities, StackSnapshot } from './object-activity-types.ts';

type Deps = Pick<ActivityDependencies, 'repositories' | 'clock'>;

/** Short reads and writes of stacks. Each may run twice: what has moved on already stays as it is. */
export function createStackProjectionActivities(deps: Deps): StackProjectionActivities {
  const { stacks, stackObjects } = deps.repositories;

  return {
    loadStack: ({ name }) => snapshotOf(deps, name),

    async enterStackStatus({ name, status, actor, reason, startedFor, begunBy, seen }) {
      const change = { actor, reason, startedFor, begunBy, action: seen, now: nowOf(deps) };
      const isRepeated = begunBy !== undefined && (await stacks.hasBegun(name, begunBy));
      const row = isRepeated ? await stacks.find(name) : await stacks.enterStatus(name, status, change);
      const isTaken = begunBy === undefined || (await stacks.hasBegun(name, begunBy));
      return { action: row?.action ?? 0, status: row?.status ?? status, isRepeated, isTaken };
    },

    async activateRevision({ name, revision, actor }) {
      const stored = await stacks.findRevision(revision);
      // Activated by an earlier execution of this activity, and forgotten since: the definition stands.
      if (stored) {
        const change = { actor, reason: 'New definition', now: nowOf(deps) };
        await stacks.activate(prepareDefinition(stored.definition, revision), change);
      }
      return await snapshotOf(deps, name);
    },

    async forgetRetired({ name }) {
      await stacks.forgetRetired(name);
    },

    async removeStack({ name, createdAt, actor }) {
      await stacks.remove(name, createdAt, { actor, reason: 'Removed through the API', now: nowOf(deps) });
    },

    async setDesired({ name, label, object, desired, actor, begunBy }) {
      if (begunBy !== undefined && (await stacks.hasBegun(name, begunBy))) {
        // In a workflow task that was lost: it is still to be carried out, unless something else is wanted by now.
        const row = await stackObjects.find({ stack: name, label, name: object });
        return { isOvertaken: row?.desired !== desired };
      }
      const event = { actor, reason: `Asked to be ${desired}`, kind: 'desired', now: nowOf(deps) } as const;
      await stackObjects.change({ stack: name, label, name: object }, { desired }, event);
      if (begunBy !== undefined) await stacks.noteUpdate(name, begunBy, event.now);
      return { isOvertaken: false };
    },

    async failObject({ name, label, object, code, message, condition, desired }) {
      const event = { actor: DRYDOCK, reason: message, now: nowOf(deps) };
      const change = { condition, desired, error: message, failureCode: code };
      await stackObjects.change({ stack: name, label, name: object }, change, event);
    },

    async notify({ name, label, object, reason }) {
      const event = { actor: DRYDOCK, reason, kind: 'notified', now: nowOf(deps) } as const;
      await stackObjects.change({ stack: name, label, name: object }, {}, event);
    },
  };
}

async function snapshotOf({ repositories }: Deps, name: string): Promise<StackSnapshot | undefined> {
  const loaded = await repositories.stacks.load(name);
  if (!loaded) return undefined;
  const { row, plan, retired, objects } = loaded;
  if (objects.length === 0)
    throw new UnavailableError('database', `The objects of ${name} are not there yet`);
  return {
    createdAt: row.createdAt,
    status: row.status,
    action: row.action,
    startedAt: row.startedAt,
    begunBy: loaded.begunBy,
    plan,
    retired,
    objects: objects.map(toObject),
  };
}

function toObject(row: StackObjectRow): StackObject {
  const { label, name, objType, condition, error, desired, doneFor } = row;
  return { label, name, objType, condition, error, desired, doneFor };
}
