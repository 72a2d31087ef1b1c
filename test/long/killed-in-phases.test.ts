/** Everything that can be killed is, one after the other, while ten orchestrations stand in a phase each. */
import { expect, it } from 'vitest';
import { startLandscape } from '../../src/dev/landscape/index.ts';
import { atEndOfFile, temporaryFolder } from '../support/environment.ts';
import { Killable } from '../e2e/killable.ts';
import { LandscapeAdmin, mostAtOnce } from '../e2e/landscape-admin.ts';
import { FLEET, LANES, Standing } from '../e2e/standing.ts';

/** It lives on while everything is killed, so that whoever waits for it still does afterwards. */
async function startOutsideLandscape(): Promise<{ env: Record<string, string>; landscape: LandscapeAdmin }> {
  const running = await startLandscape({
    dataDir: temporaryFolder(),
    fleetSize: FLEET,
    leftOut: 0,
    upgradeSeconds: 0.2,
    requireTenant: true,
  });
  atEndOfFile(() => running.close());
  const env = {
    KUBECONFIG: running.kubeconfigPath,
    GARDENER_NAMESPACE: running.namespace,
    OVERRIDES_NAMESPACE: running.overridesNamespace,
    PROVISIONER_URL: running.provisionerURL,
  };
  return { env, landscape: new LandscapeAdmin(running.adminURL) };
}

it('A5: kill -9 of Temporal, PostgreSQL, the service and all of them in each phase loses nothing, forgets no approval and no failure, and begins nothing twice', async () => {
  const { env, landscape } = await startOutsideLandscape();
  const service = new Killable({ ...env, LANES });
  const standing = await Standing.begin(await service.start(), landscape);
  const before = await standing.look();
  const begun = await landscape.upgrades();
  const [kim, lee] = [await service.tokenFor('kim'), await service.tokenFor('lee')];

  const kills = [
    () => service.serverKilled('Temporal'),
    () => service.serverKilled('PostgreSQL'),
    async () => void (standing.rest = await service.parentKilledAndStarted()),
    async () => void (standing.rest = await service.killedAndStarted()),
  ];
  for (const [index, kill] of kills.entries()) {
    const number = index + 1;
    expect(await standing.approve('answering', number)).toBe(403);
    // Answered right before the kill.
    expect(await standing.approve('answering', number, kim)).toBe(200);
    await kill();
    await expect.poll(() => standing.look(), { timeout: 180_000 }).toEqual(before);
    if (number < kills.length) await standing.asks('answering', number + 1);
    else await standing.rest.reaches(standing.id('answering'), 'succeeded');
    // Once more by the same person, who has lost the answer, and by another one.
    const again = number < kills.length ? 200 : 409;
    expect(await standing.approve('answering', number, kim)).toBe(again);
    expect(await standing.approve('answering', number, lee)).toBe(409);
    const answered = await standing.upgradesOf('answering');
    expect(answered).toHaveLength(number < kills.length ? number + 1 : 6);
    expect(await standing.look()).toEqual(before);
    expect(await landscape.upgrades()).toHaveLength(begun.length + answered.length - 1);
  }
  const log = await standing.rest.events(standing.id('answering'));
  expect(log.filter(({ kind }) => kind === 'approved').map(({ actor }) => actor)).toEqual(
    kills.map(() => 'kim'),
  );

  await expectAllGoOn(standing, landscape);
  const upgrades = await landscape.upgrades();
  const [, , retried] = standing.runtimesOf('limited');
  const once = upgrades.filter(({ runtimeID }) => runtimeID !== retried).map(({ runtimeID }) => runtimeID);
  expect(new Set(once).size).toBe(once.length);
  expect(upgrades.length - once.length).toBe(2);
  expect(upgrades.slice(0, begun.length).map(({ operationID }) => operationID)).toEqual(
    begun.map(({ operationID }) => operationID),
  );
  await service.end();
}, 420_000);

/** Each is told to go on, and does so from where it stood. */
async function expectAllGoOn(standing: Standing, landscape: LandscapeAdmin): Promise<void> {
  const { rest } = standing;
  const succeeds = async (phase: Parameters<Standing['of']>[0]): Promise<void> => {
    const { length } = standing.runtimesOf(phase);
    const ended = await rest.reaches(standing.id(phase), 'succeeded', 90_000);
    expect(ended).toMatchObject({ operationStats: { succeeded: length }, planChanges: null });
  };
  const end = async (phase: Parameters<Standing['of']>[0], result: 'Succeeded' | 'Failed'): Promise<void> => {
    for (const { operationID, finishedAt } of await standing.upgradesOf(phase))
      if (finishedAt === null) await landscape.end(operationID, { result });
  };
  await landscape.clearFaults();

  expect(await standing.approve('asking', 1)).toBe(200);
  await succeeds('asking');

  await standing.tell('paused', 'resume');
  await standing.waits('paused', 'approval');
  expect([await standing.approve('paused', 1), await standing.approve('paused', 2)]).toEqual([409, 200]);
  await succeeds('paused');

  // One more failure, beside those that are forgiven and the one that counts.
  await end('forgiven', 'Failed');
  await standing.waits('forgiven', 'budget');
  expect(await standing.of('forgiven')).toMatchObject({ failureBudget: { max: 1, failed: 2 } });
  await rest.cancel(standing.id('forgiven'));
  await rest.reaches(standing.id('forgiven'), 'canceled');

  for (const runtimeID of standing.runtimesOf('exceeded'))
    await landscape.setBehaviour(runtimeID, { fail: null });
  expect((await standing.told('exceeded', 'resume')).status).toBe(409);
  await standing.tell('exceeded', 'resume', { acknowledge: true });
  const exceeded = await rest.reaches(standing.id('exceeded'), 'failed');
  expect(exceeded.operationStats).toEqual({ failed: 1, succeeded: 2 });

  for (const runtimeID of standing.runtimesOf('limited'))
    await landscape.setBehaviour(runtimeID, { fail: null, hold: null });
  const waits = (await standing.operationsOf('limited')).find(({ state }) => state === 'retrying');
  await rest.retry(standing.id('limited'), [waits?.operationID ?? '']);
  await end('limited', 'Succeeded');
  await succeeds('limited');
  const [, , retried] = standing.runtimesOf('limited');
  const ofOneRegion = (await standing.upgradesOf('limited')).filter(({ runtimeID }) => runtimeID !== retried);
  expect([ofOneRegion.length, mostAtOnce(ofOneRegion)]).toEqual([2, 1]);

  await end('draining', 'Succeeded');
  const drained = await rest.reaches(standing.id('draining'), 'canceled');
  expect(drained.operationStats).toEqual({ canceled: 1, succeeded: 1 });

  await standing.waits('soaking', 'approval');
  expect(await standing.approve('soaking', 1)).toBe(200);
  for (const phase of ['soaking', 'looking', 'planning'] as const) await succeeds(phase);
}
