import { describe, expect, it } from 'vitest';
import { foremost, untilWords, whyOf } from '../../../src/ui/words/operation-words.ts';

const WAITING = {
  code: 'window' as const,
  message: 'Its window opens 22:00Z; an admin can change it with PUT /maintenance-policy',
};

describe('an operation', () => {
  it('says why it waits in the words of the page, or what was said of it last', () => {
    const operation = { state: 'pending' as const, waitingFor: WAITING, description: 'Waits' };
    const orchestration = { state: 'in progress' };
    expect(whyOf(operation, orchestration)).toBe(
      'Its window opens 22:00Z; an admin can change it on the page Policy',
    );
    expect(whyOf({ ...operation, waitingFor: null }, undefined)).toBe('Waits');
  });

  it('that has not begun waits for nothing while its orchestration is being stopped', () => {
    const never = 'It never starts: its orchestration is being stopped.';
    const canceling = { state: 'canceling' };
    for (const state of ['pending', 'retrying'] as const)
      expect(whyOf({ state, waitingFor: null, description: 'Waits for its window' }, canceling)).toBe(never);
    const executing = { state: 'in progress' as const, waitingFor: null, description: 'It is executed' };
    expect(whyOf(executing, canceling)).toBe('It is executed');
  });

  it('that is under way, or to come, goes before those that have ended', () => {
    const ended = { state: 'canceled', createdAt: '2026-11-29T03:00:00Z' };
    const first = { state: 'pending', createdAt: '2026-11-29T01:00:00Z' };
    const second = { state: 'in progress', createdAt: '2026-11-29T02:00:00Z' };
    expect(foremost([ended, first, second])).toBe(second);
    expect(foremost([ended])).toBe(ended);
    expect(foremost([])).toBeUndefined();
  });

  it('behind a busy runtime is looked at again, which is no end', () => {
    expect([untilWords('runtime-busy'), untilWords('window')]).toEqual(['Looked at again', 'Until']);
  });
});
