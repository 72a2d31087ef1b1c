import type { Config } from '../../config/index.ts';
import type { RunningService } from './start.ts';

const TOKEN_SECONDS = 8 * 3_600;
const STACK = '/acme/jack/shop';

/** The screen of `npm start` when everything runs: where things are, and commands to paste, with a token that is good. */
export async function welcome(service: RunningService, config: Config): Promise<string> {
  const { apiURL, temporalUI, issuerURL, tokenFor } = service;
  const token = tokenFor
    ? await tokenFor([config.oidc.adminGroup], TOKEN_SECONDS)
    : '<ID token of your issuer>';
  const body = JSON.stringify({
    targets: { include: [{ target: 'all' }] },
    strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 5 } },
  });
  const definition = JSON.stringify({
    name: STACK,
    oplans: [
      { label: 'disks', obj_type: 'storage/volume', objects: [{ name: '/acme/jack/disk', size: '10G' }] },
      {
        label: 'web',
        obj_type: 'launchplan',
        objects: [
          { instances: [{ name: '/acme/jack/web', storage_attachments: [{ volume: '/acme/jack/disk' }] }] },
        ],
      },
    ],
  });
  return `
${placeOfPage(service, config)}

Drydock runs. Ctrl-C ends it; what is under way goes on at the next start.

  API               ${apiURL}
  Swagger UI        ${apiURL}/docs
  Temporal Web UI   ${temporalUI ?? 'that of your cluster'}
  Issuer            ${issuerURL}

Paste these. The token is good for ${TOKEN_SECONDS / 3_600} hours${tokenFor ? '; another: npm run --silent token -- --group ' + config.oidc.adminGroup : ''}.

  TOKEN=${token}

  # upgrade the whole fleet, five at a time
  curl -sS -X POST ${apiURL}/upgrade/kyma -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '${body}'

  # watch
  curl -sS ${apiURL}/orchestrations -H "Authorization: Bearer $TOKEN"
  curl -sS "${apiURL}/orchestrations/<orchestrationID>/operations?page=1&page_size=5" -H "Authorization: Bearer $TOKEN"

  # cancel
  curl -sS -X PUT ${apiURL}/orchestrations/<orchestrationID>/cancel -H "Authorization: Bearer $TOKEN"

  # add a stack, start it, look
  curl -sS -X POST ${apiURL}/orchestration/ -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '${definition}'
  curl -sS -X PUT "${apiURL}/orchestration${STACK}?action=START" -H "Authorization: Bearer $TOKEN"
  curl -sS ${apiURL}/orchestration${STACK} -H "Authorization: Bearer $TOKEN"
`;
}

/** The first thing to know: where the page is, and how to sign in at the local issuer; another one has its own ways. */
export function placeOfPage({ apiURL, tokenFor }: RunningService, { oidc }: Config): string {
  const signIn = `
  Sign in           with any name, no password is asked for; the group ${oidc.adminGroup} may change things`;
  return `  Open this page    ${apiURL}/ui${tokenFor ? signIn : ''}`;
}
