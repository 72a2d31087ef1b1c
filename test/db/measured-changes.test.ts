import { beforeAll, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { atEndOfFile, createDatabase } from '../support/environment.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import {
  aPlan,
  aRequest,
  AT,
  BY_NO_POLICY,
  EXECUTION,
  FIRST,
  placed,
  planned,
  retried,
} from '../support/rows.ts';

const { meter, take } = recordingMeter();
let repositories: Repositories;

beforeAll(async () => {
  const database = openDatabase((await createDatabase()).url);
  atEndOfFile(() => database.close());
  repositories = createRepositories(database, meter);
});
beforeEach(() => void take());

const after = (seconds: number): string => new Date(Date.parse(AT) + 1_000 * seconds).toISOString();
const change = { actor: 'alice', reason: 'because', now: AT };
const done = { state: 'succeeded', description: 'done' } as const;

/** A plan with the meter empty. */
async function freshPlan(
  count: number,
  request = aRequest(),
): Promise<{ id: string; operationIDs: string[] }> {
  const plan = await aPlan(repositories, count, request);
  take();
  return plan;
}

it('an end counts once with its duration, however often it is recorded', async () => {
  const { operations } = repositories;
  const { operationIDs } = await freshPlan(1);
  const [id = ''] = operationIDs;
  await operations.claim(id, EXECUTION, AT);
  await operations.finish(id, FIRST, done, after(90));
  await operations.finish(id, FIRST, done, after(100));
  await operations.fail(id, FIRST, { code: 'OPERATION_LOST', message: 'too late' }, after(110));
  expect(take()).toEqual({
    'operations_finished_total upgradeKyma succeeded ': [1],
    'operation_duration_seconds upgradeKyma succeeded': [90],
  });
});

it('a failure counts by its code, a refusal and a cancel by theirs, and another try not at all', async () => {
  const { operations } = repositories;
  const { operationIDs } = await freshPlan(3);
  const [failed = '', refused = '', canceled = ''] = operationIDs;
  const failure = { code: 'UPGRADE_FAILED', message: 'no' } as const;
  for (const id of [failed, refused]) await operations.claim(id, EXECUTION, AT);
  await operations.fail(failed, FIRST, failure, after(5));
  await operations.fail(failed, FIRST, failure, after(6));
  await operations.refuse(refused, EXECUTION, { code: 'NOT_ELIGIBLE', message: 'asleep' }, after(1));
  await operations.cancelOne(canceled, FIRST, change);
  await operations.cancelOne(canceled, FIRST, change);
  expect(take()).toEqual({
    'operations_finished_total upgradeKyma failed UPGRADE_FAILED': [1],
    'operation_duration_seconds upgradeKyma failed': [5],
    'operations_finished_total upgradeKyma canceled NOT_ELIGIBLE': [1],
    'operation_duration_seconds upgradeKyma canceled': [1],
    'operations_finished_total upgradeKyma canceled ': [1],
  });

  const request = aRequest();
  const { strategy } = request.parameters;
  const retryPolicy = { attempts: 2, backoffMinutes: 1 };
  const again = await freshPlan(1, {
    ...request,
    parameters: { ...request.parameters, strategy: { ...strategy, retryPolicy } },
  });
  await operations.claim(again.operationIDs[0] ?? '', EXECUTION, AT);
  const row = await operations.fail(again.operationIDs[0] ?? '', FIRST, failure, after(5));
  expect(row?.state).toBe('retrying');
  expect(take()).toEqual({});
});

it('many that end at once count as many, by a cancel, by the loss of their workflow and by a skip', async () => {
  const { operations, orchestrations, control } = repositories;
  const canceled = await freshPlan(3);
  await operations.cancelWaiting(canceled.id, change);
  await operations.cancelWaiting(canceled.id, change);
  expect(take()).toEqual({ 'operations_finished_total upgradeKyma canceled ': [3] });

  const lost = await freshPlan(2);
  await orchestrations.lose(lost.id, { revision: 0 }, { ...change, description: 'lost' });
  expect(take()).toEqual({ 'operations_finished_total upgradeKyma canceled ': [2] });

  const skipped = await freshPlan(1);
  const [operationID = ''] = skipped.operationIDs;
  const skip = { command: 'skip', operationID, by: 'bob', reason: '' } as const;
  await control.command(skipped.id, skip, AT);
  await control.command(skipped.id, skip, AT);
  expect(take()).toEqual({ 'operations_finished_total upgradeKyma canceled ': [1] });
});

it('a dry run counts nowhere', async () => {
  const { operations } = repositories;
  const request = aRequest();
  const { id, operationIDs } = await freshPlan(2, {
    ...request,
    parameters: { ...request.parameters, dryRun: true },
  });
  await operations.claim(operationIDs[0] ?? '', EXECUTION, AT);
  await operations.finish(operationIDs[0] ?? '', FIRST, done, after(1));
  await operations.cancelWaiting(id, change);
  expect(take()).toEqual({});
});

it('a dry run misses no window that counts', async () => {
  const { operations, orchestrations } = repositories;
  const request = aRequest();
  const { orchestrationID: id } = request;
  await orchestrations.record({ ...request, parameters: { ...request.parameters, dryRun: true } });
  await orchestrations.transition(id, 'in progress', change);
  const window = { begin: after(60), latestStart: after(3_600), end: after(7_200) };
  const batch = [planned(0, undefined, { window, dueAt: AT })];
  await operations.plan({ id, type: 'upgradeKyma', dryRun: true }, batch, AT);
  await orchestrations.planned(id, { count: 1, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT });
  take();
  const next = placed({ begin: after(90_000), latestStart: after(93_600), end: after(97_200) });
  const moved = await operations.reschedule(
    ...([batch[0]?.operationID ?? '', { ...FIRST, claim: null }, next, change] as const),
  );
  expect([moved, take()]).toEqual([true, {}]);
});

it('a claim counts once from the opening of the window, and a window that was missed counts', async () => {
  const { operations, orchestrations } = repositories;
  const request = aRequest();
  const { orchestrationID: id } = request;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', change);
  const window = { begin: after(60), latestStart: after(3_600), end: after(7_200) };
  const batch = [planned(0, undefined, { window, dueAt: AT }), planned(1, undefined, { window, dueAt: AT })];
  await operations.plan({ id, type: 'upgradeKyma', dryRun: false }, batch, AT);
  await orchestrations.planned(id, { count: 2, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT });
  take();
  const [claimed = '', missed = ''] = batch.map(({ operationID }) => operationID);
  await operations.claim(claimed, EXECUTION, after(75));
  // Another execution of the same dispatch goes on with it.
  await operations.claim(claimed, { ...FIRST, claim: 'another' }, after(500));
  // A second try is not the begin of its window.
  await operations.fail(claimed, FIRST, { code: 'UPGRADE_FAILED', message: 'no disk' }, after(600));
  await retried(repositories, id);
  await operations.claim(claimed, { attempt: 2, dispatch: 1, claim: 'a second try' }, after(900));
  const seen = { ...FIRST, claim: null };
  const next = placed({ begin: after(90_000), latestStart: after(93_600), end: after(97_200) });
  await operations.reschedule(missed, seen, next, change);
  await operations.reschedule(missed, seen, next, change);
  expect(take()).toMatchObject({
    'window_start_delay_seconds upgradeKyma': [15],
    'window_missed_total upgradeKyma': [1],
  });
});

it('windows that are over count when their operations are placed anew, and those that find no other one end', async () => {
  const { operations, orchestrations } = repositories;
  const request = aRequest();
  const { orchestrationID: id } = request;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', change);
  const window = { begin: after(60), latestStart: after(3_600), end: after(7_200) };
  const placedIn = { window, dueAt: window.begin, orderAt: window.latestStart };
  const batch = [0, 1, 2].map((position) => planned(position, undefined, placedIn));
  await operations.plan({ id, type: 'upgradeKyma', dryRun: false }, batch, AT);
  await orchestrations.planned(id, { count: 3, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT });
  take();
  const overdue = await operations.listOverdue(id, { wave: 0, now: after(3_600), limit: 10 });
  const next = { begin: after(86_460), latestStart: after(90_000), end: after(93_600) };
  const moves = { kind: 'moves', window: next, description: 'Waits', reason: 'missed' } as const;
  const rows = overdue.map((row, number) => ({
    row,
    replacement: number === 0 ? ({ kind: 'ends', reason: 'no window' } as const) : moves,
  }));
  const by = { actor: 'drydock', now: after(3_600) };
  expect(await operations.roll({ rows, version: 0 }, by)).toBe(1);
  expect(await operations.roll({ rows, version: 0 }, by)).toBe(0);
  const told = take();
  expect(told['window_missed_total upgradeKyma']?.sort()).toEqual([1, 2]);
  expect(told['operations_finished_total upgradeKyma canceled WINDOW_NOT_REACHED']).toEqual([1]);
});

it('a turn counts the wait since the request', async () => {
  const { orchestrations } = repositories;
  const { id } = await orchestrations.record(aRequest());
  await orchestrations.transition(id, 'in progress', { ...change, now: after(42) });
  await orchestrations.transition(id, 'in progress', { ...change, now: after(50) });
  expect(take()).toEqual({ 'queue_wait_seconds default': [42] });
});

it.each([
  { command: 'approve', answer: 'approved' },
  { command: 'reject', answer: 'rejected' },
] as const)(
  'an answer counts once as $answer, with the time since the question',
  async ({ command, answer }) => {
    const { control } = repositories;
    const id = await asking();
    const sent = { command, number: 1, by: 'bob', reason: '' };
    await control.command(id, sent, after(30));
    await control.command(id, sent, after(40));
    expect(take()).toEqual({ [`approval_wait_seconds ${answer}`]: [30] });
  },
);

it('a question that nobody answers in time counts as expired', async () => {
  const { control } = repositories;
  const id = await asking();
  const expired = { ...change, now: after(600) };
  await control.pause(id, 'approval-expired', expired, { question: 1 });
  await control.pause(id, 'approval-expired', expired, { question: 1 });
  expect(take()).toEqual({ 'approval_wait_seconds expired': [600] });
});

/** An orchestration that asks since AT whether its next wave may run. */
async function asking(): Promise<string> {
  const { control } = repositories;
  const request = aRequest();
  const { strategy } = request.parameters;
  const waves = [{ name: 'canary', count: 1, approval: { notByCreator: false } }];
  const parameters = { ...request.parameters, strategy: { ...strategy, waves } };
  const row = { size: 1, workers: null, soakMinutes: 0, budgetMax: null };
  const rows = [
    { ...row, number: 0, name: 'canary', approval: { notByCreator: false } },
    { ...row, number: 1, name: 'rest', approval: null },
  ];
  const { id } = await aPlan(repositories, 1, { ...request, parameters }, { waves: rows });
  for (const move of [{ to: 'gate' }, { to: 'asking', expiresAt: null }] as const) {
    const wanted = await control.wanted(id);
    if (!wanted?.wave) throw new Error('There is no wave');
    expect(await control.moveWave(id, wanted.wave, { ...move, reason: 'test' }, AT)).toBe(true);
  }
  take();
  return id;
}
