import { describe, expect, it } from 'vitest';
import {
  additionOf,
  changeOf,
  redeliveryOf,
  type WebhookSettings,
} from '../../../../src/domain/webhooks/deed-reasons.ts';

const BEFORE: WebhookSettings = {
  ...{ url: 'https://hooks.example.com/t0psecret', description: 'on call', isEnabled: true },
  events: ['policy.changed', 'stack.status'],
};

it('an addition says what the webhook is told of', () => {
  expect(additionOf({ events: [] })).toEqual({ kind: 'added', reason: 'Told of all but window.upcoming' });
  expect(additionOf(BEFORE)).toEqual({ kind: 'added', reason: 'Told of policy.changed, stack.status' });
});

describe('a change', () => {
  it.each<[Partial<WebhookSettings>, string | undefined, string?]>([
    [{}, undefined],
    [{ events: ['stack.status', 'policy.changed'] }, undefined],
    [{ url: 'https://other.example.com/t0psecret' }, 'changed', 'Another URL'],
    [{ description: '' }, 'changed', 'Another description, before: “on call”'],
    [{ events: [] }, 'changed', 'Told of all but window.upcoming'],
    [{ events: ['stack.status', 'queue.paused'] }, 'changed', 'Told of stack.status, queue.paused'],
    [{ isEnabled: false }, 'disabled', 'Disabled by hand'],
    [
      { isEnabled: false, url: 'https://other.example.com/', events: ['stack.status'] },
      'disabled',
      'Disabled by hand; Another URL; Told of stack.status',
    ],
  ])('to %j is told as %s: %s', (changes, kind, reason) => {
    const deed = changeOf(BEFORE, { ...BEFORE, ...changes }, 'Disabled by hand');
    expect(deed).toEqual(kind === undefined ? undefined : { kind, reason });
  });

  it('of one that was disabled enables it, and may give it its first description', () => {
    const before = { ...BEFORE, isEnabled: false, description: '' };
    expect(changeOf(before, { ...before, isEnabled: true }, '')).toEqual({ kind: 'enabled', reason: '' });
    expect(changeOf(before, { ...before, description: 'x' }, '')).toEqual({
      kind: 'changed',
      reason: 'Another description',
    });
  });
});

it('a redelivery says how much, and of when; one of nothing is none', () => {
  const time = { since: '2030-01-01T00:00:00.000Z', until: '2030-01-02T00:00:00.000Z' };
  expect(redeliveryOf(time, 0)).toBeUndefined();
  expect(redeliveryOf({ ids: ['a'] }, 1)).toEqual({ kind: 'redelivered', reason: '1 delivery' });
  expect(redeliveryOf(time, 1_200)?.reason).toBe(
    '1,200 deliveries, written from 2030-01-01T00:00:00.000Z until 2030-01-02T00:00:00.000Z',
  );
});
