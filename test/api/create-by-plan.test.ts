import { beforeAll, beforeEach, expect, it } from 'vitest';
import { planHash, rulesHash } from '../../src/activities/upgrades/plan-hash.ts';
import { EMPTY_POLICY, type MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import { summarize } from '../../src/domain/upgrades/rollout-summary.ts';
import { aPlanRequest } from '../support/rows.ts';
import { ApiRig, type Answer } from './api-rig.ts';

const BODY = {
  targets: { include: [{ target: 'all' }] },
  strategy: { parallel: { workers: 5 } },
  kyma: { version: '2.20.5' },
};
const HOUR = 3_600_000;

let rig: ApiRig;
let plan: { id: string; hash: string };

beforeAll(async () => {
  rig = await ApiRig.start();
});
beforeEach(async () => {
  plan = await aMadePlan();
});

/** A plan of nobody for the body above, by the policy that holds. */
async function aMadePlan({ ageMs = 0, dryRun = false } = {}): Promise<{ id: string; hash: string }> {
  const { plans, policies } = rig.repositories;
  const held = await policies.current();
  const rules = held?.policy ?? EMPTY_POLICY;
  const { parameters } = aPlanRequest();
  const request = aPlanRequest({ parameters: { ...parameters, dryRun } });
  const { id } = await plans.record({ ...request, createdAt: new Date().toISOString() });
  const nothing = { operations: [], leftOut: [], notSelected: [], waves: [] };
  const hash = planHash(request, rules, []);
  const madeAt = new Date(Date.now() - ageMs).toISOString();
  await plans.complete(id, {
    ...nothing,
    planHash: hash,
    rulesHash: rulesHash(rules),
    policyVersion: held?.version ?? 0,
    windowsUntil: madeAt,
    madeAt,
    summary: summarize({ runtimes: [], excluded: [] }, nothing),
  });
  return { id, hash };
}

const create = (
  body: object,
  headers: Record<string, string> = {},
  path = '/upgrade/kyma',
): Promise<Answer> => rig.call('POST', path, { body: { ...BODY, ...body }, headers });
const idOf = (answer: Answer): string => (answer.body as { orchestrationID: string }).orchestrationID;
const detailOf = (answer: Answer): unknown => (answer.body as { detail?: unknown }).detail;

async function store(policy: Partial<MaintenancePolicy>): Promise<void> {
  const { policies } = rig.repositories;
  const after = (await policies.current())?.version ?? 0;
  const change = { after, changedBy: 'alice', reason: '', now: new Date().toISOString() };
  await policies.add({ ...EMPTY_POLICY, ...policy }, change);
}

it('a request with the hash of its plan creates an orchestration that refers to the plan', async () => {
  const answer = await create({ planHash: plan.hash });
  expect(answer.status).toBe(202);
  const row = await rig.repositories.orchestrations.find(idOf(answer));
  expect(row).toMatchObject({
    planID: plan.id,
    parameters: { planHash: plan.hash, onPlanChange: 'pause' },
  });
  expect(rig.gateway.starts.at(-1)).toMatchObject({ orchestrationID: row?.id, planID: plan.id });
  const seen = await rig.call('GET', `/orchestrations/${idOf(answer)}`);
  expect(seen.body).toMatchObject({ parameters: { planHash: plan.hash, onPlanChange: 'pause' } });
  const goesOn = await create({ planHash: plan.hash, onPlanChange: 'continue' });
  expect((await rig.repositories.orchestrations.find(idOf(goesOn)))?.parameters.onPlanChange).toBe(
    'continue',
  );
});

it('zero values mean that no plan was approved', async () => {
  for (const body of [{}, { planHash: '', onPlanChange: '' }, { planHash: null, onPlanChange: null }]) {
    const answer = await create(body);
    expect(answer.status).toBe(202);
    const row = await rig.repositories.orchestrations.find(idOf(answer));
    expect(row?.planID).toBeNull();
    expect(Object.keys(row?.parameters ?? {})).not.toContain('planHash');
    expect(Object.keys(row?.parameters ?? {})).not.toContain('onPlanChange');
  }
});

it.each([
  [{ planHash: 'abc' }, 'planHash'],
  [{ planHash: 'A'.repeat(64) }, 'planHash'],
  [{ onPlanChange: 'continue' }, 'onPlanChange'],
  [{ planHash: 'a'.repeat(64), onPlanChange: 'stop' }, 'onPlanChange'],
])('%j is refused at %s', async (body, path) => {
  for (const answer of [await create(body), await create({ ...body, kyma: {} }, {}, '/upgrade/cluster')]) {
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:invalid-input', errors: [{ path }] });
  }
});

it('a hash that no kept plan has is a conflict that says what to do', async () => {
  const answer = await create({ planHash: 'f'.repeat(64) });
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:conflict' });
  expect(detailOf(answer)).toBe(
    'No kept plan has this planHash; the newest 20 plans are kept: plan the request with POST /upgrade/kyma/plan, look at the plan, and send its planHash',
  );
});

it('another request than that of the plan is a conflict that names the fields', async () => {
  const other = { planHash: plan.hash, dryRun: true, strategy: { parallel: { workers: 6 } } };
  const answer = await create(other);
  expect(answer.status).toBe(409);
  expect(detailOf(answer)).toMatch(
    new RegExp(
      `^The request differs from that of plan ${plan.id} at dryRun, strategy\\.parallel\\.workers: `,
    ),
  );
  const cluster = await create({ planHash: plan.hash, kyma: {} }, {}, '/upgrade/cluster');
  expect(detailOf(cluster)).toMatch(
    / at type, kubernetes, kyma: plan the request with POST \/upgrade\/cluster\/plan/,
  );
});

it('other rules than those of the plan are a conflict; other freezes and opt-outs are not', async () => {
  await store({ optOut: [{ runtimeID: 'r', reason: 'r', until: '2100-01-01T00:00:00Z' }] });
  expect((await create({ planHash: plan.hash })).status).toBe(202);
  await store({ default: { days: ['Mon'], timeBegin: '010000+0000', timeEnd: '020000+0000' } });
  const answer = await create({ planHash: plan.hash });
  expect(answer.status).toBe(409);
  expect(detailOf(answer)).toMatch(
    /^The rules of the maintenance policy have changed since plan .* \(version 0 then, 2 now\): /,
  );
});

it('a plan of more than a day ago is a conflict', async () => {
  const aDryRun = { ageMs: 25 * HOUR, dryRun: true };
  const old = await create({ planHash: (await aMadePlan(aDryRun)).hash, dryRun: true });
  expect(old.status).toBe(409);
  expect(detailOf(old)).toMatch(/is older than 24 hours \(made at .*\): plan the request/);
  const young = await aMadePlan({ ...aDryRun, ageMs: 23 * HOUR });
  expect((await create({ planHash: young.hash, dryRun: true })).status).toBe(202);
});

it('a request that is repeated under its key is answered as before, whatever has changed since', async () => {
  const headers = { 'Idempotency-Key': 'once' };
  const first = await create({ planHash: plan.hash }, headers);
  await store({ default: { days: ['Tue'], timeBegin: '010000+0000', timeEnd: '020000+0000' } });
  const again = await create({ planHash: plan.hash }, headers);
  expect([again.status, again.body]).toEqual([202, first.body]);
  expect((await create({ planHash: plan.hash }, { 'Idempotency-Key': 'another' })).status).toBe(409);
  const other = await create({ planHash: (await aMadePlan()).hash }, headers);
  expect(other.body).toMatchObject({ type: 'urn:drydock:problem:idempotency-key-reused' });
});

it('is that of a request whose reason differs: it says nothing of what is done', async () => {
  expect(await create({ planHash: plan.hash, reason: 'CHG0042' })).toMatchObject({ status: 202 });
});
