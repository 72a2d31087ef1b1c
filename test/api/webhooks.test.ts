/** Webhooks over the API and by the command line; what is sent is tried in test/db/webhooks.test.ts. */
import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { secretBytes } from '../../src/domain/webhooks/secrets.ts';
import { typed, type Ended, type Typed } from '../support/command-line.ts';
import { atEndOfFile } from '../support/environment.ts';
import { newSecret } from '../support/receiver.ts';
import { LOOPBACK } from '../support/rig.ts';
import { ApiRig, SUBJECT, UNKNOWN_ID, type Answer } from './api-rig.ts';

const URL_OF_IT = 'https://hooks.example.com/drydock/t0psecret';

let rig: ApiRig;
let address: string;

beforeAll(async () => {
  rig = await ApiRig.start();
  const api = await startAPI({ app: rig.app, port: 0, host: '127.0.0.1' });
  atEndOfFile(() => api.close());
  address = api.url;
});
beforeEach(async () => {
  const by = { actor: 'test', now: new Date().toISOString() };
  for (const { id } of await rig.repositories.webhooks.list()) await rig.repositories.webhooks.remove(id, by);
});

async function add(changes: object = {}): Promise<{ id: string; secret: string }> {
  const secret = newSecret();
  const answer = await rig.call('POST', '/webhooks', { body: { url: URL_OF_IT, secret, ...changes } });
  expect(answer.status).toBe(201);
  const id = (answer.body as { webhookID: string }).webhookID;
  expect(answer.headers.get('Location')).toMatch(new RegExp(`/webhooks/${id}$`));
  return { id, secret };
}

const errorsOf = (body: unknown): unknown => (body as { errors?: unknown }).errors;

it('is added, read, changed, disabled, enabled and removed, and never answers a secret', async () => {
  const { id, secret } = await add({
    description: ' on call ',
    events: ['policy.changed', 'policy.changed'],
  });
  const path = `/webhooks/${id}`;
  const webhook = {
    ...{ webhookID: id, url: URL_OF_IT, description: 'on call', events: ['policy.changed'] },
    ...{ enabled: true, disabled: null, earlierSecretUntil: null, lastDelivery: null, createdBy: SUBJECT },
    createdAt: expect.any(String) as unknown,
    updatedAt: expect.any(String) as unknown,
  };
  const answers = [await rig.call('GET', path), await rig.call('GET', '/webhooks')];
  expect(answers[0]?.body).toEqual(webhook);
  expect(answers[1]?.body).toEqual({ data: [webhook], count: 1, totalCount: 1 });
  const other = { url: 'https://other.example.com/', description: '', events: [] };
  answers.push(await rig.call('PATCH', path, { body: other }));
  expect(answers.at(-1)?.body).toEqual({ ...webhook, ...other });
  for (let times = 0; times < 2; times++) {
    answers.push(await rig.call('PATCH', path, { body: { enabled: false } }));
    expect(answers.at(-1)?.body).toMatchObject({
      enabled: false,
      disabled: { by: SUBJECT, reason: 'Disabled by hand' },
    });
  }
  for (const action of ['test', 'redeliver']) {
    const body = action === 'test' ? undefined : { deliveryIDs: [UNKNOWN_ID] };
    expect((await rig.call('POST', `${path}/${action}`, { body })).status).toBe(409);
  }
  answers.push(await rig.call('PATCH', path, { body: { enabled: true } }));
  expect(answers.at(-1)?.body).toMatchObject({ enabled: true, disabled: null });
  const second = newSecret();
  answers.push(await rig.call('POST', `${path}/rotate`, { body: { secret: second } }));
  const { earlierSecretUntil } = answers.at(-1)?.body as { earlierSecretUntil: string };
  expect((Date.parse(earlierSecretUntil) - Date.now()) / 3_600_000).toBeCloseTo(24, 1);
  expect((await rig.call('DELETE', path)).status).toBe(204);
  expect((await rig.call('DELETE', path)).status).toBe(404);
  const written = JSON.stringify(answers.map(({ body }) => body)) + rig.log.join('\n');
  for (const hidden of [secret, second]) expect(written).not.toContain(hidden);
  // A URL may hold a secret of the receiver's.
  expect(rig.log.join('\n')).not.toContain('t0psecret');
});

it.each([
  ['http://hooks.example.com/', 'url'],
  ['ftp://hooks.example.com/', 'url'],
  ['hooks', 'url'],
  ['https://jack:pass@hooks.example.com/', 'url'],
  ['https://hooks.example.com/#part', 'url'],
  ['https://127.0.0.1/', 'url'],
  ['https://2130706433/', 'url'],
  ['https://0x7f.1/', 'url'],
  ['https://10.0.0.1:8443/', 'url'],
  ['https://169.254.169.254/latest/meta-data', 'url'],
  ['https://[::1]/', 'url'],
  ['https://[::ffff:127.0.0.1]/', 'url'],
  ['https://[::7f00:1]/', 'url'],
  ['https://[fd00::1]/', 'url'],
  [`https://hooks.example.com/${'x'.repeat(2_048)}`, 'url'],
])('the URL %.60s is refused', async (url, path) => {
  for (const [method, to] of [
    ['POST', '/webhooks'],
    ['PATCH', `/webhooks/${UNKNOWN_ID}`],
  ] as const) {
    const body = { url, ...(method === 'POST' && { secret: newSecret() }) };
    const answer = await rig.call(method, to, { body });
    expect([answer.status, errorsOf(answer.body)]).toEqual([
      400,
      [{ path, message: expect.any(String) as unknown }],
    ]);
  }
});

it('takes http and private addresses where the setting allows them', async () => {
  const allowing = rig.with({ webhookNetworks: LOOPBACK });
  const send = async (url: string): Promise<number> =>
    (await allowing.call('POST', '/webhooks', { body: { url, secret: newSecret() } })).status;
  expect(await send('http://127.0.0.1:9000/hook')).toBe(201);
  expect(await send('http://[::1]:9000/hook')).toBe(201);
  expect(await send('http://localhost:9000/hook')).toBe(201);
  expect(await send('http://10.0.0.1/hook')).toBe(400);
  expect(await send('http://8.8.8.8/hook')).toBe(400);
});

it.each([
  [{ secret: 'whsec_c2hvcnQ=' }, ['secret']],
  [{ secret: `whsec_${Buffer.alloc(65).toString('base64')}` }, ['secret']],
  [{ secret: Buffer.alloc(32).toString('base64') }, ['secret']],
  [{ events: ['orchestration.exploded'] }, ['events[0]']],
  [{ description: 'a\u0007' }, ['description']],
  [{ description: 'x'.repeat(201) }, ['description']],
  [{ enabled: false }, ['enabled']],
])('a body with %j is refused, and says where', async (changes, paths) => {
  const body = { url: URL_OF_IT, secret: newSecret(), ...changes };
  const answer = await rig.call('POST', '/webhooks', { body });
  expect(answer.status).toBe(400);
  expect((errorsOf(answer.body) as { path: string }[]).map(({ path }) => path)).toEqual(paths);
  expect(JSON.stringify(answer.body)).not.toContain(body.secret);
});

it.each([
  {},
  { deliveryIDs: [] },
  { deliveryIDs: ['x'] },
  { until: '2030-01-01T00:00:00Z' },
  { since: '0000-01-01T00:00:00Z' },
  { since: 'yesterday' },
  { deliveryIDs: [UNKNOWN_ID], since: '2030-01-01T00:00:00Z' },
])('a redelivery of %j is refused', async (body) => {
  const { id } = await add();
  expect((await rig.call('POST', `/webhooks/${id}/redeliver`, { body })).status).toBe(400);
});

it('there may be 50 of them', async () => {
  for (let count = 0; count < 50; count++) await add();
  const refused = await rig.call('POST', '/webhooks', { body: { url: URL_OF_IT, secret: newSecret() } });
  expect([refused.status, (refused.body as { detail: string }).detail]).toEqual([
    409,
    'There are 50 webhooks already: remove one first',
  ]);
});

describe('with an Idempotency-Key', () => {
  const SECRET = newSecret();
  const BODY = { url: URL_OF_IT, secret: SECRET, events: ['policy.changed', 'stack.status'] };
  const send = async (key: string, changes: object = {}, options: Parameters<ApiRig['call']>[2] = {}) =>
    await rig.call('POST', '/webhooks', {
      body: { ...BODY, ...changes },
      headers: { 'Idempotency-Key': key },
      ...options,
    });
  const idOf = ({ body }: Answer): string => (body as { webhookID: string }).webhookID;

  it('adds one webhook, and answers it as it is by then, without its secret', async () => {
    const first = await send('same');
    // The order of fields and values left to their defaults make no difference.
    const second = await rig.call('POST', '/webhooks', {
      body: { description: ' ', ...Object.fromEntries(Object.entries(BODY).reverse()) },
      headers: { 'Idempotency-Key': 'same' },
    });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('Location')).toBe(first.headers.get('Location'));
    await rig.call('PATCH', `/webhooks/${idOf(first)}`, { body: { enabled: false, description: 'night' } });
    await rig.call('POST', `/webhooks/${idOf(first)}/rotate`, { body: { secret: newSecret() } });
    const third = await send('same');
    expect([third.status, third.body]).toEqual([
      201,
      expect.objectContaining({ webhookID: idOf(first), enabled: false, description: 'night' }),
    ]);
    expect(await rig.repositories.webhooks.list()).toHaveLength(1);
    const written = JSON.stringify([first, second, third].map(({ body }) => body));
    expect(written).not.toContain(SECRET);
    expect(written).not.toContain('equestHash');
  });

  it.each([
    { secret: newSecret() },
    { url: 'https://other.example.com/' },
    { description: 'x' },
    { events: [] },
  ])('refuses another body, as with %o, and adds nothing', async (changes) => {
    const first = await send('other');
    const other = await send('other', changes);
    expect([other.status, other.body]).toEqual([
      422,
      expect.objectContaining({
        type: 'urn:drydock:problem:idempotency-key-reused',
        detail: expect.stringContaining(idOf(first)) as string,
      }),
    ]);
    expect(await rig.repositories.webhooks.list()).toHaveLength(1);
  });

  it('adds one webhook for requests that come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('at-once')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(await rig.repositories.webhooks.list()).toHaveLength(1);
  });

  it('gives the same key of another subject another webhook', async () => {
    const first = await send('shared');
    const token = await rig.tokenOf('bob', 'runtimeAdmin');
    const second = await send('shared', { description: 'of bob' }, { token });
    expect(second.status).toBe(201);
    expect(idOf(second)).not.toBe(idOf(first));
  });

  it('answers a repeated request also when there are as many as there may be, or its URL is permitted no more', async () => {
    const url = 'http://127.0.0.1:9000/hook';
    const allowing = rig.with({ webhookNetworks: LOOPBACK });
    const asked = { body: { ...BODY, url }, headers: { 'Idempotency-Key': 'full' } };
    const first = await allowing.call('POST', '/webhooks', asked);
    for (let count = 1; count < 50; count++) await add();
    const again = await rig.call('POST', '/webhooks', asked);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await send('one-more')).status).toBe(409);
  });

  it('adds another one after the first one was removed', async () => {
    const first = await send('removed');
    await rig.call('DELETE', `/webhooks/${idOf(first)}`);
    const again = await send('removed');
    expect(again.status).toBe(201);
    expect(idOf(again)).not.toBe(idOf(first));
  });
});

it('is for administrators alone', async () => {
  const { id } = await add();
  for (const [method, path] of [
    ['GET', '/webhooks'],
    ['POST', '/webhooks'],
    ['GET', `/webhooks/${id}`],
    ['PATCH', `/webhooks/${id}`],
    ['DELETE', `/webhooks/${id}`],
    ['GET', `/webhooks/${id}/deliveries`],
    ['POST', `/webhooks/${id}/rotate`],
    ['POST', `/webhooks/${id}/test`],
    ['POST', `/webhooks/${id}/redeliver`],
  ] as const) {
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    expect([path, (await rig.call(method, path, { body, token: 'operator' })).status]).toEqual([path, 403]);
    expect([path, (await rig.call(method, path, { body, token: null })).status]).toEqual([path, 401]);
  }
});

it('deliveries are listed by state, and begin anew by their IDs or by a time', async () => {
  const { id } = await add();
  const tested = await rig.call('POST', `/webhooks/${id}/test`);
  expect(tested.status).toBe(202);
  const { eventID } = tested.body as { eventID: string };
  const shown = [
    await rig.call('GET', `/webhooks/${id}`),
    await rig.call('PATCH', `/webhooks/${id}`, { body: { description: 'x' } }),
  ];
  const lastDelivery = { eventID, state: 'pending' };
  for (const { body } of shown) expect(body).toMatchObject({ lastDelivery });
  const list = async (query: string): Promise<unknown> =>
    (await rig.call('GET', `/webhooks/${id}/deliveries${query}`)).body;
  expect(await list('?state=pending&page=1&page_size=1')).toMatchObject({
    data: [
      { eventID, type: 'webhook.test', state: 'pending', attempts: 0, answerStatus: null, answer: null },
    ],
    totalCount: 1,
  });
  expect(await list('?state=failed&state=delivered')).toMatchObject({ data: [], totalCount: 0 });
  const redeliver = async (body: object): Promise<unknown> =>
    (await rig.call('POST', `/webhooks/${id}/redeliver`, { body })).body;
  expect(await redeliver({ deliveryIDs: [UNKNOWN_ID] })).toMatchObject({ count: 0 });
  expect(
    await redeliver({ since: '2020-01-01T00:00:00+02:00', until: '2021-01-01T00:00:00Z' }),
  ).toMatchObject({ count: 0 });
  expect(
    await redeliver({ since: '2020-01-01T00:00:00+02:00', until: '2100-01-01T00:00:00Z' }),
  ).toMatchObject({ count: 1 });
});

it('a redelivery of more than 10,000 events is refused, and changes nothing', async () => {
  const { id } = await add();
  const at = new Date().toISOString();
  const event = { type: 'webhook.test', at, place: null, data: {} } as const;
  const tell = async (count: number): Promise<void> => {
    const deliveries = Array.from({ length: count }, () => ({
      webhookID: id,
      event: { ...event, id: randomUUID() },
    }));
    await rig.repositories.webhooks.tellAll(deliveries, at);
  };
  const redeliver = async () =>
    await rig.call('POST', `/webhooks/${id}/redeliver`, {
      body: { since: at, until: new Date(Date.parse(at) + 1).toISOString() },
    });
  await tell(10_000);
  expect((await redeliver()).body).toMatchObject({ count: 10_000 });
  await tell(1);
  const refused = await redeliver();
  expect([refused.status, errorsOf(refused.body)]).toEqual([
    400,
    [
      {
        path: 'since',
        message: 'must be a shorter time: more than 10,000 deliveries were written in it',
      },
    ],
  ]);
});

async function run(args: string, options: Typed = {}): Promise<Ended> {
  const token = await rig.token('runtimeAdmin');
  return await typed(args.split(' '), { env: { DRYDOCK_API: address, DRYDOCK_TOKEN: token }, ...options });
}

it('drydock webhook: makes a secret, shows it once, and does the rest by the beginning of an ID', async () => {
  expect((await run('webhook list')).stderr).toContain('There are no webhooks');
  const added = await run(
    `webhook add ${URL_OF_IT} --event policy.changed --event stack.status --description pager`,
  );
  const secretIn = (text: string): string => /^Secret\t(.*)$/m.exec(text)?.[1] ?? '';
  const idOf = /^ID\t(.*)$/m.exec(added.stdout)?.[1] ?? '';
  const steady = (text: string): string =>
    text
      .replaceAll(idOf, '<id>')
      .replace(/whsec_\S+/, '<secret>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>');
  expect(secretBytes(secretIn(added.stdout))).toHaveLength(32);
  expect([added.code, steady(added.stdout), added.stderr]).toEqual([
    EXIT.done,
    `ID\t<id>\nURL\t${URL_OF_IT}\nDescription\tpager\nEvents\tpolicy.changed, stack.status\nState\tenabled\nSecret\t<secret>\nCreated\t<time> by ${SUBJECT}\n`,
    'The secret is shown this once: give it to the receiver now.\n',
  ]);
  const beginning = idOf.slice(0, 8);
  const shown = await run(`webhook show ${beginning}`);
  expect(shown.stdout).toBe(added.stdout.replace(/^Secret.*\n/m, ''));
  expect((await run('webhook list')).stdout).toBe(`${idOf}\tenabled\t\t${URL_OF_IT}\tpager\n`);
  const rotated = await run(`webhook rotate ${beginning}`);
  expect(secretIn(rotated.stdout)).not.toBe(secretIn(added.stdout));
  expect(steady(rotated.stdout)).toContain('Earlier secret\tsigns, too, until <time>\n');
  const tested = await run(`webhook test ${beginning}`);
  expect(tested.stdout).toMatch(/^Event\t[0-9a-f-]{36}\n$/);
  expect(steady((await run(`webhook show ${beginning}`)).stdout)).toContain(
    'Last delivery\twebhook.test pending, of <time>\n',
  );
  const deliveries = await run(`webhook deliveries ${beginning} --state pending`);
  expect(steady(deliveries.stdout)).toMatch(
    /^[0-9a-f-]{36}\twebhook.test\tpending\t0\t<time>\t<time>\t\t\n$/,
  );
  const deliveryID = deliveries.stdout.split('\t')[0] ?? '';
  expect((await run(`webhook redeliver ${beginning} ${deliveryID}`)).stdout).toBe('On their way\t1\n');
  expect((await run(`webhook redeliver ${beginning} --since 2030-01-01T00:00:00Z`)).stdout).toBe(
    'On their way\t0\n',
  );
  expect((await run(`webhook redeliver ${beginning}`)).code).toBe(EXIT.usage);
  expect((await run(`webhook disable ${beginning}`)).stdout).toContain(
    'Disabled\tby alice: Disabled by hand\n',
  );
  expect((await run(`webhook test ${beginning}`)).code).toBe(EXIT.refused);
  expect((await run(`webhook enable ${beginning}`)).stdout).toContain('State\tenabled\n');
  expect((await run(`webhook show ${randomUUID()}`)).code).toBe(EXIT.refused);
  expect((await run(`webhook add http://10.0.0.1/`)).code).toBe(EXIT.usage);
  expect((await run(`webhook remove ${beginning}`)).code).toBe(EXIT.usage);
  const asked = await run(`webhook remove ${beginning}`, { answers: ['y'], isTerminal: true });
  expect([asked.code, asked.questions]).toEqual([EXIT.done, [`Remove pager (${beginning})? [y/N] `]]);
  expect((await run('webhook list -o json')).stdout).toBe('[]\n');
  const ofAll = await run(`webhook add ${URL_OF_IT}`);
  expect(ofAll.stdout).toContain('Events\tall but window.upcoming\n');
  expect((await run('webhook list -o wide')).stdout).toMatch(/\tall but window\.upcoming\t/);
});
