import { describe, expect, test } from 'vitest';
import { concurrencyOf, type OperationNow } from '../../src/dev/landscape/simulated-operations.ts';
import {
  accepted,
  admin,
  call,
  firstRuntime,
  graphql,
  landscape,
  runtimes,
  status,
  upgrade,
} from './support.ts';

interface UpgradeRow {
  operationID: string;
  runtimeID: string;
  config: unknown;
  acceptedAt: string;
  finishedAt: string | null;
  result: string | null;
}

describe('the Provisioner', () => {
  test('takes one operation at a time per runtime', async () => {
    const of = await landscape();
    const { runtimeID } = await firstRuntime(of);
    const answers = await Promise.all([upgrade(of, runtimeID), upgrade(of, runtimeID)]);
    const refusal = answers.find(({ errors }) => errors)?.errors?.[0];
    expect(answers.filter(({ data }) => data?.result?.state === 'InProgress')).toHaveLength(1);
    expect(refusal?.message).toBe(
      `cannot start new operation for ${runtimeID} Runtime while previous one is in progress`,
    );
    expect(refusal?.extensions).toMatchObject({ error_code: 400 });
  });

  test('follows an upgrade by the clock to its end, and takes the next one then', async () => {
    let clock = Date.UTC(2024, 0, 1);
    const of = await landscape({ upgradeSeconds: 10, now: () => clock });
    const { runtimeID } = await firstRuntime(of);
    const id = await accepted(of, runtimeID);
    clock += 9_999;
    expect((await status(of, id)).data?.result).toMatchObject({ state: 'InProgress', lastError: null });
    clock += 1;
    expect((await status(of, id)).data?.result).toMatchObject({ state: 'Succeeded', runtimeID });
    expect(await accepted(of, runtimeID)).not.toBe(id);
  });

  test('does not know made up runtimes and operations', async () => {
    const of = await landscape();
    const unknown = { error_reason: 'err_db_not_found' };
    const [byRuntime] = (await upgrade(of, 'no-such-runtime')).errors ?? [];
    expect(byRuntime?.message).toContain('no-such-runtime');
    expect(byRuntime?.extensions).toMatchObject(unknown);
    const [byOperation] = (await status(of, 'no-such-operation')).errors ?? [];
    expect(byOperation?.message).toContain('Operation not found for id: no-such-operation');
    expect(byOperation?.extensions).toMatchObject(unknown);
  });

  test('refuses what its schema does not have, each time', async () => {
    const of = await landscape();
    const { runtimeID } = await firstRuntime(of);
    const id = await accepted(of, runtimeID);
    const ask = (field: string) =>
      graphql(of, `query ($id: String!) { result: runtimeOperationStatus(id: $id) { ${field} } }`, { id });
    for (let times = 0; times < 2; times++) {
      // With two copies of graphql loaded, as here, the list of errors is all of the answer.
      const refused = await ask('nonsense');
      expect(refused.data).toBeUndefined();
      expect(JSON.stringify(refused)).toContain('Cannot query field');
      expect(await ask('id')).toEqual({ data: { result: { id } } });
    }
  });

  test('forgets an operation when told to, and lets the runtime go', async () => {
    const of = await landscape();
    const { runtimeID } = await firstRuntime(of);
    const id = await accepted(of, runtimeID);
    await admin(of, 'POST', `/operations/${id}/forget`);
    expect((await status(of, id)).errors?.[0]?.message).toContain('not found');
    expect(await accepted(of, runtimeID)).not.toBe(id);
  });

  test('A57: records what was asked for, without the secret values', async () => {
    const of = await landscape();
    const { runtimeID } = await firstRuntime(of);
    await upgrade(of, runtimeID, 'very-secret');
    const record = await admin<UpgradeRow[]>(of, 'GET', '/upgrades');
    expect(record).toMatchObject([{ runtimeID, finishedAt: null, config: { version: '2.20.5' } }]);
    expect(JSON.stringify(record)).not.toContain('very-secret');
    expect(JSON.stringify(record)).toContain('password');
  });
});

describe('injection', () => {
  test('refuses, fails, holds and ends the upgrades of a runtime', async () => {
    const of = await landscape({ upgradeSeconds: 0 });
    const { runtimeID } = await firstRuntime(of);
    const behave = (behaviour: object): Promise<unknown> =>
      admin(of, 'PUT', `/runtimes/${runtimeID}/behaviour`, behaviour);

    await behave({ refuse: 'not today' });
    expect((await upgrade(of, runtimeID)).errors?.[0]?.message).toBe('not today');

    await behave({ refuse: null, fail: 'disk full', hold: true });
    const id = await accepted(of, runtimeID);
    expect((await status(of, id)).data?.result?.state).toBe('InProgress');
    await admin(of, 'POST', `/operations/${id}/end`, { result: 'Failed', message: 'disk full' });
    expect((await status(of, id)).data?.result).toMatchObject({
      state: 'Failed',
      lastError: { errMessage: 'disk full' },
    });
    await behave({ fail: null, hold: null });
    await accepted(of, runtimeID);
  });

  test('keeps a runtime busy with an operation of somebody else', async () => {
    const of = await landscape();
    const { runtimeID } = await firstRuntime(of);
    const { operationID } = await admin<{ operationID: string }>(of, 'POST', `/runtimes/${runtimeID}/busy`);
    expect((await upgrade(of, runtimeID)).errors?.[0]?.message).toContain('in progress');
    expect(await admin(of, 'GET', '/upgrades')).toEqual([]);
    await admin(of, 'POST', `/operations/${operationID}/end`);
    await accepted(of, runtimeID);
  });

  test('fails the share of upgrades that was asked for', async () => {
    let clock = 0;
    const of = await landscape({ fleetSize: 200, failureRate: 0.25, upgradeSeconds: 1, now: () => clock });
    for (const { runtimeID } of await runtimes(of)) await accepted(of, runtimeID);
    clock += 1_000;
    const failed = (await admin<UpgradeRow[]>(of, 'GET', '/upgrades')).filter(
      ({ result }) => result === 'Failed',
    );
    expect(failed.length).toBeGreaterThan(25);
    expect(failed.length).toBeLessThan(75);
  });

  test('takes whole systems away, for so many requests', async () => {
    const of = await landscape();
    const shoots = `${of.kubernetesURL}/apis/core.gardener.cloud/v1beta1/namespaces/${of.namespace}/shoots`;
    await admin(of, 'PUT', '/faults/inventory', { mode: 'unavailable', times: 2 });
    for (let i = 0; i < 2; i += 1) {
      expect(await call(shoots)).toMatchObject({ status: 503, body: { kind: 'Status', code: 503 } });
    }
    expect((await call(shoots)).status).toBe(200);

    await admin(of, 'PUT', '/faults/inventory', { mode: 'garbage', times: 1 });
    expect(await (await fetch(shoots)).text()).toContain('<html>');
    await admin(of, 'PUT', '/faults/inventory', { mode: 'timeout', times: 1 });
    await expect(fetch(shoots, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
    await admin(of, 'PUT', '/faults/inventory', { mode: 'cut', times: 1 });
    await expect(fetch(shoots)).rejects.toThrow();
    expect((await call(shoots)).status).toBe(200);
    await expect(admin(of, 'PUT', '/faults/inventory', { mode: 'moody' })).rejects.toThrow(/mode/);
    await expect(admin(of, 'PUT', '/faults/weather', {})).rejects.toThrow(/inventory, overrides/);
  });

  test('loses the answer to an upgrade that was accepted', async () => {
    const of = await landscape();
    const { runtimeID } = await firstRuntime(of);
    await admin(of, 'PUT', '/faults/provisioner', { mode: 'lost', only: 'mutation', times: 1 });
    expect((await status(of, 'any')).errors).toHaveLength(1);
    await expect(upgrade(of, runtimeID)).rejects.toThrow();
    expect(await admin(of, 'GET', '/upgrades')).toMatchObject([{ runtimeID, result: null }]);
  });
});

describe('concurrency', () => {
  const ran = (acceptedAt: number, finishedAt: number | undefined, requested = true): OperationNow => ({
    id: '',
    runtimeID: '',
    operation: 'Upgrade',
    requested,
    config: {},
    tenant: '',
    acceptedAt,
    durationMs: null,
    result: 'Succeeded',
    reason: '',
    state: finishedAt === undefined ? 'InProgress' : 'Succeeded',
    progress: 0,
    finishedAt,
  });

  test('A36: is the largest number of upgrades at once, from begin and end alone', () => {
    expect(concurrencyOf([])).toEqual({ maximum: 0, at: undefined, running: 0 });
    expect(concurrencyOf([ran(0, 10), ran(10, 20), ran(20, 30)]).maximum).toBe(1);
    expect(concurrencyOf([ran(0, 10), ran(5, 20), ran(9, 30), ran(15, 40)])).toMatchObject({
      maximum: 3,
      at: '1970-01-01T00:00:00.009Z',
    });
    expect(concurrencyOf([ran(0, undefined), ran(3, undefined), ran(0, undefined, false)])).toMatchObject({
      maximum: 2,
      running: 2,
    });
  });

  test('A36: is told by the admin API', async () => {
    const of = await landscape();
    for (const { runtimeID } of (await runtimes(of)).slice(0, 4)) await accepted(of, runtimeID);
    expect(await admin(of, 'GET', '/concurrency')).toMatchObject({ maximum: 4, running: 4 });
    expect(await admin(of, 'POST', '/operations/end')).toEqual({ ended: 4 });
    expect(await admin(of, 'GET', '/concurrency')).toMatchObject({ maximum: 4, running: 0 });
  });
});
