import { beforeAll, describe, expect, it } from 'vitest';
import type { Repositories } from '../../src/db/repositories/index.ts';
import type { OrchestrationState } from '../../src/domain/upgrades/states.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, EXECUTION, FIRST } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const BEGIN = '2026-01-02T03:04:05.000Z';
const DAY_SECONDS = 86_400;
const after = (seconds: number): string => new Date(Date.parse(BEGIN) + seconds * 1000).toISOString();
const change = { actor: 'alice', reason: 'because', now: AT };

interface Ran {
  day?: number;
  dryRun?: boolean;
  cluster?: boolean;
  end?: OrchestrationState;
  isThere?: boolean;
}

/**
 * An orchestration of that day whose operations took so long; negative for one that has failed, 0 for one that waits. `isThere`: nothing had to be
 * sent.
 */
async function ranFor(
  seconds: number[],
  { day = 0, dryRun = false, cluster = false, end = 'succeeded', isThere = false }: Ran = {},
): Promise<void> {
  const { parameters } = aRequest();
  const request = aRequest({
    type: cluster ? 'upgradeCluster' : 'upgradeKyma',
    parameters: { ...parameters, dryRun },
    createdAt: after(day * DAY_SECONDS),
  });
  const { id, operationIDs } = await aPlan(repositories, seconds.length, request);
  const { operations, orchestrations } = repositories;
  const run = async (took: number, index: number): Promise<void> => {
    const operationID = operationIDs[index] ?? '';
    if (took !== 0) await operations.claim(operationID, EXECUTION, BEGIN);
    const done = { state: 'succeeded', description: 'done' } as const;
    const accepted = { provisionerOperationID: 'p', description: 'begun', now: BEGIN };
    if (took > 0 && !isThere) await operations.recordAccepted(operationID, 1, accepted);
    if (took > 0) await operations.finish(operationID, FIRST, done, after(took));
    const failure = { code: 'UPGRADE_FAILED', message: 'it broke' } as const;
    if (took < 0) await operations.fail(operationID, FIRST, failure, after(-took));
  };
  await Promise.all(seconds.map(run));
  await orchestrations.transition(id, end, change);
}

const durations = (type: 'upgradeKyma' | 'upgradeCluster' = 'upgradeKyma'): Promise<number[]> =>
  repositories.operations.earlierDurations(type);

describe('what earlier operations took', () => {
  it('is none without any', async () => {
    expect(await durations()).toEqual([]);
  });

  it('counts those that have succeeded, in orchestrations of the type that have ended, and neither dry runs nor what was there already', async () => {
    await ranFor([600, -700, 0, 660]);
    await ranFor([1], { dryRun: true });
    await ranFor([2], { isThere: true });
    await ranFor([720], { end: 'failed', day: 1 });
    await ranFor([30], { end: 'canceling' });
    await ranFor([1800], { cluster: true });
    expect((await durations()).sort()).toEqual([600, 660, 720]);
    expect(await durations('upgradeCluster')).toEqual([1800]);
  });

  it('is that of the ten newest, of which at most 1,000 operations are read', async () => {
    const TEN = 10;
    for (let day = 10; day < 10 + TEN; day++) await ranFor([day], { day });
    expect((await durations()).sort()).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    await ranFor(Array<number>(1_001).fill(7), { day: 30 });
    expect(await durations()).toEqual(Array(1_000).fill(7));
  });
});
