import { createHash } from 'node:crypto';
import { generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startIssuer } from '../../src/dev/issuer/index.ts';
import { Browser, type Visit } from '../support/browser.ts';
import { freePort, temporaryFolder } from '../support/environment.ts';
import { startScriptedIssuer, type ScriptedIssuer, type TokenAnswer } from '../support/scripted-issuer.ts';
import { ApiRig, AUDIENCE, LOGIN_CLIENT } from './api-rig.ts';
import {
  json,
  LOGIN,
  SECRET,
  serve,
  SESSION,
  session,
  signIn,
  throughIssuer,
  toCallback,
} from './sign-ins.ts';

const CLIENT_SECRET = 'what-only-the-client-and-the-issuer-know';
const FAILED = { status: 401, type: 'urn:drydock:problem:sign-in-failed' };
const AWAY = { status: 503, type: 'urn:drydock:problem:issuer-unavailable' };

let rig: ApiRig;
let url: string;

beforeAll(async () => {
  rig = await ApiRig.start({ login: LOGIN });
  url = await serve(rig);
});

/** The query of the URL that `/auth/login` sends to. */
async function begin(browser: Browser, at = url, returnTo?: string): Promise<URL> {
  const query = returnTo === undefined ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;
  const { status, headers } = await browser.request(`${at}/auth/login${query}`);
  expect(status).toBe(302);
  return new URL(headers.get('location') ?? '');
}

const cookieNames = (browser: Browser): string[] =>
  browser
    .cookies(url)
    .map(({ name }) => name)
    .filter((name) => name.startsWith('drydock_'));

describe('GET /auth/login', () => {
  it('sends to the issuer with PKCE, a state and a nonce, each new', async () => {
    const [first, second] = [await begin(new Browser()), await begin(new Browser())];
    expect(first.href).toMatch(new RegExp(`^${rig.issuerURL}/auth\\?`));
    expect(Object.fromEntries(first.searchParams)).toMatchObject({
      client_id: LOGIN_CLIENT,
      redirect_uri: `${url}/auth/callback`,
      response_type: 'code',
      scope: 'openid groups',
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const [one, other] = [first, second].map(({ searchParams }) => searchParams.get(name) ?? '');
      expect(one).toMatch(/^[\w-]{43}$/);
      expect(one).not.toBe(other);
    }
  });

  it('keeps what must come back in a cookie for ten minutes, where nobody can read it', async () => {
    const browser = new Browser();
    const asked = await begin(browser, url, '/ui/secret-place');
    const [cookie] = browser.cookies(url);
    expect(cookie?.attributes.sort()).toEqual(['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax']);
    const readable = Buffer.from(cookie?.value ?? '', 'base64url').toString('latin1');
    for (const hidden of [asked.searchParams.get('nonce') ?? '', 'secret-place', 'verifier']) {
      expect(readable).not.toContain(hidden);
      expect(cookie?.value).not.toContain(hidden);
    }
  });

  it.each([
    ['/ui', '/ui'],
    ['/ui/orchestrations?state=failed&page=2#rows', '/ui/orchestrations?state=failed&page=2#rows'],
    ['/ui/a/../b c', '/ui/b%20c'],
    ['/ui?next=//evil.example', '/ui?next=//evil.example'],
    [undefined, '/ui'],
    [`/ui?${'x'.repeat(1_200)}`, '/ui'],
  ])('sends on to where it was asked to, or to /ui (%#)', async (returnTo, place) => {
    expect(await signIn(new Browser(), url, { returnTo })).toBe(url + place);
  });

  it.each([
    'https://evil.example/ui',
    '//evil.example/ui',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '\n//evil.example',
    'ui',
    '',
    'javascript:alert(1)',
    '/auth/login',
    '/ui/../auth/login?returnTo=/auth/login',
  ])('goes nowhere else: %j', async (returnTo) => {
    const browser = new Browser();
    const answer = await browser.request(`${url}/auth/login?returnTo=${encodeURIComponent(returnTo)}`);
    expect(json(answer)).toMatchObject({
      status: 400,
      detail:
        'returnTo must be a path of this service that begins with one slash, such as /ui/orchestrations',
    });
    expect(browser.cookies(url)).toEqual([]);
  });

  it('names what it does not know', async () => {
    const answer = await rig.call('GET', '/auth/login?return_to=/ui', { token: null });
    expect(answer.body).toMatchObject({
      status: 400,
      detail: expect.stringContaining('return_to') as string,
    });
    const twice = await rig.call('GET', '/auth/login?returnTo=/a&returnTo=/b', { token: null });
    expect(twice.body).toMatchObject({ status: 400, detail: 'returnTo must be given once' });
  });

  it('answers 503 while the issuer is away, and goes on when it is back', async () => {
    const [port, dataDir] = [await freePort(), temporaryFolder()];
    const authentication = { ...rig.deps.authentication, issuer: `http://127.0.0.1:${port}` };
    const at = await serve(rig.with({ authentication }));
    const browser = new Browser();
    const answer = await browser.request(`${at}/auth/login`);
    expect(json(answer)).toMatchObject(AWAY);
    expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
    const options = { dataDir, port, audience: AUDIENCE, loginClientID: LOGIN_CLIENT };
    const issuer = await startIssuer(options);
    const back = await toCallback(browser, at);
    await issuer.close();
    expect(json(await browser.request(back))).toMatchObject(AWAY);
    const again = await startIssuer(options);
    await signIn(browser, at);
    expect((await session(browser, at)).status).toBe(200);
    await again.close();
  });
});

describe('GET /auth/callback', () => {
  it('is for the browser that has begun, with its state, once', async () => {
    const [browser, other] = [new Browser(), new Browser()];
    const back = await toCallback(browser, url);
    const refused = async (who: Browser, at: string): Promise<void> => {
      const answer = await who.request(at);
      expect({ at, problem: json(answer) }).toMatchObject({ problem: FAILED });
      expect(who.cookie(url, SESSION)).toBeUndefined();
    };
    // Somebody else opens what was meant for the first one: their account would get another one's session.
    await refused(other, back);
    await begin(other);
    await refused(other, back);
    const [code, state] = ['code', 'state'].map((name) => new URL(back).searchParams.get(name) ?? '');
    await refused(browser, `${url}/auth/callback`);
    await refused(browser, `${url}/auth/callback?code=${code}`);
    await refused(browser, `${url}/auth/callback?code=${code}&state=`);
    await refused(browser, `${url}/auth/callback?code=${code}&state=${state?.slice(0, -1)}x`);
    await refused(browser, `${url}/auth/callback?code=${code}&state=${'x'.repeat(43)}`);
    // None of this has used it up.
    const kept = browser.cookies(url).find(({ name }) => name.startsWith('drydock_sign_in_'));
    expect((await browser.request(back)).status).toBe(302);
    expect(cookieNames(browser)).toEqual([SESSION]);
    // A second time the cookie is gone; with a copy of it the code is used up.
    const again = new Browser();
    await refused(again, back);
    again.plant(url, kept?.name ?? '', kept?.value ?? '');
    await refused(again, back);
  });

  it('with the code of another sign-in is refused by the issuer: the verifier is another', async () => {
    const [browser, other] = [new Browser(), new Browser()];
    const mixed = new URL(await toCallback(browser, url));
    const stolen = new URL(await toCallback(other, url, { subject: 'victim' }));
    mixed.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    expect(json(await browser.request(mixed.href))).toMatchObject(FAILED);
    expect(browser.cookie(url, SESSION)).toBeUndefined();
    expect(rig.log.some((line) => line.includes('"reason":"invalid_grant"'))).toBe(true);
  });

  it('tabs that sign in at the same time do not disturb each other', async () => {
    const browser = new Browser();
    const tabs = [];
    for (const place of ['/ui/1', '/ui/2', '/ui/3']) tabs.push(await begin(browser, url, place));
    const landed = [];
    for (const asked of tabs.reverse()) {
      const back = await throughIssuer(browser, asked.href);
      landed.push((await browser.request(back)).headers.get('location'));
    }
    expect(landed).toEqual([`${url}/ui/3`, `${url}/ui/2`, `${url}/ui/1`]);
  });

  it('sign-ins that are given up do not pile up', async () => {
    const browser = new Browser();
    for (let attempt = 0; attempt < 10; attempt += 1) await begin(browser, url, `/ui?${'x'.repeat(900)}`);
    expect(browser.cookies(url)).toHaveLength(3);
    await signIn(browser, url);
    expect((await session(browser, url)).status).toBe(200);
  });

  it('has a page for people, with a way to begin again, and nothing of what came in it', async () => {
    const browser = new Browser();
    await begin(browser);
    const query = 'error=%3Cscript%3E&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=%3Cscript%3E';
    const page = await browser.request(`${url}/auth/callback?${query}`, {
      headers: { Accept: 'text/html,application/xhtml+xml' },
    });
    expect(page.status).toBe(401);
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.headers.get('Cache-Control')).toBe('no-store');
    expect(page.headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(page.body).toContain('<h1>Signing in did not work</h1>');
    expect(page.body).toContain(`<a href="${url}/auth/login">Sign in</a>`);
    expect(page.body).not.toContain('script');
  });
});

describe('an issuer that does not play by the rules', () => {
  let issuer: ScriptedIssuer;
  let at: string;
  const ACCESS = 'an-access-token-that-no-browser-gets';
  const REFRESH = 'a-refresh-token-that-no-browser-gets';

  beforeAll(async () => {
    issuer = await startScriptedIssuer();
    const authentication = { ...rig.deps.authentication, issuer: issuer.url, keyCooldownMs: 0 };
    const login = { ...LOGIN, clientID: 'page', clientSecret: CLIENT_SECRET };
    at = await serve(rig.with({ authentication, login }));
  });

  beforeEach(() => {
    issuer.requests.length = 0;
    issuer.metadata = {};
  });

  const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

  function claims(asked: URL, changes: JWTPayload = {}): JWTPayload {
    return {
      ...{ iss: issuer.url, aud: 'page', sub: 'mallory', groups: ['runtimeAdmin'] },
      nonce: asked.searchParams.get('nonce') ?? '',
      ...{ iat: inSeconds(0), exp: inSeconds(600) },
      ...changes,
    };
  }

  const tokens = (idToken: string | undefined) => ({
    status: 200,
    body: {
      ...{ access_token: ACCESS, refresh_token: REFRESH, token_type: 'Bearer', expires_in: 600 },
      id_token: idToken,
    },
  });

  /** Comes back from the issuer, which has this to say. */
  async function comeBack(
    browser: Browser,
    answer: (asked: URL) => Promise<TokenAnswer>,
    query = 'code=the-code',
  ): Promise<Visit> {
    const asked = await begin(browser, at);
    issuer.answer = () => answer(asked);
    const state = asked.searchParams.get('state') ?? '';
    return await browser.request(`${at}/auth/callback?${query}&state=${state}`);
  }

  it('lets in with an ID token in order, and shows the name that it has', async () => {
    const browser = new Browser();
    const done = await comeBack(browser, async (asked) =>
      tokens(await issuer.sign(claims(asked, { name: 'Mallory M.', aud: ['page', 'other'], azp: 'page' }))),
    );
    expect(done.status).toBe(302);
    expect((await session(browser, at)).body).toMatchObject({ subject: 'mallory', name: 'Mallory M.' });
  });

  it.each([
    [{ preferred_username: 'mal' }, 'mal'],
    [{ name: ' ', email: 'm@example.com' }, 'm@example.com'],
    [{ name: 'x'.repeat(101) }, 'mallory'],
    [{ name: 'a\u0007b' }, 'mallory'],
    [{ name: 7 }, 'mallory'],
  ])('shows a name that can be shown, and else the subject (%#)', async (changes, name) => {
    const browser = new Browser();
    await comeBack(browser, async (asked) => tokens(await issuer.sign(claims(asked, changes))));
    expect((await session(browser, at)).body).toMatchObject({ name });
  });

  it('takes 150 groups with the longest names, and says so when there are more than a cookie holds', async () => {
    const groups = (count: number): string[] =>
      Array.from({ length: count }, (_, at) => `${'a'.repeat(200)}-${at}`).concat('runtimeAdmin');
    const longest = { sub: 's'.repeat(255), name: '\u20ac'.repeat(100) };
    const browser = new Browser();
    const signed = (count: number) => async (asked: URL) =>
      tokens(await issuer.sign(claims(asked, { ...longest, groups: groups(count) })));
    expect((await comeBack(browser, signed(149))).status).toBe(302);
    expect((await session(browser, at)).body).toMatchObject({ subject: longest.sub, name: longest.name });
    const set = browser.visits.flatMap(({ headers }) => headers.getSetCookie());
    for (const cookie of set) expect(cookie.length).toBeLessThanOrEqual(4_096);
    const other = new Browser();
    const detail =
      'The ID token lists more groups than a session can hold; let the issuer list fewer of them';
    expect(json(await comeBack(other, signed(400)))).toMatchObject({ ...FAILED, detail });
    expect(other.cookies(at)).toEqual([]);
  });

  const stranger = generateKeyPair('RS256');
  it.each<[string, (asked: URL) => Promise<string | undefined>]>([
    ['with another nonce', (asked) => issuer.sign(claims(asked, { nonce: 'another' }))],
    ['without a nonce', (asked) => issuer.sign(claims(asked, { nonce: undefined }))],
    ['for another client', (asked) => issuer.sign(claims(asked, { aud: 'somebody' }))],
    ['for the audience of programs', (asked) => issuer.sign(claims(asked, { aud: AUDIENCE }))],
    ['of another issuer', (asked) => issuer.sign(claims(asked, { iss: 'https://issuer.example' }))],
    ['that has expired', (asked) => issuer.sign(claims(asked, { exp: inSeconds(-60) }))],
    ['from the future', (asked) => issuer.sign(claims(asked, { nbf: inSeconds(600) }))],
    ['without a subject', (asked) => issuer.sign(claims(asked, { sub: undefined }))],
    ['with a subject that cannot be stored', (asked) => issuer.sign(claims(asked, { sub: 'a\0' }))],
    ['without groups', (asked) => issuer.sign(claims(asked, { groups: undefined }))],
    ['with groups that are one text', (asked) => issuer.sign(claims(asked, { groups: 'runtimeAdmin' }))],
    ['that is not signed', async (asked) => new UnsecuredJWT(claims(asked)).encode()],
    [
      'that is signed with the secret of the client',
      (asked) =>
        new SignJWT(claims(asked)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(CLIENT_SECRET)),
    ],
    [
      'that is signed by somebody else',
      async (asked) => issuer.sign(claims(asked), { key: (await stranger).privateKey }),
    ],
    [
      'that is signed by a key that is not known',
      async (asked) => issuer.sign(claims(asked), { key: (await stranger).privateKey, kid: 'two' }),
    ],
    ['that is none', async () => 'no-jwt'],
    ['that is missing', async () => undefined],
  ])('an ID token %s is refused', async (_what, token) => {
    const browser = new Browser();
    const answer = await comeBack(browser, async (asked) => tokens(await token(asked)));
    expect(json(answer)).toMatchObject(FAILED);
    expect(browser.cookies(at)).toEqual([]);
  });

  it.each<[string, TokenAnswer, object, string]>([
    [
      'refuses the code',
      { status: 400, body: { error: 'invalid_grant', error_description: 'secret details' } },
      FAILED,
      'This sign-in was completed before, or has taken too long; sign in again',
    ],
    [
      'refuses the client',
      { status: 401, body: { error: 'invalid_client' } },
      FAILED,
      'The issuer does not accept this service as its client; its administrators find the reason in the log',
    ],
    [
      'refuses the client by a challenge',
      {
        ...{ status: 401, body: { error: 'invalid_client' } },
        headers: { 'www-authenticate': 'Basic realm="issuer"' },
      },
      FAILED,
      'The issuer does not accept this service as its client; its administrators find the reason in the log',
    ],
    [
      'fails',
      { status: 502, body: '<h1>Bad gateway</h1>' },
      AWAY,
      'The token issuer does not answer; try again in a few seconds',
    ],
    [
      'answers a page',
      { status: 200, body: '<h1>Hello</h1>' },
      FAILED,
      'The issuer did not answer as it was asked; sign in again',
    ],
  ])('a token endpoint that %s is told with words', async (_what, answer, kind, detail) => {
    const said = await comeBack(new Browser(), () => Promise.resolve(answer));
    expect(json(said)).toMatchObject({ ...kind, detail });
    expect(said.body).not.toContain('secret details');
  });

  it.each<[string, object, string]>([
    ['access_denied', FAILED, 'The issuer did not let you sign in; ask its administrators'],
    ['invalid_scope', FAILED, 'The issuer refused the request to sign in; the log says why'],
    ['temporarily_unavailable', AWAY, 'The token issuer does not answer; try again in a few seconds'],
  ])('a browser that comes back with %s is told with words', async (error, kind, detail) => {
    const never = () => Promise.reject(new Error('nothing is to be asked for'));
    const said = await comeBack(new Browser(), never, `error=${error}&error_description=<b>why</b>`);
    expect(json(said)).toMatchObject({ ...kind, detail });
    expect(said.body).not.toContain('<b>');
    expect(issuer.requests).toEqual([]);
  });

  it('a browser that comes from another issuer is refused (RFC 9207)', async () => {
    const browser = new Browser();
    const good = async (asked: URL) => tokens(await issuer.sign(claims(asked)));
    const answer = await comeBack(browser, good, 'code=the-code&iss=https%3A%2F%2Fissuer.example');
    expect(json(answer)).toMatchObject(FAILED);
    expect(issuer.requests).toEqual([]);
  });

  it('the code is exchanged with the verifier of the challenge, and by the client with its secret', async () => {
    const browser = new Browser();
    let challenge: string | null = null;
    await comeBack(browser, async (asked) => {
      challenge = asked.searchParams.get('code_challenge');
      return tokens(await issuer.sign(claims(asked)));
    });
    const [{ form, authorization } = { form: new URLSearchParams(), authorization: '' }] = issuer.requests;
    const verifier = form.get('code_verifier') ?? '';
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(challenge);
    expect(Object.fromEntries(form)).toEqual({
      ...{ grant_type: 'authorization_code', code: 'the-code', code_verifier: verifier },
      redirect_uri: `${at}/auth/callback`,
    });
    const basic = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString();
    expect(decodeURIComponent(basic)).toBe(`page:${CLIENT_SECRET}`);
  });

  it('the secret goes into the form where the issuer takes it there, and scopes are those that it offers', async () => {
    issuer.metadata = {
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      scopes_supported: ['openid', 'profile', 'groups', 'email'],
    };
    const { authentication } = rig.deps;
    const options = { ...LOGIN, clientID: 'page', clientSecret: CLIENT_SECRET };
    const parts = { authentication: { ...authentication, issuer: issuer.url } };
    const other = await serve(rig.with({ ...parts, login: options }));
    const browser = new Browser();
    const asked = await begin(browser, other);
    expect(asked.searchParams.get('scope')).toBe('openid profile groups');
    issuer.answer = async () => tokens(await issuer.sign(claims(asked)));
    const state = asked.searchParams.get('state') ?? '';
    expect((await browser.request(`${other}/auth/callback?code=c&state=${state}`)).status).toBe(302);
    expect(issuer.requests[0]?.authorization).toBeUndefined();
    expect(issuer.requests[0]?.form.get('client_secret')).toBe(CLIENT_SECRET);
    const named = await serve(rig.with({ ...parts, login: { ...options, scope: 'openid roles' } }));
    expect((await begin(browser, named)).searchParams.get('scope')).toBe('openid roles');
  });

  it('no token and no secret is in an answer to the browser or in the log', async () => {
    const browser = new Browser();
    let idToken = '';
    const good = async (asked: URL) => tokens((idToken = await issuer.sign(claims(asked))));
    const from = rig.log.length;
    await comeBack(browser, good);
    const cookie = browser.cookie(at, SESSION)?.value ?? '';
    await session(browser, at);
    await browser.request(`${at}/orchestrations`);
    // And when something goes wrong afterwards.
    await comeBack(browser, async (asked) =>
      tokens((idToken = await issuer.sign(claims(asked, { groups: undefined })))),
    );
    await comeBack(browser, async (asked) =>
      tokens((idToken = await issuer.sign(claims(asked, { nonce: 'another' })))),
    );
    await comeBack(browser, () => Promise.resolve({ status: 500, body: { access_token: ACCESS } }));
    const verifiers = issuer.requests.map(({ form }) => form.get('code_verifier') ?? '');
    const secrets = [
      ACCESS,
      REFRESH,
      CLIENT_SECRET,
      SECRET,
      idToken,
      idToken.split('.')[1] ?? '',
      ...verifiers,
    ];
    const answers = browser.visits.map(({ headers, body }) => JSON.stringify([...headers]) + body);
    const log = rig.log.slice(from);
    expect(log.some((line) => line.includes('signed in'))).toBe(true);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      for (const text of [...answers, ...log]) expect(text).not.toContain(secret);
    }
    for (const line of log) {
      expect(line).not.toContain(cookie);
      expect(line).not.toContain('the-code');
    }
    expect(answers.some((text) => text.includes(cookie))).toBe(true);
  });
});
