import { beforeAll, describe, expect, it } from 'vitest';
import type { Repositories } from '../../src/db/repositories/index.ts';
import type { FullKeys, Limits } from '../../src/domain/upgrades/limits.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aRequest, aRuntime, AT, BY_NO_POLICY, EXECUTION, FIRST, planned } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const change = { actor: 'test', reason: 'for the test', now: AT };

/** An orchestration in progress of these runtimes; answers the IDs of its operations. */
async function aPlanOf(...runtimes: Partial<Runtime>[]): Promise<{ id: string; operationIDs: string[] }> {
  const { orchestrations, operations } = repositories;
  const request = aRequest();
  const { orchestrationID: id, type } = request;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', change);
  const batch = runtimes.map((runtime, position) => planned(position, aRuntime(runtime)));
  await operations.plan({ id, type, dryRun: false }, batch, AT);
  await orchestrations.planned(id, {
    ...{ count: batch.length, leftOut: {}, notSelected: 0 },
    ...BY_NO_POLICY,
    now: AT,
  });
  return { id, operationIDs: batch.map(({ operationID }) => operationID) };
}

describe('a page of the plan', () => {
  const positions = async (id: string, all: Limits, full: FullKeys, limit = 10): Promise<number[]> => {
    const query = { limit, now: AT, dueBy: AT, wave: 0, limits: { all, full, nowMs: 0 } };
    return (await repositories.operations.readPlan(id, query)).items.map(({ position }) => position);
  };

  it('leaves out what has a full key of any kind, whatever the name', async () => {
    const odd = `o'dd, {"name"} \\ %`;
    const { id } = await aPlanOf(
      { region: 'eu', servicePlanName: 'trial', globalAccountID: 'a' },
      { region: 'us', servicePlanName: 'trial', globalAccountID: 'b' },
      { region: odd, servicePlanName: 'azure', globalAccountID: 'a' },
      { region: 'us', servicePlanName: 'azure', globalAccountID: 'c' },
    );
    const all = { perRegion: 1, perPlan: 1, perGlobalAccount: 1 };
    expect(await positions(id, all, {})).toEqual([0, 1, 2, 3]);
    expect(await positions(id, all, { region: ['eu', odd] })).toEqual([1, 3]);
    expect(await positions(id, all, { plan: ['trial'], account: ['a'] })).toEqual([3]);
    expect(await positions(id, all, { region: ['us'] }, 1)).toEqual([0]);
    const many = Array.from({ length: 1_000 }, (_, index) => `account-${index}`);
    expect(await positions(id, all, { account: [...many, 'a', 'b'] })).toEqual([3]);
  });

  it('says which keys a line takes, those that have a limit, and nothing of that without limits', async () => {
    const { id } = await aPlanOf(
      { region: 'eu', globalAccountID: '' },
      { region: 'us', globalAccountID: 'a' },
    );
    const query = { limit: 10, now: AT, dueBy: AT, wave: 0 };
    const all = { perRegion: { eu: 1 }, perGlobalAccount: 2 };
    const keysOf = async (limits?: { all: Limits; full: FullKeys; nowMs: number }): Promise<unknown[]> =>
      (await repositories.operations.readPlan(id, { ...query, ...(limits && { limits }) })).items.map(
        ({ keys }) => keys,
      );
    expect(await keysOf({ all, full: {}, nowMs: 0 })).toEqual([{ region: 'eu' }, { account: 'a' }]);
    const [line] = (await repositories.operations.readPlan(id, query)).items;
    expect(Object.keys(line ?? {})).not.toContain('keys');
    expect(Object.keys(line ?? {})).not.toContain('region');
  });
});

describe('a claim with limits', () => {
  const claim = async (orchestrationID: string, operationID = '', limit = 1, key = 'eu') => {
    const limited = { orchestrationID, keys: [{ kind: 'region', key, limit } as const] };
    return (await repositories.operations.claim(operationID, EXECUTION, AT, limited)).kind;
  };

  it('is refused while as many others are in progress as may be, and taken over again by its own execution', async () => {
    const { id, operationIDs } = await aPlanOf({ region: 'eu' }, { region: 'eu' }, { region: 'us' });
    const [first, second, third] = operationIDs;
    expect(await claim(id, first)).toBe('claimed');
    expect(await claim(id, first)).toBe('claimed');
    expect(await claim(id, second)).toBe('full');
    expect(await claim(id, third, 1, 'us')).toBe('claimed');
    const end = { state: 'succeeded', description: 'done' } as const;
    await repositories.operations.finish(first ?? '', FIRST, end, AT);
    expect(await claim(id, first)).toBe('finished');
    expect(await claim(id, second)).toBe('claimed');
  });

  it('counts nothing of another orchestration', async () => {
    const one = await aPlanOf({ region: 'eu' });
    const other = await aPlanOf({ region: 'eu' });
    expect(await claim(one.id, one.operationIDs[0])).toBe('claimed');
    expect(await claim(other.id, other.operationIDs[0])).toBe('claimed');
  });

  it('lets no more in than its limit when many come at once', async () => {
    const { id, operationIDs } = await aPlanOf(...Array.from({ length: 20 }, () => ({ region: 'eu' })));
    const kinds = await Promise.all(operationIDs.map((operationID) => claim(id, operationID, 3)));
    expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'full')).toHaveLength(17);
    expect(await repositories.waits.limitedExecuting(id)).toHaveLength(3);
  });

  it('is held while its orchestration is paused, like a claim without limits', async () => {
    const { id, operationIDs } = await aPlanOf({ region: 'eu' });
    await repositories.control.command(id, { command: 'pause', by: 'jane', reason: '' }, AT);
    expect(await claim(id, operationIDs[0])).toBe('held');
  });
});
