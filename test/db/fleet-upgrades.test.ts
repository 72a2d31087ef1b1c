/** Lists that say in SQL what the domain says of one row: both must agree, whatever the rows are. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/db/connection.ts';
import { createRepositories, type OperationRow, type Repositories } from '../../src/db/repositories/index.ts';
import { createOperationReads } from '../../src/db/repositories/upgrades/operation-reads.ts';
import * as schema from '../../src/db/schema/index.ts';
import { causeOf } from '../../src/domain/upgrades/failure-causes.ts';
import { limitKeysOf, TakenKeys, type Limits } from '../../src/domain/upgrades/limits.ts';
import { ASKED_RUNTIME_STATES, runtimeStateOf } from '../../src/domain/upgrades/runtime-state.ts';
import { SHOOT_STANDINGS } from '../../src/domain/upgrades/inventory-shoot.ts';
import { OPERATION_STATES } from '../../src/domain/upgrades/states.ts';
import { WAITING_CODES } from '../../src/domain/upgrades/waiting-codes.ts';
import { waitingInPlan } from '../../src/domain/upgrades/waits-in-plan.ts';
import { dice } from '../support/dice.ts';
import { atEndOfTest } from '../support/endings.ts';
import { atEndOfFile, createDatabase } from '../support/environment.ts';
import { aPlan, aRequest, aRuntime, asShoot, AT } from '../support/rows.ts';
import { FAILURE_MESSAGES } from '../unit/domain/upgrades/failure-messages.ts';

const { operations } = schema;

let url: string;
let database: Database;
let repositories: Repositories;

beforeAll(async () => {
  ({ url } = await createDatabase());
  database = openDatabase(url);
  atEndOfFile(() => database.close());
  repositories = createRepositories(database);
});

describe('a count that takes too long', () => {
  it('ends in the database, too, and leaves its connection to others', async () => {
    const url = (await createDatabase()).url;
    const [one, other] = [openDatabase(url, { max: 1 }), openDatabase(url, { max: 1 })];
    atEndOfTest(() => one.close());
    atEndOfTest(() => other.close());
    await one.run((db) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`lock table runtimes in access exclusive mode`);
        await expect(createRepositories(other).fleet.counts()).rejects.toThrow('57014');
        expect(await createRepositories(other).queue.latest()).toBeUndefined();
      }),
    );
  });
});

const change = (id: string, values: Partial<OperationRow>): Promise<unknown> =>
  database.run((db) => db.update(operations).set(values).where(eq(operations.id, id)));
const ALL = { page: 1, pageSize: 100 };
const minutes = (count: number): string => new Date(Date.parse(AT) + count * 60_000).toISOString();

describe('runtimes', () => {
  it('are in the states that they are answered with, whatever upgrades have done', async () => {
    const roll = dice(7);
    const pick = <T>(values: readonly [T, ...T[]]): T => values[roll(values.length)] ?? values[0];
    const shoots = Array.from({ length: 60 }, (_, index) => {
      const runtime = aRuntime({ runtimeID: `r-${index}`, shootName: `c-${index}` });
      return { ...asShoot(runtime), standing: roll(4) === 0 ? pick(SHOOT_STANDINGS) : ('active' as const) };
    });
    const { fleet } = repositories;
    const outlook = { kind: 'unusable policy', message: '' } as const;
    const reading = await fleet.begin(AT);
    await fleet.write(reading, shoots, AT);
    const shootNames = shoots.slice(5).map(({ shootName }) => shootName);
    await fleet.finish(reading, { shootNames, outlook, now: AT });
    for (const [round, type] of (['upgradeKyma', 'upgradeCluster', 'upgradeKyma'] as const).entries()) {
      const request = aRequest({ type, createdAt: minutes(round) });
      request.parameters.kyma = { version: `2.20.${round}` };
      const { id, operationIDs } = await planOf(
        shoots.filter(() => roll(3) > 0),
        request,
      );
      for (const operationID of operationIDs) {
        const state = pick(OPERATION_STATES);
        await change(operationID, {
          state,
          // Now and then two have been planned at the same moment.
          createdAt: minutes(roll(4) === 0 ? 0 : round),
          finishedAt: minutes(roll(50)),
          dryRun: roll(5) === 0,
        });
      }
      expect(id).toBe(request.orchestrationID);
    }
    const everything = await fleet.list({ states: ['all', 'deprovisioned'] }, ALL, { kymaConfig: false });
    const answered = everything.rows.map(({ row, upgrades: { isUpgrading, last } }) => ({
      name: row.shootName,
      state: runtimeStateOf({ ...row, isUpgrading, last: last?.state }),
    }));
    const counted = new Map<string, number>();
    for (const state of ASKED_RUNTIME_STATES) {
      if (state === 'all') continue;
      const { rows, total } = await fleet.list({ states: [state] }, ALL, { kymaConfig: false });
      const names = rows.map(({ row }) => row.shootName);
      expect({ state, names: names.sort() }).toEqual({
        state,
        names: answered.flatMap((one) => (one.state === state ? [one.name] : [])).sort(),
      });
      expect(total).toBe(names.length);
      if (total > 0 && state !== 'deprovisioned') counted.set(state, total);
    }
    // Every case is there.
    expect([...counted.keys()].sort()).toEqual(
      ['succeeded', 'error', 'upgrading', 'provisioning', 'failed', 'suspended', 'deprovisioning'].sort(),
    );
    const { byState, byKymaVersion } = await fleet.counts();
    expect(new Map(byState.map(({ key, count }) => [key, count]))).toEqual(counted);
    const inSight = everything.rows.filter(
      ({ row }) => row.removedAt === null && row.standing !== 'suspended',
    );
    for (const { key, count } of byKymaVersion) {
      const of = inSight.filter(({ upgrades }) => (upgrades.kymaVersion ?? null) === key);
      expect({ key, count }).toEqual({ key, count: of.length });
    }
    expect(byKymaVersion.length).toBe(3);
  });

  it('tell of their newest upgrades, two of a kind, without dry runs, and of the last version installed', async () => {
    const runtime = aRuntime();
    const { fleet } = repositories;
    const reading = await fleet.begin(AT);
    await fleet.write(reading, [asShoot(runtime)], AT);
    const early = aRequest({ createdAt: minutes(-9) });
    early.parameters.kyma = { version: '2.19.0' };
    const { operationIDs: planned } = await planOf([runtime], early);
    // Planned first, and carried out last.
    const ended = { state: 'succeeded', createdAt: minutes(-9), finishedAt: minutes(60) } as const;
    await change(planned[0] ?? '', ended);
    const ids: string[] = [];
    for (const [round, state] of (
      ['succeeded', 'succeeded', 'failed', 'canceled', 'pending'] as const
    ).entries()) {
      const request = aRequest({ createdAt: minutes(round) });
      request.parameters.kyma = { version: `2.20.${round}` };
      const { operationIDs } = await planOf([runtime], request);
      const [operationID = ''] = operationIDs;
      ids.push(operationID);
      await change(operationID, {
        state,
        createdAt: minutes(round),
        finishedAt: minutes(round),
        startedAt: minutes(round),
        dryRun: round === 1,
        config: { kymaConfig: { version: `2.20.${round}`, components: [], configuration: [] } },
      });
    }
    const { rows } = await fleet.list({ runtimeIDs: [runtime.runtimeID] }, ALL, { kymaConfig: true });
    const [found] = rows;
    expect(found?.upgrades).toMatchObject({
      newest: {
        upgradeKyma: [
          { operationID: ids[4], state: 'pending', version: '2.20.4' },
          { operationID: ids[3], state: 'canceled', version: '2.20.3' },
        ],
        upgradeCluster: [],
      },
      totals: { upgradeKyma: 5, upgradeCluster: 0 },
      last: { operationID: ids[2], state: 'failed' },
      isUpgrading: false,
      kymaVersion: '2.19.0',
      kymaConfig: { version: '2.20.4' },
    });
    expect((await fleet.counts()).byKymaVersion).toContainEqual({ key: '2.19.0', count: 1 });
  });
});

/** An orchestration in progress with an operation of each of these runtimes, in their order. */
async function planOf(
  runtimes: readonly { shootName: string; runtimeID?: string }[],
  request = aRequest(),
): Promise<{ id: string; operationIDs: string[] }> {
  const plan = await aPlan(repositories, runtimes.length, request);
  await Promise.all(
    runtimes.map(({ shootName, runtimeID = '' }, index) =>
      change(plan.operationIDs[index] ?? '', { shootName, runtimeID }),
    ),
  );
  return plan;
}

describe('operations', () => {
  it('are found by what they wait for, as each of them says it', async () => {
    const roll = dice(3);
    const now = minutes(0);
    const some = (): string | null => (roll(3) === 0 ? null : minutes(roll(5) - 2));
    const limits: Limits = { perRegion: 1, perPlan: { azure: 1 }, perGlobalAccount: 1 };
    const { id, operationIDs } = await aPlan(repositories, 100);
    for (const operationID of operationIDs) {
      await change(operationID, {
        state: roll(8) === 0 ? 'in progress' : roll(2) === 0 ? 'pending' : 'retrying',
        wave: roll(3),
        windowBegin: some(),
        windowEnd: minutes(60),
        latestStart: some(),
        notBefore: some(),
        busySince: roll(2) === 0 ? null : AT,
        description: roll(2) === 0 ? 'Waits for the end of the freeze "x"' : 'Waits for its window',
        region: `region-${roll(3)}`,
        servicePlanName: roll(2) === 0 ? 'azure' : 'gcp',
        globalAccountID: `account-${roll(9)}`,
      });
    }
    const { rows } = await repositories.operations.list(id, {}, ALL);
    const full = new TakenKeys(limits, [
      { keys: { region: 'region-1' } },
      { keys: { plan: 'azure' } },
      { keys: { account: 'account-3' } },
    ]);
    for (const [workers, openWave] of [
      [5, 1],
      [5, undefined],
      [0, undefined],
    ] as const) {
      const seen = new Set<string>();
      for (const code of WAITING_CODES) {
        const waiting = { codes: [code], now, openWave, full: workers > 0 ? full.full() : {} };
        const found = await repositories.operations.list(
          id,
          {
            waiting: {
              executing: [],
              waiting: { ...waiting, ...(openWave === undefined ? {} : { openWave }) },
            },
          },
          ALL,
        );
        const expected = rows.filter((row) => {
          if (row.state === 'in progress') return false;
          if (openWave !== undefined && row.wave > openWave) return code === 'wave';
          const facts = { workers, executing: 0, full: full.fullOf(limitKeysOf(limits, row)) };
          return waitingInPlan(row, Date.parse(now), facts).code === code;
        });
        expect({ code, ids: found.rows.map((row) => row.id) }).toEqual({
          code,
          ids: expected.map((row) => row.id),
        });
        expect(found.total).toBe(expected.length);
        if (expected.length > 0) seen.add(code);
      }
      expect(seen.size).toBeGreaterThan(5);
    }
  });

  it('are found by a part of a name, an ID, a region or a plan, whatever characters it has', async () => {
    const runtimes = [
      aRuntime({ shootName: 'c-Alpha', region: 'west_1', globalAccountID: '100%', servicePlanName: 'azure' }),
      aRuntime({ shootName: 'c-beta', region: 'westX1', subAccountID: 'SUB-7', instanceID: 'inst-9' }),
    ];
    const { id, operationIDs } = await aPlan(repositories, 2);
    await Promise.all(
      runtimes.map(({ maintenanceWindow: _, ...row }, index) => change(operationIDs[index] ?? '', row)),
    );
    const found = async (search: string, states?: OperationRow['state'][]): Promise<string[]> => {
      const { rows, total } = await repositories.operations.list(
        id,
        { search, ...(states && { states }) },
        ALL,
      );
      expect(total).toBe(rows.length);
      return rows.map(({ shootName }) => shootName);
    };
    expect(await found('ALPH')).toEqual(['c-Alpha']);
    expect(await found('west_1')).toEqual(['c-Alpha']);
    expect(await found('100%')).toEqual(['c-Alpha']);
    expect(await found('%')).toEqual(['c-Alpha']);
    expect(await found('sub-7')).toEqual(['c-beta']);
    expect(await found('INST-9')).toEqual(['c-beta']);
    expect(await found('c-')).toEqual(['c-Alpha', 'c-beta']);
    expect(await found(runtimes[1]?.runtimeID.slice(3, 20) ?? '')).toEqual(['c-beta']);
    expect(await found(operationIDs[0] ?? '')).toEqual(['c-Alpha']);
    expect(await found('alphawest')).toEqual([]);
    expect(await found('c-', ['failed'])).toEqual([]);
    expect(await found('azure', ['pending'])).toEqual(['c-Alpha', 'c-beta']);
  });
});

describe('failures', () => {
  it('have in PostgreSQL the causes that they have in JavaScript', async () => {
    const { id, operationIDs } = await aPlan(repositories, FAILURE_MESSAGES.length);
    for (const [index, [message]] of FAILURE_MESSAGES.entries()) {
      await change(operationIDs[index] ?? '', {
        state: 'failed',
        failureCode: 'UPGRADE_FAILED',
        description: message,
        finishedAt: minutes(index),
      });
    }
    const { rows, total, others } = await repositories.rollouts.failures(id, ALL);
    expect([total, others]).toEqual([rows.length, 0]);
    expect(new Set(rows.map(({ example, message }) => `${example} > ${message}`))).toEqual(
      new Set(FAILURE_MESSAGES.map(([example]) => `${example} > ${causeOf(example, [])}`)),
    );
  });

  it('of one cause go together, the most frequent first, each with its first and last time, and can be listed', async () => {
    const { id, operationIDs } = await aPlan(repositories, 40);
    for (const [index, operationID] of operationIDs.entries()) {
      const shootName = `c-shoot${index}`;
      const provisionerOperationID = randomUUID();
      await change(operationID, {
        shootName,
        runtimeID: `runtime-${index}`,
        provisionerOperationID,
        state: index < 30 ? 'failed' : 'succeeded',
        failureCode: index === 29 ? 'OPERATION_TIMEOUT' : 'UPGRADE_FAILED',
        description:
          index % 3 === 0
            ? 'quota exceeded'
            : `${shootName} of runtime-${index} is broken (operation ${provisionerOperationID}) after ${index} s`,
        finishedAt: minutes(100 - index),
      });
    }
    const first = await repositories.rollouts.failures(id, { page: 1, pageSize: 2 });
    expect(first).toMatchObject({
      total: 3,
      others: 0,
      rows: [
        {
          code: 'UPGRADE_FAILED',
          message: '<shoot> of <runtime> is broken (operation <id>) after <n> s',
          count: 19,
          first: '2026-01-02T04:16:05.678000Z',
          last: '2026-01-02T04:43:05.678000Z',
        },
        { code: 'UPGRADE_FAILED', message: 'quota exceeded', count: 10 },
      ],
    });
    expect(first.rows[0]?.operations).toHaveLength(10);
    expect(first.rows[0]?.operations[0]).toEqual({
      operationID: operationIDs[1],
      runtimeID: 'runtime-1',
      shootName: 'c-shoot1',
    });
    expect(first.rows[0]?.example).toContain('c-shoot1 of runtime-1');
    const second = await repositories.rollouts.failures(id, { page: 2, pageSize: 2 });
    expect(second).toMatchObject({ total: 3, rows: [{ code: 'OPERATION_TIMEOUT', count: 1 }] });
    expect(await repositories.rollouts.failures(id, { page: 3, pageSize: 2 })).toMatchObject({
      total: 3,
      rows: [],
    });
    const listed = await repositories.operations.list(id, { cause: first.rows[1]?.cause ?? '' }, ALL);
    expect(listed.rows.map(({ position }) => position)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
    expect(listed.total).toBe(10);
  });

  it('are grouped once for a list of one cause', async () => {
    const { id, operationIDs } = await aPlan(repositories, 2);
    for (const operationID of operationIDs)
      await change(operationID, { state: 'failed', failureCode: 'UPGRADE_FAILED', description: 'broken' });
    const { rows } = await repositories.rollouts.failures(id, { page: 1, pageSize: 1 });
    const statements: string[] = [];
    const client = postgres(url, { max: 1 });
    atEndOfTest(() => client.end());
    const db = drizzle(client, { schema, logger: { logQuery: (query) => void statements.push(query) } });
    const watched = createOperationReads({ ...database, run: (work) => work(db) });
    const listed = await watched.list(id, { cause: rows[0]?.cause ?? '' }, ALL);
    expect(listed).toMatchObject({ total: 2, rows: [{ position: 0 }, { position: 1 }] });
    expect(statements.filter((statement) => statement.includes('regexp_replace'))).toHaveLength(1);
  });
});

it('groups operations by wave, plan, region and the hour in which they ended or may begin', async () => {
  const { id, operationIDs } = await aPlan(repositories, 4);
  const [a = '', b = '', c = '', d = ''] = operationIDs;
  await change(a, {
    state: 'succeeded',
    finishedAt: '2026-01-02T03:59:59.9Z',
    windowBegin: '2026-01-01T00:00:00Z',
  });
  await change(b, { state: 'failed', finishedAt: '2026-01-02T03:00:00Z', wave: 1, region: 'moon' });
  await change(c, { windowBegin: '2026-01-02T22:30:00Z', wave: 1, servicePlanName: 'gcp' });
  await change(d, { wave: 10 });
  const { rollouts } = repositories;
  expect(await rollouts.group(id, 'hour')).toEqual([
    { key: '2026-01-02T03:00:00.000000Z', states: { failed: 1, succeeded: 1 } },
    { key: '2026-01-02T22:00:00.000000Z', states: { pending: 1 } },
    { key: null, states: { pending: 1 } },
  ]);
  expect(await rollouts.group(id, 'wave')).toEqual([
    { key: '0', states: { succeeded: 1 } },
    { key: '1', states: { failed: 1, pending: 1 } },
    { key: '10', states: { pending: 1 } },
  ]);
  expect(await rollouts.group(id, 'plan')).toEqual([
    { key: 'azure', states: { failed: 1, pending: 1, succeeded: 1 } },
    { key: 'gcp', states: { pending: 1 } },
  ]);
  expect(await rollouts.group(id, 'region')).toEqual([
    { key: 'moon', states: { failed: 1 } },
    { key: 'westeurope', states: { pending: 2, succeeded: 1 } },
  ]);
  expect(await rollouts.alike(id)).toHaveLength(4);
});
