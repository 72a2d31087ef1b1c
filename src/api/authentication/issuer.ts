/** The OIDC issuer whose tokens are trusted: discovery, keys, and the verification of ID tokens (A8, A9). */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { UnavailableError } from '../../domain/errors.ts';
import { hasControls, isClean } from '../../domain/texts.ts';
import type { Role } from '../api-dependencies.ts';

export interface AuthenticationConfig {
  /** As it stands in the `iss` claim; discovery is read below it. */
  issuer: string;
  audience: string;
  /** Claim that lists the groups, `groups` by default. */
  groupsClaim: string;
  /** Members may create, cancel, retry and read (A10). */
  adminGroup: string;
  /** Members may read (A11). */
  operatorGroup: string;
  /** Milliseconds between two looks for a key that is not known, default 5,000. */
  keyCooldownMs?: number;
}

/** A token that is not accepted. The message names the reason without repeating the token. */
export class InvalidTokenError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidTokenError';
  }
}

/** The caller that a token speaks for. */
export interface VerifiedToken {
  subject: string;
  /** The subject's name among people, for a page to show. */
  name: string;
  roles: ReadonlySet<Role>;
  groups: ReadonlySet<string>;
  /** When the token expires, in ms since the epoch. */
  expiresAt: number;
}

export interface Issuer {
  /**
   * `audience` is that of the configuration unless given. Throws InvalidTokenError, or UnavailableError('issuer') when
   * the keys can't be had.
   */
  verify(token: string, audience?: string): Promise<VerifiedToken>;
  /** Throws UnavailableError('issuer') when discovery does not answer. */
  ping(): Promise<void>;
}

/** Signatures by a private key only: with a shared secret, or with none, anybody could write tokens. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const CLOCK_TOLERANCE_SECONDS = 5;
const LONGEST_SUBJECT = 255;
const LONGEST_NAME = 100;
const LIMIT_MS = 3_000;
/** Discovery is read anew after that time, so that a moved key set is followed. */
const DISCOVERY_AGE_MS = 10 * 60_000;

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

interface Keys {
  uri: string;
  readAt: number;
  key: JWTVerifyGetKey;
}

/** Nothing is fetched before the first token. `clock` in milliseconds since the epoch. */
export function createIssuer(config: AuthenticationConfig, clock: () => number): Issuer {
  let known: Keys | undefined;
  const keys = async (): Promise<JWTVerifyGetKey> => {
    if (known && clock() - known.readAt < DISCOVERY_AGE_MS) return known.key;
    const uri = await discover(config.issuer);
    // The key set keeps what it has fetched: replaced only when its address has changed.
    const key =
      known?.uri === uri
        ? known.key
        : createRemoteJWKSet(new URL(uri), {
            timeoutDuration: LIMIT_MS,
            cooldownDuration: config.keyCooldownMs ?? 5_000,
          });
    known = { uri, readAt: clock(), key };
    return key;
  };
  return {
    verify: async (token, audience = config.audience) => {
      const payload = await verifyToken(token, await keys(), { ...config, audience }, new Date(clock()));
      const groups = groupsOf(payload, config);
      const expiresAt = ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000;
      const { sub: subject = '' } = payload;
      return { subject, name: nameOf(payload), roles: rolesOf(groups, config), groups, expiresAt };
    },
    ping: async () => {
      await discover(config.issuer);
    },
  };
}

async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!response.ok) throw new Error(`Discovery answers ${response.status}`);
    const discovery = discoverySchema.parse(await response.json());
    if (discovery.issuer !== issuer) throw new Error(`Discovery names another issuer: ${discovery.issuer}`);
    return discovery.jwks_uri;
  } catch (error) {
    throw new UnavailableError('issuer', 'The token issuer does not answer; try again in a few seconds', {
      cause: error,
    });
  }
}

async function verifyToken(
  token: string,
  key: JWTVerifyGetKey,
  config: AuthenticationConfig,
  now: Date,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer: config.issuer,
      audience: config.audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
      currentDate: now,
    });
    if (payload.sub === '') throw new InvalidTokenError('The token names no subject');
    if (!isSubject(payload.sub ?? '')) throw new InvalidTokenError(claimReason('sub'));
    return payload;
  } catch (error) {
    if (error instanceof InvalidTokenError) throw error;
    const reason = reasonOf(error);
    if (reason !== undefined) throw new InvalidTokenError(reason, { cause: error });
    throw new UnavailableError(
      'issuer',
      'The keys of the token issuer cannot be read; try again in a few seconds',
      {
        cause: error,
      },
    );
  }
}

/**
 * At most 255 bytes, as OpenID Connect Core 1.0 has it (section 2): it stands in an index, and in summaries of workflows.
 */
function isSubject(text: string): boolean {
  return isClean(text) && Buffer.byteLength(text) <= LONGEST_SUBJECT;
}

/** Why a token is not accepted; undefined when it is not the token's fault but the keys could not be had. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'The token has expired; get a new one';
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error.claim);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The token is not signed by an accepted algorithm';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The token is not signed by a key of the issuer';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong';
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return 'The token is not a readable JWT';
  }
  return undefined;
}

function claimReason(claim: string): string {
  switch (claim) {
    case 'iss':
      return 'The token comes from another issuer';
    case 'aud':
      return 'The token is meant for another audience';
    case 'nbf':
      return 'The token is not valid yet';
    default:
      return `The claim ${claim} of the token is missing or wrong`;
  }
}

function groupsOf(payload: JWTPayload, config: AuthenticationConfig): ReadonlySet<string> {
  const groups = z.array(z.string()).safeParse(payload[config.groupsClaim]);
  if (!groups.success) {
    throw new InvalidTokenError(`The token needs the claim ${config.groupsClaim}, a list of group names`);
  }
  return new Set(groups.data);
}

/** The first claim that people can read, and the subject where there is none (OpenID Connect Core 1.0, section 5.1). */
function nameOf(payload: JWTPayload): string {
  const isName = (value: unknown): value is string =>
    typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_NAME && !hasControls(value);
  const names = [payload['name'], payload['preferred_username'], payload['email']];
  return names.find(isName) ?? payload.sub ?? '';
}

function rolesOf(groups: ReadonlySet<string>, config: AuthenticationConfig): ReadonlySet<Role> {
  const roles = new Set<Role>();
  if (groups.has(config.operatorGroup)) roles.add('operator');
  if (groups.has(config.adminGroup)) roles.add('admin');
  return roles;
}
