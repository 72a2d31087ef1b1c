import { describe, expect, it } from 'vitest';
import { needsOf } from '../../../src/ui/words/needs.ts';
import {
  budgetNow,
  budgetWords,
  endOf,
  endWords,
  inProgressWords,
  mayPause,
  pauseReason,
  progressOf,
  runtimesIn,
  signalCommand,
  stopBegins,
  stopMeans,
  targetsOf,
  titleOf,
  waitingWords,
  type Detail,
} from '../../../src/ui/words/rollout-words.ts';

const NOW = Date.parse('2026-11-29T02:11:00Z');

const ETA = {
  earliest: '2026-11-29T05:40:00Z',
  latest: '2026-11-29T07:10:00Z',
  unplaced: 0,
  from: { kind: 'earlier operations' as const, count: 9, medianSeconds: 600, p90Seconds: 1_200 },
  waves: [],
  at: '2026-11-29T02:10:00Z',
};

const IN_FLIGHT = {
  inFlightSince: '2026-11-29T01:57:00Z',
  drained: {
    ...{ earliest: '2026-11-29T02:15:00Z', latest: '2026-11-29T02:25:00Z', overdue: 0 },
    from: ETA.from,
  },
};

function detail(changes: Partial<Detail> = {}): Detail {
  return {
    orchestrationID: 'aa3f2c0e-0000-4000-8000-000000000001',
    type: 'upgradeKyma',
    state: 'in progress',
    description: 'Scheduled 1,000 operations',
    waitingFor: null,
    progress: { done: 412, total: 1_000, failed: 7, inFlight: 5, unsent: 0, ...IN_FLIGHT, eta: ETA },
    workers: 5,
    paused: false,
    pauses: [],
    revision: 0,
    observedRevision: 0,
    planChanges: null,
    createdAt: '2026-11-29T00:00:00Z',
    ...{ createdBy: 'jo', reason: '' },
    updatedAt: '2026-11-29T00:00:00Z',
    parameters: {
      targets: { include: [{ target: 'all' }] },
      strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 5 } },
      dryRun: false,
      kyma: { version: '2.20.5' },
    },
    operationStats: { succeeded: 405, failed: 7, 'in progress': 5, pending: 583 },
    failureBudget: null,
    waves: [],
    canceled: null,
    ...changes,
  };
}

describe('the headline', () => {
  it('names what is upgraded, and whether it is a dry run', () => {
    expect(titleOf(detail())).toBe('Kyma 2.20.5');
    const { parameters } = detail();
    const kubernetes = { kubernetesVersion: '1.33.4', machineImage: 'gardenlinux' };
    expect(titleOf({ type: 'upgradeCluster', parameters: { ...parameters, kubernetes, dryRun: true } })).toBe(
      'Kubernetes 1.33.4, image gardenlinux (dry run)',
    );
    expect(targetsOf([{ planName: 'azure', region: '^eu' }, { target: 'all' }])).toBe(
      'plan azure and region ^eu or all runtimes',
    );
  });

  it('names runtimes by their Shoots where these are known, and tells some of many targets', () => {
    const runtimeID = '0a9a4b9e-bb0c-4a2c-8a2c-7b3a4c0f6d11';
    const shoots = new Map([[runtimeID, 'c-3a3xdaf']]);
    const other = { runtimeID: 'unknown' };
    expect(targetsOf([{ runtimeID, planName: 'azure' }, other], shoots)).toBe(
      'shoot c-3a3xdaf or runtime unknown',
    );
    expect(runtimesIn([{ runtimeID }, { shoot: 'c-1' }])).toEqual([runtimeID]);
    const many = Array.from({ length: 300 }, () => other);
    expect(targetsOf(many)).toMatch(/^runtime unknown or .* or 295 other targets$/);
    expect(runtimesIn(many)).toHaveLength(5);
  });

  it('says how far it is, and when it ends', () => {
    const { progress } = detail();
    expect(progressOf(detail())).toBe('412 of 1,000 done');
    expect(progressOf(detail({ progress: { ...progress, total: null } }))).toBe('not planned yet');
    expect(endOf(progress, NOW, 'Europe/Berlin')).toBe(
      'ends between 06:40 Berlin and 08:10 Berlin if nothing fails',
    );
    const eta = { ...ETA, latest: ETA.earliest, unplaced: 2 };
    expect(endOf({ ...progress, eta }, NOW, 'UTC')).toBe(
      'ends 05:40 UTC, in 3 h, if nothing fails; 2 find no window in time',
    );
    expect(endOf({ ...progress, eta: null }, NOW, 'UTC')).toBeNull();
    const assumed = { ...eta, unplaced: 0, from: { kind: 'assumed' as const, seconds: 2_700 } };
    expect(endOf({ ...progress, eta: assumed }, NOW, 'UTC')).toBe(
      'ends 05:40 UTC, in 3 h, if nothing fails (assuming 45 min each)',
    );
    const after = (time: string): string | null => endOf(progress, Date.parse(time), 'UTC');
    expect(after('2026-11-29T06:10:00Z')).toBe('ends 07:10 UTC, in 60 min, if nothing fails');
    expect(after('2026-11-29T07:10:01Z')).toBe('takes longer than estimated');
  });

  it('says what has become of all of it in the end', () => {
    const { progress } = detail();
    const ended = (state: Detail['state'], operationStats: Detail['operationStats'], total: number | null) =>
      progressOf(detail({ state, operationStats, progress: { ...progress, done: 1_000, total } }));
    expect(ended('canceled', { succeeded: 412, failed: 3, canceled: 585 }, 1_000)).toBe(
      '412 of 1,000 succeeded · 3 failed · 585 not upgraded',
    );
    expect(ended('succeeded', { succeeded: 1_000 }, 1_000)).toBe('1,000 of 1,000 succeeded');
    expect(ended('canceled', {}, null)).toBe('nothing to do');
  });

  it('leaves causes of failures to their list', () => {
    const cause = 'c-1: The Provisioner (of the EU) reports that the upgrade failed';
    expect(endWords(`2 of 5 operations failed (${cause}; c-2: [...])`)).toBe(
      '2 of 5 operations failed; the causes stand under Failures',
    );
    const canceled = '1 of 5 operations were canceled before they began';
    expect(endWords(`2 of 5 operations failed (${cause}); ${canceled} (Skipped by jo [...]`)).toBe(
      `2 of 5 operations failed; the causes stand under Failures; ${canceled}`,
    );
    expect(endWords('Its workflow was lost')).toBe('Its workflow was lost');
  });

  it('says what those wait for that have not begun', () => {
    const waiting = { operationStats: { pending: 3 } };
    expect(waitingWords(detail(waiting))).toBe('for a free worker');
    const parameters = { strategy: { schedule: 'maintenanceWindow' } };
    expect(waitingWords({ ...detail(waiting), parameters })).toBe('for their windows');
    const waves = [{ name: 'canary' }] as Detail['waves'];
    expect(waitingWords(detail({ ...waiting, waves }))).toBe('for their wave and a free worker');
    const pause = { code: 'person' as const, by: 'jane', reason: '', since: '2026-11-29T02:00:00Z' };
    expect(waitingWords(detail({ ...waiting, pauses: [pause] }))).toBe('for a resume');
    expect(waitingWords(detail({ ...waiting, pauses: [pause], state: 'canceling' }))).toBe(
      'not to be begun: it is being stopped',
    );
    const budget = { ...pause, code: 'budget' as const };
    const all = { ...pause, code: 'queue' as const };
    expect(waitingWords(detail({ ...waiting, pauses: [budget] }))).toBe('for the failure budget');
    expect(waitingWords(detail({ ...waiting, pauses: [budget, all] }))).toBe('for a resume');
    expect(waitingWords(detail({ ...waiting, pauses: [pause], state: 'retrying' }))).toBe('for its turn');
    expect(waitingWords(detail({ operationStats: { succeeded: 3 } }))).toBe('nothing is left to begin');
  });

  it('says what a stop would mean', () => {
    expect(stopMeans(detail(), NOW, 'Europe/Berlin').slice(0, 2)).toEqual([
      'What was sent finishes: 5 in progress, the longest for 14 min; they should have ended by 03:25 Berlin, in 14 min.',
      '583 runtimes never start, and stay as they are.',
    ]);
    const progress = {
      ...{ done: 9, total: 10, failed: 0, inFlight: 1, unsent: 0 },
      ...{ inFlightSince: '2026-11-29T02:10:00Z', drained: null, eta: null },
    };
    const last = detail({ progress, operationStats: { 'in progress': 1, retrying: 1 } });
    expect(stopMeans(last, NOW, 'UTC').slice(0, 2)).toEqual([
      'What was sent finishes: 1 in progress, for 60 s.',
      '1 runtime never starts, and stays as it is.',
    ]);
    const stopped = (inFlight: number, unsent: number, since: string | null) =>
      stopMeans(
        detail({ ...last, progress: { ...progress, inFlight, unsent, inFlightSince: since } }),
        NOW,
        'UTC',
      ).slice(0, 3);
    expect(stopped(3, 1, '2026-11-29T02:10:00Z')).toEqual([
      'What was sent finishes: 2 in progress, the longest for 60 s.',
      '1 runtime for which nothing was sent yet is not upgraded.',
      '1 runtime never starts, and stays as it is.',
    ]);
    expect(stopped(2, 2, null).slice(0, 2)).toEqual([
      'It ends within a minute.',
      '2 runtimes for which nothing was sent yet are not upgraded.',
    ]);
    // The event stream is ahead of what was read.
    expect(stopped(0, 2, null)[0]).toBe('Nothing is in progress: it ends at once.');
    const pending = detail({
      state: 'pending',
      progress: { ...progress, total: null, inFlight: 0 },
      operationStats: {},
    });
    expect(stopMeans(pending, NOW, 'UTC')[1]).toBe('It has no plan yet: nothing ever starts.');
  });

  it('says of a pause or a stop since when something is in progress, and by when it should have ended', () => {
    const pauses = [{ code: 'person' as const, by: 'jane', reason: '', since: '2026-11-29T02:00:00Z' }];
    const { progress } = detail();
    const said = (changes: Partial<Detail['progress']>, of: Partial<Detail> = { pauses }): string | null =>
      inProgressWords(detail({ ...of, progress: { ...progress, ...changes } }), NOW, 'UTC');
    expect(said({}, {})).toBe('5 in progress');
    expect(said({})).toBe(
      '5 in progress, the longest for 14 min; they should have ended by 02:25 UTC, in 14 min',
    );
    const overdue = (count: number, latest = IN_FLIGHT.drained.latest) => ({
      drained: { ...IN_FLIGHT.drained, latest, overdue: count },
    });
    expect(said(overdue(1))).toBe(
      '5 in progress, the longest for 14 min; 1 takes longer than usual: nine of ten take at most 20 min; the others should have ended by 02:25 UTC, in 14 min',
    );
    const all = 'longer than usual: nine of ten take at most 20 min';
    expect(said(overdue(5))).toBe(`5 in progress, the longest for 14 min; they take ${all}`);
    expect(said({ inFlight: 1, ...overdue(0, '2026-11-29T02:10:59Z') })).toBe(
      `1 in progress, for 14 min; it takes ${all}`,
    );
    const assumed = { ...overdue(5).drained, from: { kind: 'assumed' as const, seconds: 1_800 } };
    expect(said({ drained: assumed })).toMatch(/; they take longer than the 30 min that are assumed$/);
    expect(said({ drained: { ...assumed, overdue: 0 } })).toMatch(
      / should have ended by 02:25 UTC, in 14 min, if each takes the 30 min that are assumed$/,
    );
    expect(said({ drained: null }, { state: 'canceling' })).toBe('5 in progress, the longest for 14 min');
    expect(said({ inFlight: 0 })).toBe('nothing is in progress');
    expect(said({ inFlight: 0 }, {})).toBeNull();
    expect(said({ inFlight: 0 }, { state: 'pending', pauses })).toBeNull();
  });

  it('tells the failures apart that paused it and those that count now', () => {
    const pause = { code: 'budget' as const, reason: '7 operations had failed, and at most 3 may' };
    const budget = { max: 3, failed: 7, failedAtPause: 7 };
    expect(pauseReason(pause, budget)).toBe(pause.reason);
    expect(pauseReason(pause, { ...budget, failed: 1 })).toBe(
      '7 had failed when its budget paused it; 1 counts now, and at most 3 may',
    );
    expect(pauseReason(pause)).toBe(pause.reason);
    expect(pauseReason({ code: 'person', reason: '' }, { ...budget, failed: 1 })).toBe('no reason given');
    expect(budgetWords(budget)).toBe('7 count, 3 are allowed');
  });

  it('takes the budget of the open wave where each has its own', () => {
    const wave = (one: Partial<Detail['waves'][number]>) => one as Detail['waves'][number];
    const none = { max: 0, failed: 0, failedAtPause: null };
    const passed = wave({ name: 'canary', phase: 'passed', failureBudget: none });
    const failureBudget = { max: 2, failed: 1, failedAtPause: 3 };
    const open = wave({ name: 'early', phase: 'running', failureBudget });
    const budget = budgetNow({ failureBudget: null, waves: [passed, open] });
    expect(budget && budgetWords(budget)).toBe('1 counts in early, 2 are allowed');
    const pause = {
      code: 'budget' as const,
      reason: '3 operations had failed in this wave, and at most 2 may',
    };
    expect(pauseReason(pause, budget)).toBe(
      '3 had failed in early when its budget paused it; 1 counts now, and at most 2 may',
    );
    expect(budgetNow({ failureBudget: null, waves: [passed] })).toMatchObject({ wave: 'canary' });
    expect(budgetNow({ failureBudget: null, waves: [] })).toBeUndefined();
    expect(
      budgetNow({ failureBudget: null, waves: [wave({ name: 'canary', failureBudget: null })] }),
    ).toBeUndefined();
  });

  it('has a command for a shell that a quote does not end', () => {
    expect(signalCommand('id', { command: 'pause', reason: "it's down" })).toBe(
      `temporal workflow signal --workflow-id id --name command --input '{"command":"pause","reason":"it'\\''s down"}'`,
    );
  });
});

describe('what needs somebody', () => {
  const since = '2026-11-29T02:00:00Z';

  it('are the pause of everything, questions that stand, and pauses; not what waits by itself', () => {
    const question = {
      number: 1,
      askedAt: since,
      expiresAt: null,
      stands: true,
      approvedBy: null,
      approvedAt: null,
      reason: null,
    };
    const wave = { name: 'canary', phase: 'asking', question } as unknown as Detail['waves'][number];
    const paused = detail({
      paused: true,
      pauses: [
        { code: 'budget', by: 'drydock', reason: '8 have failed', since },
        { code: 'queue', by: 'ann', reason: 'all stop', since },
      ],
    });
    const progress = { ...detail().progress, failed: 0 };
    const needs = needsOf({
      orchestrations: [
        detail({ progress, waves: [wave] }),
        detail({ progress, waves: [{ ...wave, question: { ...question, stands: false } }] }),
        paused,
        detail({ state: 'failed', paused: true, pauses: paused.pauses }),
      ],
      queue: { paused: { by: 'ann', reason: 'all stop', since }, lanes: [] },
      ...{ nameOf: titleOf, now: NOW },
    });
    expect(needs.map(({ title, words }) => `${title} ${words}`)).toEqual([
      'Everything is paused by ann: all stop',
      'Kyma 2.20.5 asks for an approval after canary',
      'Kyma 2.20.5 is paused: more had failed than its budget bears (7 failures)',
    ]);
  });
});

describe('a stop', () => {
  it('lets the next one in its lane begin', () => {
    const { orchestrationID } = detail();
    const parameters = { kubernetes: { kubernetesVersion: '1.33.4' }, dryRun: false };
    const next = {
      orchestrationID: 'd75efea2-0000-4000-8000-000000000000',
      type: 'upgradeCluster',
      parameters,
    };
    const lane = (changes: object): Parameters<typeof stopBegins>[0] =>
      ({ paused: null, lanes: [{ holder: { orchestrationID }, first: [next], ...changes }] }) as never;
    expect(stopBegins(lane({}), orchestrationID)).toMatch(/^Then Kubernetes 1.33.4 begins by itself/);
    expect(stopBegins(lane({ first: [] }), orchestrationID)).toBeUndefined();
    expect(stopBegins(lane({ holder: null }), orchestrationID)).toBeUndefined();
    expect(stopBegins(undefined, orchestrationID)).toBeUndefined();
  });
});

describe('failures', () => {
  const { progress } = detail();
  const one = detail({ progress: { ...progress, total: 2, failed: 2 } });
  const ended = (changes: Partial<Detail>): string[] =>
    needsOf({
      orchestrations: [],
      ending: [detail({ ...one, updatedAt: '2026-11-28T23:11:00Z', ...changes })],
      ...{ nameOf: titleOf, now: NOW },
    }).map(({ title, words }) => `${title} ${words}`);

  it('need somebody while it runs', () => {
    expect(needsOf({ orchestrations: [one], nameOf: titleOf, now: NOW }).map(({ words }) => words)).toEqual([
      'has 2 failures',
    ]);
  });

  it('need somebody also when it has ended or is being stopped', () => {
    expect(ended({ state: 'failed' })).toEqual(['Kyma 2.20.5 failed 3 h ago: 2 of 2 runtimes']);
    expect(ended({ state: 'canceled' })).toEqual(['Kyma 2.20.5 was stopped 3 h ago, with 2 failures']);
    expect(ended({ state: 'canceling' })).toEqual(['Kyma 2.20.5 is being stopped, with 2 failures']);
    const none = { progress: { ...progress, failed: 0 } };
    expect(ended({ ...none, state: 'failed', description: 'Planning failed: no Gardener' })).toEqual([
      'Kyma 2.20.5 failed 3 h ago: Planning failed: no Gardener',
    ]);
    expect(ended({ ...none, state: 'canceling' })).toEqual([]);
  });

  it('that are too many to be shown are a link', () => {
    expect(needsOf({ orchestrations: [], moreEnded: 3, nameOf: titleOf, now: NOW })).toMatchObject([
      {
        href: '/orchestrations?failed=lately',
        title: '3 orchestrations',
        words: 'more have ended with failures in 24 hours',
      },
    ]);
  });
});

describe('a pause', () => {
  it('can be asked for of all that goes on, also while everything is paused', () => {
    const pause = (code: string) => ({ code, by: 'jo', reason: '', since: '2026-11-29T02:00:00Z' });
    expect(mayPause(detail())).toBe(true);
    expect(mayPause(detail({ pauses: [pause('queue')] as Detail['pauses'] }))).toBe(true);
    expect(mayPause(detail({ pauses: [pause('queue'), pause('person')] as Detail['pauses'] }))).toBe(false);
    for (const state of ['canceling', 'failed', 'succeeded', 'canceled'] as const) {
      expect([state, mayPause(detail({ state }))]).toEqual([state, false]);
    }
  });
});
