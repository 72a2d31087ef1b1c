import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { aPlan, aRequest, EXECUTION, FIRST } from '../support/rows.ts';
import { newSecret } from '../support/receiver.ts';
import { aDefinition, aStack } from '../support/stacks/rows.ts';
import { ApiRig, repositoriesHanging, whileTimeFlies } from './api-rig.ts';

/** Before everything that is done here; the plan itself is older. */
const START = Date.parse('2026-01-02T20:00:00Z');
const ID = '07089b96-8e31-49a4-96d0-f8288253c804';
const OTHER = '17089b96-8e31-49a4-96d0-f8288253c804';
const STACK = '/acme/jack/shop';

let rig: ApiRig;
let now = START;

function minute(): string {
  now += 60_000;
  return new Date(now).toISOString();
}

const change = (actor: string, reason: string): { actor: string; reason: string; now: string } => ({
  ...{ actor, reason, now: minute() },
});

/** Two waves with an approval between them, and four operations: two fail, one succeeds, one waits. */
async function aRollout(): Promise<void> {
  const { operations, control } = rig.repositories;
  const request = aRequest({ orchestrationID: ID });
  const approval = { notByCreator: false };
  request.parameters.strategy.waves = [{ name: 'canary', count: 1, approval }];
  const row = { size: 4, workers: null, soakMinutes: 0, budgetMax: null };
  const waves = [
    { ...row, number: 0, name: 'canary', approval },
    { ...row, number: 1, name: 'rest', approval: null },
  ];
  const { operationIDs } = await aPlan(rig.repositories, 4, request, { waves, now: minute() });
  const [one = '', two = '', three = ''] = operationIDs;
  for (const each of [one, two, three]) await operations.claim(each, EXECUTION, minute());
  for (const [at, each] of [one, two].entries()) {
    const message = `no disk after ${at + 30} s`;
    await operations.fail(each, FIRST, { code: 'UPGRADE_FAILED', message }, minute());
  }
  await operations.finish(three, FIRST, { state: 'succeeded', description: 'Operation succeeded' }, minute());
  await rig.repositories.retries.retry(
    { orchestrationID: ID, operationIDs: [two], requestID: ID, requestedBy: 'jo' },
    minute(),
  );
  for (const move of [{ to: 'gate' }, { to: 'asking', expiresAt: null }] as const) {
    const wanted = await control.wanted(ID);
    if (!wanted?.wave) throw new Error('There is no wave');
    await control.moveWave(ID, wanted.wave, { ...move, reason: 'it was time' }, minute());
  }
}

/** A cancel with its reason, as the API writes it. */
async function aCanceledOne(): Promise<void> {
  const { orchestrations, operations } = rig.repositories;
  const request = aRequest({ orchestrationID: OTHER, createdAt: minute(), createdBy: 'bob' });
  request.parameters.dryRun = true;
  await aPlan(rig.repositories, 2, request, { now: minute() });
  await orchestrations.transition(OTHER, 'canceling', {
    ...change('ann', '*wrong* version'),
    description: 'wrong',
  });
  await operations.cancelWaiting(OTHER, change('ann', 'Canceled'));
  await orchestrations.transition(OTHER, 'canceled', {
    ...change('ann', 'all of it has ended'),
    description: 'Canceled',
  });
}

/** It is added, and disabled by Drydock. */
async function aWebhook(): Promise<void> {
  const { webhooks } = rig.repositories;
  const url = 'https://hooks.example.com/t0psecret';
  const row = { id: ID, url, description: '*pager*', events: [], secret: newSecret() };
  await webhooks.add({ ...row, createdBy: 'wilma', now: minute() }, 50);
  await webhooks.disableGone(ID, url, change('drydock', 'The receiver answered 410 Gone'));
}

beforeAll(async () => {
  rig = await ApiRig.start({ clock: () => now });
  const { queue, policies, stacks } = rig.repositories;
  await aRollout();
  await aCanceledOne();
  const put = async (path: string, body: object): Promise<void> => {
    minute();
    const { status } = await rig.call('PUT', `/orchestrations/${ID}/${path}`, { body });
    expect(status).toBeOneOf([200, 202]);
  };
  rig.gateway.remember(ID);
  await put('pause', { reason: 'disk alerts' });
  await put('resume', {});
  await put('pause', { reason: 'again' });
  await queue.change(true, change('ann', 'storm'));
  await policies.add(EMPTY_POLICY, { after: 0, changedBy: 'joe', reason: 'summer', now: minute() });
  await stacks.add(aStack(aDefinition(STACK)));
  await aWebhook();
  await stacks.enterStatus(STACK, 'starting', change('jack', 'please'));
  await stacks.enterStatus(STACK, 'error', change('drydock', 'no quota'));
  minute();
});

async function report(query = ''): Promise<{ status: number; text: string }> {
  const { status, headers, body } = await rig.call('GET', `/report${query}`, { token: 'operator' });
  if (status === 200) expect(headers.get('Content-Type')).toBe('text/markdown; charset=utf-8');
  return { status, text: String(body) };
}

it('tells what happened, who decided, and what waits for somebody', async () => {
  const { status, text } = await report();
  expect(status).toBe(200);
  expect(text).toMatchInlineSnapshot(`
    "# Night report

    2026-01-02T08:25Z to 2026-01-02T20:25Z, as of 2026-01-02T20:25Z. All times are UTC.

    Something happened to 2 orchestrations: 3 operations began, 1 succeeded, 2 failed, 2 canceled.

    ## Upgrades

    ### Kyma upgrade to 2.20.5 07089b96: in progress

    - \`07089b96-8e31-49a4-96d0-f8288253c804\`, created by alice at 2026-01-02T03:04:05Z
    - What it does: upgrades Kyma to 2.20.5, of 4 runtimes, at once, 5 workers, waves canary, rest
    - Now: in progress, paused by alice since 2026-01-02T20:18Z: again. Scheduled 4 operations
    - In this time: 3 operations began, 1 succeeded, 2 failed
    - Causes of failures:
      - 2 × no disk after \\<n> s (2026-01-02T20:05Z to 2026-01-02T20:06Z)
    - What happened:
      - 2026-01-02T20:01Z planned: Scheduled 4 operations; wave canary begins
      - 2026-01-02T20:08Z retried by jo: Retry requested
      - 2026-01-02T20:10Z approval asked after wave canary
      - 2026-01-02T20:16Z paused by alice: “disk alerts”
      - 2026-01-02T20:17Z resumed by alice
      - 2026-01-02T20:18Z paused by alice: “again”

    ### Kyma upgrade to 2.20.5 (dry run) 17089b96: canceled

    - \`17089b96-8e31-49a4-96d0-f8288253c804\`, created by bob at 2026-01-02T20:11Z
    - What it does: plays a dry run: upgrades Kyma to 2.20.5, of 2 runtimes, at once, 5 workers
    - Now: canceled. Canceled
    - In this time: 0 operations began, 0 succeeded, 0 failed, 2 canceled
    - What happened:
      - 2026-01-02T20:11Z created by bob
      - 2026-01-02T20:12Z planned: Scheduled 2 operations
      - 2026-01-02T20:13Z stopped by ann: \\*wrong\\* version
      - 2026-01-02T20:15Z ended, canceled: all of it has ended

    ## Maintenance policy

    - 2026-01-02T20:20Z version 1 stored by joe: “summer”

    ## Queue

    - 2026-01-02T20:19Z everything paused by ann: “storm”

    ## Webhooks

    - 2026-01-02T20:21Z **\\*pager\\*** added by wilma: Told of all but window\\.upcoming
    - 2026-01-02T20:22Z **\\*pager\\*** disabled: The receiver answered 410 Gone

    ## Stacks

    - 2026-01-02T20:24Z **/acme/jack/shop** error after starting: no quota

    ## What waits for somebody now

    - **Paused**: everything, by ann since 2026-01-02T20:19Z: “storm”. \`drydock queue resume\`
    - **Paused**: Kyma upgrade to 2.20.5 07089b96, paused by alice since 2026-01-02T20:18Z: again. \`drydock resume 07089b96-8e31-49a4-96d0-f8288253c804\`
    - **Failures**: 1 operation of Kyma upgrade to 2.20.5 07089b96, which is in progress. \`drydock failures 07089b96-8e31-49a4-96d0-f8288253c804\`
    - **Stack in error**: /acme/jack/shop. \`drydock stack show /acme/jack/shop\`
    "
  `);
});

it('tells nothing of what was before, or is after, but what waits now', async () => {
  const { text } = await report('?since=2026-01-02T12:00:00Z&until=2026-01-02T21:00:00%2B01:00');
  expect(text).toContain('Something happened to 0 orchestrations');
  expect(text).toContain('## Queue\n\nNo changes.');
  expect(text).toContain('**Paused**: everything');
  expect(text).not.toContain('disk alerts');
  expect((await report('?until=2026-01-02T20:00:00Z')).text).toContain(
    '2026-01-02T08:00Z to 2026-01-02T20:00Z',
  );
});

describe('is refused', () => {
  it.each([
    'since=yesterday',
    'since=12h',
    'since=2026-01-02T10:00:00Z&until=2026-01-02T10:00:00Z',
    'since=2026-01-02T10:00:00Z&until=2026-01-01T10:00:00Z',
    'since=2026-01-01T10:00:00Z&until=2026-01-08T10:00:01Z',
    'until=2026-01-02T10:00:00Z&until=2026-01-02T11:00:00Z',
    'account=one',
  ])('?%s', async (query) => {
    expect((await report(`?${query}`)).status).toBe(400);
  });

  it('without a token, and while the database hangs', async () => {
    expect(await rig.call('GET', '/report', { token: null })).toMatchObject({ status: 401 });
    const hanging = rig.with({ repositories: repositoriesHanging(rig.repositories) });
    for (const path of ['/report', '/calendar.ics']) {
      expect(await whileTimeFlies(() => hanging.call('GET', path))).toMatchObject({ status: 503 });
    }
  });
});

it('has fifty orchestrations and fifty events of each, and says how many more there were', async () => {
  const { orchestrations, control } = rig.repositories;
  for (let count = 0; count < 55; count += 1) {
    const request = aRequest({ createdAt: minute() });
    await orchestrations.record(request);
  }
  for (let count = 0; count < 60; count += 1) {
    const command = { command: 'workers', workers: count + 10, by: 'jo', reason: '' } as const;
    await control.command(ID, command, minute());
  }
  const { text } = await report();
  expect(text).toContain('Something happened to 57 orchestrations');
  expect(text).toContain('7 more orchestrations left out: the report has 50 at most.');
  expect(text.match(/^### /gm)).toHaveLength(50);
  // Those under way come first, the one with most failures before all others.
  expect(/^### (.*)$/m.exec(text)?.[1]).toBe('Kyma upgrade to 2.20.5 07089b96: in progress');
  expect(text.match(/workers set by jo/g)).toHaveLength(50);
  expect(text).toContain('69 workers');
  expect(text).toContain('earlier events left out');
});
