/** Signing in at the issuer: authorization code with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0), by openid-client. */
import * as oidc from 'openid-client';
import { UnavailableError } from '../../domain/errors.ts';

/** The service as a client of the issuer. */
export interface ClientConfig {
  clientID: string;
  /** Without one the client is public, and PKCE alone keeps a code from being used by others. */
  clientSecret?: string;
  /** Scopes in place of `openid` and those of `profile` and `groups` that the issuer offers. */
  scope?: string;
}

/** Values that must come back with the code, and the verifier, which only the beginner of the sign-in knows. */
export interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
}

/** The issuer, or the browser that came from it, did not bring what was asked for. The message says what to do. */
export class SignInError extends Error {
  /** For the log: a code of the library or of the protocol. */
  readonly reason: string;
  constructor(message: string, reason: string) {
    super(message);
    this.name = 'SignInError';
    this.reason = reason;
  }
}

export interface SignIn {
  /** Where the browser is sent. Throws UnavailableError('issuer'). */
  begin(redirectURI: string): Promise<{ url: URL; attempt: Attempt }>;
  /** The ID token for the code, not verified yet. Throws SignInError and UnavailableError('issuer'). */
  redeem(callbackURL: URL, attempt: Attempt): Promise<string>;
}

const LIMIT_SECONDS = 5;
/** Discovery is read anew after that time, so that moved endpoints are followed. */
const DISCOVERY_AGE_MS = 10 * 60_000;

/** Nothing is fetched before the first sign-in. `clock` in milliseconds since the epoch. */
export function createSignIn(client: ClientConfig, issuerURL: string, clock: () => number): SignIn {
  let known: { configuration: oidc.Configuration; readAt: number } | undefined;
  const configured = async (): Promise<oidc.Configuration> => {
    if (!known || clock() - known.readAt >= DISCOVERY_AGE_MS) {
      known = { configuration: await discover(client, issuerURL), readAt: clock() };
    }
    return known.configuration;
  };
  return {
    begin: async (redirectURI) => {
      const configuration = await configured();
      const attempt = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectURI,
        scope: client.scope ?? scopesOf(configuration.serverMetadata()),
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
      });
      return { url, attempt };
    },
    redeem: async (callbackURL, { state, nonce, verifier }) => {
      const configuration = await configured();
      try {
        const tokens = await oidc.authorizationCodeGrant(configuration, callbackURL, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        // Expected above: the library has refused an answer without one.
        return tokens.id_token ?? '';
      } catch (error) {
        throw toSignInError(error);
      }
    },
  };
}

async function discover(client: ClientConfig, issuerURL: string): Promise<oidc.Configuration> {
  const execute = issuerURL.startsWith('http:') ? [byHTTP] : [];
  try {
    const found = await oidc.discovery(new URL(issuerURL), client.clientID, undefined, oidc.None(), {
      execute,
      timeout: LIMIT_SECONDS,
    });
    const server = found.serverMetadata();
    const configuration = new oidc.Configuration(server, client.clientID, undefined, proofOf(client, server));
    configuration.timeout = LIMIT_SECONDS;
    for (const extension of execute) extension(configuration);
    return configuration;
  } catch (error) {
    throw unavailable(error);
  }
}

/** As with bearer tokens: the setting alone says whether the issuer is reached by http. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- Marked so that it stands out, and is here to stay.
const byHTTP: (configuration: oidc.Configuration) => void = oidc.allowInsecureRequests;

/**
 * In the form where the issuer says that it takes it there: some don't decode what HTTP Basic must encode (RFC 6749, section
 * 2.3.1). One that says nothing takes HTTP Basic (OpenID Connect Discovery 1.0, section 3).
 */
function proofOf({ clientSecret }: ClientConfig, server: oidc.ServerMetadata): oidc.ClientAuth {
  if (clientSecret === undefined) return oidc.None();
  return server.token_endpoint_auth_methods_supported?.includes('client_secret_post')
    ? oidc.ClientSecretPost(clientSecret)
    : oidc.ClientSecretBasic(clientSecret);
}

/** Some issuers want to be asked for groups, and others refuse scopes that they do not know. */
function scopesOf({ scopes_supported: offered = [] }: oidc.ServerMetadata): string {
  return ['openid', ...['profile', 'groups'].filter((scope) => offered.includes(scope))].join(' ');
}

function toSignInError(error: unknown): Error {
  if (error instanceof oidc.AuthorizationResponseError) return toldByIssuer(error.error);
  if (error instanceof oidc.ResponseBodyError) return refusedByIssuer(error.error);
  if (error instanceof oidc.WWWAuthenticateChallengeError) return refusedByIssuer('invalid_client');
  if (isAway(error)) return unavailable(error);
  return new SignInError('The issuer did not answer as it was asked; sign in again', codeOf(error));
}

/** The browser came back with an error in place of a code (RFC 6749, section 4.1.2.1). */
function toldByIssuer(code: string): Error {
  switch (code) {
    case 'server_error':
    case 'temporarily_unavailable':
      return unavailable(new Error(`The issuer answers ${code}`));
    case 'access_denied':
      return new SignInError('The issuer did not let you sign in; ask its administrators', code);
    default:
      return new SignInError('The issuer refused the request to sign in; the log says why', code);
  }
}

/** The token endpoint refused the code (RFC 6749, section 5.2). */
function refusedByIssuer(code: string): Error {
  return code === 'invalid_grant'
    ? new SignInError('This sign-in was completed before, or has taken too long; sign in again', code)
    : new SignInError(
        'The issuer does not accept this service as its client; its administrators find the reason in the log',
        code,
      );
}

function isAway(error: unknown): boolean {
  // Errors of fetch; those of the library for bad arguments have codes.
  if (error instanceof TypeError) return !('code' in error);
  if (!(error instanceof oidc.ClientError)) return false;
  const { code, cause } = error;
  return code === 'OAUTH_TIMEOUT' || (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && statusOf(cause) >= 500);
}

/** Of a response; its class is not the global one any more, which the server of the API replaces. */
function statusOf(cause: unknown): number {
  const hasStatus = typeof cause === 'object' && cause !== null && 'status' in cause;
  return hasStatus && typeof cause.status === 'number' ? cause.status : 0;
}

function codeOf(error: unknown): string {
  return error instanceof oidc.ClientError ? (error.code ?? 'unknown') : 'unknown';
}

/** The cause keeps no answer of the issuer: it could hold tokens. */
function unavailable(error: unknown): UnavailableError {
  return new UnavailableError('issuer', 'The issuer does not answer; try again in a few seconds', {
    cause: new Error(error instanceof Error ? error.message : String(error)),
  });
}
