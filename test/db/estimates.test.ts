import { beforeAll, expect, it } from 'vitest';
import { estimateAll } from '../../src/activities/upgrades/estimates.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import type { Estimate } from '../../src/domain/upgrades/estimate.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, EXECUTION, FIRST } from '../support/rows.ts';

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
  const [first, second, third, fourth] = operationIDs as [string, string, string, string];
  for (const operation of [first, second, fourth]) await operations.claim(operation, EXECUTION, AT);
  await operations.recordAccepted(first, 1, { provisionerOperationID: 'p', description: 'begun', now: AT });
  await operations.finish(first, FIRST, { state: 'succeeded', description: 'done' }, LATER);
  // Nothing was sent: how long that took says nothing of upgrades.
  await operations.finish(fourth, FIRST, { state: 'succeeded', description: 'Already there' }, LATER);
  await operations.cancelOne(third, FIRST, change);
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
  expect(waiting).not.toHaveProperty('startedAt');
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
