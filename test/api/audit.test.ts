import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { aPlan, AT, EXECUTION, FIRST } from '../support/rows.ts';
import { aDefinition, aStack } from '../support/stacks/rows.ts';
import { newSecret } from '../support/receiver.ts';
import { ApiRig, SUBJECT } from './api-rig.ts';

const STACK = '/acme/jack/shop';
/** Before everything that is done here. */
const START = Date.parse('2026-01-02T04:00:00Z');

/** A URL may hold a secret of the receiver's. */
const PAGER = 'https://hooks.example.com/t0psecret';
const SECRETS = [newSecret(), newSecret()] as const;

let rig: ApiRig;
let id: string;
let webhookID: string;
let now = START;

/** Each thing is done in a minute of its own. */
const minute = (count: number): string => new Date(START + count * 60_000).toISOString();

beforeAll(async () => {
  rig = await ApiRig.start({ clock: () => now });
  const { operations, queue, policies, stacks, orchestrations } = rig.repositories;
  const plan = await aPlan(rig.repositories, 4);
  ({ id } = plan);
  rig.gateway.remember(id);
  const [failed = ''] = plan.operationIDs;
  await operations.claim(failed, EXECUTION, AT);
  await operations.fail(failed, FIRST, { code: 'UPGRADE_FAILED', message: 'no disk' }, AT);
  const done = async (path: string, sent: Parameters<ApiRig['call']>[2], method = 'PUT'): Promise<void> => {
    now += 60_000;
    const { status, body } = await rig.call(method, `/orchestrations/${id}/${path}`, sent);
    expect([status, body]).toEqual([expect.toBeOneOf([200, 202]), expect.anything()]);
  };
  const change = (actor: string, reason: string): { actor: string; reason: string; now: string } => {
    now += 60_000;
    return { actor, reason, now: new Date(now).toISOString() };
  };
  await done('pause', { body: { reason: 'disk alerts' } });
  await done('resume', {});
  await done('retry', { body: '', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }, 'POST');
  await queue.change(true, change('ann', 'storm'));
  const { actor, reason, now: at } = change('joe', 'summer');
  await policies.add(EMPTY_POLICY, { after: 0, changedBy: actor, reason, now: at });
  await stacks.add(aStack(aDefinition(STACK), { createdBy: 'jack', createdAt: minute(6) }));
  now += 60_000;
  await orchestrations.transition(id, 'canceling', { ...change('ann', 'wrong'), description: 'wrong' });
  await operations.cancelWaiting(id, change('ann', 'wrong'));
  await orchestrations.transition(id, 'canceled', { ...change('ann', 'done'), description: 'done' });
  await useWebhook();
});

/** All that can be done with one; whatever changes nothing is done, too. */
async function useWebhook(): Promise<void> {
  const token = await rig.tokenOf('wilma', 'runtimeAdmin');
  const call = async (method: string, path: string, body?: object, key?: string): Promise<unknown> => {
    const headers = key === undefined ? undefined : { 'Idempotency-Key': key };
    const answer = await rig.call(method, `/webhooks${path}`, { body, headers, token });
    expect([method, path, answer.status]).toEqual([method, path, expect.toBeOneOf([200, 201, 202, 204])]);
    return answer.body;
  };
  now = Date.parse(minute(60));
  const added = { url: PAGER, secret: SECRETS[0], description: 'pager', events: ['policy.changed'] };
  for (let times = 0; times < 2; times += 1) {
    ({ webhookID } = (await call('POST', '', added, 'pager')) as { webhookID: string });
  }
  const one = `/${webhookID}`;
  const steps = [
    () => call('PATCH', one, { url: `${PAGER}2`, events: [] }),
    () => call('PATCH', one, { enabled: false }),
    () => call('PATCH', one, { enabled: true, description: 'night' }),
    () => call('POST', `${one}/rotate`, { secret: SECRETS[1] }),
    async () => {
      await call('POST', `${one}/test`);
      await call('POST', `${one}/redeliver`, { since: minute(0), until: minute(120) });
    },
  ];
  for (const step of steps) {
    now += 60_000;
    await step();
  }
  now += 60_000;
  await call('PATCH', one, { enabled: true, events: [] });
  await call('POST', `${one}/rotate`, { secret: SECRETS[1] });
  await call('POST', `${one}/redeliver`, { since: minute(0), until: minute(1) });
  // Not the deed of a person.
  const gone = { actor: 'drydock', reason: 'The receiver answered 410 Gone', now: minute(67) };
  expect(await rig.repositories.webhooks.disableGone(webhookID, `${PAGER}2`, gone)).toBe(true);
  await call('DELETE', one);
}

interface Found {
  status: number;
  total: number;
  told: string[];
}

async function audit(query = ''): Promise<Found> {
  const { status, body } = await rig.call('GET', `/audit${query}`, { token: 'operator' });
  const { data, totalCount } = body as { data: Record<string, string>[]; totalCount: number };
  const told = data.map(({ at = '', actor = '', event = '', kind = '', reason = '' }) =>
    [at.slice(11, 16), actor, event, kind, reason].join(' '),
  );
  return { status, total: totalCount, told };
}

const ALL = [
  '05:06 wilma webhook removed ',
  `05:05 wilma webhook redelivered 1 delivery, written from ${minute(0)} until ${minute(120)}`,
  '05:04 wilma webhook rotated Another secret; the one before signs, too, for 24 hours',
  '05:03 wilma webhook enabled Another description, before: “pager”',
  '05:02 wilma webhook disabled Disabled by hand',
  '05:01 wilma webhook changed Another URL; Told of all but window.upcoming',
  '05:00 wilma webhook added Told of policy.changed',
  '04:07 ann orchestration state wrong',
  '04:06 jack stack added Added through the API',
  '04:05 joe policy replaced summer',
  '04:04 ann queue paused storm',
  `04:03 ${SUBJECT} orchestration retried Retry requested`,
  `04:02 ${SUBJECT} orchestration resumed `,
  `04:01 ${SUBJECT} orchestration paused disk alerts`,
  '03:04 test orchestration state its turn',
  `03:04 ${SUBJECT} orchestration created Requested through the API`,
];

it('tells what people did, newest first, without what followed from it or was done by Drydock', async () => {
  expect(await audit()).toEqual({ status: 200, total: ALL.length, told: ALL });
});

it('goes by page over all logs', async () => {
  const pages = await Promise.all([1, 2, 3, 4].map((page) => audit(`?page=${page}&page_size=4`)));
  expect(pages.map(({ told }) => told.length)).toEqual([4, 4, 4, 4]);
  expect(pages.flatMap(({ told }) => told)).toEqual(ALL);
  expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([ALL.length]));
  expect(await audit('?page=99')).toMatchObject({ told: [], total: ALL.length });
});

it('names an orchestration by what it is and who created it, and nothing else by one', async () => {
  const { body } = await rig.call('GET', '/audit', { token: 'operator' });
  const { data } = body as { data: { event: string; orchestrationID: unknown; orchestration: unknown }[] };
  const named = { type: 'upgradeKyma', parameters: { kyma: { version: '2.20.5' }, dryRun: false } };
  for (const { event, orchestrationID, orchestration } of data) {
    const isOne = event === 'orchestration';
    expect([event, orchestrationID]).toEqual([event, isOne ? id : null]);
    expect([event, orchestration]).toEqual([event, isOne ? { ...named, createdBy: SUBJECT } : null]);
  }
});

it('names a webhook by its ID and its description of then, and tells neither its URL nor its secret', async () => {
  const { body } = await rig.call('GET', '/audit?about=webhooks', { token: 'operator' });
  const { data } = body as { data: Record<string, unknown>[] };
  expect(data.map(({ webhook }) => webhook)).toEqual([
    ...Array<string>(4).fill('night'),
    ...Array<string>(3).fill('pager'),
  ]);
  expect(new Set(data.map((deed) => deed['webhookID']))).toEqual(new Set([webhookID]));
  const written = JSON.stringify(body);
  for (const hidden of [...SECRETS, 't0psecret']) expect(written).not.toContain(hidden);
});

describe('only', () => {
  it.each([
    ['actor=ann', [7, 10]],
    ['actor=ann&actor=joe', [7, 9, 10]],
    ['actor=nobody', []],
    ['actor=drydock', []],
    ['about=queue', [10]],
    ['about=maintenance-policy&about=stacks', [8, 9]],
    ['about=orchestrations&actor=ann', [7]],
    ['about=webhooks', [0, 1, 2, 3, 4, 5, 6]],
    [`about=webhooks&since=${minute(63)}&until=${minute(65)}`, [2, 3]],
    [`since=${minute(5)}&until=${minute(60)}`, [7, 8, 9]],
    [`since=${minute(3)}&until=${minute(5)}`, [10, 11]],
    ['until=2026-01-02T05:04:00%2B01:00', [11, 12, 13, 14, 15]],
  ])('%s', async (query, places) => {
    expect(await audit(`?${query}`)).toMatchObject({
      ...{ told: places.map((place) => ALL[place]), total: places.length },
    });
  });

  it.each([
    'since=yesterday',
    'since=2026-01-02',
    `until=${minute(1)}&until=${minute(2)}`,
    'about=x',
    'who=ann',
    'actor=%00',
    `actor=ann&actor=${'a'.repeat(257)}`,
  ])('%s is refused', async (query) => {
    expect(await rig.call('GET', `/audit?${query}`)).toMatchObject({ status: 400 });
  });
});
