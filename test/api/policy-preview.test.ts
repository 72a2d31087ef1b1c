/** Previews of a maintenance policy through the API. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyPreviewAnswer } from '../../src/workflows/contract/upgrades.ts';
import { ApiRig, repositoriesAway, type Answer } from './api-rig.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { aFleet, PATH, SOME } from './policies.ts';

type RuntimeAnswer = Extract<PolicyPreviewAnswer, { kind: 'runtime' }>;

/** The tokens are of today. */
const NOW = Date.now();
const at = (text: string): number => Date.parse(text);

let rig: ApiRig;
let withPolicy: ApiRig;

beforeAll(async () => {
  const clock = (): number => NOW;
  [rig, withPolicy] = [await ApiRig.start({ clock }), await ApiRig.start({ clock })];
  await withPolicy.call('PUT', PATH, { body: SOME, headers: { 'If-Match': '"0"' } });
});
beforeEach(() => {
  for (const { gateway } of [rig, withPolicy]) {
    gateway.previews.length = 0;
    gateway.preview = aFleet();
    gateway.away = false;
  }
});

const preview = (body: object, of = rig): Promise<Answer> =>
  of.call('POST', `${PATH}/preview`, { body, token: 'operator' });

function aRuntime(windows: Partial<RuntimeAnswer['windows']> = {}): RuntimeAnswer {
  return {
    kind: 'runtime',
    runtimeID: 'r-1',
    shootName: 'c-1',
    windows: { windows: [], frozenBy: [], ...windows },
  };
}

describe('what is asked of a worker', () => {
  it('is the empty policy while none was stored, and the fleet from now on', async () => {
    const { body } = await preview({});
    expect(rig.gateway.previews).toEqual([{ policy: EMPTY_POLICY, fromMs: NOW }]);
    expect(body).toMatchObject({ kind: 'fleet', version: 0, from: new Date(NOW).toISOString() });
  });

  it('is the stored policy with its version', async () => {
    const { body } = await preview({ policy: null, runtimeID: '', from: '' }, withPolicy);
    expect(withPolicy.gateway.previews).toEqual([{ policy: SOME, fromMs: NOW }]);
    expect(body).toMatchObject({ version: 1 });
  });

  it('is the policy of the request, without a look at the database, and nothing is stored', async () => {
    const blind = withPolicy.with({ repositories: repositoriesAway() });
    const { status, body } = await preview({ policy: {}, from: '2030-12-24T18:00:00+01:00' }, blind);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { version: null, from: '2030-12-24T17:00:00.000Z' },
    });
    expect(withPolicy.gateway.previews).toEqual([
      { policy: EMPTY_POLICY, fromMs: at('2030-12-24T17:00:00Z') },
    ]);
    expect((await withPolicy.call('GET', PATH)).headers.get('ETag')).toBe('"1"');
  });

  it('is one runtime', async () => {
    rig.gateway.preview = aRuntime();
    await preview({ runtimeID: 'r-1' });
    expect(rig.gateway.previews).toEqual([{ policy: EMPTY_POLICY, fromMs: NOW, runtimeID: 'r-1' }]);
  });
});

describe('the answer for a runtime', () => {
  const { match, ...definition } = SOME.rules[0] ?? { match: {}, days: [], timeBegin: '', timeEnd: '' };
  const window = {
    begin: at('2030-10-05T20:00Z'),
    latestStart: at('2030-10-05T23:45Z'),
    end: at('2030-10-06'),
  };

  it('has its windows, and the rule that they come from', async () => {
    rig.gateway.preview = aRuntime({
      definition,
      source: { kind: 'rule', index: 0 },
      windows: [window],
      frozenBy: ['year-end'],
      optOut: { index: 0, reason: 'go-live', untilMs: at('2030-10-01T00:00Z') },
    });
    const { status, body } = await preview({ policy: SOME, runtimeID: 'r-1', from: '2030-09-01T00:00:00Z' });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        kind: 'runtime',
        version: null,
        from: '2030-09-01T00:00:00.000Z',
        runtimeID: 'r-1',
        shootName: 'c-1',
        description: 'rules[0] is the first rule that matches the runtime',
        source: { kind: 'rule', index: 0, rule: { match, ...definition } },
        definition,
        windows: [
          {
            begin: '2030-10-05T20:00:00.000Z',
            latestStart: '2030-10-05T23:45:00.000Z',
            end: '2030-10-06T00:00:00.000Z',
          },
        ],
        frozenBy: ['year-end'],
        optOut: { index: 0, reason: 'go-live', until: '2030-10-01T00:00:00.000Z' },
      },
    });
  });

  it.each([
    ['shoot', 'No rule matches the runtime: the window of its Shoot counts'],
    ['default', 'No rule matches the runtime, and its Shoot has no window: the default of the policy counts'],
  ] as const)('says that they come from the %s', async (kind, description) => {
    rig.gateway.preview = aRuntime({ definition, source: { kind }, windows: [window] });
    const { body } = await preview({ runtimeID: 'r-1' });
    expect(body).toMatchObject({ description, source: { kind, index: null, rule: null }, definition });
  });

  it('says why there is none', async () => {
    rig.gateway.preview = aRuntime();
    const nothing = { source: null, definition: null, windows: [], optOut: null, frozenBy: [] };
    expect((await preview({ runtimeID: 'r-1' })).body).toMatchObject({
      ...nothing,
      description: expect.stringMatching(/^No rule .* add a rule or a default$/) as string,
    });
    rig.gateway.preview = aRuntime({ definition, source: { kind: 'shoot' }, frozenBy: ['year-end'] });
    expect((await preview({ runtimeID: 'r-1' })).body).toMatchObject({
      description: expect.stringMatching(/its Shoot counts; nothing is left of its windows$/) as string,
      frozenBy: ['year-end'],
    });
  });

  it('has times that RFC 3339 can write, although somebody is left out for ever', async () => {
    const end = at('9999-12-31T23:59:59.999Z');
    rig.gateway.preview = aRuntime({
      definition,
      source: { kind: 'shoot' },
      windows: [window, { begin: end - 1, latestStart: end + 1, end: end + 1 }],
      optOut: { index: 0, reason: 'never', untilMs: end + 1 },
    });
    expect((await preview({ runtimeID: 'r-1' })).body).toMatchObject({
      windows: [{ begin: '2030-10-05T20:00:00.000Z' }],
      optOut: { until: '9999-12-31T23:59:59.999Z' },
    });
  });

  it('is a 404 for one that the fleet does not have', async () => {
    rig.gateway.preview = { kind: 'unknown runtime' };
    const { status, body } = await preview({ runtimeID: 'r-9' });
    expect({ status, body }).toMatchObject({
      status: 404,
      body: { type: 'urn:drydock:problem:not-found', detail: expect.stringContaining('r-9') as string },
    });
  });
});

it('counts the fleet by zone and source, and names who has no window', async () => {
  const counts = { 'no definition': 0, frozen: 41, 'opted out': 1 };
  const [frozen, optedOut] = [
    { runtimeID: 'r-1', shootName: 'c-1' },
    { runtimeID: 'r-2', shootName: 'c-2' },
  ];
  const shared = { begin: NOW, latestStart: NOW, end: NOW, runtimes: 9 };
  withPolicy.gateway.preview = aFleet(
    {
      runtimes: 52,
      groups: [
        { zone: '+01:00', source: { kind: 'shoot' }, runtimes: 40, next: [], nextWindows: 0 },
        {
          zone: 'Europe/Berlin',
          source: { kind: 'rule', index: 0 },
          runtimes: 12,
          next: [shared],
          nextWindows: 3,
        },
      ],
      withoutWindow: counts,
      named: [
        { ...frozen, reason: 'frozen', frozenBy: ['year-end'] },
        { ...optedOut, reason: 'opted out', optOut: { index: 0, reason: 'go-live', untilMs: NOW } },
      ],
    },
    { 'without runtime ID': 3 },
  );
  const { status, body } = await preview({}, withPolicy);
  const now = new Date(NOW).toISOString();
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      kind: 'fleet',
      version: 1,
      from: now,
      runtimes: 52,
      groups: [
        {
          zone: '+01:00',
          source: { kind: 'shoot', index: null, rule: null },
          runtimes: 40,
          next: [],
          nextWindows: 0,
        },
        {
          zone: 'Europe/Berlin',
          source: { kind: 'rule', index: 0, rule: SOME.rules[0] },
          runtimes: 12,
          next: [{ begin: now, latestStart: now, end: now, runtimes: 9 }],
          nextWindows: 3,
        },
      ],
      withoutWindow: counts,
      named: [
        { ...frozen, reason: 'frozen', frozenBy: ['year-end'], optOut: null },
        {
          ...optedOut,
          reason: 'opted out',
          frozenBy: [],
          optOut: { index: 0, reason: 'go-live', until: now },
        },
      ],
      freezes: [],
      leftOut: { 'without runtime ID': 3 },
    },
  });
});

it('names the freezes of the policy that was asked, by the time that was asked for', async () => {
  withPolicy.gateway.preview = aFleet({ touched: [12] });
  const { body } = await preview({ from: '2030-12-15T00:00:00Z' }, withPolicy);
  expect(body).toMatchObject({
    freezes: [
      {
        ...{ index: 0, name: 'year-end', reason: 'Year-end closing', runtimes: 12 },
        ...{ from: '2030-12-19T23:00:00.000Z', to: '2031-01-01T23:00:00.000Z' },
      },
    ],
  });
});

describe('503', () => {
  it('while no worker answers', async () => {
    rig.gateway.away = true;
    const answer = await preview({});
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:drydock:problem:engine-unavailable' } });
    expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
  });

  it('while the inventory is away, whose words stay in the log', async () => {
    rig.gateway.preview = { kind: 'inventory away', message: 'https://garden.example refused' };
    const answer = await preview({ runtimeID: 'r-1' });
    expect(answer).toMatchObject({
      status: 503,
      body: { type: 'urn:drydock:problem:outside-system-unavailable' },
    });
    expect(JSON.stringify(answer.body)).not.toContain('garden.example');
    expect(rig.log.join('')).toContain('garden.example');
  });
});

it('names every fault of a request at once, those of its policy with their place', async () => {
  const answer = await preview({
    policy: { rules: [{ match: { region: '(' }, timeBegin: '1', timeEnd: '020000+0000' }] },
    runtimeID: 5,
    from: '2030-12-24T18:00',
    colour: 'red',
  });
  expect(answer.status).toBe(400);
  const { errors } = answer.body as { errors: { path: string }[] };
  expect(errors.map(({ path }) => path).sort()).toEqual([
    'colour',
    'from',
    'policy.rules[0].match.region',
    'policy.rules[0].timeBegin',
    'runtimeID',
  ]);
  expect(rig.gateway.previews).toEqual([]);
});

it.each(['tomorrow', '2030-12-24', '2030-02-30T00:00:00Z', '2030-12-24T18:00:00+15:00'])(
  '400 for the time %s',
  async (from) => {
    const { status, body } = await preview({ from });
    expect({ status, body }).toMatchObject({ status: 400, body: { errors: [{ path: 'from' }] } });
  },
);
