/** How to get a token for this API, for clients that know its address alone: OAuth 2.0 Protected Resource Metadata (RFC 9728). */
import { createRoute, z } from '@hono/zod-openapi';
import type { Api } from '../../api-dependencies.ts';
import type { AuthenticationConfig } from '../../authentication/issuer.ts';

export const PROTECTED_RESOURCE_PATH = '/.well-known/oauth-protected-resource';

const metadataSchema = z
  .object({
    resource: z.url(),
    authorization_servers: z.array(z.string()).openapi({ description: 'The issuer' }),
    bearer_methods_supported: z.array(z.literal('header')),
    scopes_supported: z.array(z.string()),
    drydock_client_id: z
      .string()
      .openapi({ description: 'The client to sign in as: ID tokens are for this audience. No secret' }),
  })
  .openapi('ProtectedResource', {
    example: {
      resource: 'https://drydock.example.com',
      authorization_servers: ['https://issuer.example.com'],
      bearer_methods_supported: ['header'],
      scopes_supported: ['openid'],
      drydock_client_id: 'drydock',
    },
  });

const route = createRoute({
  method: 'get',
  path: PROTECTED_RESOURCE_PATH,
  tags: ['service'],
  summary: 'How to get a token for this API',
  description: 'RFC 9728, with the ID of the client. `drydock login` reads it.',
  security: [],
  responses: {
    200: { description: 'Its issuer', content: { 'application/json': { schema: metadataSchema } } },
  },
});

export function registerProtectedResource(
  api: Api,
  { issuer, audience }: Pick<AuthenticationConfig, 'issuer' | 'audience'>,
): void {
  api.openapi(route, (c) =>
    c.json(
      {
        resource: c.var.baseURL,
        authorization_servers: [issuer],
        bearer_methods_supported: ['header' as const],
        scopes_supported: ['openid'],
        drydock_client_id: audience,
      },
      200,
    ),
  );
}
