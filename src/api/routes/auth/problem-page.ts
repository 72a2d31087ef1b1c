import { createHash } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../../api-dependencies.ts';
import { PROBLEM_CONTENT_TYPE, problemSchema } from '../../problem.ts';

const STYLE =
  ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}main{max-width:32rem;margin:12vh auto 0;padding:0 1rem}';
const CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Somebody whose browser is sent around while they sign in reads problems as a page, with a way to begin again. */
export const problemPage = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  const isProblem = c.res.headers.get('Content-Type') === PROBLEM_CONTENT_TYPE;
  if (!isProblem || !/\btext\/html\b/.test(c.req.header('Accept') ?? '')) return;
  const { title, detail, requestID } = problemSchema.parse(await c.res.json());
  const headers = new Headers(c.res.headers);
  headers.set('Content-Type', 'text/html; charset=utf-8');
  headers.set('Content-Security-Policy', CSP);
  headers.set('X-Content-Type-Options', 'nosniff');
  const { status } = c.res;
  // Assigned anew alone it would keep the old headers beside the new ones.
  c.res = undefined;
  c.res = new Response(
    `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHTML(title)} – Drydock</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHTML(title)}</h1>
<p>${escapeHTML(detail)}.</p>
<p><a href="${escapeHTML(c.var.baseURL)}/auth/login">Sign in</a></p>
<p><small>Request ${escapeHTML(requestID)}</small></p>
</main></body></html>
`,
    { status, headers },
  );
});

function escapeHTML(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
