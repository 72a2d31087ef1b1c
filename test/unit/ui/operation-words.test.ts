import { describe, expect, it } from 'vitest';
import { foremost, standsOf, untilWords, whyOf } from '../../../src/ui/words/operation-words.ts';

const WAITING = {
  code: 'window' as const,
  message: 'Its window opens 22:00Z; an admin can change it with PUT /maintenance-policy',
};

describe('an operation', () => {
  it('says why it waits, or what was said of it last', () => {
    const operation = { waitingFor: WAITING, description: 'Waits' };
    expect(whyOf(operation)).toBe(WAITING.message);
    expect(whyOf({ ...operation, waitingFor: null })).toBe('Waits');
  });

  it('says what it waits for after that', () => {
    const then = [
      { code: 'wave' as const, message: 'It is in a later wave' },
      { code: 'freeze' as const, message: 'It waits for the end of a freeze', until: '2026-12-01T00:00:00Z' },
    ];
    const message = 'Its orchestration is paused by jane; an admin can go on with PUT /queue/resume';
    const operation = {
      description: 'Waits',
      waitingFor: { code: 'paused' as const, message, then },
    };
    expect(whyOf(operation)).toBe(
      'It is paused; then: it is in a later wave; then: it waits for the end of a freeze',
    );
    expect(standsOf(operation)).toEqual([
      {
        code: 'paused',
        words: message,
      },
      { code: 'wave', words: 'it is in a later wave' },
      { code: 'freeze', words: 'it waits for the end of a freeze', until: '2026-12-01T00:00:00Z' },
    ]);
    expect(standsOf({ ...operation, waitingFor: null })).toEqual([{ words: 'Waits' }]);
  });

  it('never begins while its orchestration is being canceled', () => {
    const message = 'It never begins: its orchestration is being canceled';
    const waitingFor = { code: 'canceling' as const, message };
    expect(whyOf({ waitingFor, description: 'Waits for its window' })).toBe(message);
  });

  it('that waits goes before one that is under way, which it may wait for, and that before those that have ended', () => {
    const ended = { state: 'canceled', createdAt: '2026-11-29T03:00:00Z' };
    const first = { state: 'pending', createdAt: '2026-11-29T01:00:00Z' };
    const second = { state: 'in progress', createdAt: '2026-11-29T02:00:00Z' };
    expect(foremost([ended, second, first])).toBe(first);
    expect(foremost([ended, second])).toBe(second);
    const later = { state: 'retrying', createdAt: '2026-11-29T01:30:00Z' };
    expect(foremost([first, later])).toBe(later);
    expect(foremost([ended])).toBe(ended);
    expect(foremost([])).toBeUndefined();
  });

  it('behind a busy runtime is looked at again, which is no end', () => {
    expect([untilWords('runtime-busy'), untilWords('window')]).toEqual(['looked at again', 'until']);
  });
});
