import { beforeEach, describe, expect, it } from 'vitest';
import { createProjectionActivities } from '../../src/activities/upgrades/projection.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import type { Lanes } from '../../src/domain/upgrades/lanes.ts';
import type { Command } from '../../src/domain/upgrades/rollout-control.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { atEndOfTest } from '../support/endings.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, EXECUTION } from '../support/rows.ts';

const change = { actor: 'jane', reason: 'because', now: AT };
const FRONT: Command = { command: 'front', by: 'jane', reason: 'it is urgent' };

let repositories: Repositories;

beforeEach(async () => {
  repositories = await freshRepositories(atEndOfTest);
});

const at = (second: number): string => `2020-01-01T00:00:${String(second).padStart(2, '0')}.000000Z`;

/** Answers the ID of an orchestration that waits in a lane since a second. */
async function waitsIn(lane: string, second: number): Promise<string> {
  const row = await repositories.orchestrations.record(aRequest({ lane, createdAt: at(second) }));
  return row.id;
}

async function line(lane: string, pageSize = 2): Promise<string[]> {
  const { orchestrations } = repositories;
  const ids: string[] = [];
  for (let after, more = true; more;) {
    const rows: Awaited<ReturnType<typeof orchestrations.listInLine>> = await orchestrations.listInLine(
      lane,
      after,
      pageSize,
    );
    ids.push(...rows.map(({ id }) => id));
    after = rows.at(-1);
    more = rows.length === pageSize;
  }
  return ids;
}

async function toFront(id: string): Promise<boolean | undefined> {
  return (await repositories.control.command(id, FRONT, AT))?.changed;
}

describe('lines of lanes', () => {
  it('are read lane by lane, in the order of creation', async () => {
    const [a, b, c, d] = [
      await waitsIn('urgent', 3),
      await waitsIn('default', 2),
      await waitsIn('urgent', 1),
      await waitsIn('nightly', 4),
    ];
    const { orchestrations, queue } = repositories;
    expect(await orchestrations.listLanes()).toEqual(['default', 'nightly', 'urgent']);
    expect(await line('urgent')).toEqual([c, a]);
    expect(await line('nobody')).toEqual([]);
    expect((await orchestrations.listWaiting(1)).map(({ id }) => id)).toEqual([b, d, c]);
    await orchestrations.transition(b, 'in progress', change);
    await orchestrations.transition(d, 'canceling', change);
    expect(await orchestrations.listLanes()).toEqual(['default', 'urgent']);
    const lanes = await queue.lanes(1);
    expect(lanes.begun.map(({ id, lane, state, turnAt }) => ({ id, lane, state, turnAt }))).toEqual(
      expect.arrayContaining([
        { id: b, lane: 'default', state: 'in progress', turnAt: AT },
        { id: d, lane: 'nightly', state: 'canceling', turnAt: null },
      ]),
    );
    expect(lanes.waiting).toEqual(new Map([['urgent', 2]]));
    expect(lanes.first.map(({ id }) => id)).toEqual([c]);
  });

  it('name who has the turn, however many that wait are being canceled while Temporal is away', async () => {
    const { orchestrations, queue, waits } = repositories;
    for (let second = 0; second < 101; second++)
      await orchestrations.transition(await waitsIn('default', second % 60), 'canceling', change);
    const holder = await waitsIn('default', 0);
    await orchestrations.transition(holder, 'in progress', change);
    expect((await queue.lanes(1)).begun.map(({ id }) => id)).toContain(holder);
    const { begun } = await waits.ofOrchestrations({ lanes: ['default'], most: 10, planIDs: [] });
    expect(begun.map(({ id }) => id)).toContain(holder);
  });

  it('hold one that names no lane in the one that the request was created with', async () => {
    const { id } = await repositories.orchestrations.record(aRequest());
    expect(await line('default')).toEqual([id]);
    const { parameters } = aRequest();
    const strategy = { ...parameters.strategy, lane: 'urgent' };
    const lost = await repositories.orchestrations.begun(
      aRequest({ parameters: { ...parameters, strategy } }),
    );
    expect(lost.lane).toBe('urgent');
  });

  it('move one to the front, the last one first, until it is retried', async () => {
    const { orchestrations, events } = repositories;
    const [a, b, c] = [
      await waitsIn('default', 1),
      await waitsIn('default', 2),
      await waitsIn('default', 3),
    ] as const;
    await waitsIn('urgent', 0);
    expect(await toFront(a)).toBe(false);
    expect(await toFront(b)).toBe(true);
    expect(await toFront(b)).toBe(false);
    expect(await toFront(c)).toBe(true);
    expect(await line('default')).toEqual([c, b, a]);
    expect(await toFront(b)).toBe(true);
    expect(await line('default', 1)).toEqual([b, c, a]);
    const { rows } = await events.list(b, {}, { page: 1, pageSize: 10 });
    expect(rows.map(({ kind }) => kind)).toEqual(['created', 'front', 'front']);
    expect(rows[1]).toMatchObject({ actor: 'jane', reason: 'it is urgent' });

    for (const state of ['in progress', 'failed', 'retrying'] as const)
      await orchestrations.transition(b, state, { ...change, now: at(9) });
    expect(await line('default')).toEqual([c, a, b]);
  });

  it('move nothing that does not wait', async () => {
    await waitsIn('default', 1);
    const id = await waitsIn('default', 2);
    await repositories.orchestrations.transition(id, 'in progress', change);
    expect(await toFront(id)).toBe(false);
    expect(await repositories.control.command('00000000-0000-4000-8000-000000000000', FRONT, AT)).toBe(
      undefined,
    );
  });
});

it('a command by hand for more workers than the lane may have changes nothing', async () => {
  const { control, orchestrations } = repositories;
  const { id } = await aPlan(repositories, 1, aRequest({ lane: 'urgent' }));
  const lanes: Lanes = [
    { name: 'default', cap: 100 },
    { name: 'urgent', cap: 20 },
  ];
  const policies = new PolicyVersions(repositories.policies);
  const shoots = new FleetInMemory(0).shootsClient;
  const { applyCommand } = createProjectionActivities({
    ...{ repositories, policies, shoots, lanes },
    clock: Date.now,
  });
  const send = async (workers: number, number: number): Promise<number | null | undefined> => {
    const command = { command: 'workers', workers, by: 'jane', reason: '' } as const;
    const numbered = { chain: 'a', number };
    await executeActivity(() => applyCommand({ orchestrationID: id, command, numbered }));
    return (await orchestrations.find(id))?.workers;
  };
  expect(await send(21, 1)).toBeNull();
  expect(await send(20, 2)).toBe(20);
  expect((await control.wanted(id))?.revision).toBe(1);
});

describe('the pause of everything', () => {
  it('holds every claim, and gives back what could not be sent', async () => {
    const { operations, queue } = repositories;
    const { operationIDs } = await aPlan(repositories, 3);
    const [first = '', second = '', third = ''] = operationIDs;
    expect(await operations.claim(first, EXECUTION, AT)).toMatchObject({ kind: 'claimed' });
    expect(await operations.claim(second, EXECUTION, AT)).toMatchObject({ kind: 'claimed' });
    const seen = { ...EXECUTION };
    await operations.recordRequest(second, seen, { config: {}, baselineOperationID: 'none' });
    await queue.change(true, change);
    expect(await operations.claim(third, EXECUTION, AT)).toMatchObject({
      kind: 'held',
      by: 'everything paused',
    });
    const next = { ...EXECUTION, claim: 'the next execution' };
    expect(await operations.claim(first, next, AT)).toMatchObject({ kind: 'held', by: 'everything paused' });
    expect(await operations.claim(second, next, AT)).toMatchObject({ kind: 'claimed' });
    await queue.change(false, change);
    expect(await operations.claim(third, EXECUTION, AT)).toMatchObject({ kind: 'claimed' });
  });

  it('is written once, however often it is asked for, with who has done so', async () => {
    const { queue } = repositories;
    expect(await queue.latest()).toBeUndefined();
    expect(await queue.change(false, change)).toEqual({ changed: false, row: undefined });
    const both = await Promise.all(['jane', 'joe'].map((actor) => queue.change(true, { ...change, actor })));
    expect(both.map(({ changed }) => changed).sort()).toEqual([false, true]);
    const by = both.find(({ changed }) => changed)?.row?.changedBy;
    expect(await queue.latest()).toMatchObject({ revision: 1, isPaused: true, changedBy: by, changedAt: AT });
    expect(await queue.pause()).toEqual({ code: 'queue', by, reason: 'because', since: AT });
    expect(await queue.change(false, change)).toMatchObject({ changed: true, row: { revision: 2 } });
    expect(await queue.pause()).toBeUndefined();
  });

  it('is a reason to pause, and is to be told to those that run until they have read it', async () => {
    const { control, queue } = repositories;
    const { id } = await aPlan(repositories, 1);
    await waitsIn('default', 1);
    expect(await control.listUnobserved('', 10)).toEqual([]);
    await queue.change(true, change);
    expect(await control.listUnobserved('', 10)).toEqual([id]);
    const wanted = await control.wanted(id);
    expect(wanted).toMatchObject({ pauses: [{ code: 'queue', by: 'jane' }], revision: 0, queueRevision: 1 });
    if (wanted) await control.observed(id, wanted);
    expect(await control.listUnobserved('', 10)).toEqual([]);
    await queue.change(false, change);
    expect(await control.listUnobserved('', 10)).toEqual([id]);
    expect(await control.wanted(id)).toMatchObject({ pauses: [], queueRevision: 2 });
    await control.observed(id, { revision: 0, queueRevision: 1 });
    expect(await control.listUnobserved('', 10)).toEqual([id]);
  });
});
