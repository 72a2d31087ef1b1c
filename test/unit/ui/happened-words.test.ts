import { describe, expect, it } from 'vitest';
import { eventWords } from '../../../src/ui/words/happened-words.ts';

const OPERATION = '8b09d64d-d0d4-5c65-8e22-c71494225bc9';
const own = (kind: string, others: Partial<Parameters<typeof eventWords>[0]> = {}) =>
  eventWords({ operationID: null, actor: 'jo', kind, toState: null, reason: 'why', ...others });

describe('what happened to an orchestration', () => {
  it('is a deed, by whom and why', () => {
    expect(own('paused')).toEqual({ words: 'paused', by: 'jo', reason: 'why' });
    expect(own('workers', { reason: '10 workers: slower' }).words).toBe('workers changed');
    expect(own('created', { toState: 'pending' }).words).toBe('created');
    expect(own('state', { toState: 'canceling' }).words).toBe('stopped; what was sent finishes');
    expect(own('of a later version').words).toBe('of a later version');
  });

  it('names nobody where it follows by itself, but what a pause comes from', () => {
    const actor = 'drydock';
    expect(own('state', { actor, toState: 'in progress', reason: 'It is its turn' })).toEqual({
      ...{ words: 'began', by: null, reason: 'It is its turn' },
    });
    expect(own('paused', { actor }).by).toBe('drydock');
    expect(own('plan-changed', { actor })).toMatchObject({
      words: 'the fleet is another one than planned',
      by: null,
    });
  });

  it('names the wave that moves', () => {
    const reason = 'Wave canary: 2: all of it has ended';
    expect(own('wave', { actor: 'drydock', toState: 'soaking', reason })).toEqual({
      ...{ words: 'wave canary soaking', by: null, reason: '2: all of it has ended' },
    });
    expect(own('wave', { actor: 'drydock', reason })).toEqual({ words: 'wave', by: null, reason });
  });
});

describe('what happened to an operation', () => {
  const of = (toState: string, reason: string, kind = 'state') =>
    own(kind, { operationID: OPERATION, actor: 'drydock', toState, reason });

  it('has the words of its badge, and no reason that says the same again', () => {
    expect(of('pending', 'Its window closed')).toMatchObject({
      words: 'waiting',
      reason: 'Its window closed',
    });
    expect(of('in progress', 'It is executed')).toEqual({ words: 'in progress', by: null, reason: '' });
    expect(of('succeeded', 'Operation succeeded')).toEqual({ words: 'succeeded', by: null, reason: '' });
    expect(of('failed', 'It failed').reason).toBe('It failed');
    expect(of('pending', 'a freeze', 'rescheduled').words).toBe('put into another window');
  });
});
