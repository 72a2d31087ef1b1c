import { createRoute, z } from '@hono/zod-openapi';
import { bearer, noQuery, problems, timestamp } from '../../answers.ts';
import type { Api, AppDependencies } from '../../api-dependencies.ts';
import { principalOf } from '../../middleware/authorization.ts';

const sessionSchema = z
  .object({
    subject: z.string().openapi({ example: 'jack' }),
    name: z.string().openapi({
      description: 'The claim `name`, `preferred_username` or `email`; the subject where there is none',
      example: 'Jack Aubrey',
    }),
    roles: z.array(z.enum(['admin', 'operator'])).openapi({ example: ['admin'] }),
    groups: z.object({ admin: z.string(), operator: z.string() }).openapi({
      description: 'The groups whose members may change things, and may read',
      example: { admin: 'runtimeAdmin', operator: 'runtimeOperator' },
    }),
    expiresAt: timestamp,
    workflowsURL: z.string().nullable().openapi({
      format: 'uri',
      description: "Where Temporal's Web UI shows workflows: `/` and the ID of one comes behind it",
      example: 'https://temporal.example/namespaces/drydock/workflows',
    }),
  })
  .openapi('Session');

const route = createRoute({
  method: 'get',
  path: '/auth/session',
  tags: ['signing in'],
  summary: 'The person who is signed in',
  description:
    'Of the session, or of the ID token. A session that is asked for in the second half of its hour is renewed.',
  security: bearer,
  request: { query: noQuery },
  responses: {
    200: {
      description: 'Somebody is, with these roles; with none of them there is nothing to see',
      content: { 'application/json': { schema: sessionSchema } },
    },
    ...problems('invalid-input', 'login-not-configured'),
  },
});

export function registerSession(
  api: Api,
  {
    authentication: { adminGroup: admin, operatorGroup: operator },
    workflowsURL,
  }: Pick<AppDependencies, 'authentication' | 'workflowsURL'>,
): void {
  api.openapi(route, (c) => {
    const { subject, name, roles, expiresAt } = principalOf(c);
    return c.json(
      {
        ...{ subject, name, roles: [...roles].sort(), expiresAt: new Date(expiresAt).toISOString() },
        groups: { admin, operator },
        workflowsURL: workflowsURL ?? null,
      },
      200,
    );
  });
}
