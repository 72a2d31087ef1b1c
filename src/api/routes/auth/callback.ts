import { createRoute, z } from '@hono/zod-openapi';
import { openProblems } from '../../answers.ts';
import type { Api, ApiContext } from '../../api-dependencies.ts';
import { InvalidTokenError, type VerifiedToken } from '../../authentication/issuer.ts';
import { TooManyGroupsError } from '../../authentication/sessions.ts';
import { SignInError } from '../../authentication/sign-in.ts';
import { ProblemError } from '../../problem.ts';
import { callbackURL, type AuthParts, type DemandParts } from './auth-parts.ts';

const route = createRoute({
  method: 'get',
  path: '/auth/callback',
  tags: ['signing in'],
  summary: 'Complete a sign-in',
  description:
    'Where the issuer sends the browser back to, with a code that this service exchanges for an ID token. The token is checked as those of programs are; the browser gets the cookie of a session.',
  security: [],
  request: {
    query: z.object({
      code: z.string().optional(),
      state: z.string().optional(),
      iss: z.string().optional(),
      error: z.string().optional().openapi({ description: 'In place of the code' }),
    }),
  },
  responses: {
    302: {
      description: 'Signed in: to where `/auth/login` was told to return to, with the cookie',
      headers: { Location: { schema: { type: 'string' } }, 'Set-Cookie': { schema: { type: 'string' } } },
    },
    ...openProblems('sign-in-failed', 'login-not-configured', 'issuer-unavailable'),
  },
});

export function registerCallback(api: Api, demand: DemandParts): void {
  api.openapi(route, async (c) => {
    const parts = demand();
    const attempt = await parts.attempts.take(c, c.req.valid('query').state ?? '');
    if (!attempt) {
      throw failed(
        c,
        'This sign-in was not begun in this browser, or has taken too long; sign in again',
        'no attempt',
      );
    }
    const url = new URL(`${callbackURL(c)}${new URL(c.req.url).search}`);
    try {
      const who = await verify(await parts.signIn.redeem(url, attempt), parts);
      await parts.sessions.begin(c, who);
      c.var.logger.info({ subject: who.subject, roles: [...who.roles] }, 'signed in');
    } catch (error) {
      throw toProblem(c, error);
    }
    return c.redirect(attempt.returnTo, 302);
  });
}

/** The client that a sign-in is for is its audience (OpenID Connect Core 1.0, section 3.1.3.7). */
async function verify(token: string, { issuer, clientID }: AuthParts): Promise<VerifiedToken> {
  return await issuer.verify(token, clientID);
}

function toProblem(c: ApiContext, error: unknown): unknown {
  if (error instanceof SignInError) return failed(c, error.message, error.reason);
  if (error instanceof InvalidTokenError || error instanceof TooManyGroupsError)
    return failed(c, error.message, error.name);
  return error;
}

/** Neither the answer nor the log has what the issuer has sent. */
function failed(c: ApiContext, detail: string, reason: string): ProblemError {
  c.var.logger.warn({ reason, detail }, 'a sign-in failed');
  return new ProblemError('sign-in-failed', detail, {
    headers: { 'WWW-Authenticate': 'Bearer realm="drydock"' },
  });
}
