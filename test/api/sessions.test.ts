import { randomBytes } from 'node:crypto';
import { EncryptJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSeal } from '../../src/api/authentication/sealed-text.ts';
import { startIssuer } from '../../src/dev/issuer/index.ts';
import { Browser } from '../support/browser.ts';
import { atEndOfTest } from '../support/endings.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';
import { StreamClient } from '../support/event-stream.ts';
import { gate } from '../support/gate.ts';
import { ApiRig, LOGIN_CLIENT } from './api-rig.ts';
import { documentOf, operationsOf } from './openapi-document.ts';
import { json, LOGIN, pauseQueue, SAME_ORIGIN, SECRET, serve, SESSION, session, signIn } from './sign-ins.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let rig: ApiRig;
let url: string;
let laterMs = 0;
const clock = (): number => Date.now() + laterMs;

beforeAll(async () => {
  rig = await ApiRig.start({ login: LOGIN, clock });
  url = await serve(rig);
});

afterEach(() => {
  laterMs = 0;
});

async function signedIn(who: Parameters<typeof signIn>[2] = {}, at = url): Promise<Browser> {
  const browser = new Browser();
  await signIn(browser, at, who);
  return browser;
}

const valueOf = (browser: Browser): string => browser.cookie(url, SESSION)?.value ?? '';
const statusWith = async (cookie: string, at = url): Promise<number> => {
  const browser = new Browser();
  browser.plant(at, SESSION, cookie);
  return (await browser.request(`${at}/orchestrations`)).status;
};
const problem = (code: string): string => `urn:drydock:problem:${code}`;

describe('a session', () => {
  it.each([
    ['runtimeAdmin', ['admin'], 200, 200],
    ['runtimeOperator', ['operator'], 200, 403],
    ['others', [], 403, 403],
  ])('A10 A11: gives a member of %s the roles %j', async (group, roles, reads, writes) => {
    const browser = await signedIn({ subject: 'jo', groups: [group] });
    const { status, body } = await session(browser, url);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ subject: 'jo', name: 'jo', roles, expiresAt: expect.any(String) as string },
      groups: { admin: 'runtimeAdmin', operator: 'runtimeOperator' },
      workflowsURL: null,
    });
    expect((await browser.request(`${url}/orchestrations`)).status).toBe(reads);
    expect((await pauseQueue(browser, url, SAME_ORIGIN)).status).toBe(writes);
  });

  it('is one of an administrator who is an operator, too, with both roles', async () => {
    const browser = await signedIn({ groups: ['runtimeOperator', 'runtimeAdmin'] });
    expect((await session(browser, url)).body).toMatchObject({ roles: ['admin', 'operator'] });
  });

  it('is named in the log of events as whoever signed in', async () => {
    const browser = await signedIn({ subject: 'josephine' });
    const { body } = await pauseQueue(browser, url, SAME_ORIGIN);
    await browser.request(`${url}/queue/resume`, { method: 'PUT', json: {}, headers: SAME_ORIGIN });
    await pauseQueue(browser, url, SAME_ORIGIN);
    expect(body).toBeDefined();
    const queue = await browser.request(`${url}/queue`);
    expect(json(queue)).toMatchObject({ paused: { by: 'josephine' } });
  });

  it('keeps its cookie from scripts, from other sites, and for an hour', async () => {
    const browser = await signedIn();
    const { attributes } = browser.cookie(url, SESSION) ?? { attributes: [] };
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=3600', 'Path=/', 'SameSite=Lax']);
  });

  it('leaves no answer in a cache', async () => {
    const browser = await signedIn();
    const answer = await browser.request(`${url}/orchestrations`);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect((await rig.call('GET', '/orchestrations')).headers.get('Cache-Control')).toBeNull();
  });

  it('is not there without a cookie', async () => {
    const { status, body } = await session(new Browser(), url);
    expect(status).toBe(401);
    expect(body).toMatchObject({ type: problem('unauthenticated') });
  });

  it('answers who a token is for, too', async () => {
    const answer = await rig.call('GET', '/auth/session', { token: 'operator' });
    expect(answer.body).toMatchObject({ subject: 'alice', roles: ['operator'] });
  });
});

describe('on every route', () => {
  const at = (path: string): string =>
    path.replace(/\{\w*ID\}|\{id\}/g, '00000000-0000-4000-8000-000000000000').replace(/\{\w+\}/g, '1');

  it('the cookie stands in for a token, and what changes something must come from a page of the service', async () => {
    const browser = await signedIn();
    const cookie = { Cookie: `${SESSION}=${valueOf(browser)}` };
    const document = await documentOf(rig);
    const routes = operationsOf(document).filter(
      ({ path, operation }) => operation.security?.length && path !== '/events/stream',
    );
    let unsafe = 0;
    for (const { method, path } of routes) {
      const call = async (headers: Record<string, string>) =>
        await rig.call(method.toUpperCase(), at(path), { token: null, headers: { ...cookie, ...headers } });
      const plain = await call({});
      const what = `${method} ${path}`;
      if (method === 'get') {
        expect({ what, status: plain.status }).not.toMatchObject({ status: 401 });
        expect({ what, status: plain.status }).not.toMatchObject({ status: 403 });
        continue;
      }
      unsafe += 1;
      for (const site of ['', 'none', 'cross-site', 'same-site', 'Same-Origin', 'same-origin, same-origin']) {
        const refused = await call({ 'Sec-Fetch-Site': site });
        expect({ what, site, body: refused.body }).toMatchObject({
          body: { status: 403, type: problem('not-same-origin') },
        });
      }
      const { status } = await call(SAME_ORIGIN);
      expect({ what, status }).not.toMatchObject({ status: 401 });
      expect({ what, status }).not.toMatchObject({ status: 403 });
    }
    expect(unsafe).toBeGreaterThan(15);
  });

  it('a request with a token has no session, whatever its cookies say', async () => {
    const browser = await signedIn();
    const call = async (token: string | null, cookie: string, headers = {}): Promise<number> =>
      (
        await rig.call('PUT', '/queue/pause', {
          token,
          body: {},
          headers: { Cookie: `${SESSION}=${cookie}`, ...headers },
        })
      ).status;
    expect(await call('admin', 'forged')).toBe(200);
    expect(await call('admin', valueOf(browser))).toBe(200);
    expect(await call('operator', valueOf(browser), SAME_ORIGIN)).toBe(403);
    expect(await call('no-jwt', valueOf(browser), SAME_ORIGIN)).toBe(401);
    expect(await call(null, valueOf(browser), { Authorization: 'Bearer', ...SAME_ORIGIN })).toBe(401);
    // A proxy may ask for a password of its own.
    expect(await call(null, valueOf(browser), { Authorization: 'Basic YTpi', ...SAME_ORIGIN })).toBe(200);
  });
});

describe('a cookie that is not ours', () => {
  const claims = (): Record<string, unknown> => ({
    ...{ sid: 'one', sub: 'eve', name: 'eve', roles: ['admin'], groups: '' },
    end: Math.floor(Date.now() / 1000) + 3600,
  });
  const sealed = async (secret: string, purpose: 'session' | 'sign-in' = 'session', changes = {}) =>
    await createSeal([secret], purpose, Date.now).seal({ ...claims(), ...changes }, Date.now() + HOUR);

  it('is refused, however it was made', async () => {
    expect(await statusWith(await sealed(SECRET))).toBe(200);
    const good = valueOf(await signedIn());
    const [header = '', key = '', iv = '', text = '', tag = ''] = good.split('.');
    const kid = (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
    const foreign = randomBytes(32);
    const forged = {
      nothing: 'x',
      'half of one': good.slice(0, good.length / 2),
      'one with other content': [header, key, iv, `${text.slice(0, -4)}AAAA`, tag].join('.'),
      'one with another tag': [header, key, iv, text, `${tag.slice(0, -4)}AAAA`].join('.'),
      'one with a shorter tag': [header, key, iv, text, tag.slice(0, 8)].join('.'),
      'an unsigned token': new UnsecuredJWT(claims()).setExpirationTime('1h').encode(),
      'an ID token': await rig.token('runtimeAdmin'),
      'one of another service': await sealed('a-secret-of-another-service-0123456789'),
      'one of another key under our key ID': await new EncryptJWT(claims())
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .setExpirationTime('1h')
        .encrypt(foreign),
      'one whose key is a password': await new EncryptJWT(claims())
        .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', kid })
        .setExpirationTime('1h')
        .encrypt(Buffer.from(SECRET)),
      'one for another purpose': await sealed(SECRET, 'sign-in'),
      'one without a role': await sealed(SECRET, 'session', { roles: undefined }),
      'one with a role that there is none': await sealed(SECRET, 'session', { roles: ['root'] }),
    };
    for (const [what, cookie] of Object.entries(forged)) {
      expect({ what, status: await statusWith(cookie) }).toEqual({ what, status: 401 });
    }
  });

  it('one that is expired is refused', async () => {
    const browser = await signedIn();
    const cookie = valueOf(browser);
    laterMs = HOUR - MINUTE;
    expect(await statusWith(cookie)).toBe(200);
    laterMs = HOUR + MINUTE;
    expect(await statusWith(cookie)).toBe(401);
    const { body } = await browser.request(`${url}/auth/session`);
    expect(body).toContain('The session has ended; sign in again');
  });

  it('the cookie of a sign-in that is under way is no session', async () => {
    const browser = new Browser();
    await browser.request(`${url}/auth/login`);
    const [attempt] = browser.cookies(url);
    expect(attempt?.name).toMatch(/^drydock_sign_in_/);
    expect(await statusWith(attempt?.value ?? '')).toBe(401);
  });

  it('says nothing of itself in answers and in the log', async () => {
    const cookie = await sealed('a-secret-of-another-service-0123456789');
    const browser = new Browser();
    browser.plant(url, SESSION, cookie);
    const { body } = await browser.request(`${url}/orchestrations`);
    for (const text of [body, ...rig.log]) expect(text).not.toContain(cookie.slice(0, 40));
  });
});

describe('secrets', () => {
  const NEXT = 'the-second-secret-of-this-service-987654321';

  it('are replaced without an end of sessions: the new one in front of the old one, then without it', async () => {
    const browser = await signedIn();
    const both = await serve(rig.with({ login: { ...LOGIN, sessionSecrets: [NEXT, SECRET] } }));
    const after = await serve(rig.with({ login: { ...LOGIN, sessionSecrets: [NEXT] } }));
    const old = valueOf(browser);
    expect(await statusWith(old, both)).toBe(200);
    expect(await statusWith(old, after)).toBe(401);
    laterMs = 31 * MINUTE;
    await session(browser, both);
    expect(valueOf(browser)).not.toBe(old);
    expect(await statusWith(valueOf(browser), after)).toBe(200);
    expect(await statusWith(valueOf(browser), url)).toBe(401);
  });
});

describe('renewal', () => {
  const expiresAt = async (browser: Browser): Promise<number> => {
    const { body } = await session(browser, url);
    return Date.parse((body as { expiresAt: string }).expiresAt);
  };

  it('comes with any use in the second half of the hour, and not before', async () => {
    const browser = await signedIn();
    const first = valueOf(browser);
    laterMs = 29 * MINUTE;
    await browser.request(`${url}/orchestrations`);
    expect(valueOf(browser)).toBe(first);
    laterMs = 31 * MINUTE;
    // Also when it leads to nothing.
    expect((await browser.request(`${url}/orchestrations/unknown`)).status).toBe(404);
    expect(valueOf(browser)).not.toBe(first);
    expect(await expiresAt(browser)).toBeGreaterThan(clock() + 59 * MINUTE);
    laterMs = 90 * MINUTE;
    expect((await session(browser, url)).status).toBe(200);
  });

  it('ends with the session: eight hours after the sign-in, a role that was taken away is gone', async () => {
    const browser = await signedIn({ subject: 'ex-admin' });
    const begun = clock();
    for (laterMs = 0; laterMs < 8 * HOUR - MINUTE; laterMs += 25 * MINUTE) {
      expect(await session(browser, url)).toMatchObject({ status: 200, body: { roles: ['admin'] } });
    }
    laterMs = 8 * HOUR - MINUTE;
    expect(await expiresAt(browser)).toBeLessThanOrEqual(begun + 8 * HOUR + 1000);
    laterMs = 8 * HOUR + MINUTE;
    expect((await session(browser, url)).status).toBe(401);
    laterMs = 0;
    await signIn(browser, url, { subject: 'ex-admin', groups: ['runtimeOperator'] });
    expect(await session(browser, url)).toMatchObject({ body: { roles: ['operator'] } });
    expect((await pauseQueue(browser, url, SAME_ORIGIN)).status).toBe(403);
  });

  it('ends earlier where the setting says so', async () => {
    const short = await serve(rig.with({ login: { ...LOGIN, sessionHours: 1 } }));
    const browser = await signedIn({}, short);
    laterMs = 50 * MINUTE;
    expect((await session(browser, short)).status).toBe(200);
    laterMs = 61 * MINUTE;
    expect((await session(browser, short)).status).toBe(401);
  });

  it('a cookie of a shorter rest has no longer life than the rest', async () => {
    const browser = await signedIn();
    for (laterMs = 0; laterMs < 7.75 * HOUR; laterMs += 25 * MINUTE) await session(browser, url);
    laterMs = 7.75 * HOUR;
    await session(browser, url);
    const maxAge = browser.cookie(url, SESSION)?.attributes.find((text) => text.startsWith('Max-Age='));
    expect(Number(maxAge?.slice(8))).toBeLessThanOrEqual(3600);
    laterMs = 8 * HOUR + 2000;
    expect(await statusWith(valueOf(browser))).toBe(401);
  });
});

describe('POST /auth/logout', () => {
  const logout = async (browser: Browser, headers: Record<string, string>, at = url) =>
    await browser.request(`${at}/auth/logout`, { method: 'POST', headers });

  it('clears the cookie, and a copy of it is not taken any more', async () => {
    const browser = await signedIn();
    const copy = valueOf(browser);
    const done = await logout(browser, SAME_ORIGIN);
    expect(done).toMatchObject({ status: 204, body: '' });
    expect(browser.cookie(url, SESSION)).toBeUndefined();
    expect(await statusWith(copy)).toBe(401);
  });

  it('ends one session, not the others of the same person', async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    await logout(one, SAME_ORIGIN);
    expect((await session(other, url)).status).toBe(200);
  });

  it('ends renewed copies, too', async () => {
    const browser = await signedIn();
    laterMs = 31 * MINUTE;
    const tab = new Browser();
    tab.plant(url, SESSION, valueOf(browser));
    await session(tab, url);
    expect(valueOf(tab)).not.toBe(valueOf(browser));
    await logout(browser, SAME_ORIGIN);
    expect(await statusWith(valueOf(tab))).toBe(401);
  });

  it('is not undone by an answer that was under way', async () => {
    const orchestrations = Object.assign(Object.create(rig.gateway) as typeof rig.gateway, {
      lookAtQueue: async () => rig.gateway.lookAtQueue(),
    });
    const telling = gate(orchestrations, 'lookAtQueue', 'before');
    const slow = await serve(rig.with({ orchestrations }));
    const browser = await signedIn({}, slow);
    laterMs = 31 * MINUTE;
    const underWay = pauseQueue(browser, slow, SAME_ORIGIN);
    await until(() => telling.arrived() === 1, { what: 'the change is carried out' });
    await logout(browser, SAME_ORIGIN, slow);
    telling.open();
    const answer = await underWay;
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(browser.cookie(slow, SESSION)).toBeUndefined();
  });

  it('answers 204 without a session, and with one that has ended', async () => {
    expect((await logout(new Browser(), SAME_ORIGIN)).status).toBe(204);
    const browser = await signedIn();
    browser.plant(url, SESSION, 'forged');
    expect((await logout(browser, SAME_ORIGIN)).status).toBe(204);
    expect(browser.cookie(url, SESSION)).toBeUndefined();
  });

  it.each([{}, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }] as Record<
    string,
    string
  >[])('is not for other sites: %j', async (headers) => {
    const browser = await signedIn();
    const refused = await logout(browser, headers);
    expect(json(refused)).toMatchObject({ status: 403, type: problem('not-same-origin') });
    expect((await session(browser, url)).status).toBe(200);
    // Also without the cookie, which a form of another site does not send: the answer would clear it.
    expect((await logout(new Browser(), headers)).headers.getSetCookie()).toEqual([]);
  });

  it('cannot be known to another process: a copy is good there until it expires', async () => {
    const browser = await signedIn();
    const copy = valueOf(browser);
    const elsewhere = await serve(rig.with({}));
    await logout(browser, SAME_ORIGIN);
    expect(await statusWith(copy, elsewhere)).toBe(200);
    laterMs = 61 * MINUTE;
    expect(await statusWith(copy, elsewhere)).toBe(401);
  });
});

describe('on https', () => {
  const PUBLIC = 'https://drydock.example';

  it('the cookies are of this host alone, and never sent without TLS', async () => {
    const dataDir = temporaryFolder();
    const issuer = await startIssuer({
      ...{ dataDir, port: 0, audience: 'drydock', loginClientID: LOGIN_CLIENT, publicURL: PUBLIC },
    });
    atEndOfFile(() => issuer.close());
    const authentication = { ...rig.deps.authentication, issuer: issuer.issuerURL };
    const behind = rig.with({ authentication, publicURL: PUBLIC });
    const inside = await serve(behind);
    const browser = new Browser({ [PUBLIC]: inside });
    const landed = await signIn(browser, PUBLIC, { returnTo: '/ui/x' });
    expect(landed).toBe(`${PUBLIC}/ui/x`);
    const cookies = browser.cookies(PUBLIC);
    expect(cookies.map(({ name }) => name)).toEqual([`__Host-${SESSION}`]);
    expect(cookies[0]?.attributes.sort()).toEqual(
      ['HttpOnly', 'Max-Age=3600', 'Path=/', 'SameSite=Lax', 'Secure'].sort(),
    );
    const set = browser.visits.flatMap(({ url: at, headers }) =>
      at.startsWith(PUBLIC) ? headers.getSetCookie() : [],
    );
    expect(set).toHaveLength(3);
    for (const text of set) {
      expect(text).toMatch(/^__Host-drydock_/);
      expect(text).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax/);
      expect(text).not.toMatch(/domain/i);
    }
    expect((await session(browser, PUBLIC)).status).toBe(200);
    const logout = { method: 'POST', headers: SAME_ORIGIN };
    const value = cookies[0]?.value ?? '';
    expect((await browser.request(`${PUBLIC}/auth/logout`, logout)).status).toBe(204);
    expect(browser.cookies(PUBLIC)).toEqual([]);
    // Anybody on the way could set one of the plain name.
    const plain = new Browser({ [PUBLIC]: inside });
    plain.plant(PUBLIC, SESSION, value);
    expect((await session(plain, PUBLIC)).status).toBe(401);
  });
});

describe('GET /events/stream', () => {
  async function connect(browser: Browser): Promise<StreamClient> {
    const client = new StreamClient({ url, cookie: `${SESSION}=${valueOf(browser)}` });
    atEndOfTest(() => client.disconnect());
    expect(await client.connect()).toBe(200);
    await client.receives('hello');
    return client;
  }

  it('opens with the cookie, and ends a minute before it, so that it is renewed in time', async () => {
    const browser = await signedIn({ groups: ['runtimeOperator'] });
    const client = await connect(browser);
    laterMs = 59 * MINUTE + 1000;
    await client.receives('bye');
    expect(client.named('bye')[0]?.data).toEqual({ reason: 'token-expired' });
    const before = valueOf(browser);
    await session(browser, url);
    expect(valueOf(browser)).not.toBe(before);
    await connect(browser);
  });

  it('is renewed by the stream itself', async () => {
    const browser = await signedIn();
    laterMs = 40 * MINUTE;
    const opened = await fetch(`${url}/events/stream`, {
      headers: { cookie: `${SESSION}=${valueOf(browser)}` },
    });
    expect(opened.status).toBe(200);
    expect(opened.headers.getSetCookie()).toEqual([expect.stringMatching(/^drydock_session=ey/)]);
    expect(opened.headers.get('Cache-Control')).toBe('no-store, no-transform');
    await opened.body?.cancel();
  });

  it('does not open without a role or with a bad cookie', async () => {
    const status = async (cookie: string): Promise<number> =>
      await new StreamClient({ url, cookie: `${SESSION}=${cookie}` }).connect();
    expect(await status(valueOf(await signedIn({ groups: ['others'] })))).toBe(403);
    expect(await status('forged')).toBe(401);
  });
});

describe('without a client of the issuer', () => {
  it('signing in is off, and says so; tokens are taken, and cookies are not', async () => {
    const browser = await signedIn();
    const off = rig.with({ login: undefined });
    for (const [method, path] of [
      ['GET', '/auth/login'],
      ['GET', '/auth/callback?code=a&state=b'],
      ['POST', '/auth/logout'],
      ['GET', '/auth/session'],
    ] as const) {
      const answer = await off.call(method, path);
      expect({ path, body: answer.body }).toMatchObject({
        body: { status: 404, type: problem('login-not-configured') },
      });
    }
    expect((await off.call('GET', '/orchestrations')).status).toBe(200);
    const headers = { Cookie: `${SESSION}=${valueOf(browser)}` };
    expect((await off.call('GET', '/orchestrations', { token: null, headers })).status).toBe(401);
  });
});

it('the paths of signing in take other methods no more than others do', async () => {
  for (const [method, path, allow] of [
    ['POST', '/auth/login', 'GET, HEAD'],
    ['GET', '/auth/logout', 'POST'],
    ['DELETE', '/auth/session', 'GET, HEAD'],
  ] as const) {
    const answer = await rig.call(method, path);
    expect({ path, status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      path,
      status: 405,
      allow,
    });
  }
});
