import { beforeAll, describe, expect, it } from 'vitest';
import type { WaveApproval } from '../../src/domain/upgrades/orchestration-parameters.ts';
import { aPlan, aRequest, AT, BY_NO_POLICY, EXECUTION, planned } from '../support/rows.ts';
import { Browser } from '../support/browser.ts';
import { LOGIN, SAME_ORIGIN, serve, signIn } from './sign-ins.ts';
import { ApiRig, repositoriesHanging, SUBJECT, UNKNOWN_ID, whileTimeFlies, type Answer } from './api-rig.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});

interface Given {
  id: string;
  operationIDs: string[];
}

/** Two operations in a wave `canary`, which asks, and two in the rest. */
async function given(approval: WaveApproval = { notByCreator: false }, createdBy = 'alice'): Promise<Given> {
  const base = aRequest();
  const { strategy } = base.parameters;
  const waves = [{ name: 'canary', count: 2, approval }];
  const request = {
    ...base,
    createdBy,
    parameters: { ...base.parameters, strategy: { ...strategy, waves } },
  };
  const id = request.orchestrationID;
  const { orchestrations, operations } = rig.repositories;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', { actor: 'test', reason: 'its turn', now: AT });
  const batch = [0, 0, 1, 1].map((wave, position) => planned(position, undefined, { wave }));
  await operations.plan({ id, type: request.type, dryRun: false }, batch, AT);
  const wave = { size: 2, workers: null, soakMinutes: 0, budgetMax: null };
  await orchestrations.planned(id, {
    ...{ count: 4, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT },
    waves: [
      { ...wave, number: 0, name: 'canary', approval },
      { ...wave, number: 1, name: 'rest', approval: null },
    ],
  });
  return { id, operationIDs: batch.map(({ operationID }) => operationID) };
}

/** The question of the wave stands. */
async function asked(id: string, expiresAt: string | null = null): Promise<void> {
  const moves = [
    { to: 'gate', reason: 'test' },
    { to: 'asking', expiresAt, reason: 'test' },
  ] as const;
  for (const move of moves) {
    const wave = (await rig.repositories.control.wanted(id))?.wave;
    if (!wave || !(await rig.repositories.control.moveWave(id, wave, move, AT)))
      throw new Error(`The wave does not move to ${move.to}`);
  }
}

const read = async (id: string): Promise<Record<string, unknown>> =>
  (await rig.call('GET', `/orchestrations/${id}`)).body as Record<string, unknown>;
const put = (path: string, body: object = {}): Promise<Answer> =>
  rig.call('PUT', `/orchestrations/${path}`, { body });
const answer = (id: string, number: number | string, decision: string, token?: string): Promise<Answer> =>
  rig.call('POST', `/orchestrations/${id}/approvals/${number}`, {
    body: { decision },
    ...(token && { token }),
  });
const detail = ({ body }: Answer): unknown => (body as { detail?: unknown }).detail;

describe('GET of one orchestration', () => {
  it('shows its waves, what came of each, and the question that stands', async () => {
    const { id, operationIDs } = await given();
    await rig.repositories.operations.claim(operationIDs[0] ?? '', EXECUTION, AT);
    const counts = { pending: 2, inProgress: 0, succeeded: 0, failed: 0, canceled: 0 };
    expect((await read(id))['waves']).toEqual([
      {
        ...{ name: 'canary', phase: 'running', size: 2, ...counts, pending: 1, inProgress: 1 },
        ...{
          workers: null,
          mayFail: null,
          failureBudget: null,
          openedAt: AT,
          soakUntil: null,
          passedAt: null,
          question: null,
        },
      },
      {
        ...{ name: 'rest', phase: 'waiting', size: 2, ...counts },
        ...{
          workers: null,
          mayFail: null,
          failureBudget: null,
          openedAt: null,
          soakUntil: null,
          passedAt: null,
          question: null,
        },
      },
    ]);
    const { id: other } = await given();
    await asked(other, '2100-01-01T00:00:00.000000Z');
    expect(await read(other)).toMatchObject({
      waitingFor: { code: 'approval', who: 'an admin', until: '2100-01-01T00:00:00.000000Z' },
      waves: [{ phase: 'asking', question: { number: 1, stands: true, approvedBy: null } }, {}],
    });
  });

  it('gives up after some seconds when the waves cannot be read', async () => {
    const { id } = await given();
    const { orchestrations, operations } = rig.repositories;
    const row = await orchestrations.find(id);
    const stats = await operations.stats([id]);
    const hanging = rig.with({
      repositories: {
        ...rig.repositories,
        orchestrations: { ...orchestrations, find: () => Promise.resolve(row) },
        operations: { ...operations, stats: () => Promise.resolve(stats) },
        control: repositoriesHanging(rig.repositories).control,
      },
    });
    const blind = await whileTimeFlies(() => hanging.call('GET', `/orchestrations/${id}`));
    expect(blind).toMatchObject({ status: 503, body: { type: 'urn:drydock:problem:database-unavailable' } });
  });

  it('says of operations in later waves what they wait for', async () => {
    const { id, operationIDs } = await given();
    const waitOf = async (index: number): Promise<unknown> =>
      (
        (await rig.call('GET', `/orchestrations/${id}/operations/${operationIDs[index]}`)).body as Record<
          string,
          unknown
        >
      )['waitingFor'];
    expect(await waitOf(0)).toMatchObject({ code: 'slot' });
    expect(await waitOf(2)).toMatchObject({
      code: 'wave',
      message: expect.stringContaining('canary') as unknown,
    });
    await asked(id);
    expect(await waitOf(2)).toMatchObject({
      code: 'wave',
      message: expect.stringContaining('question 1') as unknown,
    });
    await put(`${id}/pause`);
    expect(await waitOf(2)).toMatchObject({ code: 'paused' });
  });
});

describe('workers', () => {
  it('change, are shown, and are counted as one change of what is wanted', async () => {
    const { id } = await given();
    for (let times = 0; times < 2; times++) {
      const { status, body } = await put(`${id}/workers`, { workers: 3, reason: 'slowly' });
      expect([status, body]).toMatchObject([200, { workers: 3, revision: 1 }]);
    }
    expect(await read(id)).toMatchObject({
      workers: 3,
      parameters: { strategy: { parallel: { workers: 5 } } },
    });
  });

  it.each([0, 1_001, 1.5, '3', null, undefined])('refuses %j', async (workers) => {
    const { id } = await given();
    const refused = await put(`${id}/workers`, { workers });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ errors: [{ path: 'workers' }] });
  });
});

describe('skip', () => {
  it('cancels an operation that waits, once, and refuses one that executes or has ended', async () => {
    const { id, operationIDs } = await given();
    const [first = '', second = ''] = operationIDs;
    await rig.repositories.operations.claim(first, EXECUTION, AT);
    const executes = await put(`${id}/operations/${first}/skip`);
    expect([executes.status, detail(executes)]).toEqual([
      409,
      'The operation is being processed, and goes to its end',
    ]);
    for (let times = 0; times < 2; times++)
      expect((await put(`${id}/operations/${second}/skip`, { reason: 'sold' })).body).toMatchObject({
        revision: 1,
      });
    const operation = await rig.call('GET', `/orchestrations/${id}/operations/${second}`);
    expect(operation.body).toMatchObject({ state: 'canceled', description: `Skipped by ${SUBJECT}: sold` });
    expect((await put(`${id}/operations/${UNKNOWN_ID}/skip`)).status).toBe(404);
  });

  it('cancels what waits of a wave, by its name', async () => {
    const { id } = await given();
    const unknown = await put(`${id}/waves/early/skip`);
    expect([unknown.status, detail(unknown)]).toEqual([404, 'The orchestration has the waves canary, rest']);
    expect((await put(`${id}/waves/rest/skip`)).status).toBe(200);
    expect((await put(`${id}/waves/rest/skip`)).status).toBe(200);
    expect(await read(id)).toMatchObject({ revision: 1, operationStats: { pending: 2, canceled: 2 } });
  });
});

describe('an answer', () => {
  it('is taken once, by its number', async () => {
    const { id } = await given();
    const early = await answer(id, 1, 'approve');
    expect([early.status, detail(early)]).toEqual([409, 'No question 1 stands: nothing is asked now']);
    await asked(id);
    const other = await answer(id, 2, 'approve');
    expect(other.status).toBe(409);
    expect(detail(other)).toContain('Question 1 stands now');
    for (let times = 0; times < 2; times++) expect((await answer(id, 1, 'approve')).status).toBe(200);
    expect(await read(id)).toMatchObject({
      revision: 1,
      waves: [{ question: { number: 1, stands: false, approvedBy: SUBJECT } }, {}],
    });
    const late = await answer(id, 1, 'reject');
    expect([late.status, detail(late)]).toEqual([409, `${SUBJECT} has approved it already`]);
  });

  it('that is no cancels the orchestration', async () => {
    const { id } = await given();
    await asked(id);
    expect((await answer(id, 1, 'reject')).status).toBe(200);
    expect((await rig.call('GET', `/orchestrations/${id}`)).body).toMatchObject({
      state: 'canceling',
      canceled: { by: SUBJECT, reason: expect.stringContaining('question 1') as unknown },
    });
    expect(await read(id)).toMatchObject({ state: 'canceling' });
    expect((await answer(id, 1, 'reject')).status).toBe(409);
  });

  it('comes too late when the question has expired, and is refused while it is paused', async () => {
    const { id } = await given();
    await asked(id, '2026-01-02T03:04:06Z');
    const expired = await answer(id, 1, 'approve');
    expect([expired.status, detail(expired)]).toEqual([
      409,
      'The question has expired: resume the orchestration, and it is asked anew',
    ]);
    const { id: paused } = await given();
    await asked(paused);
    await put(`${paused}/pause`);
    const held = await answer(paused, 1, 'approve');
    expect(held.status).toBe(409);
    expect(detail(held)).toContain('while the orchestration is paused');
  });

  it('comes too late when everything was paused since, also after that; the next question takes it', async () => {
    const { id } = await given();
    await asked(id);
    const stands = async (): Promise<unknown> => {
      const [wave] = (await read(id))['waves'] as { question: { stands: boolean } }[];
      return wave?.question.stands;
    };
    for (const command of ['pause', 'resume']) {
      expect((await rig.call('PUT', `/queue/${command}`, { body: {} })).status).toBe(200);
      expect(await stands()).toBe(false);
      for (const decision of ['approve', 'reject']) {
        const held = await answer(id, 1, decision);
        expect(held.status).toBe(409);
        expect(detail(held)).toMatch(/^Everything was paused since the question was asked/);
      }
    }
    await asked(id);
    expect(await stands()).toBe(true);
    expect((await answer(id, 1, 'approve')).status).toBe(409);
    expect((await answer(id, 2, 'approve')).status).toBe(200);
  });

  it('is for the groups that the wave names, or for admins, and not for everybody', async () => {
    const { id } = await given();
    await asked(id);
    expect((await answer(id, 1, 'approve', await rig.token('runtimeOperator'))).status).toBe(403);
    const { id: named } = await given({ groups: ['release-managers'], notByCreator: false });
    await asked(named);
    const admin = await answer(named, 1, 'approve');
    expect([admin.status, detail(admin)]).toEqual([
      403,
      'Only members of release-managers may answer this; ask for a token with that group',
    ]);
    const token = await rig.token('release-managers');
    const other = await answer(named, 2, 'approve', token);
    expect([other.status, detail(other)]).toMatchObject([409, expect.stringContaining('Question 1 stands')]);
    expect((await answer(named, 1, 'approve', token)).status).toBe(200);
  });

  it('members of the named groups may answer in a session, too, and others may not', async () => {
    const { id } = await given({ groups: ['release-managers'], notByCreator: false });
    await asked(id);
    const url = await serve(rig.with({ login: LOGIN }));
    const answered = async (...groups: string[]): Promise<number> => {
      const browser = new Browser();
      await signIn(browser, url, { groups });
      const question = `${url}/orchestrations/${id}/approvals/1`;
      const json = { decision: 'approve' };
      return (await browser.request(question, { method: 'POST', json, headers: SAME_ORIGIN })).status;
    };
    expect(await answered('runtimeAdmin', 'release-manager')).toBe(403);
    expect(await answered('others', 'release-managers')).toBe(200);
  });

  it('may be barred to the one who created it', async () => {
    const { id } = await given({ notByCreator: true }, SUBJECT);
    await asked(id);
    expect((await answer(id, 1, 'approve')).status).toBe(403);
    const { id: others } = await given({ notByCreator: true }, 'bob');
    await asked(others);
    expect((await answer(others, 1, 'approve')).status).toBe(200);
  });

  it.each<[string | number, object, number, string]>([
    [1, { decision: 'maybe' }, 400, 'decision'],
    [1, {}, 400, 'decision'],
  ])('%s %j is refused with its path', async (number, body, status, path) => {
    const { id } = await given();
    const refused = await rig.call('POST', `/orchestrations/${id}/approvals/${number}`, { body });
    expect(refused.status).toBe(status);
    expect(refused.body).toMatchObject({ errors: [{ path }] });
  });
});

it.each(['one', '0', '99999999999'])('question %s is unknown', async (number) => {
  const { id } = await given();
  expect((await answer(id, number, 'approve')).status).toBe(404);
});

describe('the rest', () => {
  const rest = (id: string, headers = {}): Promise<Answer> =>
    rig.call('POST', `/orchestrations/${id}/rest`, { headers });
  const end = async (id: string): Promise<void> => {
    await rig.repositories.operations.cancelWaiting(id, { actor: 'test', reason: 'test', now: AT });
    await rig.repositories.orchestrations.transition(id, 'failed', {
      actor: 'test',
      reason: 'test',
      now: AT,
    });
  };

  it('of an orchestration that has ended is one with the same request, once under a key', async () => {
    const { id } = await given();
    const early = await rest(id);
    expect([early.status, detail(early)]).toEqual([
      409,
      'The orchestration has not ended (in progress): what it leaves unfinished is not known yet',
    ]);
    await end(id);
    const created = await rest(id, { 'Idempotency-Key': `rest of ${id}`.replaceAll(' ', '-') });
    expect(created.status).toBe(202);
    const { orchestrationID } = created.body as { orchestrationID: string };
    const body = { reason: 'the disks are mended' };
    const why = await rig.call('POST', `/orchestrations/${id}/rest`, { body });
    const { orchestrationID: another } = why.body as { orchestrationID: string };
    expect(await read(another)).toMatchObject({ ...body, parameters: { restOf: id } });
    const again = await rest(id, { 'Idempotency-Key': `rest of ${id}`.replaceAll(' ', '-') });
    expect(again.body).toEqual({ orchestrationID });
    const other = (await read(id))['parameters'] as object;
    expect(await read(orchestrationID)).toMatchObject({
      state: 'pending',
      parameters: { ...other, restOf: id },
    });
  });

  it.each([
    ['is over', -1],
    ['lies ahead', 1],
  ])('carries no plan hash over, and an end only while that lies ahead: it %s', async (_what, days) => {
    const until = new Date(Date.now() + days * 86_400_000).toISOString();
    const { parameters } = aRequest();
    const strategy = { ...parameters.strategy, schedule: 'maintenanceWindow', until } as const;
    const approved = { planHash: 'a'.repeat(64), onPlanChange: 'pause' } as const;
    const { id } = await aPlan(
      rig.repositories,
      1,
      aRequest({ parameters: { ...parameters, ...approved, strategy } }),
    );
    await end(id);
    const created = await rest(id);
    expect(created.status).toBe(202);
    const { orchestrationID } = created.body as { orchestrationID: string };
    const row = await rig.repositories.orchestrations.find(orchestrationID);
    expect(row?.parameters.strategy.until).toBe(days > 0 ? until : undefined);
    expect(row?.parameters).not.toHaveProperty('planHash');
    expect(row?.parameters).not.toHaveProperty('onPlanChange');
  });

  it('needs something that is left', async () => {
    const request = aRequest();
    await rig.repositories.orchestrations.record(request);
    await end(request.orchestrationID);
    const nothing = await rest(request.orchestrationID);
    expect([nothing.status, detail(nothing)]).toEqual([409, 'The orchestration has left nothing unfinished']);
    expect((await rest(UNKNOWN_ID)).status).toBe(404);
  });
});

describe('a budget that has paused', () => {
  it('is resumed with an acknowledgement alone', async () => {
    const { id } = await given();
    const change = { actor: 'drydock', reason: '3 operations had failed, and at most 2 may', now: AT };
    await rig.repositories.control.pause(id, 'budget', change);
    expect(await read(id)).toMatchObject({ waitingFor: { code: 'budget' }, paused: true });
    const refused = await put(`${id}/resume`);
    expect(refused.status).toBe(409);
    expect(detail(refused)).toContain('3 operations had failed, and at most 2 may');
    expect((await put(`${id}/resume`, { acknowledge: true })).body).toMatchObject({ paused: false });
  });
});
