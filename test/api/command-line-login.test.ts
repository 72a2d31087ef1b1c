/** Signing in with `drydock`, against the local issuer and the real API. */
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { discover } from '../../src/cli/login/issuer-client.ts';
import { LEFT_BEHIND_MS } from '../../src/cli/login/token-file.ts';
import { FormBrowser } from '../support/form-browser.ts';
import { typed, type Ended } from '../support/command-line.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';
import { ApiRig, AUDIENCE } from './api-rig.ts';

let rig: ApiRig;
let url: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  const api = await startAPI({ app: rig.app, port: 0, host: '127.0.0.1' });
  atEndOfFile(() => api.close());
  url = api.url;
});

interface Signing {
  env: Record<string, string>;
  /** Of the tokens. */
  file: string;
}

function aHome(): Signing {
  const folder = temporaryFolder();
  return { env: { DRYDOCK_API: url, XDG_CONFIG_HOME: folder }, file: join(folder, 'drydock', 'tokens.json') };
}

/** Runs `login`, and does in a browser what it asks for. */
async function signIn(
  { env }: Signing,
  args: string[],
  address: RegExp,
  inBrowser: (browser: FormBrowser, address: string) => Promise<unknown>,
): Promise<Ended> {
  let said = '';
  const ended = typed(['login', ...args], { env, onError: (text) => (said += text) });
  const [, shown = ''] = await until(() => address.exec(said), { what: 'the address to sign in at' });
  await inBrowser(new FormBrowser(), shown);
  return await ended;
}

const byLoopback = (signing: Signing, subject: string, group: string): Promise<Ended> =>
  signIn(signing, [], /(http\S+\/auth\?\S+)/, async (browser, address) => {
    const back = await browser.send(await browser.open(address), { subject, group });
    expect([back.status, back.text]).toEqual([
      200,
      expect.stringContaining('Go back to the terminal') as string,
    ]);
  });

const tokensSchema = z.record(
  z.string(),
  z.object({ idToken: z.string(), refreshToken: z.string(), expiresAt: z.number() }),
);

function tokensOf({ file }: Signing): z.infer<typeof tokensSchema>[string] {
  const kept = tokensSchema.parse(JSON.parse(readFileSync(file, 'utf8')))[url];
  if (!kept) throw new Error('Nobody is signed in');
  return kept;
}

/** As if the ID token were about to end, or had ended. */
function age({ file }: Signing, leftMs = 1_000): void {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, object>;
  writeFileSync(file, JSON.stringify({ [url]: { ...kept[url], expiresAt: Date.now() + leftMs } }));
}

/** As a command leaves it that was killed while it renewed the token. */
function leaveLock({ file }: Signing): string {
  const lock = join(dirname(file), 'tokens.lock');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(lock, '');
  utimesSync(lock, 0, 0);
  return lock;
}

it('the service says where to sign in, to anybody', async () => {
  const { status, body } = await rig.call('GET', '/.well-known/oauth-protected-resource', { token: null });
  expect(status).toBe(200);
  expect(body).toMatchObject({ authorization_servers: [rig.issuerURL], drydock_client_id: AUDIENCE });
});

describe('login', () => {
  it('by loopback: the token is kept for its owner alone, and used by the next commands', async () => {
    const home = aHome();
    expect(await typed(['list'], home)).toMatchObject({ code: EXIT.signIn });
    const { code, stdout, stderr } = await byLoopback(home, 'jo', 'runtimeAdmin');
    expect([code, stdout]).toEqual([EXIT.done, '']);
    expect(stderr).toContain(`Signed in at ${url} as jo (runtimeAdmin).`);
    expect(statSync(home.file).mode & 0o777).toBe(0o600);
    expect(stderr).not.toContain(tokensOf(home).idToken);
    expect(await typed(['list'], home)).toMatchObject({ code: EXIT.done });
    const me = await typed(['whoami', '-o', 'json'], home);
    expect(JSON.parse(me.stdout)).toMatchObject({ subject: 'jo', groups: ['runtimeAdmin'], access: 'read' });
  });

  it('by loopback: what comes from another login, or asks for something else, is turned away', async () => {
    const home = aHome();
    const { code } = await signIn(home, [], /(http\S+\/auth\?\S+)/, async (browser, address) => {
      const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
      const forged = await browser.open(`${redirect}?code=stolen&state=forged`);
      expect([forged.status, forged.text]).toEqual([
        400,
        expect.stringContaining('is not the login') as string,
      ]);
      for (const path of ['/other', '//', '//['])
        expect((await browser.open(`${new URL(redirect).origin}${path}`)).status).toBe(404);
      await browser.send(await browser.open(address), { subject: 'jo', group: 'runtimeOperator' });
    });
    expect(code).toBe(EXIT.done);
  });

  it('by device: a code is confirmed in a browser anywhere', async () => {
    const home = aHome();
    const ended = await signIn(home, ['--device'], /type the code (\S+)/, async (browser, code) => {
      const start = await browser.open(`${rig.issuerURL}/device`);
      const wrong = await browser.send(start, { user_code: 'BBBB-BBBB' });
      expect(wrong.text).toContain('This code is wrong');
      const confirm = await browser.send(wrong, { user_code: code });
      expect(confirm.text).toContain(code);
      const page = await browser.send(confirm);
      const done = await browser.send(page, { subject: 'ann', group: 'runtimeOperator' });
      expect(done.text).toContain('Go back to the terminal');
    });
    expect(ended.code).toBe(EXIT.done);
    expect(ended.stderr).toContain('as ann (runtimeOperator)');
    expect(await typed(['list'], home)).toMatchObject({ code: EXIT.done });
    expect(await typed(['queue', 'pause'], home)).toMatchObject({ code: EXIT.refused });
  });

  it('by device: who says no is not signed in', async () => {
    const home = aHome();
    const ended = await signIn(
      home,
      ['--device'],
      /open (http\S+user_code=\S+)/,
      async (browser, address) => {
        const confirm = await browser.send(await browser.open(address));
        await browser.send(confirm, { abort: 'yes' });
      },
    );
    expect(ended.code).toBe(EXIT.signIn);
    expect(await typed(['list'], home)).toMatchObject({ code: EXIT.signIn });
  });

  it('ends by Ctrl-C, and where no issuer answers', async () => {
    const { env } = aHome();
    const interrupt = new AbortController();
    const waiting = typed(['login'], {
      env,
      interrupted: interrupt.signal,
      onError: () => interrupt.abort(),
    });
    expect(await waiting).toMatchObject({ code: EXIT.interrupted });
    const issuer = ['--issuer', rig.issuerURL, '--client-id', AUDIENCE];
    const before = await typed(['login', ...issuer], { env, interrupted: AbortSignal.abort() });
    // No address is shown, and so no browser is opened.
    expect(before).toMatchObject({ code: EXIT.interrupted, stderr: 'drydock: Interrupted.\n' });
    const away = ['login', '--issuer', 'http://127.0.0.1:9', '--client-id', 'x'];
    expect(await typed(away, { env })).toMatchObject({ code: EXIT.unavailable });
  });
});

it.each(['70000', '-1', 'x'])('login --port %s is no usage', async (port) => {
  const args = ['login', '--port', port, '--issuer', rig.issuerURL, '--client-id', AUDIENCE];
  const { code, stderr } = await typed(args, aHome());
  expect([code, stderr]).toEqual([
    EXIT.usage,
    expect.stringMatching(/^drydock: Port .*\n.*--port/) as string,
  ]);
});

describe('the sign-in', () => {
  it('is renewed before its token ends, once for commands beside each other', async () => {
    const home = aHome();
    await byLoopback(home, 'jo', 'runtimeAdmin');
    const before = tokensOf(home);
    age(home);
    const all = await Promise.all([1, 2, 3, 4].map(() => typed(['list'], home)));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const after = tokensOf(home);
    expect(after.refreshToken).not.toBe(before.refreshToken);
    expect(after.expiresAt).toBeGreaterThan(Date.now() + 60_000);
    // A refresh token that was used twice would have ended the sign-in.
    age(home, -1_000);
    expect(await typed(['list'], home)).toMatchObject({ code: EXIT.done });
  });

  it('is asked for at the issuer for so short a time that nobody takes its lock for one left behind', async () => {
    const issuer = await discover({ issuer: rig.issuerURL, clientID: AUDIENCE });
    // For the metadata, and for the token.
    expect(2 * (issuer.timeout ?? Infinity) * 1_000).toBeLessThan(LEFT_BEHIND_MS);
  });

  it('stays removed when it is removed by another command before its renewal', async () => {
    const home = aHome();
    await byLoopback(home, 'jo', 'runtimeAdmin');
    age(home, -1_000);
    // The time is looked at when the token has been read.
    const now = (): number => {
      writeFileSync(home.file, '{}');
      return Date.now();
    };
    expect(await typed(['list'], { ...home, now })).toMatchObject({ code: EXIT.signIn });
    expect(readFileSync(home.file, 'utf8')).toBe('{}');
  });

  it('ends with logout', async () => {
    const home = aHome();
    await byLoopback(home, 'jo', 'runtimeAdmin');
    expect(await typed(['logout'], home)).toMatchObject({ code: EXIT.done });
    expect(await typed(['list'], home)).toMatchObject({ code: EXIT.signIn });
    expect(await typed(['logout'], home)).toMatchObject({ code: EXIT.done });
  });

  it('is written and removed under the lock of its file, also after one that was left behind', async () => {
    const home = aHome();
    const lock = leaveLock(home);
    await byLoopback(home, 'jo', 'runtimeAdmin');
    expect(existsSync(lock)).toBe(false);
    leaveLock(home);
    expect(await typed(['logout'], home)).toMatchObject({ code: EXIT.done });
    expect(existsSync(lock)).toBe(false);
  });

  it('is of one service, and goes to no other', async () => {
    const home = aHome();
    await byLoopback(home, 'jo', 'runtimeAdmin');
    const other = await typed(['list', '--api', url.replace('127.0.0.1', 'localhost')], home);
    expect(other.code).toBe(EXIT.signIn);
  });
});

describe('a token from outside', () => {
  it('of the environment goes before a sign-in', async () => {
    const home = aHome();
    const env = { ...home.env, DRYDOCK_TOKEN: await rig.tokenOf('ci', 'runtimeOperator') };
    const me = await typed(['whoami', '-o', 'name'], { env });
    expect(me).toMatchObject({ code: EXIT.done, stdout: 'ci\n' });
  });

  it('of a file is read anew each time', async () => {
    const file = join(temporaryFolder(), 'token');
    const env = { ...aHome().env, DRYDOCK_TOKEN_FILE: file };
    expect(await typed(['list'], { env })).toMatchObject({ code: EXIT.signIn });
    writeFileSync(file, `${await rig.tokenOf('ci', 'runtimeOperator')}\n`);
    expect((await typed(['whoami', '-o', 'name'], { env })).stdout).toBe('ci\n');
  });

  it('without a group that helps says so', async () => {
    const env = { ...aHome().env, DRYDOCK_TOKEN: await rig.tokenOf('eve', 'visitors') };
    const me = await typed(['whoami'], { env });
    expect(me).toMatchObject({ code: EXIT.refused, stdout: expect.stringContaining('may read') as string });
  });
});
