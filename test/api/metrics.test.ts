import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { OrchestrationParameters } from '../../src/domain/upgrades/orchestration-parameters.ts';
import { readMetrics } from '../support/metrics-text.ts';
import { aPlan, aRequest, AT, BY_NO_POLICY, EXECUTION, FIRST, planned } from '../support/rows.ts';
import { ApiRig, repositoriesAway, repositoriesHanging, whileTimeFlies } from './api-rig.ts';

let rig: ApiRig;
let elapsedMs = 0;

beforeAll(async () => {
  rig = await ApiRig.start({ elapsed: () => elapsedMs });
});
beforeEach(() => {
  // The state that was read for the test before is old.
  elapsedMs += 60_000;
});

const change = { actor: 'alice', reason: 'because', now: AT };

/** Values by series, without the prefix of names. */
async function scrape(of = rig): Promise<Map<string, number>> {
  const { status, body } = await of.call('GET', '/metrics', { token: null });
  expect(status).toBe(200);
  return new Map(
    [...readMetrics(String(body))].map(([name, value]) => [name.replace('drydock_', ''), value]),
  );
}

function upgrading(strategy: Partial<OrchestrationParameters['strategy']> = {}) {
  const request = aRequest();
  const { parameters } = request;
  return aRequest({
    parameters: { ...parameters, strategy: { ...parameters.strategy, ...strategy } },
  });
}

/** Ends what is open, so that each test begins with nothing. */
async function endAll(): Promise<void> {
  const { orchestrations, operations } = rig.repositories;
  for (const { id } of await orchestrations.listOpen(undefined, 1_000)) {
    for (const { id: operationID, attempt, dispatch } of await operations.listExecuting(id, -1, 1_000)) {
      await operations.finish(
        operationID,
        { attempt, dispatch },
        { state: 'succeeded', description: 'x' },
        AT,
      );
    }
    await operations.cancelWaiting(id, change);
    await orchestrations.transition(id, 'canceled', change);
  }
}
beforeEach(endAll);

it('shows what is open by type and state, and every label at 0 where there is nothing', async () => {
  const { operations, orchestrations } = rig.repositories;
  await orchestrations.record(aRequest());
  const { operationIDs } = await aPlan(rig.repositories, 4);
  const [first = '', second = ''] = operationIDs;
  await operations.claim(first, EXECUTION, AT);
  await operations.claim(second, EXECUTION, AT);
  await operations.finish(second, FIRST, { state: 'succeeded', description: 'done' }, AT);

  const shown = await scrape();
  expect(shown.get('database_up')).toBe(1);
  expect(shown.get('orchestrations{state="pending",type="upgradeKyma"}')).toBe(1);
  expect(shown.get('orchestrations{state="in progress",type="upgradeKyma"}')).toBe(1);
  expect(shown.get('orchestrations{state="pending",type="upgradeCluster"}')).toBe(0);
  expect(shown.get('operations{state="pending",type="upgradeKyma"}')).toBe(2);
  expect(shown.get('operations{state="in progress",type="upgradeKyma"}')).toBe(1);
  expect(shown.get('operations{state="succeeded",type="upgradeKyma"}')).toBe(1);
  expect(shown.get('slots_used{lane="default"}')).toBe(1);
  expect(shown.get('slots_limit{lane="default"}')).toBe(5);
  expect(shown.get('turns_held{lane="default"}')).toBe(1);
  expect(shown.get('queue_length{lane="default"}')).toBe(1);
  expect(shown.get('operations_waiting{code="slot"}')).toBe(2);
  expect(shown.get('operations_waiting{code="dependency-down"}')).toBe(0);
  expect(shown.get('stacks{status="ready"}')).toBe(0);
  expect(shown.get('event_stream_clients')).toBe(0);
  expect(shown.get('build_info{version="unknown"}')).toBe(1);
  expect([...shown.keys()].join()).not.toContain(first);
});

it('a canceled one keeps its turn, and is told what it still waits for', async () => {
  const { operations, orchestrations } = rig.repositories;
  const { id, operationIDs } = await aPlan(rig.repositories, 3);
  const [executing = '', unsent = ''] = operationIDs;
  for (const one of [executing, unsent]) {
    await operations.claim(one, EXECUTION, AT);
    await operations.describe(one, 1, 'Trying again: The Provisioner does not answer', AT);
  }
  await operations.recordRequest(executing, EXECUTION, { config: {}, baselineOperationID: '' });
  await orchestrations.transition(id, 'canceling', change);
  const shown = await scrape();
  expect(shown.get('turns_held{lane="default"}')).toBe(1);
  expect(shown.get('slots_limit{lane="default"}')).toBe(0);
  expect(shown.get('operations_waiting{code="dependency-down"}')).toBe(1);
  // As the list tells it: the one to which nothing was sent ends with the one that waits.
  expect(shown.get('operations_waiting{code="canceling"}')).toBe(2);
  for (const [code, totalCount] of [
    ['dependency-down', 1],
    ['canceling', 2],
  ] as const) {
    const { body } = await rig.call('GET', `/orchestrations/${id}/operations?waitingFor=${code}`);
    expect(body).toMatchObject({ totalCount });
  }
});

it('one that is canceled while it waits to be retried holds no turn, though it had one', async () => {
  const { orchestrations } = rig.repositories;
  const { id } = await aPlan(rig.repositories, 1);
  await orchestrations.transition(id, 'failed', change);
  const later = { ...change, now: new Date(Date.parse(AT) + 60_000).toISOString() };
  await orchestrations.transition(id, 'retrying', later);
  await orchestrations.transition(id, 'canceling', later);
  expect((await scrape()).get('turns_held{lane="default"}')).toBe(0);
});

it('operations of one that is being canceled never begin, also while everything is paused', async () => {
  const { orchestrations, queue } = rig.repositories;
  const { id } = await aPlan(rig.repositories, 2);
  await orchestrations.transition(id, 'canceling', change);
  const before = (await scrape()).get('operations_waiting{code="canceling"}');
  await queue.change(true, change);
  const paused = (await scrape()).get('operations_waiting{code="canceling"}');
  await queue.change(false, change);
  expect(before).toBeGreaterThanOrEqual(2);
  expect(paused).toBe(before);
});

it('counts waits as the list of operations tells them', async () => {
  const { operations, orchestrations } = rig.repositories;
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const window = { begin: tomorrow, latestStart: tomorrow, end: tomorrow };
  const request = upgrading({ limits: { perRegion: 1 } });
  const { orchestrationID: id } = request;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', change);
  const batch = [planned(0), planned(1), planned(2, undefined, { window, dueAt: tomorrow })];
  await operations.plan({ id, type: 'upgradeKyma', dryRun: false }, batch, AT);
  await orchestrations.planned(id, { count: 3, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT });
  const executing = batch[0]?.operationID ?? '';
  await operations.claim(executing, EXECUTION, AT);
  await operations.describe(executing, 1, 'Trying again: The Provisioner does not answer', AT);

  const shown = await scrape();
  const waits = [...shown].filter(([name, value]) => name.startsWith('operations_waiting') && value > 0);
  expect(Object.fromEntries(waits)).toEqual({
    'operations_waiting{code="region-limit"}': 1,
    'operations_waiting{code="window"}': 1,
    'operations_waiting{code="dependency-down"}': 1,
  });
  for (const code of ['region-limit', 'window', 'dependency-down']) {
    const { body } = await rig.call('GET', `/orchestrations/${id}/operations?waitingFor=${code}`);
    expect(body).toMatchObject({ totalCount: 1 });
  }
});

it('shows pauses, questions, workflows that have not read, and how much of a budget is used', async () => {
  const { operations, control } = rig.repositories;
  const { id, operationIDs } = await aPlan(
    rig.repositories,
    4,
    upgrading({
      failureBudget: { scope: 'all', max: 3, onExceeded: 'pause', strict: false },
      waves: [{ name: 'canary', count: 1, approval: { notByCreator: false } }],
    }),
    { budgetMax: 3 },
  );
  const [first = ''] = operationIDs;
  await operations.claim(first, EXECUTION, AT);
  await operations.recordRequest(first, EXECUTION, { config: {}, baselineOperationID: '' });
  await operations.fail(first, FIRST, { code: 'UPGRADE_FAILED', message: 'no' }, AT);
  await control.pause(id, 'no-evidence', change);

  const shown = await scrape();
  expect(shown.get('failure_budget_used_ratio{lane="default"}')).toBe(0.25);
  expect(shown.get('orchestrations_paused{reason="no-evidence"}')).toBe(1);
  expect(shown.get('orchestrations_paused{reason="person"}')).toBe(0);
  expect(shown.get('orchestrations_unobserved')).toBe(1);
  expect(shown.get('operations_waiting{code="paused"}')).toBe(3);
  expect(shown.get('approvals_waiting')).toBe(0);
});

it('says that the database is away, or hangs, in a metric of its own, and shows no old values as if they were true', async () => {
  await aPlan(rig.repositories, 1);
  const away = rig.with({ repositories: repositoriesAway() });
  const shown = await scrape(away);
  expect(shown.get('database_up')).toBe(0);
  expect(
    [...shown.keys()].filter((name) => /^(orchestrations|operations|queue|stacks|slots)/.test(name)),
  ).toEqual([]);
  expect([...shown.keys()]).not.toContain('orchestrations_unobserved');

  const hanging = rig.with({ repositories: repositoriesHanging(rig.repositories) });
  expect((await whileTimeFlies(() => scrape(hanging))).get('database_up')).toBe(0);
});

it('reads the rows once in five seconds, however many scrape', async () => {
  let reads = 0;
  const counts = {
    upgrades: () => {
      reads += 1;
      return rig.repositories.counts.upgrades();
    },
  };
  const counted = rig.with({ repositories: { ...rig.repositories, counts } });
  await Promise.all([scrape(counted), scrape(counted)]);
  elapsedMs += 4_999;
  await scrape(counted);
  expect(reads).toBe(1);
  elapsedMs += 1;
  await scrape(counted);
  expect(reads).toBe(2);
});
