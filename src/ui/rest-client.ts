/** The REST API as the page asks it: with the cookie of the session, typed by the OpenAPI document. */
import createClient from 'openapi-fetch';
import type { components, paths } from './rest-types.ts';
import { timedFetch } from './timed-fetch.ts';

export type Schemas = components['schemas'];
type Problem = Schemas['Problem'];

/** Path that the service is reached below, such as '' or `/drydock`. */
export const BASE = document.querySelector<HTMLMetaElement>('meta[name="drydock-base"]')?.content ?? '';

/** Longest time in ms that an answer may take; the service gives up earlier. */
const MOST_MS = 60_000;

export const rest = createClient<paths>({
  baseUrl: BASE || '/',
  headers: { Accept: 'application/json' },
  fetch: timedFetch(MOST_MS),
});

/** The service has answered, and said no: `message` says why, in the service's own words. */
export class Refused extends Error {
  readonly status: number;
  readonly errors: NonNullable<Problem['errors']>;
  constructor(status: number, problem: Partial<Problem> | undefined) {
    super(problem?.detail ?? `The service answered ${status}`);
    this.name = 'Refused';
    this.status = status;
    this.errors = problem?.errors ?? [];
  }
}

/** Nobody answers, or only a proxy. */
export class Away extends Error {
  constructor(cause: unknown) {
    super('Drydock does not answer', { cause });
    this.name = 'Away';
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer. Throws Refused or Away; without a session the browser goes to sign in. */
export async function body<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer.catch((cause: unknown) => {
    throw new Away(cause);
  });
  if (response.ok) return data as T;
  if (response.status === 401) return signIn();
  const isProblem = response.headers.get('Content-Type')?.includes('problem+json') ?? false;
  if (!isProblem && response.status >= 500) throw new Away(new Error(`HTTP ${response.status}`));
  throw new Refused(response.status, isProblem ? (error as Partial<Problem>) : undefined);
}

/** Leaves for the login, which comes back to where we are. */
export function signIn(): Promise<never> {
  const here = location.pathname + location.search;
  location.assign(`${BASE}/auth/login?returnTo=${encodeURIComponent(here)}`);
  // The page is being left: nothing is shown of what it waited for.
  return new Promise<never>(() => undefined);
}
