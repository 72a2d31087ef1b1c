/** Secrets of webhooks, as Standard Webhooks 1.0 writes them: `whsec_` and Base64 of 24 to 64 bytes. */
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

export const SECRET_ERROR = `must be whsec_ and Base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes`;

/** Undefined for a text that is no secret. */
export function secretBytes(secret: string): Buffer | undefined {
  const base64 = SECRET.exec(secret)?.[1] ?? '';
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.toString('base64') === base64;
  return isWhole && bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES ? bytes : undefined;
}

/** Hours for which the secret before the last one signs, too. */
export const OVERLAP_HOURS = 24;
