/** The rows behind a look at a wave: the ways through it, and what is refused. */
import { beforeAll, expect, it } from 'vitest';
import type { LookingWave } from '../../src/db/repositories/upgrades/control-repository.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import type { Command } from '../../src/domain/upgrades/rollout-control.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aRequest, AT, BY_NO_POLICY, EXECUTION, FIRST, planned } from '../support/rows.ts';

let repositories: Repositories;
beforeAll(async () => {
  repositories = await freshRepositories();
});

const change = { actor: 'alice', reason: 'because', now: AT };
const LATER = '2026-01-02T03:05:04.000000Z';
const UNTIL = '2026-01-02T03:19:04.000000Z';

/** A wave of three that have succeeded, and which are looked at, before another one. */
async function looking(): Promise<{ id: string; operationIDs: string[] }> {
  const { control, operations, orchestrations } = repositories;
  const base = aRequest();
  const strategy = {
    ...base.parameters.strategy,
    waves: [{ name: 'canary', count: 3 }],
    checks: { health: true, healthTimeoutMinutes: 15 },
  };
  const request = { ...base, parameters: { ...base.parameters, strategy } };
  const { orchestrationID: id, type } = request;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', change);
  const batch = [0, 0, 0, 1].map((wave, position) => planned(position, undefined, { wave }));
  await operations.plan({ id, type, dryRun: false }, batch, AT);
  const wave = { size: 3, workers: null, soakMinutes: 0, budgetMax: null, approval: null };
  const waves = ['canary', 'rest'].map((name, number) => ({ ...wave, name, number }));
  await orchestrations.planned(id, {
    ...{ count: 4, leftOut: {}, notSelected: 0, ...BY_NO_POLICY },
    waves,
    now: AT,
  });
  const operationIDs = batch.slice(0, 3).map(({ operationID }) => operationID);
  for (const operationID of operationIDs) {
    await operations.claim(operationID, EXECUTION, AT);
    await operations.finish(operationID, FIRST, { state: 'succeeded', description: 'done' }, AT);
  }
  await control.moveWave(id, await read(id), { to: 'looking', reason: 'for the test' }, AT);
  return { id, operationIDs };
}

async function read(id: string): Promise<LookingWave & { isLookedAt?: boolean; lookWaits: string | null }> {
  const wave = (await repositories.control.wanted(id))?.wave;
  if (!wave) throw new Error('There is no wave');
  return wave;
}

const tell = (id: string, command: 'pause' | 'resume'): Promise<unknown> => {
  const wish: Command = { command, acknowledge: false, by: 'jane', reason: '' };
  return repositories.control.command(id, wish, AT);
};

it('goes on with what is uncertain only, until nothing is', async () => {
  const { control, events, operations } = repositories;
  const { id, operationIDs } = await looking();
  const [well = '', changing = '', broken = ''] = operationIDs;
  const looks = [
    { id: well },
    { id: changing, uncertain: 'A is Progressing' },
    { id: broken, unhealthy: 'B is False' },
  ];
  const first = await read(id);
  expect(await control.listToLookAt(id, first, 10)).toHaveLength(3);
  expect(await control.recordLooks(id, first, { upTo: 2, looks }, AT)).toBe(true);
  // Done twice: the wave has moved on.
  expect(await control.recordLooks(id, first, { upTo: 2, looks: [{ id: broken }] }, AT)).toBe(false);
  expect((await read(id)).isLookedAt).toBe(false);
  expect(await control.countFailures(id)).toBe(1);

  await control.lookAgain(id, await read(id), { at: LATER, until: UNTIL });
  const second = await read(id);
  const name = (await operations.findMany([changing]))[0]?.shootName;
  expect(second).toMatchObject({
    ...{ lookedTo: -1, looksAgainAt: LATER, looksUntil: UNTIL },
    lookWaits: `1 runtime is read again: ${name} (A is Progressing)`,
  });
  expect((await control.listToLookAt(id, second, 10)).map((one) => one.id)).toEqual([changing]);
  await control.recordLooks(id, second, { upTo: 1, looks: [{ id: changing }] }, AT);
  expect(await read(id)).toMatchObject({ isLookedAt: true, lookWaits: null });
  const { rows } = await events.list(id, {}, { page: 1, pageSize: 100 });
  expect(rows.flatMap(({ kind, reason }) => (kind === 'looked' ? [reason] : []))).toEqual([
    'After wave canary: unhealthy, B is False',
  ]);
});

it('keeps what was unhealthy while that cannot be told', async () => {
  const { control } = repositories;
  const { id, operationIDs } = await looking();
  const [one = ''] = operationIDs;
  await control.recordLooks(
    id,
    await read(id),
    { upTo: 0, looks: [{ id: one, unhealthy: 'B is False' }] },
    AT,
  );
  await tell(id, 'pause');
  await tell(id, 'resume');
  await control.recordLooks(
    id,
    await read(id),
    { upTo: 0, looks: [{ id: one, uncertain: 'B is Unknown' }] },
    AT,
  );
  expect(await control.countFailures(id)).toBe(1);
});

it.each([
  {
    what: 'its orchestration was paused',
    pauseAndResume: async (id: string) => {
      await tell(id, 'pause');
      await tell(id, 'resume');
    },
  },
  {
    what: 'everything was paused',
    pauseAndResume: async (id: string) => {
      const { control, queue } = repositories;
      for (const isPaused of [true, false]) await queue.change(isPaused, change);
      const old = await read(id);
      expect(old).toMatchObject({ isOld: true });
      const anew = { to: 'looking', isAnew: true, reason: 'for the test' } as const;
      expect(await control.moveWave(id, old, anew, AT)).toBe(true);
      expect(await control.moveWave(id, old, anew, AT)).toBe(false);
      expect(await read(id)).toMatchObject({ isOld: false });
    },
  },
])(
  'takes nothing that was seen before $what, and begins anew after the resume',
  async ({ pauseAndResume }) => {
    const { control } = repositories;
    const { id, operationIDs } = await looking();
    const [one = ''] = operationIDs;
    const fresh = await read(id);
    await pauseAndResume(id);
    // It stands as it was read but for the revision.
    const part = { upTo: 2, looks: [{ id: one, unhealthy: 'B is False' }] };
    expect(await control.recordLooks(id, fresh, part, AT)).toBe(false);
    await control.recordLooks(
      id,
      await read(id),
      { upTo: 2, looks: [{ id: one, uncertain: 'A is Progressing' }] },
      AT,
    );
    await control.lookAgain(id, await read(id), { at: LATER, until: UNTIL });
    const again = await read(id);
    await pauseAndResume(id);
    await control.lookAgain(id, again, { at: UNTIL, until: UNTIL });
    await control.noteWait(id, again, 'Waits for the inventory: nothing');
    const begun = await read(id);
    expect(begun).toMatchObject({ lookedTo: -1, looksAgainAt: null, looksUntil: null, lookWaits: null });
    expect(await control.listToLookAt(id, begun, 10)).toHaveLength(3);
  },
);
