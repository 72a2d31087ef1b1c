import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { PROVISIONER_DOCUMENTS } from '../../../src/clients/upgrades/provisioner-documents.ts';
import {
  createProvisionerClient,
  type ProvisionerCredentials,
} from '../../../src/clients/upgrades/provisioner.ts';
import type { ProvisionerClient } from '../../../src/clients/upgrades/outside-systems.ts';
import { FinalError, UnavailableError } from '../../../src/domain/errors.ts';
import type { KymaConfig } from '../../../src/domain/upgrades/operation-config.ts';
import { NOBODY, serve, type Answer } from './http-answers.ts';

const SCHEMA = buildSchema(
  readFileSync(new URL('../../../src/dev/landscape/schema.graphql', import.meta.url), 'utf8'),
);
const SECRET = 'very "secret"\nvalue';
const CONFIG: KymaConfig = {
  version: '2.20.5',
  components: [
    {
      component: 'istio',
      namespace: 'istio-system',
      configuration: [{ key: 'k', value: SECRET, secret: true }],
    },
  ],
  configuration: [{ key: 'g', value: 'open', secret: false }],
};
const OPERATION = {
  id: 'op-1',
  operation: 'Upgrade',
  state: 'InProgress',
  message: null,
  runtimeID: null,
  lastError: null,
};

const clientFor = (
  url: string,
  credentials?: ProvisionerCredentials,
  timeoutMs?: number,
): ProvisionerClient => createProvisionerClient({ url, credentials, timeoutMs });
const result = (value: unknown): Answer => ({ json: { data: { result: value } } });
const failure = (message: string, extensions?: object, status = 200): Answer => ({
  status,
  json: { data: null, errors: [{ message, extensions }] },
});
const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the documents sent to the Provisioner', () => {
  it.each(Object.entries(PROVISIONER_DOCUMENTS))('are valid by its schema: %s', (_, document) => {
    expect(validate(SCHEMA, parse(document))).toEqual([]);
  });
});

describe('A57: the Provisioner', () => {
  it('gets the parameters of a Kyma upgrade, and the account as its tenant', async () => {
    const api = await serve(() => result(OPERATION));
    const operation = await clientFor(api.url, { kind: 'token', token: 't-1' }).upgradeRuntime(
      'runtime-1',
      CONFIG,
      { tenant: 'ga-1' },
    );
    expect(operation).toEqual({ ...OPERATION, message: '', runtimeID: 'runtime-1', lastError: undefined });
    const [request] = api.requests;
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      operationName: 'upgradeRuntime',
      variables: { id: 'runtime-1', config: { kymaConfig: CONFIG } },
    });
    expect(request?.headers).toMatchObject({ authorization: 'Bearer t-1', tenant: 'ga-1' });
  });

  it('gets nothing when the caller withdraws at the last moment, who gets the own error back', async () => {
    const api = await serve(() => result(OPERATION));
    const withdrawn = new Error('not ours any more');
    const beforeSending = (): Promise<void> => Promise.reject(withdrawn);
    const client = clientFor(api.url);
    expect(await caught(client.upgradeRuntime('runtime-1', CONFIG, { beforeSending }))).toBe(withdrawn);
    expect(await caught(client.upgradeShoot('runtime-1', {}, { beforeSending }))).toBe(withdrawn);
    expect(api.requests).toEqual([]);
  });

  it('gets the parameters of a cluster upgrade', async () => {
    const api = await serve(() => result({ ...OPERATION, operation: 'UpgradeShoot' }));
    await clientFor(api.url).upgradeShoot('runtime-1', { kubernetesVersion: '1.27.4' });
    const request = api.requests[0];
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      variables: { id: 'runtime-1', config: { gardenerConfig: { kubernetesVersion: '1.27.4' } } },
    });
    expect(request?.headers).not.toHaveProperty('authorization');
  });

  it('tells how an operation stands', async () => {
    const lastError = { errMessage: 'istio is broken', reason: 'r', component: 'c' };
    const failed = { ...OPERATION, state: 'Failed', message: 'failed', runtimeID: 'runtime-1', lastError };
    const api = await serve(() => result(failed));
    expect(await clientFor(api.url).operationStatus('op-1')).toEqual(failed);
  });

  it('tells the version of Kyma that it has installed last, where it knows one', async () => {
    const versions = ['2.20.5', '', null, undefined];
    const known = versions.map((version) => ({ runtimeConfiguration: { kymaConfig: { version } } }));
    const answers = [
      ...known,
      { runtimeConfiguration: { kymaConfig: null } },
      { runtimeConfiguration: null },
      null,
    ];
    const queue = [...answers];
    const client = clientFor((await serve(() => result(queue.shift()))).url);
    for (const index of answers.keys())
      expect(await client.kymaVersion('runtime-1')).toBe(index === 0 ? '2.20.5' : undefined);
  });

  it('tells no version of Kyma while the last upgrade to it has not succeeded', async () => {
    const answer = (operation: string, state: string): object => ({
      lastOperationStatus: { operation, state },
      runtimeConfiguration: { kymaConfig: { version: '2.20.5' } },
    });
    const answers = [
      answer('Upgrade', 'Failed'),
      answer('Upgrade', 'InProgress'),
      answer('Upgrade', 'Succeeded'),
      answer('UpgradeShoot', 'Failed'),
    ];
    const client = clientFor((await serve(() => result(answers.shift()))).url);
    const told = [];
    for (const _ of [...answers]) told.push(await client.kymaVersion('runtime-1'));
    expect(told).toEqual([undefined, undefined, '2.20.5', '2.20.5']);
  });

  it('tells the last operation of a runtime, or that there is none', async () => {
    const answers = [{ lastOperationStatus: OPERATION }, { lastOperationStatus: null }, null];
    const client = clientFor((await serve(() => result(answers.shift()))).url);
    expect(await client.lastOperation('runtime-1')).toMatchObject({ id: 'op-1', runtimeID: 'runtime-1' });
    expect(await client.lastOperation('runtime-1')).toBeUndefined();
    expect(await client.lastOperation('runtime-1')).toBeUndefined();
  });
});

describe('an error of the Provisioner', () => {
  it.each<[string, Answer, RegExp]>([
    ['500', { status: 500, raw: 'oops' }, /answered 500/],
    ['502 with a page', { status: 502, raw: '<html>bad gateway</html>' }, /answered 502/],
    ['429', { status: 429, raw: 'slow down' }, /answered 429/],
    ['401', { status: 401, raw: 'who are you' }, /credentials/],
    ['garbage', { status: 200, raw: '<html>login</html>' }, /no usable answer/],
    ['JSON of something else', { json: { hello: 'world' } }, /no usable answer/],
    ['no result', result(null), /no usable answer/],
    ['a result of another shape', result({ id: 'x', state: 'Odd' }), /no usable answer/],
    ['a closed connection', 'hang up', /no usable answer/],
    ['an internal error', failure('the database is away', { error_code: 500 }), /database is away/],
    ['a bad gateway of its own', failure('gardener is away', { error_code: 502 }), /gardener is away/],
    ['an internal database error', failure('failed to open session', { error_code: 1 }), /failed to open/],
    ['a panic', failure('internal system error'), /internal system error/],
    [
      'a name that is not resolved',
      failure('dial tcp: lookup db: host not found', { error_code: 500 }),
      /lookup db/,
    ],
  ])('may pass: %s', async (_, answer, message) => {
    const api = await serve(() => answer);
    const error = await caught(clientFor(api.url).operationStatus('op-1'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ system: 'provisioner', message: expect.stringMatching(message) as string });
  });

  it('may pass: nobody listens, or nobody answers', async () => {
    expect(await caught(clientFor(NOBODY).operationStatus('op-1'))).toBeInstanceOf(UnavailableError);
    const silent = await serve(() => 'never');
    const error = await caught(clientFor(silent.url, undefined, 50).operationStatus('op-1'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ message: expect.stringContaining('no answer within') as string });
  });

  it('lets go when the caller gives up', async () => {
    const controller = new AbortController();
    const api = await serve(() => {
      controller.abort();
      return 'never';
    });
    const work = clientFor(api.url).operationStatus('op-1', { signal: controller.signal });
    expect(await caught(work)).toBeInstanceOf(UnavailableError);
  });

  it.each<[string, Answer]>([
    ['bad input', failure('Kyma version is wrong', { error_code: 400 })],
    ['bad input by the schema', failure('Variable "$config" got invalid value', undefined, 400)],
    [
      'an unknown runtime',
      failure("Cannot find Tenant for runtimeID:'x'", { error_code: 2, error_reason: 'err_db_not_found' }),
    ],
    ['an unknown runtime in words', failure('runtime not found')],
    [
      'an operation in progress',
      failure('cannot start new operation while previous one is in progress', { error_code: 400 }),
    ],
    ['a forbidden tenant', failure('tenant mismatch', { error_code: 403 })],
  ])('is final: %s', async (_, answer) => {
    const api = await serve(() => answer);
    const error = await caught(clientFor(api.url).upgradeRuntime('runtime-1', CONFIG));
    expect(error).toBeInstanceOf(FinalError);
    expect(error).toMatchObject({ code: 'PROVISIONER_REFUSED' });
    expect(api.requests).toHaveLength(1);
  });

  it('says that the Provisioner no longer knows an operation', async () => {
    const answer = failure('Operation not found for id: op-1', {
      error_code: 2,
      error_reason: 'err_db_not_found',
    });
    const error = await caught(clientFor((await serve(() => answer)).url).operationStatus('op-1'));
    expect(error).toMatchObject({ code: 'OPERATION_UNKNOWN' });
  });

  it.each([
    failure(`invalid value ${SECRET}`, { error_code: 400 }),
    failure(`invalid value ${JSON.stringify(CONFIG)}`, { error_code: 400 }),
    failure(`can't store ${SECRET} now`, { error_code: 500 }),
    { status: 500, raw: SECRET },
    { status: 400, raw: JSON.stringify({ errors: 'none' }) },
  ])('never shows a secret value or the token', async (answer) => {
    const api = await serve(() => answer);
    const client = clientFor(api.url, { kind: 'token', token: 'bearer-of-ours' });
    const error = await caught(client.upgradeRuntime('runtime-1', CONFIG));
    const text = describeDeeply(error);
    expect(text).toContain('Provisioner');
    for (const part of ['very', 'bearer-of-ours']) expect(text).not.toContain(part);
  });
});

describe('OAuth 2 client credentials', () => {
  const credentials = (tokenURL: string): ProvisionerCredentials => ({
    kind: 'clientCredentials',
    tokenURL,
    clientID: 'drydock:1',
    clientSecret: 'hush hush',
  });

  it('bring one token for all, renewed before it expires', async () => {
    let issued = 0;
    const tokens = await serve(() => ({ json: { access_token: `token-${++issued}`, expires_in: 3600 } }));
    const api = await serve(() => result(OPERATION));
    let now = 0;
    const client = createProvisionerClient({
      url: api.url,
      credentials: credentials(tokens.url),
      clock: () => now,
    });
    await Promise.all([client.operationStatus('a'), client.operationStatus('b')]);
    now = 3_600_000 - 30_000;
    await client.operationStatus('c');
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ]);
    const [request] = tokens.requests;
    expect(request?.body).toBe('grant_type=client_credentials');
    const basic = Buffer.from('drydock%3A1:hush%20hush').toString('base64');
    expect(request?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it('ask for another token, once, when the Provisioner refuses one', async () => {
    let issued = 0;
    const tokens = await serve(() => ({ json: { access_token: `token-${++issued}` } }));
    const api = await serve(({ headers }) =>
      headers.authorization === 'Bearer token-2' ? result(OPERATION) : { status: 401, raw: 'expired' },
    );
    expect(await clientFor(api.url, credentials(tokens.url)).operationStatus('a')).toMatchObject({
      id: 'op-1',
    });
    const strict = await serve(() => ({ status: 401, raw: 'no' }));
    const error = await caught(clientFor(strict.url, credentials(tokens.url)).operationStatus('a'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(strict.requests).toHaveLength(2);
  });

  it('are asked for before a request is announced, and nothing lies between that and the request', async () => {
    const happened: string[] = [];
    const note = (what: string, answer: Answer): Answer => {
      happened.push(what);
      return answer;
    };
    const tokens = await serve(() => note('token', { json: { access_token: `t-${happened.length}` } }));
    let refuse = true;
    const api = await serve(() => {
      const answer: Answer = refuse ? { status: 401, raw: 'expired' } : result(OPERATION);
      refuse = false;
      return note('request', answer);
    });
    const client = clientFor(api.url, credentials(tokens.url));
    const beforeSending = (): Promise<void> => {
      happened.push('announced');
      return Promise.resolve();
    };
    await client.upgradeRuntime('runtime-1', CONFIG, { beforeSending });
    expect(happened).toEqual(['token', 'announced', 'request', 'token', 'announced', 'request']);
  });

  it.each<[string, Answer]>([
    ['refuses', { status: 401, raw: 'bad client hush hush' }],
    ['answers garbage', { status: 200, raw: '<html>' }],
    ['answers without a token', { json: { error: 'hush hush' } }],
    ['hangs up', 'hang up'],
  ])('wait for a token endpoint that %s, and never show the client secret', async (_, answer) => {
    const tokens = await serve(() => answer);
    const error = await caught(clientFor(NOBODY, credentials(tokens.url)).operationStatus('a'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(describeDeeply(error)).toContain('token endpoint');
    expect(describeDeeply(error)).not.toContain('hush');
  });
});

function describeDeeply(error: unknown): string {
  if (!(error instanceof Error)) return error === undefined ? '' : JSON.stringify(error);
  return `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)} ${describeDeeply(error.cause)}`;
}
