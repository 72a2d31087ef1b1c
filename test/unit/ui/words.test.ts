import { describe, expect, it } from 'vitest';
import { OPERATION_STATES, ORCHESTRATION_STATES } from '../../../src/domain/upgrades/states.ts';
import { RUNTIME_STATES } from '../../../src/domain/upgrades/runtime-state.ts';
import { WAITING_CODES, waitsOfAll } from '../../../src/domain/upgrades/waiting.ts';
import { CANCELED } from '../../../src/domain/upgrades/descriptions.ts';
import { STOPPED } from '../../../src/ui/words/operation-words.ts';
import { changedLines } from '../../../src/ui/words/changed-lines.ts';
import { isPlannedAlike, missingIn, requestOf, EMPTY_FORM } from '../../../src/ui/words/new-request.ts';
import { STACK_STATUSES } from '../../../src/domain/stacks/statuses.ts';
import { inOrder } from '../../../src/ui/words/part-order.ts';
import {
  orchestrationWords,
  phaseWords,
  runtimeWords,
  stackWords,
  stateWords,
  waveWords,
} from '../../../src/ui/words/state-words.ts';
import {
  clockOf,
  countOf,
  distanceOf,
  lengthOf,
  oldestOf,
  rowClockOf,
  shareOf,
} from '../../../src/ui/words/times.ts';
import { WAITS, waitOfAll } from '../../../src/ui/words/wait-words.ts';
import { windowsOfDay } from '../../../src/ui/words/zone-windows.ts';

const NOW = Date.parse('2026-11-29T21:30:00Z');
const at = (iso: string): number => Date.parse(iso);

describe('times', () => {
  it.each([
    [40_000, '40 s'],
    [12 * 60_000, '12 min'],
    [5 * 3_600_000, '5 h'],
    [-3 * 86_400_000, '3 d'],
  ])('%d ms are %s', (ms, words) => expect(lengthOf(ms)).toBe(words));

  it('are by the clock of a zone, with the day unless it is today there', () => {
    expect(clockOf(at('2026-11-29T21:00:00Z'), NOW, 'Europe/Berlin')).toBe('22:00 Berlin');
    // Berlin has midnight behind it, and UTC not yet.
    expect(clockOf(at('2026-11-29T23:30:00Z'), NOW, 'Europe/Berlin')).toBe('Mon 30 Nov 00:30 Berlin');
    expect(clockOf(at('2026-11-29T23:30:00Z'), NOW, 'UTC')).toBe('23:30 UTC');
    expect(clockOf(at('2026-11-29T23:30:00Z'), NOW, 'America/New_York')).toBe('18:30 New York');
    expect(rowClockOf(at('2026-11-28T01:02:03Z'), NOW, 'UTC')).toBe('Sat 28 Nov 01:02:03');
  });

  it('are near or far', () => {
    expect(distanceOf(NOW + 5 * 3_600_000, NOW)).toBe('in 5 h');
    expect(distanceOf(NOW - 180_000, NOW)).toBe('3 min ago');
    expect(distanceOf(NOW - 4_000, NOW)).toBe('now');
  });

  it('of what was read leave out what was never read', () => {
    expect([oldestOf([]), oldestOf([0]), oldestOf([0, NOW, NOW - 5])]).toEqual([null, null, NOW - 5]);
  });

  it('go with counts, and 999 of 1,000 are not yet all', () => {
    expect(countOf(1, 'runtime')).toBe('1 runtime');
    expect(countOf(1_000, 'runtime')).toBe('1,000 runtimes');
    expect([shareOf(999, 1_000), shareOf(9_999, 10_000), shareOf(3, 3), shareOf(0, 0)]).toEqual([
      '99.9 %',
      '99.9 %',
      '100 %',
      '0 %',
    ]);
    expect([shareOf(10, 1_006), shareOf(2, 1_008), shareOf(1, 100_000), shareOf(0, 9)]).toEqual([
      '1 %',
      '0.2 %',
      '0.1 %',
      '0 %',
    ]);
  });
});

describe('states', () => {
  it('have a picture and a word of their own', () => {
    for (const states of [OPERATION_STATES, ORCHESTRATION_STATES]) {
      const words = states.map((state) => stateWords(state));
      expect(new Set(words.map(({ word }) => word)).size).toBe(states.length);
      expect(new Set(words.map(({ picture }) => picture)).size).toBe(states.length);
    }
    for (const phase of ['waiting', 'running', 'soaking', 'looking', 'gate', 'asking', 'passed']) {
      expect([phase, phaseWords(phase).picture]).not.toEqual([phase, 'none']);
    }
  });

  it('of an orchestration say that it is paused for as long as it has not ended', () => {
    expect(orchestrationWords({ state: 'in progress', paused: true }).word).toBe('paused');
    expect(orchestrationWords({ state: 'canceling', paused: true }).word).toBe('stopping');
    expect(orchestrationWords({ state: 'failed', paused: true }).word).toBe('failed');
    expect(orchestrationWords({ state: 'pending', paused: false }).word).toBe('queued');
  });

  it('of a runtime do not say that an upgrade succeeded or goes on where there was none', () => {
    const words = RUNTIME_STATES.map((state) => runtimeWords(state));
    expect(new Set(words).size).toBe(RUNTIME_STATES.length);
    expect(words.filter((word) => (RUNTIME_STATES as readonly string[]).includes(word))).toEqual([]);
    expect(runtimeWords('succeeded')).toBe('ready');
    expect(runtimeWords('upgrading')).toBe('has an upgrade in progress');
    expect(runtimeWords('upgrading', 'runtime-busy')).toBe('busy, its upgrade has not begun');
  });

  it('have words for every wait of an operation', () => {
    const ofOrchestrations = ['soak', 'approval'];
    expect(Object.keys(WAITS).sort()).toEqual(
      WAITING_CODES.filter((code) => !ofOrchestrations.includes(code)).sort(),
    );
  });
});

describe('the wait that all operations share', () => {
  it('is the one that the service tells', () => {
    const pause = (code: string) => ({ code, by: 'jo', reason: '', since: '2026-11-29T02:00:00Z' });
    const all = [[], ['person'], ['budget'], ['queue'], ['budget', 'queue'], ['person', 'budget']];
    for (const state of ['pending', 'in progress', 'retrying', 'canceling'] as const) {
      for (const codes of all) {
        const orchestration = { state, pauses: codes.map(pause), plannedCount: 9, lookAt: null };
        const [told] = waitsOfAll(orchestration as unknown as Parameters<typeof waitsOfAll>[0]).codes;
        const shown = waitOfAll(orchestration as unknown as Parameters<typeof waitOfAll>[0]);
        expect([state, codes, shown]).toEqual([state, codes, told]);
      }
    }
  });
});

describe('stacks', () => {
  it('of a wave are those of its orchestration once that is paused or has ended', () => {
    const going = { state: 'in progress', paused: false };
    expect(waveWords('running', going).word).toBe('running');
    expect(waveWords('running', { ...going, paused: true }).word).toBe('paused');
    expect(waveWords('asking', { ...going, paused: true }).word).toBe('asks for approval');
    expect(waveWords('running', { ...going, state: 'canceled' }).word).toBe('ended');
    for (const phase of ['running', 'soaking', 'asking'])
      expect(waveWords(phase, { ...going, state: 'canceling' }).word).toBe('stopping');
    expect(waveWords('passed', { ...going, state: 'canceled' }).word).toBe('passed');
    expect(waveWords('waiting', going).word).toBe('waiting');
    for (const state of ['canceling', 'canceled'])
      expect(waveWords('waiting', { ...going, state }).word).toBe('never began');
  });

  it('have a word for each status', () => {
    const words = STACK_STATUSES.map((status) => stackWords(status));
    expect(new Set(words.map(({ word }) => word)).size).toBe(STACK_STATUSES.length);
    expect(words.filter(({ picture }) => picture === 'none')).toHaveLength(1);
  });

  it('have their parts in the order of a start, also when that is a circle', () => {
    type Plans = Parameters<typeof inOrder>[0]['oplans'];
    const plans = (...needs: [string, string[]][]): Plans =>
      needs.map(([label, first]) => ({ label, info: { needs: first } })) as unknown as Plans;
    const order = (oplans: Plans): string[] => inOrder({ oplans }).map(({ plan }) => plan.label);
    expect(order(plans(['web', ['disks']], ['disks', ['net']], ['net', []], ['other', []]))).toEqual([
      ...['net', 'disks', 'web', 'other'],
    ]);
    expect(order(plans(['a', ['b']], ['b', ['a']]))).toEqual(['a', 'b']);
  });
});

describe('windows of the next day', () => {
  type Fleet = Parameters<typeof windowsOfDay>[0];
  const hour = (begin: string, end: string, runtimes: number) => ({ begin, end, runtimes });
  const of = (groups: object[]) => windowsOfDay({ windows: { groups } } as unknown as Fleet, NOW);

  it('are one row a zone, without overlaps, and those that come later are counted', () => {
    const { zones, later } = of([
      {
        zone: 'Europe/Berlin',
        hours: [
          hour('2026-11-29T22:30:00Z', '2026-11-30T02:30:00Z', 3),
          hour('2026-11-29T21:30:00Z', '2026-11-29T23:30:00Z', 2),
          hour('2026-11-30T09:30:00Z', '2026-11-30T11:30:00Z', 1),
          hour('2026-11-30T21:30:00Z', '2026-11-30T23:30:00Z', 7),
        ],
        later: { begin: '2026-12-06T21:30:00Z', runtimes: 40 },
      },
      { zone: '+09:00', hours: [hour('2026-11-29T18:00:00Z', '2026-11-30T09:30:00Z', 1)], later: null },
      { zone: 'Europe/Paris', hours: [hour('2026-11-29T18:00:00Z', '2026-11-29T21:30:00Z', 9)], later: null },
    ]);
    expect(zones).toEqual([
      {
        zone: '+09:00',
        runtimes: 1,
        open: [{ begin: at('2026-11-29T18:00:00Z'), end: at('2026-11-30T09:30:00Z') }],
        parts: [{ from: 0, to: 0.5 }],
      },
      {
        zone: 'Europe/Berlin',
        runtimes: 6,
        open: [
          { begin: NOW, end: at('2026-11-30T02:30:00Z') },
          { begin: at('2026-11-30T09:30:00Z'), end: at('2026-11-30T11:30:00Z') },
        ],
        parts: [
          { from: 0, to: 5 / 24 },
          { from: 0.5, to: 14 / 24 },
        ],
      },
    ]);
    expect(later).toEqual({ runtimes: 47, begin: at('2026-11-30T21:30:00Z') });
  });

  it('of UTC are one row, whatever it is called', () => {
    const hours = [hour('2026-11-29T22:00:00Z', '2026-11-29T23:00:00Z', 2)];
    const names = ['+00:00', 'UTC', 'Etc/UTC', 'Etc/Zulu', 'Europe/London'];
    const { zones, later } = of(names.map((zone) => ({ zone, hours, later: null })));
    expect(zones.map(({ zone, runtimes }) => [zone, runtimes])).toEqual([
      ['UTC', 8],
      ['Europe/London', 2],
    ]);
    expect(later).toBeNull();
  });
});

describe('the request of the form', () => {
  it('is what the form says, and leaves out what it does not', () => {
    const form = {
      ...EMPTY_FORM,
      target: 'region',
      sought: ' ^eu- ',
      exceptRegion: '^eu-west',
      version: '2.21.0',
    };
    expect(requestOf({ ...form, target: 'region' })).toEqual({
      targets: { include: [{ region: '^eu-' }], exclude: [{ region: '^eu-west' }] },
      strategy: {
        type: 'parallel',
        schedule: 'maintenanceWindow',
        parallel: { workers: 5 },
        waves: [{ name: 'canary', count: 2, soakMinutes: 60, approval: {} }],
        failureBudget: { max: 3, onExceeded: 'pause' },
      },
      dryRun: false,
      kyma: { version: '2.21.0' },
    });
    expect(requestOf({ ...EMPTY_FORM, type: 'cluster', canary: 0, mayFail: '' })).toEqual({
      targets: { include: [{ target: 'all' }] },
      strategy: { type: 'parallel', schedule: 'maintenanceWindow', parallel: { workers: 5 } },
      dryRun: false,
    });
  });

  it('is planned alike whatever the reason is', () => {
    expect(isPlannedAlike(EMPTY_FORM, { ...EMPTY_FORM, reason: 'CHG0042' })).toBe(true);
    expect(isPlannedAlike(EMPTY_FORM, { ...EMPTY_FORM, workers: 6, reason: '' })).toBe(false);
  });

  it('is not sent before it says which runtimes', () => {
    expect(missingIn({ ...EMPTY_FORM, target: 'shoot', sought: ' ' })).not.toBeNull();
    expect(missingIn(EMPTY_FORM)).toBeNull();
  });
});

describe('changed lines', () => {
  const signed = (before: string[], after: string[]): string[] =>
    changedLines(before.join('\n'), after.join('\n')).map(({ sign, line }) => sign + line);

  it('are those of one text alone, in their order', () => {
    expect(signed(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'd', 'e'])).toEqual(['-b', '+x', '+e']);
    expect(signed(['a'], ['a'])).toEqual([]);
    expect(signed(['a', 'a', 'b'], ['a', 'b'])).toEqual(['-a']);
  });

  it('are found in texts of 50,000 lines too', () => {
    const long = Array.from({ length: 50_000 }, (_, line) => `line ${line}`);
    expect(signed(long, long.with(25_000, 'other'))).toEqual(['-line 25000', '+other']);
    expect(
      signed(
        long,
        long.map((line) => `${line}!`),
      ),
    ).toHaveLength(100_000);
  });
});

describe('what was canceled with its orchestration', () => {
  it('is known by the words of the service', () => expect(STOPPED).toBe(CANCELED));
});
