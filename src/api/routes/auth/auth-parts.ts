import type { ApiContext } from '../../api-dependencies.ts';
import type { Attempts } from '../../authentication/attempts.ts';
import type { Issuer } from '../../authentication/issuer.ts';
import type { Sessions } from '../../authentication/sessions.ts';
import type { SignIn } from '../../authentication/sign-in.ts';

/** The parts that signing in needs. */
export interface AuthParts {
  /** Audience of the ID tokens. */
  clientID: string;
  signIn: SignIn;
  attempts: Attempts;
  issuer: Issuer;
  sessions: Sessions;
}

/** Throws ProblemError login-not-configured. */
export type DemandParts = () => AuthParts;

/** Where the issuer sends the browser back to. */
export function callbackURL(c: ApiContext): string {
  return `${c.var.baseURL}/auth/callback`;
}
