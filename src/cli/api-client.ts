/** Requests to the REST API: a token with each, its problems as errors that say what to do next. */
import { z } from 'zod';
import { CommandError, type Ending } from './exit-codes.ts';
import { reasonOf } from './login/issuer-client.ts';
import type { TokenSource } from './login/token-source.ts';

export type Query = Record<string, string | number | readonly string[] | undefined>;

export interface Sent {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  json?: unknown;
  form?: URLSearchParams;
  headers?: Record<string, string>;
  /** Ends the request, besides Ctrl-C. */
  signal?: AbortSignal;
}

export interface ApiClient {
  readonly address: string;
  /** The answer, checked. Throws CommandError. */
  ask<S extends z.ZodType>(path: string, schema: S, sent?: Sent): Promise<z.infer<S>>;
  /** Likewise with its headers. */
  answerTo<S extends z.ZodType>(
    path: string,
    schema: S,
    sent?: Sent,
  ): Promise<{ data: z.infer<S>; headers: Headers }>;
  /** The text of the answer. */
  readText(path: string, sent?: Sent): Promise<string>;
  /** The answer as it came, unread. */
  send(path: string, sent?: Sent): Promise<Response>;
  /** All pages of a list, or as many as give `limit` entries. */
  list<S extends z.ZodType>(
    path: string,
    schema: S,
    options?: { query?: Query; limit?: number },
  ): Promise<{ items: z.infer<S>[]; total: number }>;
}

interface ApiClientOptions {
  address: string;
  tokens: TokenSource;
  interrupted: AbortSignal;
}

/** As many entries as the service puts into a page at most. */
export const PAGE_SIZE = 100;

export function createApiClient({ address, tokens, interrupted }: ApiClientOptions): ApiClient {
  const reach = async <T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (interrupted.aborted) throw new CommandError('interrupted', 'Interrupted.', { cause: error });
      if (signal?.aborted) throw error;
      throw new CommandError('unavailable', `${address} does not answer: ${reasonOf(error)}`, {
        next: 'Is it running, and is the address right (--api, DRYDOCK_API)?',
        cause: error,
      });
    }
  };
  const request = async (path: string, sent: Sent, token: string): Promise<Response> => {
    const { method = 'GET', query = {}, json, form, headers = {}, signal } = sent;
    const asked = {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? form : JSON.stringify(json),
      signal: signal ? AbortSignal.any([interrupted, signal]) : interrupted,
      // A token goes to the address that was given, and nowhere else. With 'error' the signal is cut off from an answer
      // that is still read when garbage is collected (undici 4627).
      redirect: 'manual',
    } as const;
    return await reach(() => fetch(`${address}${path}${queryText(query)}`, asked), signal);
  };
  const read = (answer: Response, { signal }: Sent): Promise<unknown> =>
    reach(() => readJSON(answer), signal);
  const send = async (path: string, sent: Sent = {}): Promise<Response> => {
    const token = await tokens.token();
    let answer = await request(path, sent, token);
    if (answer.status === 401) {
      const renewed = await tokens.renewed(token);
      if (renewed !== undefined) {
        await read(answer, sent);
        answer = await request(path, sent, renewed);
      }
    }
    if (isRedirect(answer)) throw elsewhere(answer, address);
    if (!answer.ok) throw problemOf(answer, await read(answer, sent), tokens);
    return answer;
  };
  const answerTo: ApiClient['answerTo'] = async (path, schema, sent = {}) => {
    const answer = await send(path, sent);
    const parsed = schema.safeParse(await read(answer, sent));
    if (parsed.success) return { data: parsed.data, headers: answer.headers };
    throw new CommandError(
      'unavailable',
      `${address}${path} has answered what this command does not understand: ${z.prettifyError(parsed.error)}`,
      { next: 'Is the address right, and is this command as new as the service (`drydock version`)?' },
    );
  };
  const ask: ApiClient['ask'] = async (...asked) => (await answerTo(...asked)).data;
  const readText: ApiClient['readText'] = async (path, sent = {}) => {
    const answer = await send(path, sent);
    return await reach(() => answer.text(), sent.signal);
  };
  const list: ApiClient['list'] = async (path, schema, { query = {}, limit = Infinity } = {}) => {
    const pageSchema = z.object({ data: z.array(schema), totalCount: z.number() });
    const items: z.infer<typeof schema>[] = [];
    for (let page = 1; ; page += 1) {
      const asked = { ...query, page, page_size: Math.min(PAGE_SIZE, limit) };
      const { data, totalCount } = await ask(path, pageSchema, { query: asked });
      items.push(...data);
      if (data.length === 0 || items.length >= Math.min(limit, totalCount)) {
        return { items: items.slice(0, limit), total: totalCount };
      }
    }
  };
  return { address, ask, answerTo, readText, send, list };
}

export function isRedirect({ status }: Response): boolean {
  return status >= 300 && status < 400;
}

/** A redirect, which is not followed. */
export function elsewhere(answer: Response, address: string): CommandError {
  const to = answer.headers.get('location') ?? 'elsewhere';
  return new CommandError('unavailable', `${address} has answered ${answer.status}: it leads to ${to}.`, {
    next: 'Name the address of the service itself (--api, DRYDOCK_API): a token is sent nowhere else.',
  });
}

function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((each: string | number) => [name, String(each)]);
  });
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

async function readJSON(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const problemSchema = z.object({
  title: z.string(),
  detail: z.string(),
  requestID: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

function problemOf(answer: Response, body: unknown, tokens: TokenSource): CommandError {
  const { data: problem } = problemSchema.safeParse(body);
  const ending = endingOfStatus(answer.status);
  const words = problem
    ? // The detail names the first few faults already; the list has all of them.
      (problem.errors?.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)) ?? [
        problem.detail,
      ])
    : [`${new URL(answer.url).pathname} has answered ${answer.status} ${answer.statusText}`.trimEnd()];
  return new CommandError(ending, words.join('\n'), { next: nextAfter(answer, ending, tokens, problem) });
}

/** The statuses of docs/api.md, as exit codes for people who have typed a command. */
function endingOfStatus(status: number): Ending {
  switch (status) {
    case 400:
    case 413:
    case 415:
      return 'usage';
    case 401:
      return 'signIn';
    case 502:
    case 503:
    case 504:
      return 'unavailable';
    default:
      return status >= 500 ? 'failed' : 'refused';
  }
}

function nextAfter(
  answer: Response,
  ending: Ending,
  tokens: TokenSource,
  problem: { requestID?: string } | undefined,
): string | undefined {
  switch (ending) {
    case 'signIn':
      return `The token is from ${tokens.from}: run \`drydock login\`, or give another one with DRYDOCK_TOKEN.`;
    case 'unavailable': {
      const after = answer.headers.get('retry-after');
      return after && /^\d+$/.test(after) ? `Try again in ${after} s.` : 'Try again later.';
    }
    case 'failed':
      return problem?.requestID === undefined
        ? undefined
        : `The service's log says why, with requestID ${problem.requestID}.`;
    default:
      return answer.status === 403 ? '`drydock whoami` says who you are.' : undefined;
  }
}
