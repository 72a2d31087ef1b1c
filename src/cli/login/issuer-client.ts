/** The issuer, as a client of OpenID Connect has it. */
import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import { CommandError } from '../exit-codes.ts';
import type { SignIn } from './token-file.ts';

export interface IssuerAddress {
  issuer: string;
  clientID: string;
}

/** Of one request. A renewal makes two of them, which together stay below the age at which the lock of the tokens is broken. */
const ANSWER_LIMIT_S = 10;

/** Throws `unavailable` when the issuer does not answer. */
export async function discover({ issuer, clientID }: IssuerAddress): Promise<Configuration> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated only to stand out
  const { allowInsecureRequests, discovery, None } = await import('openid-client');
  try {
    // Nothing that is sent over this machine's own loopback can be read on a wire.
    const execute = isLoopback(issuer) ? [allowInsecureRequests] : [];
    return await discovery(new URL(issuer), clientID, undefined, None(), {
      execute,
      timeout: ANSWER_LIMIT_S,
    });
  } catch (error) {
    throw new CommandError('unavailable', `The issuer ${issuer} does not answer as one: ${reasonOf(error)}`, {
      next: 'Try again later, or name another one with --issuer.',
      cause: error,
    });
  }
}

export function isLoopback(address: string): boolean {
  return URL.canParse(address) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname);
}

/** The part of the token endpoint's answer that is kept. A refresh token that did not come anew stays. */
export function toSignIn(
  address: IssuerAddress,
  answer: TokenEndpointResponse & TokenEndpointResponseHelpers,
  before?: SignIn,
): SignIn {
  const claims = answer.claims();
  if (answer.id_token === undefined || !claims) {
    throw new CommandError('signIn', 'The issuer has sent no ID token, which Drydock needs.', {
      next: 'Sign in with a scope that has `openid`.',
    });
  }
  return {
    issuer: address.issuer,
    clientID: address.clientID,
    idToken: answer.id_token,
    refreshToken: answer.refresh_token ?? before?.refreshToken,
    expiresAt: claims.exp * 1_000,
  };
}

/** A new ID token; undefined when the issuer refuses, as after the sign-in has ended there. */
export async function refresh(signIn: SignIn): Promise<SignIn | undefined> {
  if (signIn.refreshToken === undefined) return undefined;
  const { refreshTokenGrant, ResponseBodyError } = await import('openid-client');
  const issuer = await discover(signIn);
  try {
    return toSignIn(signIn, await refreshTokenGrant(issuer, signIn.refreshToken), signIn);
  } catch (error) {
    if (error instanceof ResponseBodyError) return undefined;
    throw new CommandError('unavailable', `The issuer ${signIn.issuer} does not answer: ${reasonOf(error)}`, {
      next: 'Try again later.',
      cause: error,
    });
  }
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
