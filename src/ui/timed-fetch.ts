/** A fetch that ends: one on a connection that is open at this end alone would never answer, nor fail. */
export function timedFetch(mostMs: number): (request: Request) => Promise<Response> {
  return (request) => fetch(request, { signal: AbortSignal.timeout(mostMs) });
}
