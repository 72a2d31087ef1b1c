/** Tokens that go on with a list: opaque to callers, as the real ones are, and of no use once the list has expired. */
import { failure } from './kubernetes-answers.ts';

/** Position in a list. */
export interface Continue {
  v: 'meta.k8s.io/v1';
  /** Resource version of the first page. */
  rv: number;
  /** The first name of the next page. */
  start: string;
  /** Milliseconds since 1970 at which the list began. */
  at: number;
  /** Lists of an earlier one have expired. */
  epoch: number;
}

export function encodeToken(token: Continue): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Undefined for a token that was not given out. */
export function decodeToken(text: string): Continue | undefined {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Continue> | null;
    const readable = token?.v === 'meta.k8s.io/v1' && typeof token.start === 'string';
    return readable ? (token as Continue) : undefined;
  } catch {
    // Not JSON: the caller made the token up, and is told so.
    return undefined;
  }
}

/** The token in the answer continues the list with what is there now. */
export function expired(continueToken: string): Response {
  const message = 'The provided continue parameter is too old; list again without it';
  return failure(410, 'Expired', message, undefined, { continue: continueToken });
}
