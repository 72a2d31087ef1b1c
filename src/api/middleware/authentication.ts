import { createMiddleware } from 'hono/factory';
import { InvalidTokenError, type Issuer } from '../authentication/issuer.ts';
import type { ApiEnv } from '../api-dependencies.ts';
import { ProblemError } from '../problem.ts';

/** Lets only requests with a valid ID token pass (A8, A12) and leaves the principal in the context. RFC 6750. */
export function authentication(issuer: Issuer) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const token = /^Bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];
    if (token === undefined) {
      throw new ProblemError('unauthenticated', 'Send an ID token as `Authorization: Bearer <token>`', {
        headers: { 'WWW-Authenticate': 'Bearer realm="drydock"' },
      });
    }
    try {
      const principal = await issuer.verify(token);
      c.set('principal', principal);
      c.set('logger', c.var.logger.child({ subject: principal.subject }));
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
      throw new ProblemError('unauthenticated', error.message, {
        headers: {
          'WWW-Authenticate': `Bearer realm="drydock", error="invalid_token", error_description="${error.message.replace(/["\\]/g, '')}"`,
        },
        cause: error,
      });
    }
    await next();
  });
}
