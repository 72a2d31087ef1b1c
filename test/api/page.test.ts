import { describe, expect, it } from 'vitest';
import { createApp, type AppDependencies } from '../../src/api/app.ts';
import type { OperatorPage } from '../../src/api/routes/page/page.ts';
import pino from 'pino';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const text = (words: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(words));
const READY: OperatorPage = {
  state: 'ready',
  indexAt: (base) => `<script src="${base}/ui/assets/page-A.js">`,
  assets: new Map([['page-A.js', { body: text('code'), gzipped: text('less') }]]),
};

/** Nothing but the page is asked for: the rest is not there. */
function ask(page: OperatorPage, path: string, publicURL?: string, headers = {}): Promise<Response> {
  const deps = {
    repositories: {},
    authentication: {},
    defaults: { kubernetes: {} },
    page: () => page,
    publicURL,
    logger: pino({ level: 'silent' }),
    clock: () => 0,
    randomUUID: () => '00000000-0000-4000-8000-000000000000',
  };
  return Promise.resolve(createApp(deps as unknown as AppDependencies).request(path, { headers }));
}

describe('the page', () => {
  it.each(['/ui', '/ui/', '/ui/orchestrations/x?state=failed'])(
    'is at %s, not kept, under the CSP',
    async (path) => {
      const answer = await ask(READY, path);
      expect([answer.status, await answer.text()]).toEqual([200, '<script src="/ui/assets/page-A.js">']);
      expect(answer.headers.get('Content-Security-Policy')).toBe(CSP);
      expect(answer.headers.get('Cache-Control')).toBe('no-store');
      expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    },
  );

  it('finds its files below the path that a proxy has put it', async () => {
    const answer = await ask(READY, '/ui', 'https://fleet.example.com/drydock');
    expect(await answer.text()).toBe('<script src="/drydock/ui/assets/page-A.js">');
  });

  it('has files that never change, gzipped for whoever takes that', async () => {
    const plain = await ask(READY, '/ui/assets/page-A.js');
    expect([await plain.text(), plain.headers.get('Content-Encoding')]).toEqual(['code', null]);
    expect(plain.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    const zipped = await ask(READY, '/ui/assets/page-A.js', undefined, { 'Accept-Encoding': 'br, gzip' });
    expect([await zipped.text(), zipped.headers.get('Content-Encoding')]).toEqual(['less', 'gzip']);
    expect(zipped.headers.get('Vary')).toBe('Accept-Encoding');
    expect((await ask(READY, '/ui/assets/page-B.js')).status).toBe(404);
  });

  it('says that it is being built, and loads itself again', async () => {
    const answer = await ask({ state: 'building' }, '/ui/queue');
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
    const words = await answer.text();
    expect(words).toContain('<meta http-equiv="refresh" content="1">');
    expect(words).toContain('being built');
    expect(answer.headers.get('Content-Security-Policy')).toBe(CSP);
  });

  it('says when it could not be built', async () => {
    const answer = await ask({ state: 'failed' }, '/ui');
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining('could not be built'),
    ]);
  });
});
