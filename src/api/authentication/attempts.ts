import { z } from 'zod';
import type { ApiContext } from '../api-dependencies.ts';
import { clearCookie, readCookie, writeCookie } from './cookies.ts';
import { createSeal } from './sealed-text.ts';
import type { Attempt } from './sign-in.ts';

/** Sign-ins under way: what each needs when the browser comes back, in a cookie that ties it to that browser. */
export interface Attempts {
  /** `returnTo` is the absolute URL to go to in the end. */
  begin(c: ApiContext, attempt: Attempt, returnTo: string): Promise<void>;
  /** The one that has this state, which can't be taken twice; undefined when this browser has begun none. */
  take(c: ApiContext, state: string): Promise<(Attempt & { returnTo: string }) | undefined>;
}

const COOKIE = 'drydock_sign_in';
const LIMIT_MS = 10 * 60_000;

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
      writeCookie(c, COOKIE, text, LIMIT_MS / 1000);
    },
    take: async (c, state) => {
      const text = readCookie(c, COOKIE);
      const attempt = text === undefined ? undefined : attemptSchema.safeParse(await seal.open(text)).data;
      if (attempt?.state !== state) return undefined;
      clearCookie(c, COOKIE);
      return attempt;
    },
  };
}
