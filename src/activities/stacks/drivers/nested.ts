import type {
  StackRepository,
  StackStanding,
} from '../../../db/repositories/stacks/life-cycle-repositories.ts';
import type { StackGateway, StackOutcome } from '../../../clients/stacks/life-cycle-gateway.ts';
import { FinalError, UnavailableError } from '../../../domain/errors.ts';
import { parseOwnerKey } from '../../../domain/stacks/owner-key.ts';
import type { StackAction } from '../../../domain/stacks/statuses.ts';
import { DRYDOCK } from '../../../domain/actors.ts';
import type { DescribedObject, InstanceDriver, ObjectRef } from './driver.ts';

/** Deeper nesting is refused when it is defined. */
const MOST_LEVELS = 21;

/**
 * A stack as one object of another one: creating it is its START, destroying it its STOP, and it runs while it is ready.
 * Its owner is whoever it was started for; one that somebody else has started is adopted like any other object.
 */
export function createNestedDriver(stacks: StackRepository, gateway: StackGateway): InstanceDriver {
  const find = async ({ name }: ObjectRef): Promise<StackStanding> => {
    const [row] = await stacks.findMany([name]);
    if (row) return row;
    throw new FinalError('OBJECT_REFUSED', `There is no orchestration ${name}; add it first`);
  };
  const ask = async (object: ObjectRef, action: StackAction, startedFor?: string): Promise<void> => {
    const request = { action, actor: DRYDOCK, ...(startedFor === undefined ? {} : { startedFor }) };
    try {
      settle(object, await gateway.act(object.name, request));
    } catch (error) {
      if (!(error instanceof UnavailableError) || error.system === 'objects') throw error;
      // For the stack that holds it, the nested one is what can't be reached: shown, waited for and limited like any object.
      const message = `The orchestration ${object.name} does not take ${action} now: ${error.message}`;
      throw new UnavailableError('objects', message, { cause: error });
    }
  };

  return {
    async create(object) {
      const { status, startedFor } = await find(object);
      await refuseCycle(stacks, object);
      const resumes = status === 'error' && startedFor === object.owner;
      if (status === 'stopped' || resumes) await ask(object, 'START', object.owner);
    },
    async destroy(object) {
      const [row] = await stacks.findMany([object.name]);
      if (!row || row.startedFor !== object.owner) return;
      if (row.status !== 'stopped' && row.status !== 'stopping') await ask(object, 'STOP');
    },
    async describe({ name }) {
      const [row] = await stacks.findMany([name]);
      return row && describeStack(row);
    },
    survey: () => async (objects) => {
      const rows = await stacks.findMany(objects.map(({ name }) => name));
      return new Map(
        rows.flatMap((row) => {
          const described = describeStack(row);
          return described ? [[row.name, described] as const] : [];
        }),
      );
    },
    async start(object) {
      const { status } = await find(object);
      if (status === 'shut_down' || status === 'error') await ask(object, 'RESTART');
    },
    async stop(object) {
      const { status } = await find(object);
      if (status === 'ready' || status === 'warning') await ask(object, 'SHUTDOWN');
    },
    // A stack that is ready runs as a whole: there is nothing to mend by a power cycle of all of its instances.
    restart: async () => undefined,
  };
}

/** A stack that was started, however indirectly, for the sake of the one that it holds would wait for itself. */
async function refuseCycle(stacks: StackRepository, { owner, name }: ObjectRef): Promise<void> {
  const way = [name];
  for (let holder: string | undefined = owner; holder && way.length <= MOST_LEVELS;) {
    const stack: string | undefined = parseOwnerKey(holder)?.stack;
    if (stack === undefined) return;
    way.unshift(stack);
    if (stack === name) {
      throw new FinalError('OBJECT_REFUSED', `An orchestration must not hold itself: ${way.join(' -> ')}`);
    }
    holder = (await stacks.findMany([stack]))[0]?.startedFor ?? undefined;
  }
}

function settle({ name }: ObjectRef, outcome: StackOutcome): void {
  if (outcome.kind === 'accepted') return;
  const why = outcome.kind === 'refused' ? outcome.reason : 'it does not exist any more';
  // Something else is under way there; it ends, and then the request fits or is not needed any more.
  throw new UnavailableError('objects', `The orchestration ${name} cannot follow now: ${why}`);
}

function describeStack(row: StackStanding): DescribedObject | undefined {
  const id = `${row.name}@${row.startedAt ?? row.createdAt}`;
  const described = { id, owner: row.startedFor };
  switch (row.status) {
    case 'stopped':
      return undefined;
    case 'scheduled':
      return {
        ...described,
        state: 'failed',
        reason: 'it waits for its own start time; take that out of its schedule, or start it by itself',
      };
    case 'starting':
    case 'restarting':
    case 'shutting_down':
    case 'stopping':
      return { ...described, state: 'pending' };
    case 'ready':
      return { ...described, state: 'running' };
    case 'shut_down':
      return { ...described, state: 'shutdown' };
    case 'warning':
      return { ...described, state: 'stopped', reason: 'at least one of its instances does not run' };
    case 'error':
      return { ...described, state: 'failed', reason: 'its status is error; its info.errors says why' };
  }
}
