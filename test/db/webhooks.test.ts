/** Webhooks from the log to the receiver, each turn executed by the test. */
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { beforeEach, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { createWebhookActivities } from '../../src/activities/webhooks/webhook-shift.ts';
import { readOn, tellUpcoming } from '../../src/activities/webhooks/telling.ts';
import { createWebhookSender } from '../../src/clients/webhooks/webhook-sender.ts';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories, type ShownWebhook } from '../../src/db/repositories/index.ts';
import { MOST_ATTEMPTS } from '../../src/domain/webhooks/delivery-attempts.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import type { WebhookEventType } from '../../src/domain/webhooks/event-types.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { atEndOfTest } from '../support/endings.ts';
import { createDatabase, until } from '../support/environment.ts';
import { isSignedBy, newSecret, silence, startReceiver, status, type Receiver } from '../support/receiver.ts';
import { LOOPBACK } from '../support/rig.ts';
import { aPlan, aRequest, EXECUTION, FIRST } from '../support/rows.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

let repositories: Repositories;
let sql: postgres.Sql;
/** The clock of everything but the database. */
let nowMs: number;

beforeEach(async () => {
  const { url } = await createDatabase();
  const database = openDatabase(url);
  sql = postgres(url, { onnotice: () => undefined });
  atEndOfTest(() => Promise.all([database.close(), sql.end()]).then(() => undefined));
  repositories = createRepositories(database);
  nowMs = Date.now();
});

const now = (): string => new Date(nowMs).toISOString();
const change = (): { changedBy: string; reason: string; now: string } => ({
  ...{ changedBy: 'alice', reason: 'because' },
  now: now(),
});
const by = (reason = 'because'): { actor: string; reason: string; now: string } => ({
  ...{ actor: 'alice', reason },
  now: now(),
});

async function add(
  { url }: Receiver,
  { events = [], secret = newSecret() }: { events?: WebhookEventType[]; secret?: string } = {},
): Promise<ShownWebhook> {
  const webhook = { id: randomUUID(), url, description: '', events, secret, createdBy: 'alice', now: now() };
  const added = await repositories.webhooks.add(webhook, 50);
  if (!added) throw new Error('There are too many webhooks');
  return added;
}

/** One execution of the activity, which ends after a turn, and when everything that it has begun has ended. */
async function turn(shiftSeconds = 0, limitMs = 60_000): Promise<void> {
  const sender = createWebhookSender({ networks: LOOPBACK, limitMs });
  const webhooks = { sender, stalledMs: 4 * HOUR };
  const activities = createWebhookActivities({ repositories, webhooks, clock: () => nowMs });
  await executeActivity(() => activities.tellWebhooks({ everySeconds: 0.01, shiftSeconds }));
}

/** Other databases of the server hold reading up, too. */
async function turnsUntil(isDone: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await until(
    async () => {
      await turn();
      return await isDone();
    },
    { what },
  );
}

async function create(): Promise<string> {
  const request = aRequest({ createdAt: now() });
  await repositories.orchestrations.record(request);
  return request.orchestrationID;
}

const typesOf = (receiver: Receiver): string[] =>
  receiver.got.map(({ body }) => (JSON.parse(body) as { type: string }).type);
const deliveriesOf = async ({ id }: ShownWebhook) =>
  (await repositories.webhooks.deliveries(id, undefined, { page: 1, pageSize: 100 })).rows;

it('tells what is logged from then on, once, signed as the reference library wants it', async () => {
  const receiver = await startReceiver();
  await create();
  const secret = newSecret();
  const webhook = await add(receiver, { secret });
  const id = await create();
  await repositories.control.command(id, { command: 'pause', by: 'bob', reason: 'errors' }, now());
  await turnsUntil(() => receiver.got.length >= 2, 'both events have come');
  await turn();
  expect(typesOf(receiver)).toEqual(['orchestration.created', 'orchestration.paused']);
  for (const { id: eventID, headers, timestamp, signatures, body } of receiver.got) {
    expect(headers['content-type']).toBe('application/json');
    new Webhook(secret).verify(body, {
      'webhook-id': eventID,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures.join(' '),
    });
    expect(() =>
      new Webhook(newSecret()).verify(body, {
        'webhook-id': eventID,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures.join(' '),
      }),
    ).toThrow();
  }
  expect(JSON.parse(receiver.got[1]?.body ?? '')).toEqual({
    type: 'orchestration.paused',
    timestamp: now().replace('Z', '000Z'),
    data: { orchestrationID: id, by: 'bob', reason: 'errors', link: `/orchestrations/${id}` },
  });
  expect(await deliveriesOf(webhook)).toMatchObject([
    { state: 'delivered', attempts: 1, answerStatus: 204, nextAt: null },
    { state: 'delivered', attempts: 1, answerStatus: 204, nextAt: null },
  ]);
});

it('tells each only what it wants', async () => {
  const [one, other] = [await startReceiver(), await startReceiver()];
  await add(one, { events: ['orchestration.paused', 'operation.failed'] });
  await add(other, { events: ['orchestration.created'] });
  const { id, operationIDs } = await aPlan(repositories, 12, aRequest({ createdAt: now() }));
  for (const operationID of operationIDs) {
    await repositories.operations.claim(operationID, EXECUTION, now());
    const failure = { state: 'failed', description: 'it failed', code: 'UPGRADE_FAILED' } as const;
    await repositories.operations.finish(operationID, FIRST, failure, now());
  }
  await repositories.control.command(id, { command: 'pause', by: 'bob', reason: '' }, now());
  await turnsUntil(() => typesOf(one).includes('orchestration.paused'), 'the pause was told');
  expect(typesOf(other)).toEqual(['orchestration.created']);
  const failed = one.got.flatMap(({ body }) => {
    const { type, data } = JSON.parse(body) as {
      type: string;
      data: { count: number; operations: unknown[] };
    };
    return type === 'operation.failed' ? [data] : [];
  });
  // Each page of the log has one event, however many have failed.
  expect(failed.reduce((sum, { count }) => sum + count, 0)).toBe(12);
  expect(failed.length).toBeLessThan(12);
});

describe('a receiver that does not take it', () => {
  it('gets it again under the same ID, later and later, and no more after the last attempt', async () => {
    const receiver = await startReceiver(status(500, 'out of \u001b[31morder\u0000'));
    const secret = newSecret();
    const webhook = await add(receiver, { secret });
    await create();
    await turnsUntil(() => receiver.got.length === 1, 'the first attempt');
    const waits: number[] = [];
    for (let attempt = 2; attempt <= MOST_ATTEMPTS; attempt++) {
      const [row] = await deliveriesOf(webhook);
      expect(row).toMatchObject({ state: 'pending', attempts: attempt - 1, answerStatus: 500 });
      const dueMs = Date.parse(row?.nextAt ?? '');
      waits.push((dueMs - nowMs) / SECOND);
      nowMs = dueMs - 1;
      await turn();
      expect(receiver.got).toHaveLength(attempt - 1);
      nowMs = dueMs;
      await turn();
      expect(receiver.got).toHaveLength(attempt);
    }
    for (const [at, wanted] of [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].entries())
      expect(Math.abs((waits[at] ?? 0) / wanted - 1)).toBeLessThanOrEqual(0.1);
    expect(await deliveriesOf(webhook)).toMatchObject([
      { state: 'failed', attempts: 10, nextAt: null, answerStatus: 500, answer: 'out of  [31morder�' },
    ]);
    expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(1);
    expect(receiver.got.every((one) => isSignedBy(secret, one))).toBe(true);
    nowMs += 30 * HOUR;
    await turn();
    expect(receiver.got).toHaveLength(10);

    receiver.answers = status(200, 'x'.repeat(5_000));
    // A delivery that has ended has all its attempts again.
    const [failedOne] = await deliveriesOf(webhook);
    const id = failedOne?.id ?? '';
    expect(await repositories.webhooks.redeliver(webhook.id, { ids: [id] }, 1, by())).toBe(1);
    await turn();
    const [again] = await deliveriesOf(webhook);
    expect(again).toMatchObject({ state: 'delivered', attempts: 1, answerStatus: 200 });
    expect(again?.answer).toBe(`${'x'.repeat(500)}…`);
    expect(new Set(receiver.got.map((one) => one.id)).size).toBe(1);
  });

  it('and is asked to take it at once has no attempt more for that', async () => {
    const receiver = await startReceiver(status(500));
    const webhook = await add(receiver);
    await create();
    await turnsUntil(async () => (await deliveriesOf(webhook))[0]?.attempts === 1, 'the first attempt');
    const all = { since: now(), until: new Date(nowMs + 1).toISOString() };
    expect(await repositories.webhooks.redeliver(webhook.id, all, 1, by())).toBe(1);
    await turn();
    expect(await deliveriesOf(webhook)).toMatchObject([{ state: 'pending', attempts: 2 }]);
  });

  it('gets nothing once it is disabled, nor of what was written until then once it is enabled', async () => {
    const receiver = await startReceiver(status(500));
    const other = await startReceiver();
    const webhook = await add(receiver);
    await add(other, { events: ['policy.changed'] });
    await create();
    await turnsUntil(async () => (await deliveriesOf(webhook))[0]?.attempts === 1, 'the first attempt');
    await repositories.webhooks.change(webhook.id, { isEnabled: false }, by());
    const disabled = {
      state: 'failed',
      nextAt: null,
      answerStatus: null,
      answer: 'The webhook was disabled',
    };
    expect(await deliveriesOf(webhook)).toMatchObject([disabled]);
    // As by a reader of the logs that has not seen it.
    const event = { id: randomUUID(), type: 'webhook.test', at: now(), place: null, data: {} } as const;
    await repositories.webhooks.tell({ webhookID: webhook.id, event }, now());
    nowMs += HOUR;
    await turn();
    await repositories.webhooks.change(webhook.id, { isEnabled: true }, by());
    await turn();
    expect(receiver.got).toHaveLength(1);
    expect(await deliveriesOf(webhook)).toMatchObject([disabled, disabled]);
  });

  it('in time gets it again', async () => {
    const webhook = await add(await startReceiver(silence));
    await create();
    const attempted = async (): Promise<boolean> => {
      await turn(0, 50);
      return (await deliveriesOf(webhook))[0]?.attempts === 1;
    };
    await until(attempted, { what: 'it was tried' });
    expect(await deliveriesOf(webhook)).toMatchObject([
      { state: 'pending', answerStatus: null, answer: 'There was no answer within 0.05 s' },
    ]);
  });

  it('and redirects, or has closed its connection or its port, gets it again', async () => {
    const other = await startReceiver();
    const redirecting = await startReceiver((_received, response) =>
      response.writeHead(307, { Location: other.url }).end(),
    );
    const closing = await startReceiver((_received, response) => void response.socket?.destroy());
    const closed = { ...other, url: 'http://127.0.0.1:1/' };
    const webhooks: ShownWebhook[] = [];
    for (const receiver of [redirecting, closing, closed]) webhooks.push(await add(receiver));
    await create();
    const attempted = async (): Promise<boolean> =>
      (await Promise.all(webhooks.map(deliveriesOf))).every(([row]) => row?.attempts === 1);
    await turnsUntil(attempted, 'all were tried');
    const rows = (await Promise.all(webhooks.map(deliveriesOf))).map(([row]) => row);
    expect(rows.map((row) => [row?.state, row?.answerStatus, row?.answer])).toEqual([
      ['pending', 307, ''],
      ['pending', null, 'The connection failed (ECONNRESET)'],
      ['pending', null, 'The connection failed (ECONNREFUSED)'],
    ]);
    expect(other.got).toEqual([]);
  });

  it('by 410 is disabled, and the others are told so', async () => {
    const gone = await startReceiver(status(410));
    const other = await startReceiver();
    const webhook = await add(gone);
    await add(other, { events: ['webhook.disabled'] });
    await create();
    await turnsUntil(() => other.got.length === 1, 'the other one was told');
    expect(await repositories.webhooks.find(webhook.id)).toMatchObject({
      isEnabled: false,
      disabledBy: 'drydock',
      disabledReason: 'The receiver answered 410 Gone',
    });
    expect(JSON.parse(other.got[0]?.body ?? '')).toMatchObject({
      type: 'webhook.disabled',
      data: { webhookID: webhook.id, by: 'drydock', reason: 'The receiver answered 410 Gone' },
    });
    await create();
    await turn();
    await turn();
    expect(await deliveriesOf(webhook)).toMatchObject([{ state: 'failed', answerStatus: 410 }]);

    gone.answers = status(204);
    await repositories.webhooks.change(webhook.id, { isEnabled: true }, by());
    expect(await repositories.webhooks.find(webhook.id)).toMatchObject({ disabledBy: null });
    await create();
    await turnsUntil(() => gone.got.length === 2, 'what comes after it was enabled again');
    expect(await deliveriesOf(webhook)).toHaveLength(2);
  });
});

it('a receiver that is gone, but has been replaced by another one meanwhile, disables nothing', async () => {
  const other = await startReceiver();
  const gone = await startReceiver((_received, response) => {
    void repositories.webhooks
      .change(webhook.id, { url: other.url }, by())
      .then(() => response.writeHead(410).end());
  });
  const webhook = await add(gone);
  await create();
  await turnsUntil(async () => (await deliveriesOf(webhook))[0]?.state === 'failed', 'it has answered');
  expect(await repositories.webhooks.find(webhook.id)).toMatchObject({ isEnabled: true, url: other.url });
});

it('signs with both secrets for a day after a rotation, so that no delivery is lost', async () => {
  const [first, second] = [newSecret(), newSecret()];
  /** The secret that the receiver knows. */
  let known = first;
  const receiver = await startReceiver((received, response) =>
    response.writeHead(isSignedBy(known, received) ? 204 : 401).end(),
  );
  const webhook = await add(receiver, { secret: first });
  const deliver = async (): Promise<void> => {
    const before = receiver.got.length;
    await create();
    await turnsUntil(() => receiver.got.length > before, 'an event has come');
  };
  await deliver();
  const earlierUntil = new Date(nowMs + 24 * HOUR).toISOString();
  await repositories.webhooks.rotate(webhook.id, second, earlierUntil, by());
  // A repeated request: the secret before the last one is not forgotten.
  await repositories.webhooks.rotate(webhook.id, second, earlierUntil, by());
  await deliver();
  known = second;
  await deliver();
  nowMs += 24 * HOUR;
  await deliver();
  expect(receiver.got.map(({ signatures }) => signatures.length)).toEqual([1, 2, 2, 1]);
  const states = (await deliveriesOf(webhook)).map(({ state }) => state);
  expect(states).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
});

it('two executions beside each other send nothing twice', async () => {
  const receiver = await startReceiver();
  await add(receiver);
  await Promise.all(Array.from({ length: 30 }, create));
  await until(
    async () => {
      await Promise.all([turn(), turn(), turn()]);
      return receiver.got.length >= 30;
    },
    { what: 'all events have come' },
  );
  await turn();
  expect(receiver.got).toHaveLength(30);
  expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(30);
});

it('an execution that dies between sending and writing loses nothing: the next one sends it again, under the same ID', async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver);
  const id = await create();
  const { settle } = repositories.webhooks;
  repositories.webhooks.settle = () => Promise.reject(new Error('the process is gone'));
  await turnsUntil(() => receiver.got.length === 1, 'it was sent');
  repositories.webhooks.settle = settle;
  // Nobody knows that it is dead yet.
  await turn();
  expect(receiver.got).toHaveLength(1);
  nowMs += 75 * SECOND;
  await turn();
  expect(receiver.got).toHaveLength(2);
  expect(receiver.got[1]?.id).toBe(receiver.got[0]?.id);
  expect(receiver.got[1]?.body).toContain(id);
  expect(await deliveriesOf(webhook)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
});

it('an execution that was overtaken writes neither deliveries nor a result', async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver);
  const from = await repositories.webhooks.position();
  await create();
  await turnsUntil(() => receiver.got.length === 1, 'it was sent');
  const to = await repositories.webhooks.position();
  if (!from || !to) throw new Error('There is no place');
  const event = { id: randomUUID(), type: 'webhook.test', at: now(), place: null, data: {} } as const;
  const late = [{ webhookID: webhook.id, event }];
  expect(await repositories.webhooks.advance(from, to, late, now())).toBe(false);
  const [row] = await deliveriesOf(webhook);
  if (!row) throw new Error('There is no delivery');
  const taken = { ...row, sendingUntil: now(), url: '', secrets: [] };
  const failed = { state: 'failed', nextAt: null, status: 500, answer: 'late', now: now() } as const;
  await repositories.webhooks.settle(taken, failed);
  expect(await deliveriesOf(webhook)).toEqual([row]);
});

it('one that is enabled before something is logged is told of it, also while the logs are being read', async () => {
  const [one, other] = [await startReceiver(), await startReceiver()];
  await add(one);
  const { read } = repositories.changes;
  repositories.changes.read = async (...given) => {
    repositories.changes.read = read;
    await add(other);
    await create();
    return await until(
      async () => {
        const found = await read(...given);
        return found.changes.some(({ position }) => position.source === 'upgrades') && found;
      },
      { what: 'what was logged can be read' },
    );
  };
  await turn();
  await turn();
  expect([one.got.length, other.got.length]).toEqual([1, 1]);
});

it('more deliveries than may begin anew at once are left as they are', async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver);
  const since = now();
  await Promise.all([create(), create()]);
  await turnsUntil(() => receiver.got.length === 2, 'both have come');
  const all = { since, until: new Date(nowMs + 1).toISOString() };
  expect(await repositories.webhooks.redeliver(webhook.id, all, 1, by())).toBeUndefined();
  expect((await deliveriesOf(webhook)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  expect(await repositories.webhooks.redeliver(webhook.id, all, 2, by())).toBe(2);
});

it('a delivery waits from when it is due until somebody sends it', async () => {
  const webhook = await add(await startReceiver(status(500)));
  const event = { id: randomUUID(), type: 'webhook.test', at: now(), place: null, data: {} } as const;
  expect(await repositories.webhooks.dueSince(now())).toBeNull();
  await repositories.webhooks.tell({ webhookID: webhook.id, event }, now());
  const since = now();
  nowMs += HOUR;
  expect(Date.parse((await repositories.webhooks.dueSince(now())) ?? '')).toBe(Date.parse(since));
  await turn();
  // Its next attempt is due later: the receiver fails, and nobody is behind.
  expect(await repositories.webhooks.dueSince(now())).toBeNull();
  nowMs += HOUR;
  expect(await repositories.webhooks.dueSince(now())).not.toBeNull();
  await repositories.webhooks.change(webhook.id, { isEnabled: false }, by());
  expect(await repositories.webhooks.dueSince(now())).toBeNull();
});

it('a page of the logs that is not full was the last one', async () => {
  await add(await startReceiver(), { events: ['policy.changed'] });
  const sender = createWebhookSender({ networks: LOOPBACK });
  const deps = { repositories, webhooks: { sender, stalledMs: HOUR }, clock: () => nowMs };
  const log = (count: number) =>
    sql`insert into events (orchestration_id, at, actor, kind, reason)
      select gen_random_uuid(), now(), 'test', 'test', '' from generate_series(1, ${count})`;
  const place = async (): Promise<string> => JSON.stringify(await repositories.webhooks.position());
  let last = await place();
  // The whole page: others in the server hold up what is written in one statement as a whole.
  const next = async (): Promise<boolean> => {
    const { isFull } = await until(
      async () => {
        const isFull = await readOn(deps);
        return (await place()) === last ? false : { isFull };
      },
      { what: 'it was read' },
    );
    last = await place();
    return isFull;
  };
  // That the webhook was added is logged, too.
  expect(await next()).toBe(false);
  await log(499);
  expect(await next()).toBe(false);
  await log(500);
  expect(await next()).toBe(true);
});

it('two that are disabled at once do not wait for each other', async () => {
  const [one, other] = [await add(await startReceiver()), await add(await startReceiver())];
  const event = { id: randomUUID(), type: 'webhook.test', at: now(), place: null, data: {} } as const;
  await repositories.webhooks.tell({ webhookID: one.id, event }, now());
  const holding = await sql.reserve();
  await holding`begin`;
  await holding`select from webhook_deliveries where webhook_id = ${one.id} for update`;
  const first = repositories.webhooks.change(one.id, { isEnabled: false }, by());
  await until(
    async () =>
      (
        await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      ).length > 0,
    { what: 'the first one is held in the middle' },
  );
  expect(await repositories.webhooks.change(other.id, { isEnabled: false }, by())).toMatchObject({
    isEnabled: false,
  });
  await holding`commit`;
  holding.release();
  expect(await first).toMatchObject({ isEnabled: false });
});

it('a shift that waits for a slow receiver at its end goes on for the others', async () => {
  let answer = (): void => undefined;
  const slow = await startReceiver((_received, response) => {
    answer = () => response.writeHead(204).end();
  });
  const quick = await startReceiver();
  await add(slow, { events: ['orchestration.created'] });
  await add(quick, { events: ['policy.changed'] });
  await create();
  const shift = turn(30);
  shift.catch(() => undefined);
  await until(() => slow.got.length === 1, { what: 'the slow one was asked' });
  // Its time is over, but the request is still under way.
  nowMs += 40 * SECOND;
  await repositories.policies.add(EMPTY_POLICY, { ...change(), after: 0 });
  await until(() => quick.got.length === 1, { what: 'the quick one was told meanwhile' });
  answer();
  await shift;
});

it('a receiver that does not answer holds up itself alone', async () => {
  const held: (() => void)[] = [];
  const slow = await startReceiver((_received, response) => held.push(() => response.writeHead(204).end()));
  const quick = await startReceiver();
  const webhook = await add(slow);
  await add(quick);
  await Promise.all(Array.from({ length: 12 }, create));
  const shift = turn(HOUR / SECOND);
  // Otherwise a failure would show itself as an unhandled one.
  shift.catch(() => undefined);
  await until(() => quick.got.length === 12, { what: 'the quick one has all of them' });
  // So many at once.
  expect(slow.got).toHaveLength(4);
  slow.answers = status(204);
  for (const answer of held) answer();
  await until(() => slow.got.length === 12, { what: 'the slow one has all of them, too' });
  nowMs += 2 * HOUR;
  await shift;
  expect((await deliveriesOf(webhook)).map(({ state, attempts }) => [state, attempts])).toEqual(
    Array.from({ length: 12 }, () => ['delivered', 1]),
  );
});

describe('an orchestration that stands still', () => {
  const told = async (receiver: Receiver): Promise<number> => {
    await turn();
    return typesOf(receiver).filter((type) => type === 'orchestration.stalled').length;
  };

  it('is told of once, and again when it stands still anew', async () => {
    const receiver = await startReceiver();
    await add(receiver);
    const { id, operationIDs } = await aPlan(repositories, 2);
    // The plan was made long ago: the rows of tests are old.
    expect(await told(receiver)).toBe(1);
    expect(await told(receiver)).toBe(1);
    await repositories.operations.claim(operationIDs[0] ?? '', EXECUTION, now());
    nowMs += 4 * HOUR - SECOND;
    expect(await told(receiver)).toBe(1);
    nowMs += 2 * SECOND;
    expect(await told(receiver)).toBe(2);
    const stalled = receiver.got.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(stalled.at(-1)).toMatchObject({
      type: 'orchestration.stalled',
      data: { orchestrationID: id, link: `/orchestrations/${id}` },
    });
  });

  it('is not told of while it is paused, or nothing of it is due', async () => {
    const receiver = await startReceiver();
    await add(receiver);
    const paused = await aPlan(repositories, 1);
    await repositories.control.command(paused.id, { command: 'pause', by: 'bob', reason: '' }, now());
    const waiting = await aPlan(repositories, 1);
    await sql`update operations set due_at = ${new Date(nowMs + HOUR).toISOString()} where orchestration_id = ${waiting.id}`;
    expect(await told(receiver)).toBe(0);
    // Neither is one of which only operations of a wave are due that has not begun.
    const inWaves = await aPlan(repositories, 1);
    await sql`insert into waves (orchestration_id, number, name, size, soak_minutes, phase)
      select ${inWaves.id}, number, 'wave', 1, 0, case number when 0 then 'soaking' else 'waiting' end from generate_series(0, 1) as number`;
    await sql`update operations set wave = 1 where orchestration_id = ${inWaves.id}`;
    expect(await told(receiver)).toBe(0);
    await repositories.control.command(
      paused.id,
      { command: 'resume', by: 'bob', reason: '', acknowledge: false },
      now(),
    );
    expect(await told(receiver)).toBe(0);
  });

  it('is told of while its wave runs, and while it is being planned, but not while everything is paused', async () => {
    const receiver = await startReceiver();
    await add(receiver);
    await repositories.queue.change(true, by());
    const planning = await create();
    await repositories.orchestrations.transition(planning, 'in progress', by());
    const { id } = await aPlan(repositories, 1, aRequest({ createdAt: now() }));
    await sql`insert into waves (orchestration_id, number, name, size, soak_minutes, phase) values (${id}, 1, 'wave', 1, 0, 'running')`;
    await sql`update operations set wave = 1 where orchestration_id = ${id}`;
    nowMs += 5 * HOUR;
    expect(await told(receiver)).toBe(0);
    await repositories.queue.change(false, by());
    nowMs += HOUR;
    expect(await told(receiver)).toBe(2);
    const about = receiver.got.flatMap(({ body }) => {
      const { type, data } = JSON.parse(body) as { type: string; data: { orchestrationID: string } };
      return type === 'orchestration.stalled' ? [data.orchestrationID] : [];
    });
    expect(about.sort()).toEqual([planning, id].sort());
  });
});

describe('windows that open soon', () => {
  const iso = (ms: number): string => new Date(ms).toISOString();
  /** An orchestration with so many operations in one window of one account. */
  async function inWindow(count: number, beginMs: number, account = 'ga', isDryRun = false): Promise<string> {
    const { parameters } = aRequest();
    const request = aRequest({ createdAt: now(), parameters: { ...parameters, dryRun: isDryRun } });
    const { id } = await aPlan(repositories, count, request);
    await move(id, beginMs, account);
    return id;
  }
  const move = async (id: string, beginMs: number, account = 'ga'): Promise<void> =>
    void (await sql`update operations set global_account_id = ${account}, updated_at = ${now()},
      window_begin = ${iso(beginMs)}, window_end = ${iso(beginMs + 2 * HOUR)} where orchestration_id = ${id}`);
  const toldTo = (receiver: Receiver): unknown[] =>
    receiver.got
      .map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
      .filter(({ type }) => type === 'window.upcoming')
      .map(({ data }) => [data['orchestrationID'], data['globalAccountID'], data['inHours'], data['count']]);

  it('are told 72 hours and an hour before, once, to those alone that name it', async () => {
    const [named, catchAll] = [await startReceiver(), await startReceiver()];
    await add(named, { events: ['window.upcoming'] });
    await add(catchAll);
    const begin = nowMs + 72 * HOUR + 60 * SECOND;
    const id = await inWindow(12, begin);
    await inWindow(1, begin, 'ga', true);
    const canceled = await inWindow(1, begin);
    await repositories.orchestrations.transition(canceled, 'canceling', by());
    await turn();
    expect(toldTo(named)).toEqual([]);
    nowMs += 2 * 60 * SECOND;
    await turn();
    await turn();
    expect(toldTo(named)).toEqual([[id, 'ga', 72, 12]]);
    expect(JSON.parse(named.got[0]?.body ?? '')).toMatchObject({
      data: {
        begin: iso(begin).replace('Z', '000Z'),
        end: iso(begin + 2 * HOUR).replace('Z', '000Z'),
        operations: Array.from({ length: 10 }, () => ({ shootName: 'c-1234567' })),
        link: `/orchestrations/${id}`,
      },
    });
    nowMs = begin - HOUR;
    await turn();
    await turn();
    expect(toldTo(named).slice(1)).toEqual([[id, 'ga', 1, 12]]);
    // Moved, it is another window.
    await move(id, begin + 24 * HOUR);
    await turn();
    expect(toldTo(named).slice(2)).toEqual([[id, 'ga', 72, 12]]);
    expect(toldTo(catchAll)).toEqual([]);
  });

  it('are left to the next process by one that is to end', async () => {
    const webhook = await add(await startReceiver(), { events: ['window.upcoming'] });
    await inWindow(1, nowMs + HOUR * 2);
    const deps = {
      repositories,
      webhooks: { sender: createWebhookSender({ networks: [] }), stalledMs: HOUR },
    };
    const tell = async (signal: AbortSignal): Promise<void> =>
      await tellUpcoming({ ...deps, clock: () => nowMs }, await repositories.webhooks.enabled(), { signal });
    await tell(AbortSignal.abort());
    expect(await deliveriesOf(webhook)).toEqual([]);
    await tell(new AbortController().signal);
    expect(await deliveriesOf(webhook)).toHaveLength(1);
  });

  it('of each account are told by themselves, more than a page of them', async () => {
    const receiver = await startReceiver();
    const webhook = await add(receiver, { events: ['window.upcoming'] });
    const id = await inWindow(1_200, nowMs + 30 * HOUR);
    await sql`update operations set global_account_id = 'ga' || position / 2 where orchestration_id = ${id}`;
    await turn();
    const [{ count } = { count: '' }] = await sql<
      { count: string }[]
    >`select count(distinct event_id)::text as count from webhook_deliveries where webhook_id = ${webhook.id}`;
    expect(count).toBe('600');
  });

  it('are told within one shift as they come near, and as they are planned', async () => {
    const receiver = await startReceiver();
    await add(receiver, { events: ['window.upcoming'] });
    const first = await inWindow(1, nowMs + 72 * HOUR + 90 * SECOND);
    const second = await inWindow(2, nowMs + 10 * HOUR);
    const shift = turn(10 * 3_600);
    shift.catch(() => undefined);
    await until(() => toldTo(receiver).length === 1, { what: 'the near one was told' });
    nowMs += 120 * SECOND;
    await until(() => toldTo(receiver).length === 2, { what: 'the other one has come near' });
    const third = await inWindow(3, nowMs + 5 * HOUR);
    const late = await startReceiver();
    await add(late, { events: ['window.upcoming'] });
    // The next look is that of a turn that has seen it.
    const { enabled } = repositories.webhooks;
    let turns = 0;
    repositories.webhooks.enabled = () => {
      turns += 1;
      return enabled();
    };
    await until(() => turns >= 2, { what: 'another turn' });
    nowMs += 61 * SECOND;
    await until(() => toldTo(receiver).length === 3 && toldTo(late).length === 3, {
      what: 'one that was planned meanwhile, and all to the one that was added',
    });
    expect(toldTo(receiver)).toEqual([
      [second, 'ga', 72, 2],
      [first, 'ga', 72, 1],
      [third, 'ga', 72, 3],
    ]);
    nowMs += 11 * HOUR;
    await shift;
  });
});

it('begins with what comes next when the place that was read last is gone', async () => {
  const receiver = await startReceiver();
  await add(receiver);
  await create();
  await turnsUntil(() => receiver.got.length === 1, 'the first one has come');
  await sql`delete from events`;
  await create();
  await turn();
  const id = await create();
  await turnsUntil(() => receiver.got.some(({ body }) => body.includes(id)), 'one that came after that');
});

it('goes on with what comes next in a database that came from another cluster, whose places are greater', async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver);
  await create();
  await turnsUntil(() => receiver.got.length === 1, 'the first one has come');
  const far = '999999999999';
  for (const table of ['events', 'webhook_position', 'webhooks'])
    await sql.unsafe(`update ${table} set tx = '${far}'`);
  const before = await repositories.webhooks.position();
  await create();
  await turnsUntil(
    async () => (await repositories.webhooks.position())?.tx !== before?.tx,
    'it has a place here',
  );
  await create();
  await turnsUntil(() => receiver.got.length >= 2, 'one that came after that');
  const [row] = await sql<{ tx: string }[]>`select tx from webhooks where id = ${webhook.id}`;
  expect(BigInt(row?.tx ?? far)).toBeLessThan(BigInt(far));
});

it('deletes deliveries that are older than 30 days', async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver);
  await create();
  await turnsUntil(() => receiver.got.length === 1, 'it has come');
  nowMs += 30 * 24 * HOUR - SECOND;
  await turn();
  expect(await deliveriesOf(webhook)).toHaveLength(1);
  nowMs += 2 * SECOND;
  await turn();
  expect(await deliveriesOf(webhook)).toEqual([]);
});

it('a webhook that is removed takes its deliveries along, also while something is written for it', async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver);
  const event = { id: randomUUID(), type: 'webhook.test', at: now(), place: null, data: {} } as const;
  await repositories.webhooks.tell({ webhookID: webhook.id, event }, now());
  expect(await repositories.webhooks.remove(webhook.id, by())).toBe(true);
  await repositories.webhooks.tell({ webhookID: webhook.id, event }, now());
  expect(await deliveriesOf(webhook)).toEqual([]);
});

it('one that is removed at the moment at which something is written for it is told nothing', async () => {
  const receiver = await startReceiver();
  const webhook = await add(receiver);
  const event = { id: randomUUID(), type: 'webhook.test', at: now(), place: null, data: {} } as const;
  const removing = await sql.reserve();
  await removing`begin`;
  await removing`delete from webhooks where id = ${webhook.id}`;
  const telling = repositories.webhooks.tell({ webhookID: webhook.id, event }, now());
  await until(
    async () =>
      (
        await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      ).length > 0,
    { what: 'it waits for the removal' },
  );
  await removing`commit`;
  removing.release();
  await telling;
  expect(await deliveriesOf(webhook)).toEqual([]);
});

it('another one that is added takes nothing from those that are there', async () => {
  const [one, other] = [await startReceiver(), await startReceiver()];
  await add(one);
  await create();
  const later = await add(other);
  await create();
  await turnsUntil(() => one.got.length === 2 && other.got.length === 1, 'each has what it is to be told');
  // While none is enabled nobody reads: the place is that of the present when one is again.
  const webhooks = await repositories.webhooks.list();
  for (const { id } of webhooks) await repositories.webhooks.change(id, { isEnabled: false }, by());
  await create();
  const missed = await repositories.changes.last();
  await repositories.webhooks.change(later.id, { isEnabled: true }, by());
  const place = await repositories.webhooks.position();
  expect(BigInt(place?.tx ?? 0)).toBeGreaterThanOrEqual(BigInt(missed.tx));
});
