/** Waits behind a pause and behind earlier waves. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WaitingCode } from '../../src/domain/upgrades/waiting-codes.ts';
import { exceededReason } from '../../src/domain/upgrades/failure-budget.ts';
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

/** Far from today, of which tokens and the API's clock are. */
const WINDOW = {
  begin: '2036-11-29T21:00:00.000000Z',
  latestStart: '2036-11-30T00:45:00.000000Z',
  end: '2036-11-30T01:00:00.000000Z',
};
const FROZEN = 'Waits for the end of the freeze "fair" (trade fair) 2036-11-29T21:00Z';

interface Told {
  operationID: string;
  waitingFor: { code: string; message: string; then?: { code: string; message: string }[] } | null;
}

let rig: ApiRig;
let id: string;
let operationIDs: string[];

beforeAll(async () => {
  rig = await ApiRig.start();
});

/** Canary: one in progress, one in its window's time, one whose region is full, one with a free worker. Rest: one frozen, one at any time. */
async function givenWaves(): Promise<void> {
  const { orchestrations, operations } = rig.repositories;
  const request = aRequest();
  const { orchestrationID, type } = request;
  id = orchestrationID;
  const { strategy } = request.parameters;
  strategy.parallel.workers = 5;
  strategy.limits = { perRegion: { eu: 1 } };
  strategy.waves = [{ name: 'canary', count: 4 }];
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', { actor: 'test', reason: 'its turn', now: AT });
  const inWindow = { window: WINDOW, dueAt: WINDOW.begin, orderAt: WINDOW.latestStart };
  const rows = [
    planned(0, aRuntime({ region: 'eu' }), { wave: 0 }),
    planned(1, aRuntime({ region: 'us' }), { wave: 0, ...inWindow }),
    planned(2, aRuntime({ region: 'eu' }), { wave: 0 }),
    planned(3, aRuntime({ region: 'us' }), { wave: 0 }),
    { ...planned(4, aRuntime({ region: 'us' }), { wave: 1, ...inWindow }), description: FROZEN },
    planned(5, aRuntime({ region: 'us' }), { wave: 1 }),
  ];
  operationIDs = rows.map(({ operationID }) => operationID);
  await operations.plan({ id, type, dryRun: false }, rows, AT);
  const row = { workers: null, soakMinutes: 0, budgetMax: null, approval: null };
  const waves = [
    { ...row, number: 0, name: 'canary', size: 4 },
    { ...row, number: 1, name: 'rest', size: 2 },
  ];
  await orchestrations.planned(id, {
    ...{ count: rows.length, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT, waves },
  });
  const [sent = ''] = operationIDs;
  await operations.claim(sent, EXECUTION, AT);
  await operations.recordRequest(sent, EXECUTION, { config: {}, baselineOperationID: '' });
}

async function get<T>(path: string): Promise<T> {
  const answer = await rig.call('GET', `/orchestrations/${id}${path}`, { token: 'operator' });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as T;
}

async function pause(): Promise<void> {
  const body = { reason: 'disk alerts' };
  expect((await rig.call('PUT', `/orchestrations/${id}/pause`, { body })).status).toBe(200);
}

const codesOf = ({ waitingFor }: Told): string =>
  waitingFor ? [waitingFor, ...(waitingFor.then ?? [])].map(({ code }) => code).join() : '';

async function listed(): Promise<string[]> {
  return (await get<{ data: Told[] }>('/operations')).data.map(codesOf);
}

/** Places in the plan of those that a filter by each code finds, and of those that a list tells with it. */
async function expectFiltered(codes: readonly WaitingCode[]): Promise<void> {
  const all = await listed();
  for (const code of codes) {
    const { data } = await get<{ data: Told[] }>(`/operations?waitingFor=${code}`);
    const told = operationIDs.filter((_, place) => all[place]?.split(',').includes(code));
    expect([code, data.map(({ operationID }) => operationID)]).toEqual([code, told]);
  }
}

const CODES = ['paused', 'wave', 'window', 'freeze', 'slot', 'region-limit', 'turn', 'cutoff'] as const;

describe('an operation tells what it waits for after', () => {
  beforeEach(givenWaves);

  it('an earlier wave, in lists, alone, and to who looks for the code', async () => {
    expect(await listed()).toEqual(['', 'window', 'region-limit', 'slot', 'wave,freeze', 'wave']);
    const { waitingFor } = await get<Told>(`/operations/${operationIDs[4]}`);
    expect(waitingFor).toMatchObject({
      message: 'It is in a later wave, and wave canary has not ended',
      then: [
        {
          code: 'freeze',
          message: `It w${FROZEN.slice(1)}; an admin can change that with PUT /maintenance-policy`,
          until: WINDOW.begin,
        },
      ],
    });
    await expectFiltered(CODES);
  });

  it('a pause, likewise, with the rule of its window', async () => {
    await pause();
    expect(await listed()).toEqual([
      '',
      'paused,window',
      'paused',
      'paused',
      'paused,wave,freeze',
      'paused,wave',
    ]);
    await expectFiltered(CODES);
    const { waitingFor } = await get<Told>(`/operations/${operationIDs[1]}`);
    expect(waitingFor).toMatchObject({
      code: 'paused',
      message: expect.stringContaining('disk alerts') as string,
      then: [{ message: expect.stringMatching(/^Its window opens 2036-11-29T21:00Z by spec\./) as string }],
    });
    // Nobody knows what has room after a resume.
    for (const operationID of operationIDs.slice(2, 4)) {
      const { waitingFor: wait } = await get<Told>(`/operations/${operationID}`);
      expect(wait).toMatchObject({ code: 'paused' });
      expect(wait).not.toHaveProperty('then');
    }
  });

  it('nothing where nothing keeps it', async () => {
    const { waitingFor } = await get<Told>(`/operations/${operationIDs[0]}`);
    expect(waitingFor).toBeNull();
  });

  it('nothing once all of it is canceled, after a pause as well: then it never begins', async () => {
    await pause();
    const change = { actor: 'test', reason: 'enough', now: AT };
    await rig.repositories.orchestrations.transition(id, 'canceling', change);
    const never = 'canceling';
    expect(await listed()).toEqual(['', never, never, never, never, never]);
    await expectFiltered([...CODES, never]);
    const { waitingFor } = await get<Told>(`/operations/${operationIDs[4]}`);
    expect(waitingFor).toEqual({
      code: never,
      message: 'It never begins: its orchestration is being canceled',
    });
    expect(await get('')).toMatchObject({ state: 'canceling', waitingFor: null });
  });
});

describe('a wave that has ended', () => {
  const HOW = { actor: 'test', reason: 'test', now: AT };

  /** At the gate of the canary, of which one has failed, and paused; one of the rest waits. */
  async function givenGate(): Promise<{ failed: string; later: string }> {
    const request = aRequest();
    id = request.orchestrationID;
    request.parameters.strategy.waves = [{ name: 'canary', count: 2, approval: { notByCreator: false } }];
    const { orchestrations, operations, control } = rig.repositories;
    await orchestrations.record(request);
    await orchestrations.transition(id, 'in progress', HOW);
    const rows = [0, 0, 1].map((wave, position) => planned(position, aRuntime(), { wave }));
    const [good = '', failed = '', later = ''] = rows.map(({ operationID }) => operationID);
    await operations.plan({ id, type: request.type, dryRun: false }, rows, AT);
    const row = { workers: null, soakMinutes: 0, budgetMax: null };
    const waves = [
      { ...row, number: 0, name: 'canary', size: 2, approval: { notByCreator: false } },
      { ...row, number: 1, name: 'rest', size: 1, approval: null },
    ];
    const plan = { count: 3, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT, waves };
    await orchestrations.planned(id, plan);
    for (const one of [good, failed]) await operations.claim(one, EXECUTION, AT);
    await operations.finish(good, FIRST, { state: 'succeeded', description: 'done' }, AT);
    await operations.fail(failed, FIRST, { code: 'UPGRADE_FAILED', message: 'it broke' }, AT);
    const wave = (await control.wanted(id))?.wave;
    expect(wave && (await control.moveWave(id, wave, { to: 'gate', reason: 'test' }, AT))).toBe(true);
    await pause();
    return { failed, later };
  }

  it('says so at its gate, and not while something of it is tried again', async () => {
    const { failed, later } = await givenGate();
    const messages = async (): Promise<(string | undefined)[]> => {
      const told = [await get<Told>(`/operations/${later}`), await get<Told>('')];
      return told.map(({ waitingFor }) => waitingFor?.then?.[0]?.message);
    };
    const asked = 'and an admin is asked whether the next one may run';
    expect(await messages()).toEqual([
      `It is in a later wave: wave canary has ended, ${asked}`,
      `Wave canary has ended, ${asked}`,
    ]);
    await retried(rig.repositories, id);
    const again = 'wave canary has operations that are tried again';
    expect(await messages()).toEqual([
      `It is in a later wave: ${again}, ${asked}`,
      `W${again.slice(1)}, ${asked}`,
    ]);
    await rig.repositories.control.command(
      id,
      { command: 'resume', acknowledge: false, by: 'jo', reason: '' },
      AT,
    );
    await rig.repositories.operations.claim(failed, { attempt: 2, dispatch: 2, claim: 'again' }, AT);
    await pause();
    expect((await messages())[0]).toBe(`It is in a later wave: ${again}, ${asked}`);
  });
});

/** An orchestration that its budget of two failures, for all of it or for each wave, has paused after three of which one still counts. */
async function paused(scope: 'all' | 'wave'): Promise<{ path: string; last: string }> {
  const request = aRequest();
  request.parameters.strategy.failureBudget = { max: 2, scope, onExceeded: 'pause', strict: false };
  const wave = { workers: null, soakMinutes: 0, budgetMax: 2, approval: null };
  const waves = [
    { ...wave, number: 0, name: 'canary', size: 2 },
    { ...wave, number: 1, name: 'rest', size: 0 },
  ];
  if (scope === 'wave') request.parameters.strategy.waves = [{ name: 'canary', count: 2 }];
  const rules = scope === 'wave' ? { waves } : { budgetMax: 2 };
  const { id: other, operationIDs: ids } = await aPlan(rig.repositories, 2, request, rules);
  const [first = '', last = ''] = ids;
  const { operations, control } = rig.repositories;
  await operations.claim(first, EXECUTION, AT);
  await operations.fail(first, FIRST, { code: 'PROVISIONER_REFUSED', message: 'no' }, AT);
  const by = exceededReason({ max: 2, ...(scope === 'wave' && { wave: 0 }) }, 3, true);
  await control.pause(other, 'budget', { actor: 'drydock', reason: by, now: AT });
  return { path: `/orchestrations/${other}`, last: `/orchestrations/${other}/operations/${last}` };
}

describe('failures that paused it by its budget are told from those that count now', () => {
  const budget = { max: 2, failed: 1, failedAtPause: 3 };
  const read = async (path: string): Promise<unknown> =>
    (await rig.call('GET', path, { token: 'operator' })).body;
  const saying = (message: string) => ({
    waitingFor: { code: 'budget', message: expect.stringContaining(message) as string },
  });

  it.each([
    ['all', '3 operations had failed or were unhealthy, and at most 2 may; 1 counts now; '],
    ['wave', '3 operations had failed or were unhealthy in this wave, and at most 2 may; 1 counts now; '],
  ] as const)('in a budget for %s', async (scope, sentence) => {
    const { path, last } = await paused(scope);
    const rest = { name: 'rest', failureBudget: { max: 2, failed: 0, failedAtPause: null } };
    expect(await read(path)).toMatchObject({
      ...saying(sentence),
      failureBudget: scope === 'all' ? budget : null,
      waves: scope === 'all' ? [] : [{ name: 'canary', failureBudget: budget }, rest],
    });
    expect(await read(last)).toMatchObject(saying(sentence));
    const listed = (await read(`${path}/operations?state=pending`)) as { data: unknown[] };
    expect(listed.data).toMatchObject([saying(sentence)]);
    const all = (await read('/orchestrations')) as { orchestrationID: string }[];
    expect(all.find(({ orchestrationID }) => path.endsWith(orchestrationID))).toMatchObject(saying(sentence));
  });

  it('and there are none of then before it pauses', async () => {
    const { id: other } = await aPlan(rig.repositories, 2, aRequest(), { budgetMax: 2 });
    const failureBudget = { max: 2, failed: 0, failedAtPause: null };
    expect(await read(`/orchestrations/${other}`)).toMatchObject({ failureBudget });
  });
});
