import { describe, expect, it } from 'vitest';
import {
  concerns,
  eventOf,
  type ChangeEvent,
  type LoggedChange,
} from '../../../../src/domain/event-stream/logged-change.ts';
import { aChange, place } from './places.ts';

const ofStack = { position: place(9, 1, 'stacks'), orchestrationID: null, stack: '/acme/jack/shop' } as const;
const ofQueue = { position: place(9, 1, 'queue'), orchestrationID: null, kind: 'paused' } as const;
const ofPolicy = { position: place(9, 1, 'policy'), orchestrationID: null, kind: 'replaced' } as const;
const ofWebhook = { position: place(9, 1, 'webhooks'), orchestrationID: null, kind: 'added' } as const;
const wave = (fromState: string, toState: string) => ({ kind: 'wave', wave: 0, fromState, toState });

describe('the event that tells of a change', () => {
  it.each<[ChangeEvent, Partial<LoggedChange>]>([
    ['orchestration', { kind: 'created' }],
    ['orchestration', { kind: 'state' }],
    ['orchestration', { kind: 'paused' }],
    ['orchestration', { kind: 'front' }],
    ['operation', { operationID: 'op' }],
    ['operation', { operationID: 'op', kind: 'looked' }],
    ['wave', wave('running', 'soaking')],
    // Before waves were named in the log.
    ['wave', { kind: 'wave' }],
    ['approval', wave('gate', 'asking')],
    ['approval', wave('asking', 'gate')],
    ['approval', { kind: 'approved', wave: 0 }],
    ['approval', { kind: 'rejected', wave: 0, fromState: 'in progress', toState: 'canceling' }],
    ['queue', ofQueue],
    ['policy', ofPolicy],
    ['stack', ofStack],
    ['object', { ...ofStack, label: 'web', object: '/acme/jack/web1' }],
    ['webhook', ofWebhook],
  ])('is %s for %j', (event, change) => {
    expect(eventOf(aChange(change))).toBe(event);
  });
});

describe('a filter', () => {
  const changes = [
    {},
    { orchestrationID: 'two' },
    ofStack,
    { ...ofStack, stack: '/other' },
    ofQueue,
    ofPolicy,
    ofWebhook,
  ];
  it.each([
    ['nothing lets everything through', {}, [0, 1, 2, 3, 4, 5, 6]],
    ['an orchestration, and what concerns all of them', { orchestrationID: 'one' }, [0, 4, 5]],
    ['a stack', { stack: '/acme/jack/shop' }, [2]],
    ['both', { orchestrationID: 'two', stack: '/other' }, [1, 3, 4, 5]],
  ])('for %s', (_what, filter, wanted) => {
    const through = changes.flatMap((change, index) => (concerns(filter, aChange(change)) ? [index] : []));
    expect(through).toEqual(wanted);
  });
});
