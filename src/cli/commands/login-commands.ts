/** The commands about the caller: login, logout, whoami. */
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { signInByDevice } from '../login/device.ts';
import { discover, reasonOf } from '../login/issuer-client.ts';
import { signInByLoopback } from '../login/loopback.ts';
import { signInAddress } from '../login/sign-in-address.ts';
import type { SignIn } from '../login/token-file.ts';
import type { Description } from '../output.ts';
import { time } from '../terminal-texts.ts';

/** Long enough for a password and a second factor. */
const LIMIT_MS = 5 * 60_000;
const SCOPE = 'openid offline_access';

export const login = command({
  words: 'login',
  about: 'Sign in by a browser, and keep the token for the next commands',
  options: {
    device: {
      type: 'boolean',
      default: false,
      describe: 'Sign in on another device, without a browser here',
    },
    issuer: { type: 'string', describe: 'Of the tokens; the service says it itself' },
    'client-id': { type: 'string', describe: 'Likewise' },
    scope: { type: 'string', describe: `Default: ${SCOPE}` },
    port: { type: 'number', default: 0, describe: 'That the browser comes back to; any free one' },
  },
  run: async (context, { device, issuer, 'client-id': clientID, scope, port }) => {
    const { settings, surroundings, say, tokenFile } = context;
    const { interrupted, env } = surroundings;
    const address = await signInAddress(settings, { issuer, clientID }, interrupted);
    const limit = AbortSignal.timeout(LIMIT_MS);
    const common = {
      address,
      scope: scope ?? settings.login.scope ?? SCOPE,
      signal: AbortSignal.any([interrupted, limit]),
    };
    const signIn = await withinLimit(limit, () =>
      device
        ? signInByDevice({ ...common, show: (...shown) => showCode(context, ...shown) })
        : signInByLoopback({ ...common, port, show: (url) => showAddress(context, url) }),
    );
    await tokenFile.alone(() => tokenFile.write(settings.api, signIn));
    const { subject, groups } = identityOf(signIn.idToken);
    say(`Signed in at ${settings.api} as ${subject} (${groups.join(', ') || 'without groups'}).`);
    if (env['DRYDOCK_TOKEN'] || env['DRYDOCK_TOKEN_FILE'])
      say('DRYDOCK_TOKEN or DRYDOCK_TOKEN_FILE is set, and goes before this sign-in: unset it.');
    return undefined;
  },
});

async function withinLimit(limit: AbortSignal, work: () => Promise<SignIn>): Promise<SignIn> {
  try {
    return await work();
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new CommandError('timeout', 'Nobody has signed in within five minutes.', { cause: error });
  }
}

function showAddress({ surroundings, say }: Context, url: string): void {
  say(`Sign in with your browser:\n  ${url}`);
  if (surroundings.stderr.isTerminal) surroundings.openBrowser(url);
}

function showCode({ say }: Context, url: string, code: string, complete: string | undefined): void {
  say(`Open ${url} on any device, and type the code ${code}`);
  if (complete !== undefined) say(`or open ${complete}`);
}

export const logout = command({
  words: 'logout',
  about: 'Forget the token of this service',
  run: async ({ settings, tokenFile, say }) => {
    const kept = await tokenFile.alone(() => tokenFile.remove(settings.api));
    if (kept?.refreshToken !== undefined) await revoke(kept, kept.refreshToken, say);
    say(kept ? `Signed out at ${settings.api}.` : `Nobody was signed in at ${settings.api}.`);
    return undefined;
  },
});

/** Where the issuer can; the token is forgotten here all the same. */
async function revoke(kept: SignIn, refreshToken: string, say: (line: string) => void): Promise<void> {
  const { tokenRevocation } = await import('openid-client');
  try {
    const issuer = await discover(kept);
    if (issuer.serverMetadata().revocation_endpoint === undefined) return;
    await tokenRevocation(issuer, refreshToken);
  } catch (error) {
    say(`The issuer was not told of it (${reasonOf(error)}): the sign-in ends there by itself.`);
  }
}

interface Identity {
  subject: string;
  groups: string[];
  issuer: string;
  expiresAt: string | null;
}

const claimsSchema = z.object({
  sub: z.string().default(''),
  iss: z.string().default(''),
  exp: z.number().optional(),
  groups: z.array(z.string()).catch([]),
});

/** Read, and not verified: the service does that. */
function identityOf(token: string): Identity {
  try {
    const { sub, iss, exp, groups } = claimsSchema.parse(decodeJwt(token));
    const expiresAt = exp === undefined ? null : new Date(exp * 1_000).toISOString();
    return { subject: sub, groups, issuer: iss, expiresAt };
  } catch (error) {
    // The token itself must not stand in a message.
    throw new CommandError('signIn', 'The token is no ID token.', {
      next: 'Run `drydock login`, or give another one with DRYDOCK_TOKEN.',
      cause: error,
    });
  }
}

interface Me extends Identity {
  api: string;
  tokenFrom: string;
  access: 'read' | 'none';
}

const description: Description<Me> = {
  name: ({ subject }) => subject,
  fields: ({ subject, groups, issuer, expiresAt, api, tokenFrom, access }) => [
    ['Subject', subject],
    ['Groups', groups.join(', ')],
    ['Issuer', issuer],
    ['Expires', time(expiresAt)],
    ['Token', tokenFrom],
    ['Service', api],
    ['Access', access === 'read' ? 'accepted' : 'none of these groups may read'],
  ],
};

const pageSchema = z.looseObject({ totalCount: z.number() });

export const whoami = command({
  words: 'whoami',
  about: 'Who the token speaks for, and whether the service takes it',
  run: async (context) => {
    const { api, tokens } = context;
    // Asked first: a token that has ended is renewed by that.
    const access = await accessOf(context);
    const me = { ...identityOf(await tokens.token()), api: api.address, tokenFrom: tokens.from, access };
    context.showOne(me, description);
    return access === 'read' ? undefined : 'refused';
  },
});

async function accessOf({ api }: Context): Promise<Me['access']> {
  try {
    await api.ask('/orchestrations', pageSchema, { query: { page_size: 1 } });
    return 'read';
  } catch (error) {
    if (error instanceof CommandError && error.ending === 'refused') return 'none';
    throw error;
  }
}

export const version = command({
  words: 'version',
  about: 'Version of this command',
  run: async (context) => {
    const { version: own } = context.surroundings;
    context.showOne(
      { version: own, node: process.versions.node, service: context.api.address },
      {
        name: () => own,
        fields: (one) => [
          ['Version', one.version],
          ['Node', one.node],
          ['Service', one.service],
        ],
      },
    );
    return undefined;
  },
});
