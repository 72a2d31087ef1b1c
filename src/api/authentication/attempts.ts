import { getCookie } from 'hono/cookie';
import { z } from 'zod';
import type { ApiContext } from '../api-dependencies.ts';
import { clearCookie, readCookie, writeCookie } from './cookies.ts';
import { createSeal } from './sealed-text.ts';
import type { Attempt } from './sign-in.ts';

/** Sign-ins under way: what each needs when the browser comes back, in a cookie that ties it to that browser. */
export interface Attempts {
  /** `returnTo` is the absolute URL to go to in the end. */
  begin(c: ApiContext, attempt: Attempt, returnTo: string): Promise<void>;
  /** The one that has this state, which this browser can't take twice; undefined when it has begun none. */
  take(c: ApiContext, state: string): Promise<(Attempt & { returnTo: string }) | undefined>;
}

const PREFIX = 'drydock_sign_in_';
const LIMIT_MS = 10 * 60_000;
/** Tabs of one browser that sign in at the same time; more cookies would make requests too large. */
const MOST = 3;

const attemptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});

export function createAttempts(secrets: readonly [string, ...string[]], clock: () => number): Attempts {
  const seal = createSeal(secrets, 'sign-in', clock);
  return {
    begin: async (c, attempt, returnTo) => {
      const text = await seal.seal({ ...attempt, returnTo }, clock() + LIMIT_MS);
      const others = attemptsOf(c);
      for (const name of others.slice(0, others.length - MOST + 1)) clearCookie(c, name);
      writeCookie(c, cookieOf(attempt.state), text, LIMIT_MS / 1000);
    },
    take: async (c, state) => {
      const name = cookieOf(state);
      const text = readCookie(c, name);
      const attempt = text === undefined ? undefined : attemptSchema.safeParse(await seal.open(text)).data;
      if (attempt?.state !== state) return undefined;
      clearCookie(c, name);
      return attempt;
    },
  };
}

/** A part of the state, which is random, in letters that a name of a cookie may have. */
function cookieOf(state: string): string {
  return PREFIX + state.slice(0, 8).replace(/[^\w-]/g, '');
}

/** Names without the prefix that https adds; browsers send the older ones first (RFC 6265, section 5.4). */
function attemptsOf(c: ApiContext): string[] {
  return Object.keys(getCookie(c))
    .map((name) => name.replace(/^__Host-/, ''))
    .filter((name) => name.startsWith(PREFIX));
}
