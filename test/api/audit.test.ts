import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { aPlan, AT, EXECUTION, FIRST } from '../support/rows.ts';
import { aDefinition, aStack } from '../support/stacks/rows.ts';
import { ApiRig, SUBJECT } from './api-rig.ts';

const STACK = '/acme/jack/shop';
/** Before everything that is done here. */
const START = Date.parse('2026-01-02T04:00:00Z');

let rig: ApiRig;
let id: string;
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
});

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
  const pages = await Promise.all([1, 2, 3].map((page) => audit(`?page=${page}&page_size=4`)));
  expect(pages.map(({ told }) => told.length)).toEqual([4, 4, 1]);
  expect(pages.flatMap(({ told }) => told)).toEqual(ALL);
  expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([ALL.length]));
  expect(await audit('?page=99')).toMatchObject({ told: [], total: ALL.length });
});

describe('only', () => {
  it.each([
    ['actor=ann', [0, 3]],
    ['actor=ann&actor=joe', [0, 2, 3]],
    ['actor=nobody', []],
    ['about=queue', [3]],
    ['about=maintenance-policy&about=stacks', [1, 2]],
    ['about=orchestrations&actor=ann', [0]],
    [`since=${minute(5)}`, [0, 1, 2]],
    [`since=${minute(3)}&until=${minute(5)}`, [3, 4]],
    ['until=2026-01-02T05:04:00%2B01:00', [4, 5, 6, 7, 8]],
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
