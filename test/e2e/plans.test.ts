/** A plan is looked at, and then carried out: by REST, with what happened read from the landscape's record. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../support/environment.ts';
import { windowFromNow } from '../support/rig.ts';
import { durationsFrom, type Answer } from './rest.ts';
import { startService, type Service } from './service.ts';

const FLEET = 300;
/** Nothing begins or ends while the test looks: azure has a window of a day, half of which is over, the others one hours away. */
const OPEN = windowFromNow(-12 * 3_600, 24 * 3_600);
const LATER = windowFromNow(6 * 3_600, 3_600);
const POLICY = {
  rules: [
    { match: { plan: '^azure$' }, timeBegin: OPEN.begin, timeEnd: OPEN.end },
    { match: { plan: '.' }, timeBegin: LATER.begin, timeEnd: LATER.end, cutoff: '10m' },
  ],
};
const REQUEST = {
  targets: { include: [{ region: '.' }], exclude: [{ planName: 'trial' }] },
  strategy: { type: 'parallel', schedule: 'maintenanceWindow', parallel: { workers: 50 } },
};

const counted = z.strictObject({
  entries: z.array(z.strictObject({ key: z.string(), count: z.int() })),
  rest: z.int(),
});
const instant = z.iso.datetime();
const source = z.strictObject({ kind: z.enum(['rule', 'shoot', 'default']), index: z.int().nullable() });
const planSchema = z.strictObject({
  planID: z.uuid(),
  type: z.literal('upgradeKyma'),
  state: z.literal('made'),
  description: z.string(),
  createdAt: instant,
  createdBy: z.literal('tester'),
  parameters: z.record(z.string(), z.unknown()),
  madeAt: instant,
  planHash: z.string().length(64),
  policyVersion: z.int(),
  windowsUntil: instant,
  summary: z.strictObject({
    operations: z.int(),
    byPlan: counted,
    byRegion: counted,
    byZone: z.strictObject({
      entries: z.array(z.strictObject({ key: z.string(), count: z.int(), source })),
      rest: z.int(),
    }),
    byWave: z.array(z.looseObject({ name: z.string(), size: z.int() })),
    leftOut: z.record(z.string(), z.int()),
    notSelected: z.int(),
    runtimesRead: z.int(),
    projection: z.strictObject({
      begin: instant,
      end: instant,
      unplaced: z.int(),
      from: durationsFrom,
      waves: z.array(z.looseObject({ name: z.string() })),
    }),
  }),
});
type Plan = z.infer<typeof planSchema>;

const planOperation = z.looseObject({
  runtimeID: z.string(),
  servicePlanName: z.string(),
  window: z.strictObject({ begin: instant, latestStart: instant, end: instant }),
  source,
  projected: z.strictObject({ begin: instant, end: instant }),
});
const excluded = z.strictObject({
  shootName: z.string(),
  runtimeID: z.string().nullable(),
  reason: z.string(),
  message: z.string(),
});

let service: Service;

beforeAll(async () => {
  service = await startService({ fleetSize: FLEET, upgradeSeconds: 0.05 });
});

const get = (path: string): Promise<Answer> => service.rest.request('GET', path);

async function plan(body: object = REQUEST): Promise<Plan> {
  const { status, body: answer } = await service.rest.post('/upgrade/kyma/plan', body);
  expect({ status, answer }).toMatchObject({ status: 200 });
  return planSchema.parse(answer);
}

async function all<T extends z.ZodType>(path: string, entry: T): Promise<z.infer<T>[]> {
  const page = z.strictObject({ data: z.array(entry), count: z.int(), totalCount: z.int() });
  const found: z.infer<T>[] = [];
  for (let number = 1; ; number++) {
    const { data, totalCount } = page.parse((await get(`${path}?page=${number}&page_size=100`)).body);
    found.push(...data);
    if (data.length === 0 || found.length >= totalCount) return found;
  }
}

async function putPolicy(policy: object, version: number): Promise<void> {
  const headers = { 'content-type': 'application/json', 'if-match': `"${version}"` };
  const body = JSON.stringify(policy);
  expect(await service.rest.request('PUT', '/maintenance-policy', { headers, body })).toMatchObject({
    status: 200,
  });
}

describe('a fleet of 300 with a maintenance policy', () => {
  it('is upgraded as it was planned: the same runtimes in the same windows, and the same ones left out', async () => {
    await putPolicy(POLICY, 0);
    const made = await plan();
    const planned = await all(`/plans/${made.planID}/operations`, planOperation);
    const fleet = await service.landscape.runtimes();
    const wanted = fleet.filter(({ planName }) => planName !== 'trial');
    // And the one whose Shoot has no readable window: a rule has one for it.
    const known = new Set(fleet.map(({ runtimeID }) => runtimeID));
    const ofFleet = planned.filter(({ runtimeID }) => known.has(runtimeID));
    expect(ofFleet.map(({ runtimeID }) => runtimeID)).toEqual(wanted.map(({ runtimeID }) => runtimeID));
    expect(planned).toHaveLength(wanted.length + 1);
    expect(made.summary).toMatchObject({ operations: planned.length, projection: { unplaced: 0 } });
    // Nothing has happened by that.
    expect(await service.landscape.upgrades()).toEqual([]);
    expect(await service.rest.orchestrations()).toEqual([]);

    const id = await service.rest.create({ ...REQUEST, planHash: made.planHash });
    const azure = planned.filter(({ servicePlanName }) => servicePlanName === 'azure');
    await until(
      async () => (await service.rest.orchestration(id)).operationStats['succeeded'] === azure.length,
      { what: 'the upgrades of what has its window now' },
    );
    const run = await service.rest.operations(id);
    expect(run.map((row) => [row.runtimeID, row.maintenanceWindowBegin, row.maintenanceWindowEnd])).toEqual(
      planned.map(({ runtimeID, window }) => [runtimeID, window.begin, window.end]),
    );
    expect((await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID).sort()).toEqual(
      azure.map(({ runtimeID }) => runtimeID).sort(),
    );
    expect(await all(`/orchestrations/${id}/excluded`, excluded)).toEqual(
      await all(`/plans/${made.planID}/excluded`, excluded),
    );
    expect(await service.rest.orchestration(id)).toMatchObject({
      planChanges: null,
      paused: false,
      parameters: { planHash: made.planHash, onPlanChange: 'pause' },
    });
    const [first, trial] = [azure[0], fleet.find(({ planName }) => planName === 'trial')];
    const later = planned.find(({ servicePlanName }) => servicePlanName !== 'azure');
    for (const [one, message] of [
      // A window that has opened is no news.
      [first, /operation is succeeded \([^;]*\)$/],
      [later, /operation is pending .* by rule 2 \(rules\[1\]\) of version 1/],
    ] as const)
      expect((await get(`/orchestrations/${id}/runtimes/${one?.runtimeID}`)).body).toMatchObject({
        kind: 'planned',
        message: expect.stringMatching(message) as string,
        operationID: run.find(({ runtimeID }) => runtimeID === one?.runtimeID)?.operationID,
      });
    expect((await get(`/orchestrations/${id}/runtimes/${trial?.runtimeID}`)).body).toMatchObject({
      kind: 'excluded',
      operationID: null,
    });

    // Those that were upgraded are what the next projection is computed from.
    const next = await service.rest.post('/upgrade/kyma/plan', REQUEST);
    expect(next.body).toMatchObject({
      planHash: made.planHash,
      summary: { projection: { from: { kind: 'assumed' } } },
    });
    await service.rest.cancel(id);
    await service.rest.reaches(id, 'canceled');
    const after = await service.rest.post('/upgrade/kyma/plan', REQUEST);
    expect(after.body).toMatchObject({
      planHash: made.planHash,
      summary: { projection: { from: { kind: 'earlier operations', count: azure.length } } },
    });
  });

  it('is not upgraded by a plan that was overtaken: it pauses, says who has left, and goes on when it is resumed', async () => {
    await service.settle();
    const targets = { include: [{ planName: 'azure' }] };
    const request = { ...REQUEST, targets };
    const made = await plan({ ...request });
    const gone = (await all(`/plans/${made.planID}/operations`, planOperation))[0];
    const optOut = [{ runtimeID: gone?.runtimeID, reason: 'go-live', until: '2100-01-01T00:00:00Z' }];
    await putPolicy({ ...POLICY, optOut }, 1);
    const other = await service.rest.post('/upgrade/kyma', {
      ...request,
      dryRun: true,
      planHash: made.planHash,
    });
    expect(other).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/differs from that of plan .* at dryRun/) as string },
    });
    const id = await service.rest.create({ ...request, planHash: made.planHash });
    await until(async () => (await service.rest.orchestration(id)).planChanges !== null, {
      what: 'the comparison at the turn',
    });
    const paused = await service.rest.orchestration(id);
    expect(paused).toMatchObject({
      paused: true,
      pauses: [{ code: 'plan-changed' }],
      planChanges: {
        description: '1 gone',
        gone: { count: 1, first: [{ runtimeID: gone?.runtimeID }] },
        added: { count: 0, first: [] },
      },
    });
    expect((await get(`/orchestrations/${id}/runtimes/${gone?.runtimeID}`)).body).toMatchObject({
      kind: 'left-out',
      reason: 'opted out',
    });
    expect(await service.landscape.upgrades()).toEqual([]);
    expect(await service.rest.request('PUT', `/orchestrations/${id}/resume`)).toMatchObject({ status: 200 });
    await service.rest.reaches(id, 'succeeded');
    expect(await service.landscape.upgrades()).toHaveLength(made.summary.operations - 1);
  });
});
