import ICAL from 'ical.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PlannedWindow } from '../../src/domain/upgrades/placement.ts';
import { NEVER } from '../../src/domain/upgrades/windows.ts';
import { aRequest, aRuntime, AT, BY_NO_POLICY, EXECUTION, FIRST, placed, planned } from '../support/rows.ts';
import { ApiRig } from './api-rig.ts';

let rig: ApiRig;
/** The orchestration whose windows are shown. */
let night: string;
/** The operations by their Shoots. */
const ids = new Map<string, string>();
const NOW = '2026-02-01T23:00:00.000Z';
const PUBLIC = 'https://drydock.example.com';

function windowOn(day: number): PlannedWindow {
  const begin = `2026-02-0${day}T22:00:00.000Z`;
  const end = `2026-02-0${day + 1}T02:00:00.000Z`;
  return { begin, latestStart: end, end };
}

type Waiting = [shoot: string, account: string, window: PlannedWindow | undefined];

/** An orchestration that is under way, with an operation for each of these. */
async function aNight(
  waiting: readonly Waiting[],
  isDryRun = false,
  changes: Parameters<typeof aRequest>[0] = {},
): Promise<string> {
  const { orchestrations, operations } = rig.repositories;
  const { parameters, ...request } = aRequest(changes);
  await orchestrations.record({ ...request, parameters: { ...parameters, dryRun: isDryRun } });
  const id = request.orchestrationID;
  await orchestrations.transition(id, 'in progress', { actor: 'test', reason: 'its turn', now: AT });
  const rows = waiting.map(([shootName, globalAccountID, window], position) =>
    planned(position, aRuntime({ shootName, globalAccountID }), window && { ...placed(window) }),
  );
  for (const [at, { operationID }] of rows.entries()) ids.set(waiting[at]?.[0] ?? '', operationID);
  await operations.plan({ id, type: request.type, dryRun: isDryRun }, rows, AT);
  const completed = { count: rows.length, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT };
  await orchestrations.planned(id, completed);
  return id;
}

beforeAll(async () => {
  rig = await ApiRig.start({ clock: () => Date.parse(NOW), publicURL: PUBLIC });
  const { operations, orchestrations } = rig.repositories;
  night = await aNight([
    ['c-later', 'one', windowOn(4)],
    ['c-now', 'two', windowOn(1)],
    [
      'c-over',
      'one',
      { begin: '2026-01-31T22:00:00.000Z', latestStart: AT, end: '2026-02-01T22:59:00.000Z' },
    ],
    ['c-next', 'one', windowOn(2)],
    ['c-begun', 'one', windowOn(2)],
    ['c-immediate', 'one', undefined],
    ['c-frozen', 'one', { begin: windowOn(2).begin, latestStart: NEVER, end: NEVER }],
  ]);
  await operations.claim(ids.get('c-begun') ?? '', EXECUTION, AT);
  await aNight([['c-dry', 'one', windowOn(2)]], true);
  const canceled = await aNight([['c-canceled', 'one', windowOn(2)]]);
  const change = { actor: 'ann', reason: 'wrong', now: AT, description: 'wrong' };
  await orchestrations.transition(canceled, 'canceling', change);
});

interface Told {
  summary: string;
  uid: string;
  begin: string;
  end: string;
  sequence: number;
  link: unknown;
}

async function calendar(query = '', of = rig): Promise<Told[]> {
  const { status, headers, body } = await of.call('GET', `/calendar.ics${query}`, { token: 'operator' });
  expect([status, headers.get('Content-Type')]).toEqual([200, 'text/calendar; charset=utf-8']);
  const read = new ICAL.Component(
    ICAL.parse(String(body)) as ConstructorParameters<typeof ICAL.Component>[0],
  );
  return read.getAllSubcomponents('vevent').map((component) => {
    const { summary, uid, startDate, endDate, sequence } = new ICAL.Event(component);
    const link = component.getFirstPropertyValue('url');
    return { summary, uid, begin: String(startDate), end: String(endDate), sequence, link };
  });
}

const shoots = (told: readonly Told[]): string[] => told.map(({ summary }) => summary.split(' ')[3] ?? '');

it('has what waits for its window, or in it, the earliest first', async () => {
  const told = await calendar();
  expect(shoots(told)).toEqual(['c-now', 'c-next', 'c-later']);
  expect(told[1]).toEqual({
    summary: 'Kyma upgrade of c-next to 2.20.5',
    uid: ids.get('c-next'),
    begin: '2026-02-02T22:00:00Z',
    end: '2026-02-03T02:00:00Z',
    sequence: 0,
    link: `${PUBLIC}/ui/orchestrations/${night}/operations/${ids.get('c-next')}`,
  });
});

it.each([
  [{ kubernetesVersion: '1.31.2' }, ' to 1.31.2'],
  [
    { kubernetesVersion: '1.31.2', machineImage: 'gardenlinux', machineImageVersion: '1312.3' },
    ' to 1.31.2, gardenlinux 1312.3',
  ],
  [{ machineImage: 'gardenlinux' }, ' to gardenlinux'],
  [{}, ''],
])('names the version of a cluster upgrade with %j', async (kubernetes, version) => {
  const { kyma: _, ...parameters } = aRequest().parameters;
  const account = `cluster ${version}`;
  const changes = { type: 'upgradeCluster', parameters: { ...parameters, kubernetes } } as const;
  await aNight([['c-cluster', account, windowOn(3)]], false, changes);
  const told = await calendar(`?account=${encodeURIComponent(account)}`);
  expect(told.map(({ summary }) => summary)).toEqual([`Cluster upgrade of c-cluster${version}`]);
});

it('has no links while nobody has said where the page is', async () => {
  const [first] = await calendar('', rig.with({ publicURL: undefined }));
  expect(first?.link).toBeNull();
});

describe('of an account', () => {
  it.each([
    ['account=one', ['c-next', 'c-later']],
    ['account=two', ['c-now']],
    ['account=one&account=two', ['c-now', 'c-next', 'c-later']],
    ['account=nobody', []],
  ])('%s', async (query, expected) => {
    expect(shoots(await calendar(`?${query}`))).toEqual(expected);
  });

  it.each(['globalAccountID=one', 'account=%00', `account=${'a'.repeat(257)}`])(
    '%s is refused',
    async (query) => {
      expect(await rig.call('GET', `/calendar.ics?${query}`)).toMatchObject({ status: 400 });
    },
  );
});

it('moves the event of a window that was moved', async () => {
  const of = async (): Promise<Told | undefined> =>
    (await calendar('?account=one')).find(({ uid }) => uid === ids.get('c-later'));
  const before = await of();
  const moved = await rig.repositories.operations.reschedule(
    ids.get('c-later') ?? '',
    { ...FIRST, claim: null },
    placed(windowOn(7)),
    { actor: 'drydock', reason: 'a freeze', now: '2026-01-02T03:05:05.678901Z' },
  );
  expect(moved).toBe(true);
  const after = await of();
  expect([before?.begin, after?.begin]).toEqual(['2026-02-04T22:00:00Z', '2026-02-07T22:00:00Z']);
  expect([before?.sequence, after?.sequence]).toEqual([0, 60]);
});

it('needs somebody who may read', async () => {
  expect(await rig.call('GET', '/calendar.ics', { token: null })).toMatchObject({ status: 401 });
  const nobody = await rig.token();
  expect(await rig.call('GET', '/calendar.ics', { token: nobody })).toMatchObject({ status: 403 });
});
