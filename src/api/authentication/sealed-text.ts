import { createHash, hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt, type JWTPayload } from 'jose';

/** Encrypts what a browser keeps for us and nobody else may read or change: JWE, `dir` with A256GCM. */
export interface Seal {
  /** `expiresAt` in ms since the epoch, rounded down to seconds. */
  seal(claims: JWTPayload, expiresAt: number): Promise<string>;
  /** Undefined for a text that is expired, changed, or sealed with another secret or for another purpose. */
  open(text: string): Promise<JWTPayload | undefined>;
}

const ENCRYPTION = 'A256GCM';

/**
 * The first secret seals, and every one opens: a new one is put in front of the old one, which goes when nothing that it
 * has sealed is good any more. `clock` in milliseconds since the epoch.
 */
export function createSeal(
  secrets: readonly [string, ...string[]],
  purpose: 'session' | 'sign-in',
  clock: () => number,
): Seal {
  const [first, ...others] = secrets;
  const current = keyOf(first, purpose);
  const keys = new Map(
    [current, ...others.map((secret) => keyOf(secret, purpose))].map((k) => [k.id, k.key]),
  );
  return {
    seal: async (claims, expiresAt) =>
      await new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'dir', enc: ENCRYPTION, kid: current.id })
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .encrypt(current.key),
    open: async (text) => {
      try {
        const { payload } = await jwtDecrypt(text, ({ kid = '' }) => keys.get(kid) ?? unknownKey(), {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: [ENCRYPTION],
          requiredClaims: ['exp'],
          currentDate: new Date(clock()),
        });
        return payload;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

/** One key for each purpose (RFC 5869): what was sealed as a sign-in is no session, whatever it says. */
function keyOf(secret: string, purpose: string): { id: string; key: Uint8Array } {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', `drydock ${purpose}`, 32));
  return { id: createHash('sha256').update(key).digest('base64url').slice(0, 8), key };
}

function unknownKey(): never {
  throw new errors.JWEDecryptionFailed();
}
