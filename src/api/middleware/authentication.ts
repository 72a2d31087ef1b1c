import { createMiddleware } from 'hono/factory';
import { InvalidTokenError, type Issuer } from '../authentication/issuer.ts';
import { InvalidSessionError, type Sessions } from '../authentication/sessions.ts';
import type { ApiContext, ApiEnv, Principal } from '../api-dependencies.ts';
import { ProblemError } from '../problem.ts';
import { demandSameOrigin } from './same-origin.ts';

const CHALLENGE = 'Bearer realm="drydock"';

/**
 * Lets only requests with a valid ID token (A8, A12; RFC 6750) or with the cookie of a session pass, and leaves the
 * principal in the context. A request with a token has no session, whatever its cookies say.
 */
export function authentication(issuer: Issuer, sessions?: Sessions) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const token = bearerToken(c);
    const session = token === undefined ? await readSession(c, sessions) : undefined;
    const principal = token === undefined ? session?.principal : await verified(issuer, token);
    if (!principal) {
      const or = sessions ? ', or sign in at /auth/login' : '';
      throw new ProblemError(
        'unauthenticated',
        `Send an ID token as \`Authorization: Bearer <token>\`${or}`,
        {
          headers: { 'WWW-Authenticate': CHALLENGE },
        },
      );
    }
    c.set('principal', principal);
    c.set('logger', c.var.logger.child({ subject: principal.subject }));
    if (session) demandSameOrigin(c);
    await next();
    if (!session) return;
    session.renew();
    // Caches keep what was asked for with a token from others (RFC 9111, section 3.5), and not what a cookie was for.
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
  });
}

/** Undefined when the request says nothing of a token; empty when it says so and has none. */
function bearerToken(c: ApiContext): string | undefined {
  const authorization = c.req.header('Authorization') ?? '';
  if (!/^Bearer\b/i.test(authorization)) return undefined;
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}

async function verified(issuer: Issuer, token: string): Promise<Principal | undefined> {
  if (token === '') return undefined;
  try {
    return { ...(await issuer.verify(token)), isRenewable: false };
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    throw new ProblemError('unauthenticated', error.message, {
      headers: {
        'WWW-Authenticate': `${CHALLENGE}, error="invalid_token", error_description="${error.message.replace(/["\\]/g, '')}"`,
      },
      cause: error,
    });
  }
}

async function readSession(c: ApiContext, sessions: Sessions | undefined): ReturnType<Sessions['read']> {
  try {
    return await sessions?.read(c);
  } catch (error) {
    if (!(error instanceof InvalidSessionError)) throw error;
    throw new ProblemError('unauthenticated', error.message, {
      headers: { 'WWW-Authenticate': CHALLENGE },
      cause: error,
    });
  }
}
