import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedOperation, WantedWaits } from '../../src/db/repositories/index.ts';
import type { MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import type { Limits } from '../../src/domain/upgrades/limits.ts';
import {
  aPlan,
  aRequest,
  aRuntime,
  AT,
  BY_NO_POLICY,
  EXECUTION,
  FIRST,
  planned,
  retried,
} from '../support/rows.ts';
import { ApiRig } from './api-rig.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';

/** Tokens and the API's clock are of today, so windows are far from it. */
const WINDOW = {
  begin: '2036-11-29T21:00:00.000000Z',
  latestStart: '2036-11-30T00:45:00.000000Z',
  end: '2036-11-30T01:00:00.000000Z',
};
const OVER = {
  begin: '2026-01-03T21:00:00.000000Z',
  latestStart: '2026-01-04T00:45:00.000000Z',
  end: '2026-01-04T01:00:00.000000Z',
};
const BERLIN: MaintenancePolicy = {
  ...EMPTY_POLICY,
  rules: [
    {
      match: { plan: 'azure' },
      days: ['Sat'],
      timeBegin: '220000',
      timeEnd: '020000',
      timeZone: 'Europe/Berlin',
      cutoff: '15m',
    },
  ],
};
const change = { actor: 'test', reason: 'for the test', now: AT };

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});

/** Nothing of an earlier test has the turn, or waits for it. */
beforeEach(async () => {
  const { orchestrations } = rig.repositories;
  for (const { id } of await orchestrations.listOpen(undefined, 1_000)) {
    await orchestrations.transition(id, 'canceled', change);
  }
});

async function get(path: string, from = rig): Promise<Record<string, unknown>> {
  const answer = await from.call('GET', `/orchestrations${path}`, { token: 'operator' });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Record<string, unknown>;
}

/** Stores a policy; answers its version. */
async function stored(policy: MaintenancePolicy): Promise<number> {
  const { policies } = rig.repositories;
  const after = (await policies.current())?.version ?? 0;
  const row = await policies.add(policy, { after, changedBy: 'jane', reason: '', now: AT });
  return row?.version ?? NaN;
}

const dataOf = (body: Record<string, unknown>) => body['data'] as Record<string, unknown>[];

/** An orchestration in progress, with these operations and a worker. */
async function aPlanOf(
  batch: PlannedOperation[],
  {
    policyVersion = 0,
    workers = 1,
    strictMax,
    limits,
  }: { policyVersion?: number; workers?: number; strictMax?: number; limits?: Limits } = {},
): Promise<{ id: string; paths: string[] }> {
  const { orchestrations, operations } = rig.repositories;
  const { parameters } = aRequest();
  const failureBudget = { max: strictMax, scope: 'all', onExceeded: 'pause', strict: true } as const;
  const strategy = {
    ...parameters.strategy,
    parallel: { workers },
    ...(strictMax !== undefined && { failureBudget }),
    ...(limits && { limits }),
  };
  const { id, type } = await orchestrations.begun(aRequest({ parameters: { ...parameters, strategy } }));
  await orchestrations.transition(id, 'in progress', change);
  await operations.plan({ id, type, dryRun: false }, batch, AT);
  const plan = { count: batch.length, leftOut: {}, notSelected: 0 };
  await orchestrations.planned(id, {
    ...{ ...plan, ...BY_NO_POLICY, policyVersion, now: AT },
    budgetMax: strictMax ?? null,
  });
  return { id, paths: batch.map(({ operationID }) => `/${id}/operations/${operationID}`) };
}

const inWindow = (position: number, runtime = aRuntime(), window = WINDOW) =>
  planned(position, runtime, { window, dueAt: window.begin, orderAt: window.latestStart });

describe('waitingFor of operations', () => {
  it('names the window in a list, and in the detail also the rule and who can change it', async () => {
    const policyVersion = await stored(BERLIN);
    const { id, paths } = await aPlanOf([inWindow(0)], { policyVersion });
    const [inList] = dataOf(await get(`/${id}/operations`));
    expect(inList?.['waitingFor']).toEqual({
      code: 'window',
      message: 'Its window opens 2036-11-29T21:00Z',
      until: WINDOW.begin,
    });
    const detail = await get(paths[0] ?? '');
    expect(detail['waitingFor']).toEqual({
      code: 'window',
      message: `Its window opens 2036-11-29T21:00Z (22:00 Europe/Berlin) by rule 1 (rules[0]) of version ${policyVersion} of the maintenance policy; an admin can change it with PUT /maintenance-policy, for orchestrations that are planned after that`,
      until: WINDOW.begin,
    });
  });

  it("names the Shoot's own window where no policy holds", async () => {
    const { paths } = await aPlanOf([inWindow(0)]);
    expect(await get(paths[0] ?? '')).toMatchObject({
      waitingFor: {
        message:
          'Its window opens 2036-11-29T21:00Z by spec.maintenance.timeWindow of the Shoot c-1234567; the owner of the Shoot can change it, for orchestrations that are planned after that',
      },
    });
  });

  it('answers without the rule when the policy cannot be used or had, and reads it once', async () => {
    const broken = {
      ...EMPTY_POLICY,
      rules: BERLIN.rules.map((rule) => ({ ...rule, match: { plan: '(' } })),
    };
    const unusable = await stored(broken);
    const inShort = { waitingFor: { message: 'Its window opens 2036-11-29T21:00Z' } };
    for (const policyVersion of [unusable, 1_000]) {
      const { paths } = await aPlanOf([inWindow(0)], { policyVersion });
      expect(await get(paths[0] ?? '')).toMatchObject(inShort);
    }
    expect(rig.log.join()).toContain('The rule behind a window cannot be told');
    const { paths } = await aPlanOf([inWindow(0)], { policyVersion: unusable });
    let asked = 0;
    const policies = {
      ...rig.repositories.policies,
      find: (): Promise<undefined> => {
        asked += 1;
        return Promise.reject(new Error('the database is away'));
      },
    };
    const blind = rig.with({ repositories: { ...rig.repositories, policies } });
    expect(await get(paths[0] ?? '', blind)).toMatchObject(inShort);
    expect(asked).toBe(1);
  });

  it('names the freeze that is in the way, in a list, in the detail, and of the orchestration', async () => {
    const description = 'Waits for the end of the freeze "fair" (trade fair) 2036-11-29T21:00Z';
    const { id, paths } = await aPlanOf([{ ...inWindow(0), description }, inWindow(1, aRuntime(), OVER)]);
    const waitingFor = {
      code: 'freeze',
      message: `It w${description.slice(1)}; an admin can change that with PUT /maintenance-policy`,
      until: WINDOW.begin,
    };
    const [inList] = dataOf(await get(`/${id}/operations`));
    expect(inList?.['waitingFor']).toEqual(waitingFor);
    expect((await get(paths[0] ?? ''))['waitingFor']).toEqual(waitingFor);
    expect((await get(`/${id}`))['waitingFor']).toBeNull();
    const frozen = await aPlanOf([{ ...inWindow(0), description }]);
    expect((await get(`/${frozen.id}`))['waitingFor']).toEqual({
      ...waitingFor,
      message: `Nothing can begin before 2036-11-29T21:00Z: the first of what waits w${waitingFor.message.slice(4)}`,
    });
  });

  it('says that nothing starts in a window any more', async () => {
    const { id } = await aPlanOf([inWindow(0, aRuntime(), OVER)]);
    const [operation] = dataOf(await get(`/${id}/operations`));
    expect(operation).toMatchObject({ waitingFor: { code: 'cutoff' } });
  });

  it('says who has the slot, and asks once for a whole page', async () => {
    const batch = [planned(0, aRuntime({ shootName: 'c-first' })), planned(1), planned(2)];
    const { id, paths } = await aPlanOf(batch);
    const { operationID } = batch[0] ?? planned(0);
    await rig.repositories.operations.claim(operationID, EXECUTION, AT);
    let asked = 0;
    const waits = {
      ...rig.repositories.waits,
      countExecuting: (one: string) => {
        asked += 1;
        return rig.repositories.waits.countExecuting(one);
      },
    };
    const counting = rig.with({ repositories: { ...rig.repositories, waits } });
    const message = 'It can begin when an upgrade ends: the only worker of its orchestration is taken';
    const list = dataOf(await get(`/${id}/operations`, counting));
    expect(list.map(({ waitingFor }) => waitingFor)).toEqual([
      null,
      { code: 'slot', message },
      { code: 'slot', message },
    ]);
    expect(asked).toBe(1);
    expect((await get(paths[1] ?? ''))['waitingFor']).toEqual({
      code: 'slot',
      message: `${message} by c-first`,
      who: `operation ${operationID}`,
    });
    expect(dataOf(await get(`/${id}/operations?state=in+progress`, counting))).toHaveLength(1);
    expect(asked).toBe(1);
  });

  it('counts no more workers than a strict failure budget leaves', async () => {
    const batch = [planned(0, aRuntime({ shootName: 'c-first' })), planned(1)];
    const { id, paths } = await aPlanOf(batch, { workers: 5, strictMax: 0 });
    await rig.repositories.operations.claim(batch[0]?.operationID ?? '', EXECUTION, AT);
    const message = 'It can begin when an upgrade ends: the only worker of its orchestration is taken';
    expect(dataOf(await get(`/${id}/operations`))[1]?.['waitingFor']).toEqual({ code: 'slot', message });
    expect((await get(paths[1] ?? ''))['waitingFor']).toMatchObject({ message: `${message} by c-first` });
  });

  it('says which limit has no room, while workers are free', async () => {
    const runtimes = [
      { region: 'eu' },
      { region: 'eu' },
      { region: 'us', servicePlanName: 'trial' },
      { region: 'us', servicePlanName: 'trial' },
      { region: 'us', globalAccountID: 'another' },
    ];
    const batch = runtimes.map((runtime, position) => planned(position, aRuntime(runtime)));
    const limits = { perRegion: { eu: 1 }, perPlan: { default: 9, trial: 1 }, perGlobalAccount: 3 };
    const { id, paths } = await aPlanOf(batch, { workers: 4, limits });
    for (const at of [0, 2]) {
      const { operationID = '' } = batch[at] ?? {};
      await rig.repositories.operations.claim(operationID, EXECUTION, AT);
    }
    const codes = async (): Promise<unknown[]> =>
      dataOf(await get(`/${id}/operations`)).map(
        ({ waitingFor }) => (waitingFor as { code: string } | null)?.code,
      );
    expect(await codes()).toEqual([undefined, 'region-limit', undefined, 'plan-limit', 'slot']);
    expect((await get(paths[1] ?? ''))['waitingFor']).toEqual({
      code: 'region-limit',
      message:
        'It can begin when an upgrade in region eu ends: an upgrade of it is in progress, as many as the limits of its orchestration allow',
    });
    expect((await get(paths[4] ?? ''))['waitingFor']).toMatchObject({ code: 'slot' });
  });

  it('says who holds a runtime, and until when that stands', async () => {
    const { id, paths } = await aPlanOf([planned(0)]);
    const notBefore = '2036-11-29T12:00:04.000000Z';
    const [operation] = dataOf(await get(`/${id}/operations`));
    await rig.repositories.operations.defer(
      String(operation?.['operationID']),
      { attempt: 1, dispatch: 1 },
      notBefore,
      {
        ...change,
        reason: 'Waits: the runtime is held by operation o-2 of orchestration o-1',
      },
    );
    expect(await get(paths[0] ?? '')).toMatchObject({
      waitingFor: { code: 'runtime-busy', until: notBefore, who: 'operation o-2 of orchestration o-1' },
    });
  });

  it('says of one in progress that what it needs does not answer', async () => {
    const batch = [planned(0)];
    const { paths } = await aPlanOf(batch);
    const { operationID } = batch[0] ?? planned(0);
    await rig.repositories.operations.claim(operationID, EXECUTION, AT);
    expect(await get(paths[0] ?? '')).toMatchObject({ waitingFor: null });
    await rig.repositories.operations.describe(operationID, 1, 'Trying again: 503', AT);
    expect(await get(paths[0] ?? '')).toMatchObject({ waitingFor: { code: 'dependency-down' } });
    await rig.repositories.operations.finish(
      operationID,
      FIRST,
      { state: 'succeeded', description: 'Trying again: no' },
      AT,
    );
    expect(await get(paths[0] ?? '')).toMatchObject({ waitingFor: null });
  });

  it('says of one in progress to which nothing was sent that it waits for the resume, and finds it so', async () => {
    const batch = [planned(0)];
    const { id, paths } = await aPlanOf(batch);
    const { operationID } = batch[0] ?? planned(0);
    await rig.repositories.operations.claim(operationID, EXECUTION, AT);
    await rig.repositories.operations.describe(operationID, 1, 'Trying again: 503', AT);
    await rig.repositories.control.command(id, { command: 'pause', by: 'jane', reason: '' }, AT);
    expect(await get(paths[0] ?? '')).toMatchObject({
      waitingFor: { code: 'paused', then: [{ code: 'dependency-down' }] },
    });
    for (const code of ['paused', 'dependency-down'])
      expect(await get(`/${id}/operations?waitingFor=${code}`)).toMatchObject({ totalCount: 1 });
  });

  it('says while it is paused which runtimes were busy at the last look, and finds them', async () => {
    const batch = [planned(0), planned(1), planned(2)];
    const { id, paths } = await aPlanOf(batch);
    const [held = '', kept = ''] = batch.map(({ operationID }) => operationID);
    const { operations, control } = rig.repositories;
    const who = 'operation o-2 of orchestration o-1';
    const reason = `Waits: the runtime is held by ${who}`;
    await operations.defer(held, FIRST, '2026-01-02T03:05:00.000000Z', { ...change, reason });
    await operations.claim(kept, EXECUTION, AT);
    await control.command(id, { command: 'pause', by: 'jane', reason: '' }, AT);
    const description = 'Its runtime was busy when it was last looked at, 2026-01-02T03:04Z: it sleeps';
    expect(await operations.giveBackHeld(kept, EXECUTION, { ...change, description })).toBe(true);
    const message = `Its runtime was held by ${who} when it was last looked at, 2026-01-02T03:04:05Z`;
    expect(await get(paths[0] ?? '')).toMatchObject({
      waitingFor: { code: 'paused', then: [{ code: 'runtime-busy', message, who }] },
    });
    expect(await get(paths[1] ?? '')).toMatchObject({
      waitingFor: { code: 'paused', then: [{ code: 'runtime-busy', message: description }] },
    });
    const found = async (code: string): Promise<unknown[]> =>
      dataOf(await get(`/${id}/operations?page=1&waitingFor=${code}`)).map((one) => one['operationID']);
    expect(new Set(await found('runtime-busy'))).toEqual(new Set([held, kept]));
    expect(await found('slot')).toEqual([]);
    expect(await found('paused')).toHaveLength(3);
    await control.command(id, { command: 'resume', by: 'jane', reason: '', acknowledge: false }, AT);
    expect(await found('runtime-busy')).toEqual([]);
    expect(await found('slot')).toHaveLength(3);
  });

  it('sends one that is retried into the line', async () => {
    const holder = await aPlanOf([planned(0)]);
    const batch = [planned(0)];
    const { id, paths } = await aPlanOf(batch);
    const { operationID } = batch[0] ?? planned(0);
    const failure = { code: 'UPGRADE_FAILED', message: 'no' } as const;
    await rig.repositories.operations.fail(operationID, FIRST, failure, AT);
    await rig.repositories.orchestrations.transition(id, 'failed', change);
    await retried(rig.repositories, id);
    expect(await get(paths[0] ?? '')).toMatchObject({
      state: 'retrying',
      waitingFor: {
        code: 'turn',
        message: `Its orchestration waits for its turn: orchestration ${holder.id} has it, and nobody else is before it`,
        who: `orchestration ${holder.id}`,
      },
    });
  });
});

describe('waitingFor of orchestrations', () => {
  it('says who has the turn and how many are before, with one statement for a page', async () => {
    const { id: holder } = await aPlanOf([planned(0)]);
    const waiting: string[] = [];
    for (const second of [1, 2, 3]) {
      const createdAt = `2026-01-03T00:00:0${second}.000000Z`;
      waiting.push((await rig.repositories.orchestrations.begun(aRequest({ createdAt }))).id);
    }
    let asked = 0;
    const waits = {
      ...rig.repositories.waits,
      ofOrchestrations: (wanted: WantedWaits) => {
        asked += 1;
        return rig.repositories.waits.ofOrchestrations(wanted);
      },
    };
    const counting = rig.with({ repositories: { ...rig.repositories, waits } });
    const query = '?page=1&state=in+progress&state=pending';
    const list = dataOf(await get(query, counting));
    expect(asked).toBe(1);
    const messages = new Map(list.map((one) => [one['orchestrationID'], one['waitingFor']]));
    expect(waiting.map((id) => messages.get(id))).toEqual(
      ['nobody else is', '1 other is', '2 others are'].map((others) => ({
        code: 'turn',
        message: `It waits for its turn: orchestration ${holder} has it, and ${others} before it`,
        who: `orchestration ${holder}`,
      })),
    );
    expect(messages.get(holder)).toBeNull();
    expect(await get(`/${waiting[1]}`)).toMatchObject({ waitingFor: messages.get(waiting[1]) });
    expect(dataOf(await get('?page=1&state=failed', counting))).toEqual([]);
    expect(asked).toBe(1);
  });

  it('does not guess who has the turn', async () => {
    await aPlanOf([planned(0)]);
    await aPlanOf([planned(0)]);
    const { id } = await rig.repositories.orchestrations.begun(aRequest());
    expect((await get(`/${id}`))['waitingFor']).toEqual({
      code: 'turn',
      message: 'It waits for its turn: nobody else is before it',
    });
  });

  it('knows one that is canceling as the one that has the turn', async () => {
    const { id: holder } = await aPlanOf([planned(0)]);
    await rig.repositories.orchestrations.transition(holder, 'canceling', change);
    const { id } = await rig.repositories.orchestrations.begun(aRequest());
    expect(await get(`/${id}`)).toMatchObject({ waitingFor: { who: `orchestration ${holder}` } });
    expect(await get(`/${holder}`)).toMatchObject({ waitingFor: null });
  });

  it('says until when nothing can begin', async () => {
    const later = { ...WINDOW, begin: '2036-11-29T23:00:00.000000Z' };
    const batch = [inWindow(0, aRuntime(), later), inWindow(1)];
    const { id } = await aPlanOf(batch);
    const [inList] = dataOf(await get('?page=1&state=in+progress'));
    const expected = {
      code: 'window',
      message: 'Nothing can begin before the next window opens 2036-11-29T21:00Z',
      until: WINDOW.begin,
    };
    expect(inList?.['waitingFor']).toEqual(expected);
    expect((await get(`/${id}`))['waitingFor']).toEqual(expected);
    await rig.repositories.operations.claim(batch[1]?.operationID ?? '', EXECUTION, AT);
    expect((await get(`/${id}`))['waitingFor']).toBeNull();
    const some = await aPlanOf([inWindow(0), inWindow(1, aRuntime(), OVER)]);
    expect((await get(`/${some.id}`))['waitingFor']).toBeNull();
  });

  it('says that the engine was away, and that the inventory is', async () => {
    const { id } = await rig.repositories.orchestrations.record(aRequest());
    expect(await get(`/${id}`)).toMatchObject({ waitingFor: { code: 'dependency-down' } });
    await rig.repositories.orchestrations.begun({ ...aRequest(), orchestrationID: id });
    expect(await get(`/${id}`)).toMatchObject({ waitingFor: { code: 'turn' } });
    await rig.repositories.orchestrations.transition(id, 'in progress', change);
    expect(await get(`/${id}`)).toMatchObject({ waitingFor: null, progress: { total: null } });
    await rig.repositories.orchestrations.describe(id, 'Waits for the inventory: 503', AT);
    expect(await get(`/${id}`)).toMatchObject({ waitingFor: { code: 'dependency-down' } });
  });
});

it('counts what has ended, failed and executes as progress', async () => {
  const { id, operationIDs } = await aPlan(rig.repositories, 5);
  const { operations } = rig.repositories;
  const [first = '', second = '', third = '', fourth = ''] = operationIDs;
  for (const one of [first, second, third]) await operations.claim(one, EXECUTION, AT);
  await operations.finish(first, FIRST, { state: 'succeeded', description: 'done' }, AT);
  await operations.fail(second, FIRST, { code: 'UPGRADE_FAILED', message: 'no' }, AT);
  await operations.cancelOne(fourth, FIRST, change);
  const progress = { done: 3, total: 5, failed: 1, inFlight: 1, eta: null };
  expect(await get(`/${id}`)).toMatchObject({ progress });
  const [inList, ...others] = dataOf(await get('?page=1&state=in+progress'));
  expect([inList, others]).toMatchObject([{ progress }, []]);
});

// The last one: what was planned before its freeze does not begin any more.
it('takes the rule from the version of the plan, and the freeze from the one that its window heeds', async () => {
  const policyVersion = await stored(BERLIN);
  const { id, paths } = await aPlanOf([inWindow(0)], { policyVersion });
  const times = { from: '2036-11-29T00:00:00Z', to: WINDOW.begin };
  await stored({ ...EMPTY_POLICY, freezes: [{ name: 'fair', reason: 'trade fair', ...times }] });
  const { operations } = rig.repositories;
  const rule = `by rule 1 (rules[0]) of version ${policyVersion} of the maintenance policy`;
  const messageHas = (text: string): object => ({
    waitingFor: { message: expect.stringContaining(text) as string },
  });
  expect(await get(paths[0] ?? '')).toMatchObject(messageHas(`${rule};`));
  const behind = await operations.listBehind(id, 10);
  if (behind) await operations.replace(behind, [{ kind: 'stays' }], { actor: 'test', now: AT });
  expect(await get(paths[0] ?? '')).toMatchObject(messageHas(`${rule}, after the freeze "fair";`));
});
