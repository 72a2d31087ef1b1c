/** Signing in by a browser: no token gets there, only the cookie of a session (ADR 74). */
import { createMiddleware } from 'hono/factory';
import type { Api, ApiEnv, AppDependencies } from '../../api-dependencies.ts';
import { createAttempts } from '../../authentication/attempts.ts';
import type { Issuer } from '../../authentication/issuer.ts';
import type { Sessions } from '../../authentication/sessions.ts';
import { createSignIn } from '../../authentication/sign-in.ts';
import { authentication } from '../../middleware/authentication.ts';
import { ProblemError } from '../../problem.ts';
import { registerCallback } from './callback.ts';
import { registerLogin } from './login.ts';
import { registerLogout } from './logout.ts';
import { problemPage } from './problem-page.ts';
import { registerSession } from './session.ts';

/** The paths are there without `deps.login`, too, and say that they are off. `sessions` are given together with it. */
export function registerAuth(api: Api, deps: AppDependencies, issuer: Issuer, sessions?: Sessions): void {
  const { login, authentication: trusted, clock } = deps;
  api.use('/auth/*', unkept);
  for (const path of ['/auth/login', '/auth/callback']) api.use(path, problemPage);
  api.use('/auth/session', login ? authentication(issuer, sessions) : refuse);
  const parts =
    login && sessions
      ? {
          clientID: login.clientID,
          signIn: createSignIn(login, trusted.issuer, clock),
          attempts: createAttempts(login.sessionSecrets, clock),
          issuer,
          sessions,
        }
      : undefined;
  const demand = (): NonNullable<typeof parts> => parts ?? throwNotConfigured();
  registerLogin(api, demand);
  registerCallback(api, demand);
  registerLogout(api, demand);
  registerSession(api, deps);
}

/** Answers are for one browser and one moment, and addresses hold codes. */
const unkept = createMiddleware<ApiEnv>(async (c, next) => {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  await next();
});

const refuse = createMiddleware<ApiEnv>(async () => throwNotConfigured());

function throwNotConfigured(): never {
  throw new ProblemError(
    'login-not-configured',
    'Signing in by a browser is off: set OIDC_CLIENT_ID and SESSION_SECRET, or send an ID token',
  );
}
