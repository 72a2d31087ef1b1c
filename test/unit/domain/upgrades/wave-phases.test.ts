import { describe, expect, it } from 'vitest';
import { nextMove, WAVE_PHASES, type OpenWave } from '../../../../src/domain/upgrades/wave-phases.ts';

const NOW = Date.parse('2030-10-12T20:00:00Z');
const WAVE: OpenWave = {
  phase: 'running',
  soakMinutes: 0,
  approval: null,
  soakUntil: null,
  expiresAt: null,
  isApproved: false,
  isWaived: false,
  hasLater: true,
  isUnended: false,
  hasSucceeded: true,
  hasFailed: false,
};
const move = (changes: Partial<OpenWave>, isPaused = false, now = NOW) =>
  nextMove({ ...WAVE, ...changes }, isPaused, now);

describe('a wave that runs', () => {
  it('stays while something of it waits or executes', () => {
    expect(move({ isUnended: true })).toBeUndefined();
  });
  it('soaks in wall time, from the moment at which all of it has ended, also while it is paused', () => {
    for (const isPaused of [false, true])
      expect(move({ soakMinutes: 90 }, isPaused)).toMatchObject({
        to: 'soaking',
        until: '2030-10-12T21:30:00.000Z',
      });
  });
  it('comes to its gate at once without a soak', () => {
    expect(move({})).toMatchObject({ to: 'gate' });
    expect(move({}, true)).toMatchObject({ to: 'gate' });
  });
  it('passes when nothing of it was to be upgraded, whatever it asks for', () => {
    const emptied = {
      hasSucceeded: false,
      hasFailed: false,
      soakMinutes: 60,
      approval: { notByCreator: true },
    };
    expect(move(emptied)).toMatchObject({ to: 'passed' });
  });
  it('passes when nothing follows: there is nothing to wait with', () => {
    expect(move({ hasLater: false, soakMinutes: 60, approval: { notByCreator: false } })).toMatchObject({
      to: 'passed',
    });
  });
});

describe('a wave that soaks', () => {
  const soaking = { phase: 'soaking', soakUntil: '2030-10-12T20:00:00Z' } as const;
  it('comes to its gate at the instant, paused or not, and not before', () => {
    expect(move(soaking, false, NOW - 1)).toBeUndefined();
    for (const isPaused of [false, true]) expect(move(soaking, isPaused)).toMatchObject({ to: 'gate' });
  });
});

describe('a wave whose runtimes are looked at', () => {
  const looking = { phase: 'looking', looks: true } as const;
  it('is so after its soak, or when all of it has ended without one', () => {
    expect(move({ looks: true })).toMatchObject({ to: 'looking' });
    const soaked = { phase: 'soaking', soakUntil: '2030-10-12T20:00:00Z', looks: true } as const;
    expect(move(soaked)).toMatchObject({ to: 'looking' });
    expect(move({ looks: true, soakMinutes: 5 })).toMatchObject({ to: 'soaking' });
  });
  it('comes to its gate when all were looked at, and not while it is paused', () => {
    expect(move(looking)).toBeUndefined();
    expect(move({ ...looking, isLookedAt: true }, true)).toBeUndefined();
    expect(move({ ...looking, isLookedAt: true })).toMatchObject({
      to: 'gate',
      reason: 'its runtimes were looked at, and all are healthy',
    });
    expect(move({ ...looking, isLookedAt: true, unhealthy: 2 })?.reason).toMatch(/and 2 are unhealthy$/);
  });
});

describe('at the gate', () => {
  const gate = { phase: 'gate' } as const;
  it('nothing moves while it is paused', () => {
    expect(move(gate, true)).toBeUndefined();
    expect(move({ ...gate, hasSucceeded: false }, true)).toBeUndefined();
  });
  it('it passes with a success, and pauses without any, unless somebody has waived that', () => {
    expect(move(gate)).toMatchObject({ to: 'passed' });
    expect(move({ ...gate, hasSucceeded: false, hasFailed: true })).toMatchObject({ pause: 'no-evidence' });
    expect(move({ ...gate, hasSucceeded: false, isWaived: true })).toMatchObject({ to: 'passed' });
  });
  it('it waits for what is tried again, as long as nothing has succeeded', () => {
    expect(move({ ...gate, hasSucceeded: false, isUnended: true })).toBeUndefined();
    expect(move({ ...gate, isUnended: true })).toMatchObject({ to: 'passed' });
  });
  it('it asks, with an end where there is one', () => {
    const approval = { notByCreator: false };
    expect(move({ ...gate, approval })).toEqual({
      ...{ to: 'asking', expiresAt: null },
      reason: 'an approval is asked for',
    });
    expect(move({ ...gate, approval: { ...approval, expiresHours: 2 } })).toMatchObject({
      to: 'asking',
      expiresAt: '2030-10-12T22:00:00.000Z',
      reason: 'an approval is asked for, until 2030-10-12T22:00:00.000Z',
    });
  });
});

it.each(['soaking', 'looking', 'gate', 'asking'] as const)(
  'of which nothing follows any more a wave passes from %s, paused or not',
  (phase) => {
    for (const isPaused of [false, true])
      expect(move({ phase, hasLater: false, hasSucceeded: false }, isPaused)).toMatchObject({
        to: 'passed',
        isLast: true,
      });
  },
);

describe('when everything was paused or resumed since', () => {
  it('what was looked at is so anew, paused or not', () => {
    for (const phase of ['looking', 'gate', 'asking'] as const)
      for (const isPaused of [false, true])
        expect(
          move({ phase, looks: true, isLookedAt: true, isApproved: true, isOld: true }, isPaused),
        ).toEqual({
          ...{ to: 'looking', isAnew: true },
          reason: 'everything was paused or resumed meanwhile; its runtimes are looked at anew',
        });
  });
  it('a question without a look is withdrawn, whatever was answered, and a gate stays', () => {
    expect(move({ phase: 'asking', isApproved: true, isOld: true })).toMatchObject({
      to: 'gate',
      isAnew: true,
    });
    expect(move({ phase: 'gate', isOld: true })).toMatchObject({ to: 'passed' });
    expect(move({ phase: 'gate', isOld: true }, true)).toBeUndefined();
  });
  it('it passes when nothing follows', () => {
    expect(move({ phase: 'looking', looks: true, isOld: true, hasLater: false })).toMatchObject({
      to: 'passed',
    });
  });
});

describe('a question', () => {
  const asking = {
    phase: 'asking',
    approval: { notByCreator: false },
    expiresAt: '2030-10-12T20:00:00Z',
  } as const;
  it('waits for its answer, and expires at its instant', () => {
    expect(move(asking, false, NOW - 1)).toBeUndefined();
    expect(move({ ...asking, expiresAt: null })).toBeUndefined();
    expect(move(asking)).toMatchObject({ to: 'gate', pause: 'approval-expired' });
  });
  it('lets the wave pass when it was approved, also when the answer is read late', () => {
    expect(move({ ...asking, isApproved: true })).toMatchObject({ to: 'passed' });
  });
  it('stands while it is paused', () => {
    expect(move({ ...asking, isApproved: true }, true)).toBeUndefined();
  });
});

it('whatever the wave, moves come to an end, and each says why', () => {
  const flags = [false, true];
  for (const soakMinutes of [0, 5])
    for (const approval of [null, { notByCreator: false, expiresHours: 1 }])
      for (const hasSucceeded of flags)
        for (const hasLater of flags)
          for (const isPaused of flags) {
            const looks = soakMinutes === 0;
            let wave: OpenWave = {
              ...WAVE,
              soakMinutes,
              approval,
              hasSucceeded,
              hasLater,
              hasFailed: true,
              looks,
            };
            let paused = isPaused;
            const seen: string[] = [];
            for (let now = NOW; seen.length < 20; now += 10 * 3_600_000) {
              const next = nextMove(wave, paused, now);
              if (!next) break;
              expect(next.reason).not.toBe('');
              seen.push(next.to);
              wave = {
                ...wave,
                phase: next.to,
                isLookedAt: next.to === 'looking',
                soakUntil: next.to === 'soaking' ? next.until : wave.soakUntil,
                expiresAt: next.to === 'asking' ? next.expiresAt : null,
              };
              if ('pause' in next) paused = true;
            }
            expect(seen.length).toBeLessThan(WAVE_PHASES.length);
          }
});
