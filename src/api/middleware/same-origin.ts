import type { ApiContext } from '../api-dependencies.ts';
import { ProblemError } from '../problem.ts';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * A browser adds cookies by itself, whoever has made it send a request; what changes something must say that a page of
 * this service did. Browsers say so (Fetch Metadata, section 2.3) on https and on localhost, and pages can't.
 * Throws ProblemError not-same-origin.
 */
export function demandSameOrigin(c: ApiContext): void {
  if (SAFE.includes(c.req.method) || c.req.header('Sec-Fetch-Site') === 'same-origin') return;
  throw new ProblemError(
    'not-same-origin',
    'With the cookie of a session, a change needs the header `Sec-Fetch-Site: same-origin`, which browsers send from pages of this service over https or on localhost; programs send an ID token',
  );
}
