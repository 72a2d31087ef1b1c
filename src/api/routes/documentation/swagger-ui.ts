/** Swagger UI from our own files: nothing is loaded from anywhere else (A19). */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, dirname } from 'node:path';
import type { Api } from '../../api-dependencies.ts';

/** Swagger UI sets style attributes and inlines its images as data; scripts and requests stay with this origin. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Its links are relative: behind a proxy the page may be below another path. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Drydock API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** The validator badge would send the document to a public service. */
const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const ASSETS = [
  { name: 'swagger-ui.css', type: 'text/css; charset=utf-8' },
  { name: 'swagger-ui-bundle.js', type: 'text/javascript; charset=utf-8' },
  { name: 'favicon-32x32.png', type: 'image/png' },
] as const;

export function registerSwaggerUI(api: Api): void {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  api.get('/docs', (c) => c.html(PAGE, 200, securityHeaders('text/html; charset=utf-8')));
  api.get('/docs/', (c) => c.redirect('../docs', 308));
  api.get('/docs/start.js', (c) => c.body(START, 200, securityHeaders('text/javascript; charset=utf-8')));
  for (const { name, type } of ASSETS) {
    let content: Uint8Array<ArrayBuffer> | undefined;
    api.get(`/docs/${name}`, (c) => {
      content ??= new Uint8Array(readFileSync(join(folder, name)));
      return c.body(content, 200, { ...securityHeaders(type), 'Cache-Control': 'public, max-age=3600' });
    });
  }
}

function securityHeaders(type: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
}
