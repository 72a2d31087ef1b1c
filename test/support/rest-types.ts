/** The types of the operator's page, made of our own OpenAPI document; as a program it writes them where the page has them. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import pino from 'pino';
import { format, resolveConfig } from 'prettier';
import { createApp, type AppDependencies } from '../../src/api/app.ts';
import { OBJECT_ROOTS } from '../../src/api/routes/stacks/objects/object.ts';

export const REST_TYPES = fileURLToPath(new URL('../../src/ui/rest-types.ts', import.meta.url));

const HEAD = '/** Made of the OpenAPI document by `npm run ui:types`: not to be changed by hand. */\n';

/** Text of `src/ui/rest-types.ts`, formatted as everything else. */
export async function restTypes(): Promise<string> {
  const nothing = {
    repositories: {},
    authentication: {},
    defaults: { kubernetes: {} },
    logger: pino({ level: 'silent' }),
    clock: Date.now,
    randomUUID,
  };
  const app = createApp(nothing as unknown as AppDependencies);
  const document = (await (await app.request('/openapi.json')).json()) as Document;
  const text = HEAD + astToString(await openapiTS(forThePage(document)));
  return format(text, { ...(await resolveConfig(REST_TYPES)), filepath: REST_TYPES });
}

interface Response {
  content?: Record<string, unknown>;
}
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
}

/** Words and examples stay in the document, and all refusals are problems: types of a thirtieth of the size say the same. */
function forThePage(document: Document): OpenAPI3 {
  for (const [path, methods] of Object.entries(document.paths)) {
    if (Object.values(OBJECT_ROOTS).some((root) => path.startsWith(root))) delete document.paths[path];
    for (const operation of Object.values(methods)) {
      const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      const refused = {
        description: '',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      };
      operation.responses = { ...Object.fromEntries(answers), default: refused };
    }
  }
  const bare = JSON.stringify(document, (key, value: unknown) => {
    if (key === 'example' || key === 'examples') return undefined;
    if (key === 'description' && typeof value === 'string') return '';
    return key === 'application/oracle-compute-v3+json' ? undefined : value;
  });
  return JSON.parse(bare) as OpenAPI3;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(REST_TYPES, await restTypes());
}
