import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import type {
  Listed,
  NightEvent,
  NightFacts,
  NightOrchestration,
} from '../../../../src/domain/night-report/facts.ts';
import { nightReport } from '../../../../src/domain/night-report/night-report.ts';
import { exceededReason } from '../../../../src/domain/upgrades/failure-budget.ts';
import { NOBODY_ANSWERED } from '../../../../src/domain/upgrades/wave-phases.ts';

const ID = '07089b96-8e31-49a4-96d0-f8288253c804';
const OTHER = '17089b96-8e31-49a4-96d0-f8288253c804';
const NIGHT = {
  since: '2030-01-01T20:00:00.000000Z',
  until: '2030-01-02T08:00:00.000Z',
  now: '2030-01-02T08:00:00.000Z',
};

const none = <T>(): Listed<T> => ({ rows: [], total: 0 });
const all = <T>(...rows: T[]): Listed<T> => ({ rows, total: rows.length });
const NAMED = {
  orchestrationID: ID,
  type: 'upgradeKyma',
  version: '2.20.5',
  isDryRun: false,
} as const;

const QUIET: NightFacts = {
  counts: { began: 0, succeeded: 0, failed: 0, canceled: 0 },
  ...{ orchestrations: none(), policy: none(), queue: none(), webhooks: none(), stacks: none() },
  waiting: { everything: null, approvals: none(), paused: none(), failures: none(), stacks: none() },
};

let minute = 0;
function event(kind: string, changes: Partial<NightEvent> = {}): NightEvent {
  minute += 1;
  const at = `2030-01-01T21:${String(minute).padStart(2, '0')}:00.000000Z`;
  return { at, kind, actor: 'drydock', wave: null, fromState: null, toState: null, reason: '', ...changes };
}

function orchestration(changes: Partial<NightOrchestration> = {}): NightOrchestration {
  return {
    ...NAMED,
    state: 'in progress',
    description: 'Scheduled 1000 operations',
    createdBy: 'ann',
    createdAt: '2030-01-01T21:00:00.000000Z',
    schedule: 'maintenanceWindow',
    workers: 5,
    plannedCount: 1_000,
    restOf: null,
    pauses: [],
    waves: ['canary', 'rest'],
    counts: { began: 412, succeeded: 400, failed: 8, canceled: 0 },
    causes: [],
    otherFailures: 0,
    events: none(),
    ...changes,
  };
}

const BUDGET = exceededReason({ max: 7 }, 8, false);
const at = (hour: number): string => `2030-01-02T0${hour}:00:00.000000Z`;
const pause = { code: 'budget', by: 'drydock', reason: BUDGET, since: at(2) } as const;

it('tells of a night with everything in it', () => {
  minute = 0;
  const first = orchestration({
    pauses: [pause],
    causes: [
      { message: 'no disk on <runtime>', count: 5, first: at(1), last: at(2) },
      { message: 'timeout', count: 1, first: at(1), last: at(1) },
    ],
    otherFailures: 2,
    events: {
      total: 22,
      rows: [
        event('created', { actor: 'ann', reason: 'Requested through the API' }),
        event('state', { fromState: 'pending', toState: 'in progress', reason: 'its turn' }),
        event('planned', { reason: 'Planned 1000 operations' }),
        event('plan-changed', { reason: '1 runtime came' }),
        event('wave', {
          wave: 0,
          fromState: 'running',
          toState: 'soaking',
          reason: 'it soaks',
        }),
        event('wave', { wave: 0, fromState: 'gate', toState: 'asking', reason: 'x' }),
        event('paused', { actor: 'jo', reason: 'disk alerts' }),
        event('wave', {
          wave: 0,
          fromState: 'asking',
          toState: 'gate',
          reason: 'Wave canary: everything was paused',
        }),
        event('resumed', { actor: 'jo' }),
        event('approved', { actor: 'bob', wave: 0, reason: 'question 2: looks good' }),
        event('approved', { actor: 'bob', wave: 0, reason: 'question 3' }),
        event('rejected', { actor: 'eve', wave: 0, reason: 'said by hand' }),
        event('wave', { wave: 0, fromState: 'asking', toState: 'passed' }),
        event('wave', { wave: 1, fromState: 'running', toState: 'passed' }),
        event('workers', { actor: 'jo', reason: '9 workers: faster' }),
        event('front', { actor: 'jo', reason: 'urgent' }),
        event('skipped', { actor: 'jo', reason: 'wave rest: not today' }),
        event('paused', { reason: BUDGET }),
        event('paused', { reason: `Wave canary: ${NOBODY_ANSWERED}` }),
        event('retried', { actor: 'jo', reason: 'Retry requested' }),
      ],
    },
  });
  const second = orchestration({
    ...{ orchestrationID: OTHER, type: 'upgradeCluster', version: '1.31.2', isDryRun: true },
    ...{ state: 'canceled', schedule: 'immediate', workers: 1, plannedCount: null, restOf: ID, waves: [] },
    description: 'Orchestration was canceled',
    counts: { began: 1, succeeded: 0, failed: 0, canceled: 3 },
    events: all(
      event('state', { actor: 'jo', toState: 'canceling', reason: 'wrong version' }),
      event('state', { toState: 'canceling', reason: BUDGET }),
      event('state', { actor: 'jo', toState: 'canceled', reason: 'Orchestration was canceled' }),
      event('state', { actor: 'jo', toState: 'retrying', reason: 'Retry requested' }),
    ),
  });
  const facts: NightFacts = {
    counts: { began: 20_413, succeeded: 400, failed: 8, canceled: 3 },
    orchestrations: { rows: [first, second], total: 4 },
    policy: all({ at: at(3), actor: 'joe', what: '7', reason: 'summer' }),
    queue: {
      rows: [{ at: at(3), actor: 'ann', what: 'paused', reason: '' }],
      total: 3,
    },
    webhooks: all(
      { at: at(2), actor: 'ann', what: 'rotated', reason: '', webhookID: ID, description: '*pager*' },
      { at: at(3), actor: 'drydock', what: 'disabled', reason: 'gone', webhookID: ID, description: '' },
    ),
    stacks: all({ at: at(4), stack: '/acme/jack/shop', fromState: 'starting', reason: 'no quota' }),
    waiting: {
      everything: { code: 'queue', by: 'ann', reason: 'storm', since: at(3) },
      approvals: all(
        { ...NAMED, wave: 'canary', askedAt: at(1), expiresAt: at(9) },
        { ...NAMED, wave: 'first', askedAt: at(1), expiresAt: null },
      ),
      paused: {
        rows: [
          { ...NAMED, pauses: [pause] },
          { ...NAMED, pauses: [{ code: 'person', by: 'jo', reason: '', since: at(2) }] },
        ],
        total: 14,
      },
      failures: all({ ...NAMED, orchestrationID: OTHER, state: 'failed', failed: 8 }),
      stacks: all('/acme/jack/shop'),
    },
  };
  expect(nightReport(facts, NIGHT)).toMatchInlineSnapshot(`
    "# Night report

    2030-01-01T20:00Z to 2030-01-02T08:00Z, as of 2030-01-02T08:00Z. All times are UTC.

    Something happened to 4 orchestrations: 20,413 operations began, 400 succeeded, 8 failed, 3 canceled.

    ## Upgrades

    ### Kyma upgrade to 2.20.5 07089b96: in progress

    - \`07089b96-8e31-49a4-96d0-f8288253c804\`, created by ann at 2030-01-01T21:00Z
    - What it does: upgrades Kyma to 2.20.5, of 1,000 runtimes, in maintenance windows, 5 workers, waves canary, rest
    - Now: in progress, paused since 2030-01-02T02:00Z, because more had failed than its budget permits: 8 operations had failed, and at most 7 may. Scheduled 1000 operations
    - In this time: 412 operations began, 400 succeeded, 8 failed
    - Causes of failures:
      - 5 × no disk on \\<runtime> (2030-01-02T01:00Z to 2030-01-02T02:00Z)
      - 1 × timeout (2030-01-02T01:00Z)
      - 2 of other causes
    - What happened:
      - 2 earlier events left out
      - 2030-01-01T21:01Z created by ann
      - 2030-01-01T21:02Z began: its turn
      - 2030-01-01T21:03Z planned: Planned 1000 operations; wave canary begins
      - 2030-01-01T21:04Z the plan has changed: 1 runtime came
      - 2030-01-01T21:05Z wave canary soaking: it soaks
      - 2030-01-01T21:06Z approval asked after wave canary
      - 2030-01-01T21:07Z paused by jo: “disk alerts”
      - 2030-01-01T21:08Z the question after wave canary was withdrawn: Wave canary: everything was paused
      - 2030-01-01T21:09Z resumed by jo
      - 2030-01-01T21:10Z question 2, wave canary: approved by bob: “looks good”
      - 2030-01-01T21:11Z question 3, wave canary: approved by bob
      - 2030-01-01T21:12Z wave canary: rejected by eve: “said by hand”
      - 2030-01-01T21:13Z wave canary ended; wave rest begins
      - 2030-01-01T21:14Z wave rest ended
      - 2030-01-01T21:15Z workers set by jo: 9 workers: faster
      - 2030-01-01T21:16Z moved to the front of its lane by jo: “urgent”
      - 2030-01-01T21:17Z skipped by jo: wave rest: not today
      - 2030-01-01T21:18Z budget exceeded, so it is paused: 8 operations had failed, and at most 7 may
      - 2030-01-01T21:19Z approval expired, so it is paused: Wave canary: nobody has answered in time
      - 2030-01-01T21:20Z retried by jo: Retry requested

    ### Cluster upgrade to 1.31.2 (dry run) 17089b96: canceled

    - \`17089b96-8e31-49a4-96d0-f8288253c804\`, created by ann at 2030-01-01T21:00Z
    - What it does: plays a dry run: upgrades clusters to 1.31.2, without a plan, at once, 1 worker, the rest of 07089b96-8e31-49a4-96d0-f8288253c804
    - Now: canceled. Orchestration was canceled
    - In this time: 1 operation began, 0 succeeded, 0 failed, 3 canceled
    - What happened:
      - 2030-01-01T21:21Z stopped by jo: wrong version
      - 2030-01-01T21:22Z budget exceeded, so it is stopped: 8 operations had failed, and at most 7 may
      - 2030-01-01T21:23Z ended, canceled: Orchestration was canceled
      - 2030-01-01T21:24Z retried by jo: Retry requested

    2 more orchestrations left out: the report has 2 at most.

    ## Maintenance policy

    - 2030-01-02T03:00Z version 7 stored by joe: “summer”

    ## Queue

    - 2 earlier changes left out
    - 2030-01-02T03:00Z everything paused by ann

    ## Webhooks

    - 2030-01-02T02:00Z **\\*pager\\*** secret replaced by ann
    - 2030-01-02T03:00Z **07089b96** disabled: gone

    ## Stacks

    - 2030-01-02T04:00Z **/acme/jack/shop** error after starting: no quota

    ## What waits for somebody now

    - **Paused**: everything, by ann since 2030-01-02T03:00Z: “storm”. \`drydock queue resume\`
    - **Approval**: wave canary of Kyma upgrade to 2.20.5 07089b96 asks since 2030-01-02T01:00Z, until 2030-01-02T09:00Z. \`drydock approve 07089b96-8e31-49a4-96d0-f8288253c804\`
    - **Approval**: wave first of Kyma upgrade to 2.20.5 07089b96 asks since 2030-01-02T01:00Z. \`drydock approve 07089b96-8e31-49a4-96d0-f8288253c804\`
    - **Paused**: Kyma upgrade to 2.20.5 07089b96, paused since 2030-01-02T02:00Z, because more had failed than its budget permits: 8 operations had failed, and at most 7 may. \`drydock resume 07089b96-8e31-49a4-96d0-f8288253c804 --acknowledge\`
    - **Paused**: Kyma upgrade to 2.20.5 07089b96, paused by jo since 2030-01-02T02:00Z. \`drydock resume 07089b96-8e31-49a4-96d0-f8288253c804\`
    - 12 more like the last one are left out
    - **Failures**: 8 operations of Kyma upgrade to 2.20.5 17089b96, which is failed. \`drydock failures 17089b96-8e31-49a4-96d0-f8288253c804\`
    - **Stack in error**: /acme/jack/shop. \`drydock stack show /acme/jack/shop\`
    "
  `);
});

it('tells of a quiet one, and links to the page where there is one', () => {
  expect(nightReport(QUIET, NIGHT)).toMatchInlineSnapshot(`
    "# Night report

    2030-01-01T20:00Z to 2030-01-02T08:00Z, as of 2030-01-02T08:00Z. All times are UTC.

    Something happened to 0 orchestrations: 0 operations began, 0 succeeded, 0 failed.

    ## Upgrades

    Nothing happened.

    ## Maintenance policy

    No changes.

    ## Queue

    No changes.

    ## Webhooks

    No changes.

    ## Stacks

    None went into error.

    ## What waits for somebody now

    - Nothing.
    "
  `);
  const publicURL = 'https://drydock.example.com/below';
  const facts = {
    ...QUIET,
    orchestrations: all(orchestration()),
    waiting: { ...QUIET.waiting, paused: all({ ...NAMED, pauses: [pause] }) },
  };
  const links = `](${publicURL}/ui/orchestrations/${ID})`;
  expect(nightReport(facts, { ...NIGHT, publicURL }).split(links)).toHaveLength(3);
});

/** Texts that could break out of their place, or change what the document says. */
const HOSTILE = [
  '# heading',
  'a\n\n# heading\n- item\n```\ncode',
  '<script>alert(1)</script><!-- ',
  '[a](javascript:alert(1)) ![b](https://evil.example/x.png)',
  '*b* _e_ **s** ~~d~~ `c` ``c`` \\',
  '1. one\n2. two',
  '- [ ] task | table | cell |\n|---|---|',
  '> quote\r\n===\r\n---',
  '&lt;b&gt; &#35; &copy;',
  'https://evil.example/?a=b www.evil.example me@evil.example',
  '[^1]: note [x]: https://evil.example',
  '\u202Ereversed\u2028\u0000\u001B[31mred',
  '”: **Nothing.**',
  '    indented',
];

describe('what people have typed stays a text', () => {
  interface Node {
    type: string;
    value?: string;
    children?: Node[];
  }
  const shapeOf = ({ type, children }: Node): unknown => (children ? [type, ...children.map(shapeOf)] : type);
  const textOf = ({ value, children = [] }: Node): string => `${value ?? ''}${children.map(textOf).join('')}`;
  // Its transforms look for addresses in texts that are escaped, too, which is no part of GFM.
  const mdastExtensions = gfmFromMarkdown().map((extension) => ({ ...extension, transforms: [] }));
  const parsed = (text: string): Node => fromMarkdown(text, { extensions: [gfm()], mdastExtensions });

  /** The words everywhere that people, or other systems, have written. */
  function written(words: string): NightFacts {
    minute = 0;
    const kinds = [
      'created',
      'planned',
      'plan-changed',
      'paused',
      'resumed',
      'approved',
      'front',
      'skipped',
      words,
    ];
    const events = kinds.map((kind) => event(kind, { actor: words, reason: words, wave: 0, toState: words }));
    const change = { at: at(1), actor: words, what: 'x', reason: words };
    return {
      ...QUIET,
      orchestrations: all(
        orchestration({
          ...{ version: words, description: words, createdBy: words, restOf: words },
          waves: [words, words],
          pauses: [{ code: 'person', by: words, reason: words, since: at(1) }],
          causes: [{ message: words, count: 1, first: at(1), last: at(1) }],
          events: all(...events),
        }),
      ),
      ...{ policy: all(change), queue: all(change) },
      stacks: all({ at: at(1), stack: words, fromState: words, reason: words }),
      waiting: {
        everything: { code: 'queue', by: words, reason: words, since: at(1) },
        approvals: all({ ...NAMED, version: words, wave: words, askedAt: at(1), expiresAt: null }),
        paused: all({ ...NAMED, pauses: [{ code: 'person', by: words, reason: words, since: at(1) }] }),
        failures: all({ ...NAMED, version: words, state: 'failed', failed: 1 }),
        stacks: all(words),
      },
    };
  }

  it.each(HOSTILE)('%j', (words) => {
    const document = parsed(nightReport(written(words), NIGHT));
    expect(shapeOf(document)).toEqual(shapeOf(parsed(nightReport(written('words'), NIGHT))));
    const shown = words.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
    expect(textOf(document)).toContain(`What it does: upgrades Kyma to ${shown}, of 1,000 runtimes`);
    expect(textOf(document).split(shown).length).toBeGreaterThan(30);
  });

  it('is cut off where it is too long', () => {
    const text = nightReport(written('x'.repeat(5_000)), NIGHT);
    expect(text).not.toContain('x'.repeat(301));
    expect(text.length).toBeLessThan(20_000);
  });
});
