import { describe, expect, it } from 'vitest';
import type { Orchestration } from '../../../src/cli/answer-shapes.ts';
import { changeLine, changeRow, changesOf } from '../../../src/cli/watch/told-changes.ts';
import { inFlightText } from '../../../src/cli/listings.ts';
import { time } from '../../../src/cli/terminal-texts.ts';
import { bar, frameOf } from '../../../src/cli/watch/frame.ts';

const NOW = Date.parse('2026-11-29T02:11:30Z');
const ID = '5a45c3ad-f965-447b-8115-940e2699421d';

const wave = { phase: 'passed', size: 2, pending: 0, inProgress: 0, succeeded: 2, failed: 0, canceled: 0 };

function anOrchestration(changes: Partial<Orchestration> = {}): Orchestration {
  return {
    ...{
      orchestrationID: ID,
      type: 'upgradeKyma',
      state: 'in progress',
      description: 'Scheduled 40 operations',
    },
    ...{ waitingFor: null, workers: 5, paused: false, pauses: [] },
    progress: {
      ...{ done: 10, total: 40, failed: 1, inFlight: 5, unsent: 0 },
      eta: { earliest: '2026-11-29T05:40:00Z', latest: '2026-11-29T07:10:00Z' },
    },
    createdAt: '2026-11-29T01:00:00Z',
    updatedAt: '2026-11-29T02:11:00Z',
    parameters: { kyma: { version: '2.20.5' } },
    ...changes,
  };
}

const place = { isTerminal: true, columns: 72, hasColor: false };
const frame = (changes: Partial<Orchestration> = {}, more = {}): string[] =>
  frameOf(
    { orchestration: anOrchestration(changes), recent: [], onInterrupt: 'leaves it running', ...more },
    place,
    NOW,
  );

const failed = {
  event: 'operation',
  data: {
    operations: [
      {
        changes: [
          {
            ...{ eventID: 4, at: '2026-11-29T02:11:03.1Z', actor: 'drydock', kind: 'state' },
            ...{ fromState: 'in progress', toState: 'failed', reason: 'The Provisioner\nreports' },
          },
        ],
        operation: { shootName: 'c-0vk3q58' },
      },
    ],
  },
};

describe('a frame', () => {
  it('shows one bar without waves', () => {
    expect(frame()).toEqual([
      'Upgrade of kyma 2.20.5 5a45c3ad',
      'in progress  10/40, 1 failed, 5 in flight, ends 05:40Z to 07:10Z, in 4 …',
      '######:::...............',
      'live; Ctrl-C leaves it running',
    ]);
  });

  it('shows a bar for each wave, what asks, who paused it, what it waits for and what happened last', () => {
    const lines = frame(
      {
        paused: true,
        pauses: [{ code: 'person', by: 'jo', reason: 'disk alerts', since: '2026-11-29T02:11:00Z' }],
        waitingFor: {
          ...{ code: 'paused', message: 'It is paused' },
          then: [{ code: 'soak', message: 'Wave canary soaks' }],
        },
        waves: [
          { ...wave, name: 'canary', phase: 'asking', question: { number: 1, stands: true } },
          { ...wave, name: 'rest', phase: 'waiting', size: 38, succeeded: 0, failed: 1, inProgress: 5 },
        ],
      },
      { recent: changesOf(failed) },
    );
    expect(lines).toEqual([
      'Upgrade of kyma 2.20.5 5a45c3ad',
      'paused  10/40, 1 failed, 5 in flight, ends 05:40Z to 07:10Z, in 4 h 58 m',
      'canary  ########################  2/2   asks (question 1)',
      'rest    ::::....................  1/38  waiting, 1 failed',
      'paused by jo since 2026-11-29T02:11:00Z: disk alerts',
      'waits: It is paused',
      'then: Wave canary soaks',
      '02:11:03Z c-0vk3q58 failed: The Provisioner reports',
      'live; Ctrl-C leaves it running',
    ]);
  });

  it('says while nothing more begins since when something is in flight, and by when it should have ended', () => {
    const inFlight = {
      inFlightSince: '2026-11-29T01:57:00Z',
      drained: { latest: '2026-11-29T02:25:00Z', overdue: 0 },
    };
    const { progress } = anOrchestration();
    const canceling = (changes: Partial<Orchestration['progress']>): string | undefined =>
      frame({ state: 'canceling', progress: { ...progress, ...inFlight, eta: null, ...changes } })[3];
    expect(canceling({})).toBe('in flight: 5, the longest since 01:57Z; should have ended by 02:25Z');
    expect(canceling({ inFlight: 1 })).toBe('in flight: 1, since 01:57Z; should have ended by 02:25Z');
    const overdue = (count: number) => ({ drained: { ...inFlight.drained, overdue: count } });
    expect(inFlightText({ ...progress, ...inFlight, ...overdue(2) }, time)).toBe(
      '5, the longest since 2026-11-29T01:57:00Z; 2 longer than usual; the others should have ended by 2026-11-29T02:25:00Z',
    );
    expect(canceling(overdue(5))).toBe('in flight: 5, the longest since 01:57Z; 5 longer than usual');
    expect(canceling({ unsent: 4 })).toBe('in flight: 1, since 01:57Z; should have ended by 02:25Z');
    expect(canceling({ unsent: 5, inFlightSince: null })).toBe('live; Ctrl-C leaves it running');
    expect(canceling({ inFlight: 0 })).toBe('live; Ctrl-C leaves it running');
    expect(frame({ progress: { ...progress, ...inFlight } }).join()).not.toContain('in flight:');
  });

  it('does not call it paused what is being canceled after a pause', () => {
    const pauses = [{ code: 'person', by: 'jo', reason: 'disk alerts', since: '2026-11-29T02:11:00Z' }];
    const lines = frame({ state: 'canceling', paused: true, pauses });
    expect(lines.join()).not.toContain('paused');
    expect(lines[1]).toMatch(/^canceling/);
  });

  it('is never wider than the terminal, and says how old it is', () => {
    const long = { waitingFor: { code: 'window', message: 'x'.repeat(500) } };
    for (const line of frame(long, { asOfMs: NOW - 60_000 })) expect(line.length).toBeLessThanOrEqual(72);
    expect(frame({}, { asOfMs: NOW - 60_000 }).at(-1)).toMatch(/^as of 02:10Z: the service does not answer/);
  });

  it('has no line that changes what stands elsewhere on the screen', () => {
    const evil = 'one\u001b[2J\ntwo\u009b3m\u202e';
    const lines = frame(
      {
        ...{ state: evil, type: evil, paused: true },
        pauses: [{ code: 'person', by: evil, reason: evil, since: '2026-11-29T02:11:00Z' }],
        waitingFor: { code: 'window', message: evil },
        waves: [
          { ...wave, name: 'canary', phase: evil },
          { ...wave, name: evil, phase: 'waiting' },
        ],
      },
      { recent: changesOf(failed) },
    );
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(lines).toContain('waits: one [2J two 3m');
    expect(lines[1]).toMatch(/^one \[2J two 3m {2}10\/40/);
    const bars = lines.filter((line) => line.includes('####'));
    expect(new Set(bars.map((line) => line.indexOf('#'))).size).toBe(1);
  });

  it('says nothing that only a color says', () => {
    const painted = frameOf(
      { orchestration: anOrchestration(), recent: [], onInterrupt: 'leaves it running' },
      { ...place, hasColor: true },
      NOW,
    );
    expect(painted[1]).toContain('\u001b[36min progress\u001b[39m');
  });
});

it.each([
  [0, 0, 40, '........................'],
  [40, 0, 40, '########################'],
  [1, 1, 1000, ':.......................'],
  [999, 1, 1000, '#######################:'],
  [0, 0, 0, '########################'],
])('%d done and %d in flight of %d are %s', (done, inFlight, total, expected) => {
  expect(bar(done, inFlight, total)).toBe(expected);
});

describe('changes', () => {
  it('are a row with tabs, or a line for people', () => {
    const [change] = changesOf(failed);
    if (!change) throw new Error('There is none');
    expect(changeRow(change)).toBe(
      '2026-11-29T02:11:03Z\toperation\tc-0vk3q58\tin progress\tfailed\tdrydock\tThe Provisioner reports',
    );
  });

  it('name the wave, and what happened where nothing changes its state', () => {
    const row = { at: '2026-11-29T02:11:03Z', actor: 'jo', kind: 'paused', reason: 'disk alerts' };
    const [paused] = changesOf({ event: 'orchestration', data: { change: row, orchestration: {} } });
    expect(paused && changeLine(paused)).toBe('02:11:03Z orchestration paused by jo: disk alerts');
    const moved = { ...row, kind: 'wave', fromState: 'running', toState: 'soaking' };
    const [told] = changesOf({
      event: 'wave',
      data: { change: moved, wave: 0, waves: [{ name: 'canary' }] },
    });
    expect(told).toMatchObject({ what: 'canary', to: 'soaking' });
  });

  it('are none in what tells of no change, and in what is not understood', () => {
    for (const event of ['hello', 'reset', 'bye', 'operation', 'orchestration', 'new'])
      expect(changesOf({ event, data: { at: 'now' } })).toEqual([]);
  });
});
