import { beforeAll, expect, it } from 'vitest';
import { estimateAll } from '../../src/activities/upgrades/estimates.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import type { Estimate } from '../../src/domain/upgrades/estimate.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, BY_NO_POLICY, EXECUTION, FIRST, planned } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const change = { actor: 'alice', reason: 'because', now: AT };
/** 90 seconds after AT. */
const LATER = '2026-01-02T03:05:35.678901Z';
const estimateAt = (at: string): Estimate => ({
  ...{ earliest: AT, latest: AT, unplaced: 0, waves: [], at },
  from: { kind: 'assumed', seconds: 1 },
});

it('reads all that is left of an orchestration in progress, as it is wanted now', async () => {
  const { control, estimates, operations } = repositories;
  const { id, operationIDs } = await aPlan(repositories, 5);
  const [first, second, third, fourth, fifth] = operationIDs as [string, string, string, string, string];
  for (const operation of [first, second, fourth]) await operations.claim(operation, EXECUTION, AT);
  await operations.recordAccepted(first, 1, { provisionerOperationID: 'p', description: 'begun', now: AT });
  await operations.finish(first, FIRST, { state: 'succeeded', description: 'done' }, LATER);
  // Nothing was sent: how long that took says nothing of upgrades.
  await operations.finish(fourth, FIRST, { state: 'succeeded', description: 'Already there' }, LATER);
  await operations.cancelOne(third, FIRST, change);
  await operations.defer(fifth, FIRST, LATER, change);
  await control.command(id, { command: 'workers', by: 'alice', reason: 'because', workers: 3 }, AT);
  const left = await estimates.readLeft(id);
  expect(left).toMatchObject({ type: 'upgradeKyma', workers: 3, policyVersion: 0 });
  expect(left?.ownSeconds).toEqual([90]);
  expect(left?.operations).toHaveLength(2);
  const [underWay, waiting] = left?.operations ?? [];
  expect(underWay).toMatchObject({
    startedAt: AT,
    wave: 0,
    runtime: { region: expect.any(String) as string },
  });
  expect(underWay).not.toHaveProperty('notBefore');
  expect(waiting).toMatchObject({ notBefore: LATER });
  expect(waiting).not.toHaveProperty('startedAt');
});

it('reads the soak of a wave that is over, and no other one', async () => {
  const { control, estimates, operations, orchestrations } = repositories;
  const request = aRequest();
  const { orchestrationID: id, type } = request;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', change);
  await operations.plan({ id, type, dryRun: false }, [planned(0, undefined, { wave: 1 })], AT);
  const wave = { size: 1, workers: null, soakMinutes: 1, budgetMax: null, approval: null };
  const waves = ['canary', 'rest'].map((name, number) => ({ ...wave, name, number }));
  const plan = { count: 1, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, waves, now: AT };
  await orchestrations.planned(id, plan);
  expect(await estimates.readLeft(id)).not.toHaveProperty('soak');
  const seen = { number: 0, phase: 'running', revision: 0, queueRevision: 0, controlRevision: 0 } as const;
  expect(await control.moveWave(id, seen, { to: 'soaking', until: LATER, reason: 'for the test' }, AT)).toBe(
    true,
  );
  const left = await estimates.readLeft(id);
  expect(left?.soak).toEqual({ wave: 0, untilMs: Date.parse(LATER) });
  expect(left?.operations).toMatchObject([{ wave: 1 }]);
});

it('takes the durations of five of its own upgrades, and with fewer those of earlier orchestrations', async () => {
  const { operations, orchestrations } = repositories;
  const { id, operationIDs } = await aPlan(repositories, 6);
  const policies = new PolicyVersions(repositories.policies);
  const basis = async (): Promise<Estimate['from'] | undefined> => {
    await executeActivity(() => estimateAll({ repositories, policies, clock: Date.now }, () => undefined));
    return (await orchestrations.find(id))?.estimate?.from;
  };
  const succeed = async (operationID: string): Promise<void> => {
    await operations.claim(operationID, EXECUTION, AT);
    const accepted = { provisionerOperationID: operationID, description: 'begun', now: AT };
    await operations.recordAccepted(operationID, 1, accepted);
    await operations.finish(operationID, FIRST, { state: 'succeeded', description: 'done' }, LATER);
  };
  for (const operationID of operationIDs.slice(0, 4)) await succeed(operationID);
  // No earlier orchestration has upgraded anything.
  expect(await basis()).toMatchObject({ kind: 'assumed' });
  await succeed(operationIDs[4] ?? '');
  expect(await basis()).toEqual({
    ...{ kind: 'earlier operations', count: 5 },
    ...{ medianSeconds: 90, p90Seconds: 90 },
  });
});

it('knows those that are in progress and have their plan', async () => {
  const { orchestrations, estimates } = repositories;
  const { id } = await aPlan(repositories, 1);
  const pending = await orchestrations.record(aRequest());
  const ended = await aPlan(repositories, 1);
  await orchestrations.transition(ended.id, 'failed', change);
  const listed = await estimates.listEstimated();
  expect(listed).toContain(id);
  expect(listed).not.toContain(pending.id);
  expect(listed).not.toContain(ended.id);
  expect(await estimates.readLeft(pending.id)).toBeUndefined();
  expect(await estimates.readLeft(ended.id)).toBeUndefined();
  expect(await estimates.readLeft('x')).toBeUndefined();
});

it('keeps the newest estimate, and none of one that has ended', async () => {
  const { orchestrations, estimates } = repositories;
  const { id } = await aPlan(repositories, 1);
  const kept = async (): Promise<string | undefined> => (await orchestrations.find(id))?.estimate?.at;
  await estimates.keep(id, estimateAt('2026-01-02T04:00:00.000Z'));
  await estimates.keep(id, estimateAt('2026-01-02T03:00:00.000Z'));
  expect(await kept()).toBe('2026-01-02T04:00:00.000Z');
  await estimates.keep(id, estimateAt('2026-01-02T05:00:00.000Z'));
  expect(await kept()).toBe('2026-01-02T05:00:00.000Z');
  await orchestrations.transition(id, 'failed', change);
  await estimates.keep(id, estimateAt('2026-01-02T06:00:00.000Z'));
  expect(await kept()).toBe('2026-01-02T05:00:00.000Z');
});

it('the first estimate says for good when operations are planned to end, beside when they have', async () => {
  const { operations, rollouts } = repositories;
  const { id, operationIDs } = await aPlan(repositories, 250);
  const policies = new PolicyVersions(repositories.policies);
  const estimateAfter = (hours: number): Promise<void> =>
    executeActivity(() =>
      estimateAll(
        { repositories, policies, clock: () => Date.parse(AT) + hours * 3_600_000 },
        () => undefined,
      ),
    );
  expect(await rollouts.burnUp(id)).toEqual({ total: 250, planned: [], actual: [], neverBegan: 0 });
  const finish = async (index: number, at: string): Promise<void> => {
    await operations.claim(operationIDs[index] ?? '', EXECUTION, AT);
    await operations.finish(
      operationIDs[index] ?? '',
      FIRST,
      { state: 'succeeded', description: 'done' },
      at,
    );
  };
  // The worker that made the plan died before it estimated anything.
  await finish(0, LATER);
  await estimateAfter(1);
  const { planned: line } = await rollouts.burnUp(id);
  // Five at once, the last four of 249.
  expect(line).toHaveLength(51);
  expect(line[0]).toEqual({ at: '2026-01-02T04:04:05.678Z', count: 1 });
  expect(line.at(-1)).toMatchObject({ count: 250 });
  await estimateAfter(2);
  await finish(1, AT);
  expect(await rollouts.burnUp(id)).toEqual({
    total: 250,
    planned: line,
    actual: [
      { at: AT, count: 1 },
      { at: LATER, count: 2 },
    ],
    neverBegan: 0,
  });
  for (let index = 2; index < 250; index++) await finish(index, LATER);
  const { actual } = await rollouts.burnUp(id);
  expect(actual.length).toBeLessThanOrEqual(100);
  expect(actual.at(-1)).toEqual({ at: LATER, count: 250 });
});

it('what was canceled before it began has not ended, and what was in progress then has', async () => {
  const { operations, orchestrations, rollouts } = repositories;
  const { id, operationIDs } = await aPlan(repositories, 4);
  await operations.claim(operationIDs[0] ?? '', EXECUTION, AT);
  await orchestrations.transition(id, 'canceling', change);
  await operations.finish(operationIDs[0] ?? '', FIRST, { state: 'succeeded', description: 'done' }, AT);
  expect(await operations.cancelWaiting(id, change)).toBe(3);
  expect(await rollouts.burnUp(id)).toEqual({
    ...{ total: 4, planned: [], actual: [{ at: AT, count: 1 }] },
    neverBegan: 3,
  });
});

it('whatever is in the way of an estimate fails nothing, and keeps no other one from its own', async () => {
  await aPlan(repositories, 1);
  await aPlan(repositories, 1);
  const listed = await repositories.estimates.listEstimated();
  let asked = 0;
  const policies = Object.assign(new PolicyVersions(repositories.policies), {
    current: () => {
      asked += 1;
      return Promise.reject(new RangeError('a next window that is over as well'));
    },
  });
  await executeActivity(() => estimateAll({ repositories, policies, clock: Date.now }, () => undefined));
  expect(asked).toBe(listed.length);
  expect(asked).toBeGreaterThan(1);
});
