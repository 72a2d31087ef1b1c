import type { Repositories } from '../db/repositories/repository-types.ts';
import { UnavailableError } from '../domain/errors.ts';

/** A database that is away or hangs must not hold up what does not need it. */
const DATABASE_LIMIT_MS = 2_000;

/** How long a request waits for the start of a workflow that is started later anyway. */
const START_LIMIT_MS = 2_000;

/** A reader waits that long for each question to the database, at the most. */
export const READ_LIMIT_MS = 5_000;

/** Rejects with `otherwise()` when the work takes longer than `limitMs`; the work itself is not stopped. */
export async function within<T>(limitMs: number, work: Promise<T>, otherwise: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(otherwise()), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * UnavailableError('database') when the database takes longer than a request can wait: by default for what it can do
 * without.
 */
export async function withinDatabaseLimit<T>(work: Promise<T>, limitMs = DATABASE_LIMIT_MS): Promise<T> {
  return await within(limitMs, work, () => tooLate(limitMs));
}

/** UnavailableError('database') when a reader has waited for the database for as long as it should. The work itself goes on. */
export async function withinReadLimit<T>(work: Promise<T>): Promise<T> {
  return await withinDatabaseLimit(work, READ_LIMIT_MS);
}

/** UnavailableError('engine') when the engine takes longer to start a workflow than a request should wait. */
export async function withinStartLimit<T>(work: Promise<T>): Promise<T> {
  const message = `The engine did not answer within ${START_LIMIT_MS} ms`;
  return await within(START_LIMIT_MS, work, () => new UnavailableError('engine', message));
}

/** The same repositories for routes that only read: a database that hangs is one that is away, after some seconds. */
export function forReading(repositories: Repositories): Repositories {
  const { orchestrations, control, operations, events, policies, plans, waits, queue } = repositories;
  const { fleet, rollouts, stacks, stackObjects, backups, changes } = repositories;
  const { audit, webhooks, calendar, report } = repositories;
  const limited = <T>(work: Promise<T>): Promise<T> => withinReadLimit(work);
  return {
    ...repositories,
    orchestrations: {
      ...orchestrations,
      find: (...given) => limited(orchestrations.find(...given)),
      list: (...given) => limited(orchestrations.list(...given)),
    },
    control: {
      ...control,
      countFailures: (...given) => limited(control.countFailures(...given)),
      failuresOf: (...given) => limited(control.failuresOf(...given)),
      openWaves: (...given) => limited(control.openWaves(...given)),
      waveRows: (...given) => limited(control.waveRows(...given)),
      waves: (...given) => limited(control.waves(...given)),
    },
    operations: {
      ...operations,
      find: (...given) => limited(operations.find(...given)),
      list: (...given) => limited(operations.list(...given)),
      stats: (...given) => limited(operations.stats(...given)),
      listExecuting: (...given) => limited(operations.listExecuting(...given)),
    },
    events: {
      ...events,
      canceled: (...given) => limited(events.canceled(...given)),
      list: (...given) => limited(events.list(...given)),
    },
    policies: {
      ...policies,
      current: (...given) => limited(policies.current(...given)),
      find: (...given) => limited(policies.find(...given)),
      list: (...given) => limited(policies.list(...given)),
    },
    plans: {
      ...plans,
      find: (...given) => limited(plans.find(...given)),
      list: (...given) => limited(plans.list(...given)),
      listOperations: (...given) => limited(plans.listOperations(...given)),
      findOperation: (...given) => limited(plans.findOperation(...given)),
      listLeftOut: (...given) => limited(plans.listLeftOut(...given)),
      findLeftOut: (...given) => limited(plans.findLeftOut(...given)),
      isUnselected: (...given) => limited(plans.isUnselected(...given)),
    },
    waits: {
      ofOrchestrations: (...given) => limited(waits.ofOrchestrations(...given)),
      countExecuting: (...given) => limited(waits.countExecuting(...given)),
      inFlight: (...given) => limited(waits.inFlight(...given)),
      complaining: (...given) => limited(waits.complaining(...given)),
      unsent: (...given) => limited(waits.unsent(...given)),
      limitedExecuting: (...given) => limited(waits.limitedExecuting(...given)),
    },
    fleet: {
      ...fleet,
      lastRead: (...given) => limited(fleet.lastRead(...given)),
      list: (...given) => limited(fleet.list(...given)),
      counts: (...given) => limited(fleet.counts(...given)),
      upgradable: (...given) => limited(fleet.upgradable(...given)),
    },
    rollouts: {
      group: (...given) => limited(rollouts.group(...given)),
      alike: (...given) => limited(rollouts.alike(...given)),
      failures: (...given) => limited(rollouts.failures(...given)),
      burnUp: (...given) => limited(rollouts.burnUp(...given)),
    },
    queue: {
      ...queue,
      latest: (...given) => limited(queue.latest(...given)),
      pause: (...given) => limited(queue.pause(...given)),
      lanes: (...given) => limited(queue.lanes(...given)),
    },
    stacks: {
      ...stacks,
      find: (...given) => limited(stacks.find(...given)),
      findByIdempotencyKey: (...given) => limited(stacks.findByIdempotencyKey(...given)),
      findMany: (...given) => limited(stacks.findMany(...given)),
      listDefinitions: (...given) => limited(stacks.listDefinitions(...given)),
      listNames: (...given) => limited(stacks.listNames(...given)),
      listEvents: (...given) => limited(stacks.listEvents(...given)),
    },
    stackObjects: {
      ...stackObjects,
      ofStack: (...given) => limited(stackObjects.ofStack(...given)),
      ofStacks: (...given) => limited(stackObjects.ofStacks(...given)),
      findByName: (...given) => limited(stackObjects.findByName(...given)),
      listNamed: (...given) => limited(stackObjects.listNamed(...given)),
      listNames: (...given) => limited(stackObjects.listNames(...given)),
    },
    backups: {
      ...backups,
      find: (...given) => limited(backups.find(...given)),
      list: (...given) => limited(backups.list(...given)),
      entries: (...given) => limited(backups.entries(...given)),
    },
    calendar: { comingWindows: (...given) => limited(calendar.comingWindows(...given)) },
    report: { read: (...given) => limited(report.read(...given)) },
    audit: { list: (...given) => limited(audit.list(...given)) },
    changes: {
      ...changes,
      last: () => limited(changes.last()),
      read: (...given) => limited(changes.read(...given)),
      adopt: (...given) => limited(changes.adopt(...given)),
      operations: (...given) => limited(changes.operations(...given)),
      stacks: (...given) => limited(changes.stacks(...given)),
      objects: (...given) => limited(changes.objects(...given)),
    },
    webhooks: {
      ...webhooks,
      list: (...given) => limited(webhooks.list(...given)),
      find: (...given) => limited(webhooks.find(...given)),
      findByIdempotencyKey: (...given) => limited(webhooks.findByIdempotencyKey(...given)),
      deliveries: (...given) => limited(webhooks.deliveries(...given)),
      add: (...given) => limited(webhooks.add(...given)),
      change: (...given) => limited(webhooks.change(...given)),
      rotate: (...given) => limited(webhooks.rotate(...given)),
      remove: (...given) => limited(webhooks.remove(...given)),
      tell: (...given) => limited(webhooks.tell(...given)),
      redeliver: (...given) => limited(webhooks.redeliver(...given)),
    },
  };
}

function tooLate(limitMs: number): UnavailableError {
  return new UnavailableError('database', `The database did not answer within ${limitMs} ms`);
}
