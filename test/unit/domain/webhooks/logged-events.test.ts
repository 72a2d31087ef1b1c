import { describe, expect, it } from 'vitest';
import type { LoggedChange } from '../../../../src/domain/event-stream/logged-change.ts';
import { exceededReason } from '../../../../src/domain/upgrades/failure-budget.ts';
import { NOBODY_ANSWERED } from '../../../../src/domain/upgrades/wave-phases.ts';
import { bodyOf, wants, type WebhookEvent } from '../../../../src/domain/webhooks/event-types.ts';
import { eventsOf, stalledEvent, type WaveNames } from '../../../../src/domain/webhooks/logged-events.ts';
import { aChange } from '../event-stream/places.ts';

const ID = '07089b96-8e31-49a4-96d0-f8288253c804';
const OTHER = '17089b96-8e31-49a4-96d0-f8288253c804';
const NAMES: WaveNames = new Map([
  [
    ID,
    new Map([
      [0, 'canary'],
      [1, 'rest'],
    ]),
  ],
]);

let number = 0;
function logged(
  kind: string,
  changes: Partial<LoggedChange> = {},
  source: LoggedChange['position']['source'] = 'upgrades',
) {
  number += 1;
  const at = `2030-01-02T03:04:05.${String(number).padStart(6, '0')}Z`;
  const position = { tx: String(1_000 + number), source, id: number, at };
  const orchestrationID = source === 'upgrades' ? ID : null;
  return aChange({ position, kind, actor: 'alice', reason: 'why', orchestrationID, ...changes });
}
const state = (fromState: string, toState: string, more: Partial<LoggedChange> = {}): LoggedChange =>
  logged('state', { fromState, toState, ...more });
const wave = (at: number, fromState: string, toState: string): LoggedChange =>
  logged('wave', { wave: at, fromState, toState, actor: 'drydock' });
const failed = (operationID: string, orchestrationID = ID): LoggedChange =>
  state('in progress', 'failed', { operationID, orchestrationID, reason: `${operationID} failed` });

/** As one line each: the type, and what tells it from others. */
function transcript(events: readonly WebhookEvent[]): string[] {
  const told = ['wave', 'state', 'answer', 'count', 'by'];
  return events.map(({ type, data }) =>
    [type, ...told.flatMap((field) => (data[field] === undefined ? [] : [JSON.stringify(data[field])]))]
      .join(' ')
      .replaceAll('"', ''),
  );
}

it('an orchestration with waves, from beginning to end', () => {
  const budget = exceededReason({ max: 1, wave: 0 }, 2, true);
  const changes = [
    logged('created'),
    state('pending', 'in progress', { actor: 'drydock' }),
    logged('planned', { actor: 'drydock' }),
    state('pending', 'in progress', { operationID: 'o1' }),
    failed('o1'),
    failed('o2'),
    logged('paused', { actor: 'drydock', reason: budget }),
    logged('resumed'),
    wave(0, 'running', 'soaking'),
    wave(0, 'soaking', 'gate'),
    wave(0, 'gate', 'asking'),
    logged('paused', { actor: 'drydock', reason: `wave canary: ${NOBODY_ANSWERED}` }),
    logged('resumed'),
    wave(0, 'gate', 'asking'),
    logged('approved', { wave: 0, reason: 'question 2' }),
    wave(0, 'asking', 'passed'),
    logged('workers'),
    wave(1, 'running', 'passed'),
    state('in progress', 'succeeded', { actor: 'drydock' }),
  ];
  expect(transcript(eventsOf(changes, NAMES))).toEqual([
    'orchestration.created alice',
    'orchestration.started in progress drydock',
    'wave.started canary drydock',
    'operation.failed 2',
    'orchestration.paused drydock',
    'budget.exceeded drydock',
    'orchestration.resumed alice',
    'approval.requested canary drydock',
    'orchestration.paused drydock',
    'approval.expired drydock',
    'orchestration.resumed alice',
    'approval.requested canary drydock',
    'approval.decided canary approved alice',
    'wave.ended canary drydock',
    'wave.started rest drydock',
    'wave.ended rest drydock',
    'orchestration.ended succeeded drydock',
  ]);
});

it('a budget that cancels, and a retry', () => {
  const reason = exceededReason({ max: 0 }, 1, false);
  const changes = [
    state('in progress', 'canceling', { actor: 'drydock', reason }),
    state('canceling', 'canceled'),
    state('failed', 'retrying'),
    state('retrying', 'in progress'),
    // Nobody can pass a cancel off as that of a budget.
    state('in progress', 'canceling', { actor: 'mallory', reason }),
    state('in progress', 'failed'),
  ];
  expect(transcript(eventsOf(changes, new Map()))).toEqual([
    'budget.exceeded canceling drydock',
    'orchestration.ended canceled alice',
    'orchestration.started in progress alice',
    'orchestration.ended failed alice',
  ]);
});

it('the queue, the policy and stacks', () => {
  const stack = '/acme/jack/shop';
  const changes = [
    logged('paused', {}, 'queue'),
    logged('resumed', {}, 'queue'),
    logged('replaced', {}, 'policy'),
    logged('status', { stack, fromState: 'starting', toState: 'ready' }, 'stacks'),
    logged('status', { stack, label: 'web', object: '/acme/jack/web', toState: 'ready' }, 'stacks'),
    logged('defined', { stack }, 'stacks'),
  ];
  const events = eventsOf(changes, new Map());
  expect(events.map(({ type }) => type)).toEqual([
    'queue.paused',
    'queue.resumed',
    'policy.changed',
    'stack.status',
  ]);
  expect(events.map(({ data }) => data)).toMatchObject([
    { link: '/queue' },
    { link: '/queue' },
    { version: changes[2]?.position.id, link: '/policy' },
    { stack, from: 'starting', status: 'ready', link: '/stacks/acme/jack/shop' },
  ]);
});

describe('operations that have failed', () => {
  it('are one event for each orchestration, which names the first ten', () => {
    const changes = [
      ...Array.from({ length: 12 }, (_, at) => failed(`o${at}`)),
      failed('p0', OTHER),
      failed('o12'),
    ];
    const events = eventsOf(changes, new Map());
    expect(events.map(({ data }) => [data['orchestrationID'], data['count']])).toEqual([
      [ID, 13],
      [OTHER, 1],
    ]);
    const named = events[0]?.data['operations'] as { operationID: string }[];
    expect(named.map(({ operationID }) => operationID)).toEqual(
      Array.from({ length: 10 }, (_, at) => `o${at}`),
    );
    expect(events[0]?.place).toBe(changes.at(-1)?.position.tx);
  });
});

it('an event has the same ID and the same body whenever it is made, and another one than any other', () => {
  const changes = [
    logged('created'),
    logged('paused', { actor: 'drydock', reason: exceededReason({ max: 1 }, 2, false) }),
  ];
  const events = eventsOf(changes, new Map());
  expect(eventsOf(structuredClone(changes), new Map()).map(bodyOf)).toEqual(events.map(bodyOf));
  expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  expect(JSON.parse(bodyOf(events[0] as WebhookEvent))).toEqual({
    type: 'orchestration.created',
    timestamp: changes[0]?.position.at,
    data: { orchestrationID: ID, by: 'alice', reason: 'why', link: `/orchestrations/${ID}` },
  });
  const stall = { orchestrationID: ID, since: '2030-01-02T03:04:05.000000Z' };
  const [once, again] = [
    stalledEvent(stall, '2030-01-02T08:00:00Z'),
    stalledEvent(stall, '2030-01-02T09:00:00Z'),
  ];
  expect(once.id).toBe(again.id);
  expect(stalledEvent({ ...stall, since: '2030-01-02T03:04:06.000000Z' }, '').id).not.toBe(once.id);
});

it('a webhook gets the types that it wants, from its beginning on, while it is enabled', () => {
  const [event] = eventsOf([logged('created')], new Map()) as [WebhookEvent];
  const place = event.place ?? '';
  const webhook = { id: 'w', isEnabled: true, events: [], since: place };
  expect(wants(webhook, event)).toBe(true);
  expect(wants({ ...webhook, isEnabled: false }, event)).toBe(false);
  expect(wants({ ...webhook, events: ['stack.status'] }, event)).toBe(false);
  expect(wants({ ...webhook, events: ['stack.status', 'orchestration.created'] }, event)).toBe(true);
  expect(wants({ ...webhook, since: `${place}0` }, event)).toBe(false);
  expect(wants({ ...webhook, since: `${place}0` }, { ...event, place: null })).toBe(true);
});
