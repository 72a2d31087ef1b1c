import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { limitedKeys, limitKeysOf, type Limits } from '../../src/domain/upgrades/limits.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';
import { atEndOfFile, createDatabase, until } from '../support/environment.ts';
import { aRequest, aRuntime, AT, BY_NO_POLICY, FIRST, planned } from '../support/rows.ts';

let url: string;
let admin: postgres.Sql;
let processes: [Repositories, Repositories];

beforeAll(async () => {
  ({ url } = await createDatabase());
  admin = postgres(url, { max: 2, onnotice: () => undefined });
  atEndOfFile(() => admin.end());
  processes = twoProcesses('drydock');
});

/** The repositories of two processes, each with a pool of its own. */
function twoProcesses(applicationName: string): [Repositories, Repositories] {
  const open = (): Repositories => {
    const database = openDatabase(url, { applicationName });
    atEndOfFile(() => database.close());
    return createRepositories(database);
  };
  return [open(), open()];
}

interface Planned {
  operationID: string;
  runtime: Runtime;
}

/** An orchestration in progress of so many runtimes in all of these regions, plans and accounts. */
async function aPlanOf(
  count: number,
  { regions, plans, accounts }: { regions: number; plans: number; accounts: number },
): Promise<{ id: string; batch: Planned[] }> {
  const [{ orchestrations, operations }] = processes;
  const request = aRequest();
  const { orchestrationID: id, type } = request;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', { actor: 'test', reason: 'for the test', now: AT });
  const batch = Array.from({ length: count }, (_, position) =>
    planned(
      position,
      aRuntime({
        region: `region-${position % regions}`,
        servicePlanName: `plan-${position % plans}`,
        globalAccountID: `account-${position % accounts}`,
      }),
    ),
  );
  await operations.plan({ id, type, dryRun: false }, batch, AT);
  const plan = { count, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT };
  await orchestrations.planned(id, plan);
  return { id, batch };
}

async function claim(
  { operations }: Repositories,
  orchestrationID: string,
  { operationID, runtime }: Planned,
  limits: Limits,
): Promise<string> {
  const keys = limitedKeys(limits, limitKeysOf(limits, runtime));
  const by = { ...FIRST, claim: randomUUID() };
  return (await operations.claim(operationID, by, AT, { orchestrationID, keys })).kind;
}

/** Claims all at once, every other one by the other process. */
async function claimAll(id: string, batch: readonly Planned[], limits: Limits): Promise<string[]> {
  return await Promise.all(
    batch.map((one, index) => claim(processes[index % 2 === 0 ? 0 : 1], id, one, limits)),
  );
}

describe('claims with limits, a thousand at once', () => {
  it('are all answered, and let in as many as may be, and nobody else', async () => {
    const { id, batch } = await aPlanOf(1_000, { regions: 7, plans: 3, accounts: 50 });
    const limits = {
      perRegion: { default: 40, 'region-0': 5 },
      perPlan: { 'plan-1': 60 },
      perGlobalAccount: 4,
    };
    const kinds = await claimAll(id, batch, limits);
    const claimed = batch.filter((_, index) => kinds[index] === 'claimed');
    expect(kinds.filter((kind) => kind !== 'claimed' && kind !== 'full')).toEqual([]);
    const isFull = ({ runtime }: Planned, above: number): boolean =>
      limitedKeys(limits, limitKeysOf(limits, runtime)).some(({ kind, key, limit }) => {
        const taken = claimed.filter((one) => limitKeysOf(limits, one.runtime)[kind] === key).length;
        return taken >= limit + above;
      });
    expect(claimed.filter((one) => isFull(one, 1))).toEqual([]);
    // Each that was refused has a key that is full, so that nobody more could have been let in.
    expect(batch.filter((one, index) => kinds[index] === 'full' && !isFull(one, 0))).toEqual([]);
    expect(await processes[0].waits.countExecuting(id)).toBe(claimed.length);
  });

  it('all enter when there is room for them', async () => {
    const { id, batch } = await aPlanOf(1_000, { regions: 1, plans: 1, accounts: 1 });
    const kinds = await claimAll(id, batch, { perRegion: 1_000 });
    expect(new Set(kinds)).toEqual(new Set(['claimed']));
  });
});

describe('claims with limits', () => {
  it('exceed none while others end and connections are cut in the middle of transactions', async () => {
    const limits = { perRegion: { 'region-0': 1, default: 3 }, perPlan: 4 };
    const { id, batch } = await aPlanOf(150, { regions: 3, plans: 2, accounts: 1 });
    const those = twoProcesses('to be cut');
    let cut = 0;
    let ended = 0;
    const cutting = until(
      async () => {
        const done = await admin`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'to be cut' and xact_start is not null
            and query ~ 'operations|orchestrations' limit 1`;
        cut += done.length;
        return cut >= 20 || ended === batch.length;
      },
      { what: 'twenty transactions are cut off' },
    );
    await Promise.all(
      batch.map(async (one, index) => {
        const process = those[index % 2 === 0 ? 0 : 1];
        await until(async () => (await mayFail(claim(process, id, one, limits))) === 'claimed', {
          what: 'it is claimed',
        });
        const end = { state: 'succeeded', description: 'done' } as const;
        await until(() => mayFail(process.operations.finish(one.operationID, FIRST, end, AT)), {
          what: 'its end is written',
        });
        ended += 1;
      }),
    );
    await cutting;
    expect(cut).toBeGreaterThan(0);
    const upTo = (limit: number): number =>
      expect.toBeOneOf(Array.from({ length: limit }, (_, at) => at + 1)) as number;
    expect(await mostAtOnce(id)).toEqual({
      ...{ 'region-0': 1, 'region-1': upTo(3), 'region-2': upTo(3) },
      ...{ 'plan-0': upTo(4), 'plan-1': upTo(4) },
    });
  });

  it('keep nothing else waiting while they wait for the row of their orchestration', async () => {
    const { id, batch } = await aPlanOf(50, { regions: 1, plans: 1, accounts: 1 });
    const [{ operations, orchestrations }] = processes;
    const limits = { perRegion: 20 };
    const kinds = await admin.begin(async (tx) => {
      await tx`select from orchestrations where id = ${id} for update`;
      const all = batch.map((one) => claim(processes[0], id, one, limits));
      await until(
        async () =>
          (
            await admin`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
          ).length > 0,
        { what: 'a claim waits for the row' },
      );
      const others = batch.map(({ operationID }) => operations.findMany([operationID]));
      expect((await Promise.all(others)).flat()).toHaveLength(50);
      expect(await orchestrations.find(id)).toMatchObject({ id });
      return { all };
    });
    const answers = await Promise.all(kinds.all);
    expect(answers.filter((kind) => kind === 'claimed')).toHaveLength(20);
    expect(answers.filter((kind) => kind === 'full')).toHaveLength(30);
  });

  it('take rows together in the order of their IDs, so that nobody who does the same can wait for them in a circle', async () => {
    const { id, batch } = await aPlanOf(3, { regions: 1, plans: 1, accounts: 1 });
    const [first, low, high] = inOrder(batch);
    const claimed = await admin.begin(async (tx) => {
      await tx`select from operations where id = ${low?.operationID ?? ''} for update`;
      const all = [first, high, low].flatMap((one) =>
        one ? [claim(processes[0], id, one, { perRegion: 3 })] : [],
      );
      await all[0];
      await until(isAnyWaiting, { what: 'the other two wait' });
      await tx`select from operations where id = ${high?.operationID ?? ''} for update nowait`;
      return { all };
    });
    expect(await Promise.all(claimed.all)).toEqual(['claimed', 'claimed', 'claimed']);
  });

  it('are refused when nothing can be what they name, and nobody beside them is', async () => {
    const { id, batch } = await aPlanOf(3, { regions: 1, plans: 1, accounts: 1 });
    const [first, second, third] = batch;
    const odd = { operationID: 'no UUID', runtime: aRuntime() };
    const all = [first, odd, second, third].flatMap((one) => one ?? []);
    const kinds = await Promise.all(all.map((one) => claim(processes[0], id, one, { perRegion: 3 })));
    expect(kinds).toEqual(['claimed', 'refused', 'claimed', 'claimed']);
  });

  it('take over what is in progress without taking a further place', async () => {
    const { id, batch } = await aPlanOf(4, { regions: 1, plans: 1, accounts: 1 });
    const [executing, ...others] = inOrder(batch);
    const all = [...others.slice(0, 1), ...(executing ? [executing] : []), ...others.slice(1)];
    const claimOf = (one: Planned): Promise<string> => claim(processes[0], id, one, { perRegion: 4 });
    if (executing) expect(await claimOf(executing)).toBe('claimed');
    // The first of them has a transaction of its own, the others share the next one.
    expect(await Promise.all(all.map(claimOf))).toEqual(['claimed', 'claimed', 'claimed', 'claimed']);
  });

  it('heed the limit that each of them brings', async () => {
    const { id, batch } = await aPlanOf(5, { regions: 1, plans: 1, accounts: 1 });
    const kinds = await Promise.all(
      inOrder(batch).map((one, index) => claim(processes[0], id, one, { perRegion: index === 3 ? 2 : 4 })),
    );
    expect(kinds).toEqual(['claimed', 'claimed', 'claimed', 'full', 'claimed']);
  });
});

function inOrder(batch: readonly Planned[]): Planned[] {
  return [...batch].sort((one, other) => (one.operationID < other.operationID ? -1 : 1));
}

async function isAnyWaiting(): Promise<boolean> {
  const waiting = await admin`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return waiting.length > 0;
}

/** Undefined when the database did not answer: whoever asked comes back. */
async function mayFail<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UnavailableError) return undefined;
    throw error;
  }
}

/**
 * The most operations of each region and plan in progress at once, by the order of events. A claim writes its event after it has counted, and an end before it
 * is seen: of what was in progress in truth, some may be missing here, and nothing is here that was not.
 */
async function mostAtOnce(id: string): Promise<Record<string, number>> {
  const changes = await admin<{ region: string; plan: string; to_state: string }[]>`
    select o.region, o.service_plan_name as plan, e.to_state from events e join operations o on o.id = e.operation_id
    where e.orchestration_id = ${id} and e.to_state in ('in progress', 'succeeded') order by e.id`;
  const now: Record<string, number> = {};
  const most: Record<string, number> = {};
  for (const { region, plan, to_state: state } of changes)
    for (const key of [region, plan]) {
      now[key] = (now[key] ?? 0) + (state === 'in progress' ? 1 : -1);
      most[key] = Math.max(most[key] ?? 0, now[key]);
    }
  return most;
}
