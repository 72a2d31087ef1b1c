/** The operator's page: files that say nothing of the fleet, so they need no token; what they show they ask the API for. */
import { extname } from 'node:path';
import type { Api, ApiContext } from '../../api-dependencies.ts';
import { ProblemError } from '../../problem.ts';

export interface PageAsset {
  body: Uint8Array<ArrayBuffer>;
  gzipped: Uint8Array<ArrayBuffer>;
}

/** How the page stands: it is built while the service starts. */
export type OperatorPage =
  | { state: 'building' }
  | { state: 'failed' }
  | {
      state: 'ready';
      /** index.html for a service that is reached below that path, such as '' or `/drydock`. */
      indexAt(base: string): string;
      /** By their names, which have a hash of the content. */
      assets: ReadonlyMap<string, PageAsset>;
    };

/** Nothing but our own files, and no code or style in the page itself. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

const NOT_THERE = (head: string, title: string, words: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${head}
    <title>${title} · Drydock</title>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p>${words}</p>
    </main>
  </body>
</html>
`;

const BUILDING = NOT_THERE(
  '<meta http-equiv="refresh" content="1">',
  'The page is being built',
  'That takes a second or two after a first start. It loads itself again.',
);
const FAILED = NOT_THERE(
  '',
  'The page could not be built',
  'The log of the service says why. The API works all the same.',
);

/** Serves the page below `/ui`; what it is asked for there beside assets is for the page itself to find. */
export function registerPage(api: Api, page: () => OperatorPage): void {
  const index = (c: ApiContext): Response => {
    const present = page();
    const type = 'text/html; charset=utf-8';
    if (present.state === 'failed') return c.body(FAILED, 503, headers(type));
    if (present.state === 'building') return c.body(BUILDING, 503, { ...headers(type), 'Retry-After': '1' });
    const base = new URL(c.var.baseURL).pathname.replace(/\/$/, '');
    return c.body(present.indexAt(base), 200, headers(type));
  };
  api.get('/ui/assets/:name', (c) => {
    const present = page();
    const asset = present.state === 'ready' ? present.assets.get(c.req.param('name')) : undefined;
    if (!asset) throw new ProblemError('not-found', 'There is no such file; load the page again');
    return answerAsset(c, asset);
  });
  api.get('/ui', index);
  api.get('/ui/*', index);
}

function answerAsset(c: ApiContext, asset: PageAsset): Response {
  const zipped = /\bgzip\b/.test(c.req.header('Accept-Encoding') ?? '');
  return c.body(zipped ? asset.gzipped : asset.body, 200, {
    ...headers(TYPES[extname(c.req.path)] ?? 'application/octet-stream'),
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
    ...(zipped && { 'Content-Encoding': 'gzip' }),
  });
}

function headers(type: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  };
}
