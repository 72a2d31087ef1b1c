import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { loadSigningKey, SIGNING_ALGORITHM } from './signing-key.ts';

export interface MintTokenOptions {
  /** Where the issuer keeps its key; the key is created when it is missing. */
  dataDir: string;
  /** The claim `iss`, exactly as the issuer's discovery document spells it. */
  issuerURL: string;
  /** The claim `aud`. */
  audience: string;
  /** The claim `sub`: who the token speaks for. */
  subject: string;
  /** The claim `groups`. */
  groups: readonly string[];
  /** How long the token is good for, in seconds; 0 or less gives one that has expired. */
  expiresInSeconds: number;
  /** The time of issue; the present by default. */
  now?: () => Date;
}

/** Signs an ID token with the local issuer's key; the issuer need not be running. */
export async function mintToken(options: MintTokenOptions): Promise<string> {
  const key = await loadSigningKey(options.dataDir);
  const issuedAt = Math.floor((options.now?.() ?? new Date()).getTime() / 1000);
  return new SignJWT({ groups: [...options.groups] })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: key.kid, typ: 'JWT' })
    .setIssuer(options.issuerURL)
    .setAudience(options.audience)
    .setSubject(options.subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + options.expiresInSeconds)
    .setJti(randomUUID())
    .sign(await importJWK(key, SIGNING_ALGORITHM));
}
