/** The meaning of answers of the Provisioner that are no results. */
import { ClientError } from 'graphql-request';
import { z } from 'zod';
import { FinalError, UnavailableError, type FailureCode } from '../../domain/errors.ts';
import { unavailable, type Patience } from '../failures.ts';
import { quoted } from '../redaction.ts';

const NAME = 'The Provisioner';
/** In place of what the Provisioner says, when it can't be told whether a secret is in it. */
export const UNSHOWN =
  'what it says is not shown: the secrets that must not be in it could not be read, or were changed since they were sent';
/** The Provisioner puts its own status into the extensions of each GraphQL error. */
const STATUS_EXTENSION = 'error_code';
const REASON_EXTENSION = 'error_reason';
/** Its database's errors carry codes of their own (1 internal, 2 not found) in place of a status. */
const DATABASE_INTERNAL = 1;
const DATABASE_NOT_FOUND = 'err_db_not_found';
const UNKNOWN_SUBJECT = /\bnot found\b|\bdoes(?: not|n't) exist\b|\bunknown (?:runtime|operation)\b/i;
/** Its own dependencies, not the subject of the request, are what can't be found. */
const NETWORK = /\bhost\b|\bdial\b|\blookup\b|\bconnection\b/i;
const INTERNAL = /\binternal\b|\btime[d ]?-?out\b|\bunavailable\b|\bconnection\b/i;

interface Reading extends Patience {
  /** Code of the failure when the subject of the request is not known. */
  unknownSubject: FailureCode;
  /** Credentials, which must not appear in a message. */
  credentials: readonly string[];
  /** Values that were sent with the upgrade, likewise; undefined when nobody could say what they are. */
  sent: readonly string[] | undefined;
}

/**
 * Sorts what graphql-request threw: UnavailableError for whatever may pass (network, 5xx, 429, refused credentials,
 * garbage), FinalError for a refusal. Neither keeps the original error, whose message carries the whole request with
 * its secrets.
 */
export function classifyProvisionerError(error: unknown, reading: Reading): UnavailableError | FinalError {
  if (error instanceof UnavailableError || error instanceof FinalError) return error;
  const secrets = [...reading.credentials, ...(reading.sent ?? [])];
  if (!(error instanceof ClientError)) return unavailable('provisioner', NAME, error, reading, secrets);
  const { status } = error.response;
  if (isUnauthorized(error)) {
    return new UnavailableError(
      'provisioner',
      `${NAME} refuses our credentials (${status}); check PROVISIONER_*`,
    );
  }
  const [first] = readErrors(error.response.errors);
  if (!first) {
    return new UnavailableError('provisioner', `${NAME} answered ${status} without a result`);
  }
  const message = reading.sent ? quoted(first.message, secrets) : UNSHOWN;
  if (isUnknownSubject(first)) {
    return new FinalError(reading.unknownSubject, `${NAME} does not know it: ${message}`);
  }
  if (isTransient(first, status)) {
    return new UnavailableError('provisioner', `${NAME} can't do it now: ${message}`);
  }
  return new FinalError('PROVISIONER_REFUSED', `${NAME} refused: ${message}`);
}

/** True for an answer that says that the token, not the request, is wrong. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof ClientError && error.response.status === 401;
}

interface ProvisionerError {
  message: string;
  status?: number;
  reason?: string;
}

function isUnknownSubject({ message, reason }: ProvisionerError): boolean {
  return reason === DATABASE_NOT_FOUND || (UNKNOWN_SUBJECT.test(message) && !NETWORK.test(message));
}

/** The Provisioner's own status decides; without one, that of HTTP, then the words. */
function isTransient(error: ProvisionerError, httpStatus: number): boolean {
  const status = error.status ?? (httpStatus >= 400 ? httpStatus : undefined);
  if (status === undefined) return INTERNAL.test(error.message);
  return status >= 500 || status === DATABASE_INTERNAL || status === 429 || status === 408;
}

const errorSchema = z.object({
  message: z.string(),
  extensions: z
    .object({
      [STATUS_EXTENSION]: z.coerce.number().int().optional().catch(undefined),
      [REASON_EXTENSION]: z.string().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** An error field may hold anything: the server may not be what its address says. */
function readErrors(errors: unknown): ProvisionerError[] {
  const parsed = z.array(errorSchema).safeParse(errors);
  if (!parsed.success) return [];
  return parsed.data.map(({ message, extensions }) => ({
    message,
    status: extensions?.[STATUS_EXTENSION],
    reason: extensions?.[REASON_EXTENSION],
  }));
}
