import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createProjectionActivities } from '../../src/activities/upgrades/projection.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { Rig } from '../support/rig.ts';
import { fleetOf, HOUR, ruleFor, store } from '../support/policy-rules.ts';
import { aPlan, aRequest, AT, EXECUTION } from '../support/rows.ts';

describe('an orchestration in maintenance windows', () => {
  it('goes by the first rule that matches, then by the window of the Shoot, then by the default', async () => {
    const fleet = fleetOf('asia', 'europe', 'nowhere');
    fleet.setWindow(2, undefined);
    const rig = await Rig.start({ fleet });
    await store(rig, { rules: [ruleFor('asia', 2, 3, '30m')], default: ruleFor('', 5, 1) });
    const id = await rig.request({ schedule: 'maintenanceWindow', workers: 3 });
    await until(async () => (await rig.operations(id)).length === 3, { what: 'the plan' });
    const [asia, europe, nowhere] = await rig.operations(id);
    const minutes = (from: string | null | undefined, to: string | null | undefined): number =>
      Math.round((Date.parse(to ?? '') - Date.parse(from ?? '')) / 60_000);
    expect(Date.parse(asia?.windowBegin ?? '') - Date.now()).toBeGreaterThan(1.9 * HOUR);
    expect(minutes(asia?.windowBegin, asia?.windowEnd)).toBe(180);
    expect(minutes(asia?.latestStart, asia?.windowEnd)).toBe(30);
    expect(europe?.windowBegin?.slice(11, 19)).toBe('22:00:00');
    expect(europe?.latestStart).toBe(europe?.windowEnd);
    expect(minutes(nowhere?.windowBegin, nowhere?.windowEnd)).toBe(60);
    expect(nowhere?.dailyWindow).toBeNull();
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('leaves out who is opted out and who is frozen for weeks, in whatever schedule, and says so', async () => {
    const fleet = fleetOf('asia', 'europe', 'america');
    const rig = await Rig.start({ fleet });
    const rules = [ruleFor('america', 5, 1)];
    const later = new Date(Date.now() + 40 * 24 * HOUR).toISOString();
    await store(rig, {
      rules,
      optOut: [{ match: { region: 'asia' }, reason: 'asked for it', until: later }],
      freezes: [
        {
          name: 'fair',
          reason: 'trade fair',
          from: '2020-01-01T00:00:00Z',
          to: later,
          match: { region: 'europe' },
        },
      ],
    });
    const scheduled = await rig.request({ schedule: 'maintenanceWindow', workers: 3 });
    await until(async () => (await rig.operations(scheduled)).length === 1, { what: 'the plan' });
    await rig.gateway.cancel(scheduled, 'test');
    expect(await rig.ends(scheduled)).toBe('canceled');
    const row = await rig.repositories.orchestrations.find(scheduled);
    expect(row?.excluded?.counts).toEqual({ 'opted out': 1, frozen: 1 });
    expect(row?.policyVersion).toBe(1);

    const immediate = await rig.request({ workers: 3 });
    expect(await rig.ends(immediate)).toBe('succeeded');
    expect(fleet.order).toEqual(['c-0002']);
  });

  it('keeps the rules that it was planned with', async () => {
    const fleet = fleetOf('asia');
    const rig = await Rig.start({ fleet });
    const first = await store(rig, { rules: [ruleFor('asia', 2, 1)] });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    await until(async () => (await rig.operations(id)).length === 1, { what: 'the plan' });
    const before = (await rig.operations(id))[0];
    await store(rig, { rules: [ruleFor('asia', 8, 1)] });
    const { rescheduleOperation } = createProjectionActivities(rig.dependencies());
    const operation = { orchestrationID: id, operationID: before?.id ?? '', attempt: 1, dispatch: 1 };
    await rescheduleOperation(operation);
    const [after] = await rig.operations(id);
    expect(Date.parse(after?.windowBegin ?? '') - Date.parse(before?.windowBegin ?? '')).toBe(24 * HOUR);
    expect((await rig.repositories.orchestrations.find(id))?.policyVersion).toBe(first);
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('begins nothing in a window whose latest start is over', async () => {
    const fleet = fleetOf('asia');
    const rig = await Rig.start({ fleet });
    await store(rig, { rules: [ruleFor('asia', -1, 2, '1h30m')] });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    await until(async () => (await rig.operations(id)).length === 1, { what: 'the plan' });
    const [planned] = await rig.operations(id);
    // Tomorrow's window, not the one that is open.
    expect(Date.parse(planned?.windowBegin ?? '')).toBeGreaterThan(Date.now() + 22 * HOUR);
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
    expect(fleet.upgrades).toEqual([]);
  });

  it('leaves out what has no window before the time that the request names', async () => {
    const fleet = fleetOf('asia', 'europe');
    const rig = await Rig.start({ fleet });
    await store(rig, { rules: [ruleFor('asia', 2, 1), ruleFor('europe', 8, 1)] });
    const until4 = new Date(Date.now() + 4 * HOUR).toISOString();
    const id = await rig.request({ schedule: 'maintenanceWindow', until: until4 });
    // The counts of those left out are written last.
    const row = await until(
      async () => {
        const found = await rig.repositories.orchestrations.find(id);
        return found?.excluded ? found : undefined;
      },
      { what: 'the plan' },
    );
    expect(await rig.operations(id)).toHaveLength(1);
    expect(row.excluded).toEqual({ counts: { 'no maintenance window': 1 } });
    const leftOut = await rig.repositories.plans.listLeftOut(id, {}, { page: 1, pageSize: 10 });
    expect(leftOut.rows).toMatchObject([{ shootName: 'c-0001', reason: 'no maintenance window' }]);
    expect(Date.parse(row.windowsUntil ?? '')).toBe(Date.parse(until4));
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('waits for the end of an opt-out that ends in time', async () => {
    const fleet = fleetOf('asia', 'asia');
    const rig = await Rig.start({ fleet });
    const half = new Date(Date.now() + 2.5 * HOUR).toISOString();
    const [first] = fleet.runtimes;
    await store(rig, {
      rules: [ruleFor('asia', 2, 1)],
      optOut: [{ runtimeID: first?.runtimeID ?? '', reason: 'asked for it', until: half }],
    });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    await until(async () => (await rig.operations(id)).length === 2, { what: 'the plan' });
    const [optedOut, other] = await rig.operations(id);
    expect(Date.parse(optedOut?.windowBegin ?? '')).toBe(Date.parse(half));
    expect(optedOut?.windowEnd).toBe(other?.windowEnd);
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
    expect((await rig.repositories.orchestrations.find(id))?.excluded?.counts).toEqual({});
  });

  it('begins what has just been put into a window that is open, wherever that lies in the plan', async () => {
    // More than one read of the plan puts into other windows, and the last two go before all others there.
    const fleet = fleetOf(...Array.from({ length: 200 }, () => 'asia'), 'europe', 'europe', 'america');
    const rig = await Rig.start({ fleet });
    await store(rig, {
      rules: [ruleFor('asia', -1, 4), ruleFor('europe', -1, 3), ruleFor('america', 6, 1)],
    });
    // Planned for windows that are over by the time that the plan is read first, those of the two as the last ones.
    const { planned } = rig.repositories.orchestrations;
    rig.repositories.orchestrations.planned = async (...given) => {
      await rig.database.run((db) =>
        db.execute(sql`update operations set due_at = due_at - interval '1 day', window_begin = window_begin - interval '1 day',
          window_end = window_end - interval '1 day',
          latest_start = latest_start - case region when 'asia' then interval '26 hours' else interval '24 hours' end,
          order_at = latest_start - case region when 'asia' then interval '26 hours' else interval '24 hours' end
          where region <> 'america'`),
      );
      return await planned(...given);
    };
    const id = await rig.request({ schedule: 'maintenanceWindow', workers: 300, dryRun: true });
    await until(async () => (await rig.statesOf(id))['succeeded'] === 202, { what: 'all that is open' });
    expect(await rig.statesOf(id)).toEqual({ succeeded: 202, pending: 1 });
    const rows = await rig.operations(id);
    expect(rows.map(({ missed }) => missed)).toEqual([...Array.from({ length: 202 }, () => 1), 0]);
    // No child was started to find out that its window was over.
    for (const { runtimeID } of rows.slice(200, 202))
      expect(await rig.runs(operationWorkflowID(runtimeID))).toHaveLength(1);
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('gives what is retried after its time windows again', async () => {
    const fleet = fleetOf('asia');
    fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
    const rig = await Rig.start({ fleet });
    await store(rig, { rules: [ruleFor('asia', -1, 3)] });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    expect(await rig.ends(id)).toBe('failed');
    await rig.database.run((db) => db.execute(sql`update orchestrations set windows_until = ${AT}`));
    await rig.database.run((db) =>
      db.execute(sql`update operations set latest_start = ${AT}, order_at = ${AT}`),
    );
    fleet.failing.clear();
    await rig.retry(id);
    await rig.reaches(id, 'succeeded');
  });

  it('puts what was overtaken by its window into the next one without starting anything', async () => {
    const fleet = fleetOf('asia', 'asia');
    const rig = await Rig.start({ fleet });
    await store(rig, { rules: [ruleFor('asia', 2, 1)] });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    await until(async () => (await rig.operations(id)).length === 2, { what: 'the plan' });
    const before = await rig.operations(id);
    // As if two days had passed with no worker there.
    await rig.database.run((db) =>
      db.execute(sql`update operations set due_at = due_at - interval '2 days', order_at = order_at - interval '2 days',
        latest_start = latest_start - interval '2 days', window_begin = window_begin - interval '2 days',
        window_end = window_end - interval '2 days'`),
    );
    const { readPlan } = createProjectionActivities(rig.dependencies());
    const query = { orchestrationID: id, limit: 10 };
    expect(await readPlan(query)).toEqual({ items: [], isBehind: false, hasRolled: true, givenUp: 0 });
    const part = await readPlan(query);
    expect(part).toMatchObject({ items: [], hasRolled: false });
    expect((part.nextDueInMs ?? 0) / HOUR).toBeCloseTo(2, 0);
    const after = await rig.operations(id);
    expect(after.map(({ windowBegin }) => windowBegin)).toEqual(before.map(({ windowBegin }) => windowBegin));
    expect(after).toMatchObject([
      { state: 'pending', dispatch: 2, missed: 1 },
      { state: 'pending', dispatch: 2, missed: 1 },
    ]);
    for (const { runtimeID } of fleet.runtimes) expect(await rig.runs(`runtime/${runtimeID}`)).toEqual([]);
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it.each(['waits', 'executes and has sent nothing'])(
    'gives up what finds no window before its time is over, once: one that %s',
    async (what) => {
      const rig = await Rig.start();
      const request = aRequest();
      request.parameters.strategy.schedule = 'maintenanceWindow';
      const { id, operationIDs } = await aPlan(rig.repositories, 1, request);
      const operationID = operationIDs[0] ?? '';
      if (what !== 'waits') await rig.repositories.operations.claim(operationID, EXECUTION, AT);
      await rig.database.run((db) => db.execute(sql`update orchestrations set windows_until = ${AT}`));
      const { rescheduleOperation } = createProjectionActivities(rig.dependencies());
      const ref = { orchestrationID: id, operationID, attempt: 1, dispatch: 1 };
      expect(await rescheduleOperation(ref)).toEqual({ givenUp: true });
      expect(await rescheduleOperation(ref)).toEqual({ givenUp: false });
      const [row] = await rig.operations(id);
      expect(row).toMatchObject({ state: 'canceled', dispatch: 2, failureCode: 'WINDOW_NOT_REACHED' });
      expect(row?.description).toMatch(
        /^Its window had closed .* no other one that begins before 2026-01-02T03:04:05/,
      );
    },
  );
});

describe('the preview of a policy', () => {
  it('counts the fleet by zone, names who has no window, and tells the next ones of one runtime', async () => {
    const fleet = fleetOf('asia', 'asia', 'europe', 'europe');
    fleet.setWindow(3, undefined);
    const rig = await Rig.start({ fleet });
    const policy = { ...EMPTY_POLICY, rules: [ruleFor('asia', 2, 3)] };
    const fromMs = Date.now();
    const all = await rig.gateway.previewPolicy({ policy, fromMs });
    expect(all).toMatchObject({
      kind: 'fleet',
      leftOut: {},
      preview: {
        runtimes: 4,
        groups: [
          { zone: '+00:00', source: { kind: 'shoot' }, runtimes: 1 },
          { zone: 'Asia/Tokyo', source: { kind: 'rule', index: 0 }, runtimes: 2 },
        ],
        withoutWindow: { 'no definition': 1, frozen: 0, 'opted out': 0 },
        named: [{ shootName: 'c-0003', reason: 'no definition' }],
      },
    });
    const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
    const one = await rig.gateway.previewPolicy({ policy, fromMs, runtimeID });
    expect(one).toMatchObject({ kind: 'runtime', shootName: 'c-0000', windows: { source: { index: 0 } } });
    expect(one.kind === 'runtime' && one.windows.windows).toHaveLength(10);
    const nobody = await rig.gateway.previewPolicy({ policy, fromMs, runtimeID: 'nobody' });
    expect(nobody).toEqual({ kind: 'unknown runtime' });
  });

  it('says that the inventory is away, and what is wrong with a policy that this machine cannot use', async () => {
    const rig = await Rig.start();
    rig.fleet.down.inventory = true;
    const fromMs = Date.now();
    expect(await rig.gateway.previewPolicy({ policy: EMPTY_POLICY, fromMs })).toMatchObject({
      kind: 'inventory away',
    });
    rig.fleet.down.inventory = false;
    const rule = { ...ruleFor('asia', 2, 1), timeZone: 'Mars/Olympus' };
    expect(
      await rig.gateway.previewPolicy({ policy: { ...EMPTY_POLICY, rules: [rule] }, fromMs }),
    ).toMatchObject({
      kind: 'unusable policy',
    });
    const freeze = { name: 'x', reason: 'x', from: '2030-01-01', to: '2030-01-02', timeZone: 'Mars/Olympus' };
    expect(
      await rig.gateway.previewPolicy({ policy: { ...EMPTY_POLICY, freezes: [freeze] }, fromMs }),
    ).toMatchObject({
      kind: 'unusable policy',
      message: expect.stringMatching(
        /^The maintenance policy can't be used on this machine: .*Mars\/Olympus/,
      ) as string,
    });
  });
});
