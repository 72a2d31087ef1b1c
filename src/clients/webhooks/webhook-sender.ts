/** Requests to the receivers of webhooks, by Standard Webhooks 1.0. */
import { createHmac } from 'node:crypto';
import { lookup as lookUp, type LookupAddress } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { cleanText, cutText } from '../../domain/texts.ts';
import { secretBytes } from '../../domain/webhooks/secrets.ts';
import type { Network } from '../../domain/webhooks/permitted-addresses.ts';
import { faultOfURL, isPermitted } from './webhook-url.ts';

const LIMIT_MS = 15_000;
/** Characters that are kept of an answer. */
const LONGEST_ANSWER = 500;
/** Bytes that are read of one: a character has at most four. */
const MOST_BYTES = 4 * LONGEST_ANSWER;

/** A request that is to be made. */
export interface WebhookRequest {
  url: string;
  /** ID of the event. */
  eventID: string;
  body: string;
  /** Each one signs. */
  secrets: readonly string[];
}

/** The answer of the receiver, or why there was none. */
export type WebhookAnswer = { status: number; text: string } | { status: null; text: string };

export interface WebhookSender {
  /** How long a request takes at the most. */
  readonly limitMs: number;
  /** Never throws: everything that a receiver does is an answer. */
  send(request: WebhookRequest, nowMs: number, signal?: AbortSignal): Promise<WebhookAnswer>;
}

export interface SenderOptions {
  /** Networks that may be sent to besides public addresses. */
  networks: readonly Network[];
  /** Milliseconds for one request with its answer, default 15,000. */
  limitMs?: number;
  /** Resolves names; that of the system by default. */
  resolve?: typeof lookUp;
}

export function createWebhookSender(options: SenderOptions): WebhookSender {
  const { networks, limitMs = LIMIT_MS, resolve = lookUp } = options;
  return {
    limitMs,
    send: async ({ url: text, eventID, body, secrets }, nowMs, signal) => {
      // The setting may have changed since it was added.
      const fault = faultOfURL(text, networks);
      if (fault !== undefined) return failed(`The URL ${fault}`);
      const url = new URL(text);
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Drydock',
        Connection: 'close',
        ...signedHeaders(eventID, body, secrets, nowMs),
      };
      const lookup = permittedOnly(resolve, url, networks);
      return await request(url, { headers, lookup, body, limitMs, signal });
    },
  };
}

/** `webhook-signature` has a signature of each secret, so that one can be replaced by another while events are on their way. */
export function signedHeaders(
  eventID: string,
  body: string,
  secrets: readonly string[],
  nowMs: number,
): Record<string, string> {
  const timestamp = Math.floor(nowMs / 1_000);
  const signatures = secrets.map((secret) => {
    const bytes = secretBytes(secret);
    if (!bytes) throw new Error('A secret of a webhook is none');
    return `v1,${createHmac('sha256', bytes).update(`${eventID}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': eventID,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

/** A name may lead somewhere else a moment later: the connection goes to the very addresses that were looked at. */
function permittedOnly(resolve: typeof lookUp, url: URL, networks: readonly Network[]): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      const permitted = addresses.filter(({ address }) => isPermitted(address, url, networks));
      const [first] = permitted;
      if (!first) return callback(new RefusedAddressError(), []);
      return options.all ? callback(null, permitted) : callback(null, first.address, first.family);
    });
  };
}

class RefusedAddressError extends Error {}

interface Sending {
  headers: Record<string, string | number>;
  lookup: LookupFunction;
  body: string;
  limitMs: number;
  signal?: AbortSignal;
}

/** Follows no redirect. A limit counts from the first look-up to the last byte that is read. */
async function request(
  url: URL,
  { headers, lookup, body, limitMs, signal }: Sending,
): Promise<WebhookAnswer> {
  return await new Promise((resolve) => {
    let answer: IncomingMessage | undefined;
    let read = Buffer.alloc(0);
    const { request: begin } = url.protocol === 'https:' ? https : http;
    // Without an agent no connection is kept: each one is made to addresses that were looked at.
    const outgoing = begin(url, { method: 'POST', headers, lookup, agent: false });
    const end = (why: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      outgoing.destroy();
      resolve(answer ? { status: answer.statusCode ?? 0, text: textOf(read) } : failed(why));
    };
    const timer = setTimeout(() => end(`There was no answer within ${limitMs / 1_000} s`), limitMs);
    const onAbort = (): void => end('The attempt was broken off');
    signal?.addEventListener('abort', onAbort);
    outgoing.on('error', (error) => end(describe(error)));
    outgoing.on('response', (response) => {
      answer = response;
      response.on('data', (chunk: Buffer) => {
        read = Buffer.concat([read, chunk.subarray(0, MOST_BYTES - read.length)]);
        if (read.length >= MOST_BYTES) end('');
      });
      response.on('end', () => end(''));
      response.on('error', () => end(''));
    });
    outgoing.end(body);
  });
}

function failed(text: string): WebhookAnswer {
  return { status: null, text };
}

function textOf(bytes: Buffer): string {
  // Control characters would change the terminal or the log that it is shown in.
  return cutText(cleanText(bytes.toString('utf8')).replace(/\p{Cc}+/gu, ' '), LONGEST_ANSWER);
}

/** Messages of errors may name addresses of the inner network, or the URL: the code says enough. */
function describe(error: Error & { code?: unknown }): string {
  if (error instanceof RefusedAddressError)
    return 'The name of the URL leads to no address that may be sent to';
  return `The connection failed${typeof error.code === 'string' ? ` (${error.code})` : ''}`;
}
