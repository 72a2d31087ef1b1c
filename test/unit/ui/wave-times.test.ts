import { describe, expect, it } from 'vitest';
import { waveTimes } from '../../../src/ui/words/wave-times.ts';

type Of = Parameters<typeof waveTimes>[0];
type Wave = Of['waves'][number];

const NOW = Date.parse('2026-11-30T06:00:00Z');
const at = (time: string): string => `2026-11-30T${time}:00Z`;

function wave(name: string, phase: Wave['phase'], others: Partial<Wave> = {}): Wave {
  return {
    ...{ name, phase, size: 10, pending: 10, inProgress: 0, succeeded: 0, failed: 0, canceled: 0 },
    ...{
      workers: null,
      mayFail: null,
      failureBudget: null,
      openedAt: null,
      soakUntil: null,
      passedAt: null,
      question: null,
    },
    ...others,
  };
}

function rollout(waves: Wave[], others: Partial<Of> = {}): Of {
  const ends = { early: ['06:20', '06:40'], rest: ['07:50', '07:50'] } as const;
  return {
    state: 'in progress',
    paused: false,
    waves,
    progress: {
      eta: {
        ...{ earliest: at('07:50'), latest: at('07:50'), unplaced: 0, at: at('05:59') },
        from: { kind: 'assumed', seconds: 600 },
        waves: Object.entries(ends).map(([name, [earliest, latest]]) => ({
          ...{ name, earliest: at(earliest), latest: at(latest) },
        })),
      },
    },
    parameters: {
      strategy: {
        waves: [
          { name: 'canary', count: 10, soakMinutes: 5, approval: { notByCreator: false } },
          { name: 'early', percent: 20, soakMinutes: 30 },
        ],
      },
    },
    ...others,
  };
}

const all = (of: Of): (string | null)[] => of.waves.map((_, position) => waveTimes(of, position, NOW, 'UTC'));
const canary = wave('canary', 'passed', { passedAt: at('05:55') });

describe('the times of waves', () => {
  it('are when it passed, when it ends, and when it begins after what', () => {
    expect(all(rollout([canary, wave('early', 'running'), wave('rest', 'waiting')]))).toEqual([
      'at 05:55 UTC',
      'ends between 06:20 UTC and 06:40 UTC, then comes its soak of 30 min',
      'after wave early and its soak of 30 min, begins about 07:10 UTC, ends about 07:50 UTC',
    ]);
  });

  it('are not before an answer that nobody has given', () => {
    const running = rollout([wave('canary', 'running'), wave('early', 'waiting'), wave('rest', 'waiting')]);
    running.progress.eta?.waves.push({ name: 'canary', earliest: at('06:05'), latest: at('06:05') });
    expect(all(running)).toEqual([
      'ends about 06:05 UTC, then comes its soak of 5 min and its approval',
      'after wave canary, its soak of 5 min and its approval, begins about 06:10 UTC at the earliest, ends between 06:20 UTC and 06:40 UTC at the earliest',
      'after wave early and its soak of 30 min, begins about 07:10 UTC at the earliest, ends about 07:50 UTC at the earliest',
    ]);
    const asking = rollout([wave('canary', 'asking'), wave('early', 'waiting')]);
    expect(all(asking)).toEqual([null, 'after wave canary, its soak of 5 min and its approval']);
    const soaking = rollout([
      wave('canary', 'soaking', { soakUntil: at('06:04') }),
      wave('early', 'waiting'),
    ]);
    expect(all(soaking)[1]).toContain('begins about 06:04 UTC at the earliest');
  });

  it('are not told while it is paused or stopping, but what comes before is', () => {
    const waves = [canary, wave('early', 'running'), wave('rest', 'waiting')];
    const paused = rollout(waves, { paused: true, progress: { eta: null } });
    expect(all(paused)).toEqual([
      'at 05:55 UTC',
      'then comes its soak of 30 min',
      'after wave early and its soak of 30 min',
    ]);
    expect(all(rollout(waves, { state: 'canceling' }))).toEqual(['at 05:55 UTC', null, null]);
    expect(all(rollout(waves, { state: 'canceled' }))).toEqual([null, null, null]);
  });

  it('say so when an estimate is over, or there is no window', () => {
    const of = rollout([canary, wave('early', 'running'), wave('rest', 'waiting')]);
    expect(waveTimes(of, 1, Date.parse(at('06:41')), 'UTC')).toContain('takes longer than estimated');
    expect(waveTimes(of, 1, Date.parse(at('06:30')), 'UTC')).toContain('ends about 06:40 UTC');
    const [early] = of.progress.eta?.waves ?? [];
    Object.assign(early ?? {}, { earliest: null, latest: null });
    expect(all(of).slice(1)).toEqual([
      'finds no window in time, then comes its soak of 30 min',
      'after wave early and its soak of 30 min',
    ]);
  });
});
