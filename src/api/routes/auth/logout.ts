import { createRoute } from '@hono/zod-openapi';
import { noQuery, openProblems } from '../../answers.ts';
import type { Api } from '../../api-dependencies.ts';
import { demandSameOrigin } from '../../middleware/same-origin.ts';
import type { DemandParts } from './auth-parts.ts';

const route = createRoute({
  method: 'post',
  path: '/auth/logout',
  tags: ['signing in'],
  summary: 'End the session',
  description:
    'Clears the cookie. The login at the issuer goes on. Needs `Sec-Fetch-Site: same-origin`, with a session and without.',
  security: [],
  request: { query: noQuery },
  responses: {
    204: { description: 'There is no session any more' },
    ...openProblems('invalid-input', 'not-same-origin', 'login-not-configured'),
  },
});

export function registerLogout(api: Api, demand: DemandParts): void {
  api.openapi(route, async (c) => {
    const { sessions } = demand();
    // Without it a form of another site could clear the cookie, which it doesn't even send.
    demandSameOrigin(c);
    await sessions.end(c);
    return c.body(null, 204);
  });
}
