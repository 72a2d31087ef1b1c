import { createRoute, z } from '@hono/zod-openapi';
import { openProblems } from '../../answers.ts';
import type { Api } from '../../api-dependencies.ts';
import { returnURL } from '../../authentication/return-path.ts';
import { invalidInput } from '../../middleware/problem-details.ts';
import { callbackURL, type DemandParts } from './auth-parts.ts';

const route = createRoute({
  method: 'get',
  path: '/auth/login',
  tags: ['signing in'],
  summary: 'Begin to sign in',
  description:
    'For browsers, which are sent to the issuer and come back to `/auth/callback`. A cookie keeps for ten minutes what must come back.',
  security: [],
  request: {
    query: z.strictObject({
      returnTo: z.string({ error: 'must be given once' }).optional().openapi({
        description:
          'Where to go in the end: a path of this service, as the browser has it; `/ui` by default, and for one of more than 1,000 characters',
        example: '/ui/orchestrations',
      }),
    }),
  },
  responses: {
    302: { description: 'To the issuer', headers: { Location: { schema: { type: 'string' } } } },
    ...openProblems('invalid-input', 'login-not-configured', 'issuer-unavailable'),
  },
});

/** It goes into a cookie. */
const LONGEST = 1_000;

export function registerLogin(api: Api, demand: DemandParts): void {
  api.openapi(route, async (c) => {
    const { signIn, attempts } = demand();
    const { returnTo } = c.req.valid('query');
    const { baseURL } = c.var;
    const home = `${baseURL}/ui`;
    const wanted = returnTo === undefined ? home : returnURL(returnTo, baseURL);
    if (wanted === undefined) throw notOurs();
    const { url, attempt } = await signIn.begin(callbackURL(c));
    await attempts.begin(c, attempt, wanted.length <= LONGEST ? wanted : home);
    return c.redirect(url.href, 302);
  });
}

function notOurs(): Error {
  const message = 'must be a path of this service that begins with one slash, such as /ui/orchestrations';
  return invalidInput(
    new z.ZodError([{ code: 'custom', path: ['returnTo'], message, input: undefined }]),
    'parameter',
  );
}
