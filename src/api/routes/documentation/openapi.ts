/** The OpenAPI 3.1 document, generated from the schemas that validate (A19). */
import type { Api } from '../../api-dependencies.ts';
import { SESSION_COOKIE } from '../../authentication/sessions.ts';
import { completeStackPaths } from './oracle-paths.ts';

const INFO = {
  title: 'Drydock',
  version: '1.0.0',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  description:
    'Upgrades fleets of Kubernetes runtimes in their maintenance windows, and runs stacks of dependent objects, which are called orchestrations in their paths and are named `/container/user/name`. Everything about stacks is also taken and answered as `application/oracle-compute-v3+json`. Members of the operator group may read, members of the admin group may also change something.',
};

/** Serves the document. `publicURL` is where clients reach the routes. */
export function registerOpenAPIDocument(api: Api, publicURL = '/'): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An OIDC ID token',
  });
  api.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: `Set by \`/auth/callback\`, as \`__Host-${SESSION_COOKIE}\` on https. What changes something needs \`Sec-Fetch-Site: same-origin\`, too`,
  });
  // Made when it is first asked for: that takes as long as the rest of the start of the API.
  let text: string | undefined;
  api.get('/openapi.json', (c) =>
    c.body((text ??= documentOf(api, publicURL)), 200, { 'Content-Type': 'application/json' }),
  );
}

function documentOf(api: Api, publicURL: string): string {
  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: publicURL }],
    tags: [
      { name: 'upgrades', description: 'Create an orchestration' },
      { name: 'orchestrations', description: 'Watch, cancel and retry' },
      { name: 'operations', description: 'What happens to each runtime' },
      { name: 'fleet', description: 'The runtimes of the inventory' },
      { name: 'events', description: 'What happens, as it happens' },
      { name: 'queue', description: 'Lanes, the order in them, and the pause of everything' },
      { name: 'maintenance policy', description: 'When runtimes are upgraded, and when nothing is' },
      {
        name: 'stacks',
        description:
          'Groups of dependent objects that are started, shut down, restarted and stopped as a unit. Actions answer at once; the status tells how they go',
      },
      { name: 'objects', description: 'What stacks have created or adopted, each type below its own path' },
      { name: 'backups', description: 'Definitions of stacks with the states of their instances' },
      { name: 'webhooks', description: 'Receivers that are told what happens; for the admin group alone' },
      { name: 'signing in', description: 'Sessions of browsers' },
      { name: 'service', description: 'The service itself' },
    ],
  });
  completeStackPaths(document);
  // The null that stands in for an absent list while it is checked is no default.
  return JSON.stringify(document, (key, value: unknown) =>
    key === 'default' && value === null ? undefined : value,
  );
}
