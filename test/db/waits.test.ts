import { beforeAll, expect, it } from 'vitest';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, BY_NO_POLICY, EXECUTION, FIRST, planned } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const change = { actor: 'alice', reason: 'because', now: AT };

it('tells who has begun, who is in line in the order of turns, and when a plan can begin', async () => {
  const { orchestrations, operations, waits } = repositories;
  const at = (second: number): string => `2026-02-01T00:00:0${second}.000000Z`;
  const line: string[] = [];
  for (const second of [3, 1, 1, 2]) {
    line.push((await orchestrations.record(aRequest({ createdAt: at(second) }))).id);
  }
  const [last, first, second, third] = line as [string, string, string, string];
  const { id } = await orchestrations.record(aRequest());
  await orchestrations.transition(id, 'in progress', change);
  const batch = [5, 4, 1].map((due, position) => planned(position, undefined, { dueAt: at(due) }));
  await operations.plan({ id, type: 'upgradeKyma', dryRun: false }, batch, AT);
  await orchestrations.planned(id, { count: 3, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT });
  await operations.claim(batch[2]?.operationID ?? '', EXECUTION, AT);
  const ended = await aPlan(repositories, 1);
  await operations.cancelWaiting(ended.id, change);
  await orchestrations.transition(ended.id, 'canceling', change);

  const lanes = ['urgent', 'default'];
  const all = await waits.ofOrchestrations({ lanes, most: 10, planIDs: [id, ended.id, 'x'] });
  expect(all.lines).toEqual(new Map([['default', [first, second, third, last]]]));
  expect(all.begun.sort((a, b) => a.state.localeCompare(b.state))).toEqual([
    { id: ended.id, lane: 'default', state: 'canceling' },
    { id, lane: 'default', state: 'in progress' },
  ]);
  expect(all.firstDue).toEqual(
    new Map([[id, { dueAt: at(4), description: 'Waits for its turn in the plan' }]]),
  );
  const some = await waits.ofOrchestrations({ lanes, most: 2, planIDs: [] });
  expect(some).toMatchObject({ lines: new Map([['default', [first, second]]]), firstDue: new Map() });
  expect((await waits.ofOrchestrations({ lanes: [], most: 1, planIDs: [] })).lines).toEqual(new Map());
  expect(await waits.countExecuting(id)).toBe(1);
  expect(await waits.countExecuting(ended.id)).toBe(0);
});

it('tells those in progress that do not get on, and no more of their rows than what they say', async () => {
  const { operations, waits } = repositories;
  const { id, operationIDs } = await aPlan(repositories, 4);
  const [first = '', second = '', third = '', waiting = ''] = operationIDs;
  for (const one of [first, second, third]) await operations.claim(one, EXECUTION, AT);
  const description = 'Trying again: Gardener does not answer';
  for (const one of [first, third, waiting]) await operations.describe(one, FIRST.attempt, description, AT);
  await operations.describe(second, FIRST.attempt, 'It is not Trying again: it goes on', AT);
  const told = await waits.complaining(id, 10);
  expect(told.toSorted((a, b) => operationIDs.indexOf(a.id) - operationIDs.indexOf(b.id))).toEqual([
    { id: first, description },
    { id: third, description },
  ]);
  expect(await waits.complaining(id, 1)).toHaveLength(1);
});

it('tells since when the first and the last are under way of those that were sent, and how many for too long', async () => {
  const { operations, waits } = repositories;
  const at = (second: number): string => `2026-02-01T00:00:0${second}.000000Z`;
  const { id, operationIDs } = await aPlan(repositories, 4);
  for (const [index, one] of operationIDs.slice(0, 3).entries()) {
    await operations.claim(one, EXECUTION, at(index + 1));
  }
  const [first = '', second = '', third = ''] = operationIDs;
  expect((await waits.inFlight([{ id, overdueBefore: at(3) }])).get(id)).toEqual({ unsent: 3 });
  expect(new Set(await waits.unsent(id, 10))).toEqual(new Set([first, second, third]));
  // Three of them: perhaps sent, accepted, and with nothing to be sent.
  await operations.recordRequest(first, EXECUTION, { config: {}, baselineOperationID: '' });
  await operations.recordUpgraded(second, EXECUTION, 'Already there', at(3));
  const some = (await waits.inFlight([{ id, overdueBefore: at(3) }])).get(id);
  expect(some).toEqual({ unsent: 1, sent: { since: at(1), lastBegunAt: at(2), overdue: 2 } });
  expect(await waits.unsent(id, 10)).toEqual([third]);
  const accepted = { provisionerOperationID: 'p-1', description: 'under way', now: at(4) };
  await operations.recordAccepted(third, FIRST.attempt, accepted);
  const idle = await aPlan(repositories, 1);
  const overdueBefore = at(3);
  const told = await waits.inFlight([
    { id, overdueBefore },
    { id: idle.id, overdueBefore },
  ]);
  const sent = { since: at(1), lastBegunAt: at(3), overdue: 2 };
  expect(told).toEqual(new Map([[id, { unsent: 0, sent }]]));
  const unknown = await waits.inFlight([{ id, overdueBefore: null }]);
  expect(unknown.get(id)?.sent?.overdue).toBe(0);
  expect(await waits.inFlight([{ id: 'x', overdueBefore }])).toEqual(new Map());
});
