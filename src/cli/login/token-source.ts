/** Where the token comes from: the environment, a file that somebody else keeps, or an earlier `login`. */
import { CommandError } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import { refresh } from './issuer-client.ts';
import type { SignIn, TokenFile } from './token-file.ts';

/** A token that ends so soon is renewed before it is sent. */
const RENEW_BEFORE_MS = 60_000;

export interface TokenSource {
  /** In words, for `whoami`. */
  from: string;
  /** A token to be sent. Throws `signIn` when there is none. */
  token(): Promise<string>;
  /** After the service has refused this one: another one, or undefined. */
  renewed(refused: string): Promise<string | undefined>;
}

interface TokenSourceOptions {
  api: string;
  surroundings: Pick<Surroundings, 'env' | 'now' | 'readFile'>;
  file: TokenFile;
}

export function createTokenSource({ api, surroundings, file }: TokenSourceOptions): TokenSource {
  const { env } = surroundings;
  const token = env['DRYDOCK_TOKEN']?.trim();
  if (token) {
    return { from: 'DRYDOCK_TOKEN', token: async () => token, renewed: async () => undefined };
  }
  const path = env['DRYDOCK_TOKEN_FILE'];
  if (path) return tokenOfFile(path, surroundings);
  return tokenOfLogin({ api, file, now: surroundings.now });
}

/** Read again each time: whoever keeps the file, such as Kubernetes, puts new tokens into it. */
function tokenOfFile(path: string, { readFile }: Pick<Surroundings, 'readFile'>): TokenSource {
  const read = async (): Promise<string> => {
    let text: string;
    try {
      text = (await readFile(path)).trim();
    } catch (error) {
      throw new CommandError('signIn', `DRYDOCK_TOKEN_FILE can't be read: ${path}`, { cause: error });
    }
    if (text === '') throw new CommandError('signIn', `DRYDOCK_TOKEN_FILE is empty: ${path}`);
    return text;
  };
  return {
    from: `DRYDOCK_TOKEN_FILE (${path})`,
    token: read,
    renewed: async (refused) => {
      const now = await read();
      return now === refused ? undefined : now;
    },
  };
}

interface LoginOptions {
  api: string;
  file: TokenFile;
  now: () => number;
}

function tokenOfLogin({ api, file, now }: LoginOptions): TokenSource {
  return {
    from: `drydock login (${file.path})`,
    token: async () => {
      const kept = await file.read(api);
      if (!kept) {
        throw new CommandError('signIn', `Nobody is signed in at ${api}.`, {
          next: 'Run `drydock login`, or set DRYDOCK_TOKEN.',
        });
      }
      if (kept.expiresAt - now() > RENEW_BEFORE_MS) return kept.idToken;
      const fresh = await renew(api, file, kept);
      if (fresh) return fresh.idToken;
      if (kept.expiresAt > now()) return kept.idToken;
      throw new CommandError('signIn', `The sign-in at ${api} has ended.`, { next: 'Run `drydock login`.' });
    },
    renewed: async (refused) => {
      const kept = await file.read(api);
      if (!kept) return undefined;
      if (kept.idToken !== refused) return kept.idToken;
      return (await renew(api, file, kept))?.idToken;
    },
  };
}

/**
 * A refresh token is good for one time, and issuers take a second use of it for a theft: of commands beside each other one
 * renews, and the others take what it has got.
 */
async function renew(api: string, file: TokenFile, kept: SignIn): Promise<SignIn | undefined> {
  return await file.alone(async () => {
    const now = await file.read(api);
    // A sign-in that was removed by `logout` stays removed.
    if (!now) return undefined;
    // Two ID tokens of the same second may be the same text.
    if (now.refreshToken !== kept.refreshToken || now.idToken !== kept.idToken) return now;
    const fresh = await refresh(now);
    if (fresh) await file.write(api, fresh);
    return fresh;
  });
}
