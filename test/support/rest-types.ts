/** The types of the operator's page, made of our own OpenAPI document; as a program it writes them where the page has them. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import pino from 'pino';
import { format, resolveConfig } from 'prettier';
import { createApp, type AppDependencies } from '../../src/api/app.ts';

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

type Response = { content?: Record<string, unknown> } | { $ref: string };
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
  components: { schemas: Record<string, unknown>; responses?: Record<string, unknown> };
}

/**
 * The calls of the page, and the schemas that it names and that these need. Words and examples stay in the document, and all
 * refusals are problems: types of a thirtieth of the size say the same.
 */
function forThePage(document: Document): OpenAPI3 {
  const sources = sourcesOfPage();
  const calls = new Set([...sources.matchAll(CALL)].map(([, method = '', path]) => `${method} ${path}`));
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (!calls.has(`${method.toUpperCase()} ${path}`)) delete methods[method];
      else operation.responses = withoutRefusals(operation.responses);
    }
    if (Object.keys(methods).length === 0) delete document.paths[path];
  }
  document.components.responses = { Refused: REFUSED };
  const named = [...sources.matchAll(NAMED)].map(([, name = '']) => name);
  const needed = reachable(document.components.schemas, [...referredTo([document.paths, REFUSED]), ...named]);
  for (const name of Object.keys(document.components.schemas)) {
    if (!needed.has(name)) delete document.components.schemas[name];
  }
  return bare(document);
}

const CALL = /\brest\s*\.([A-Z]+)\(\s*'([^']+)'/g;
const NAMED = /(?:\bSchemas|\['schemas'\])\['(\w+)'\]/g;

/** All text of the page but the types themselves. */
function sourcesOfPage(): string {
  const folder = dirname(REST_TYPES);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && name !== basename(REST_TYPES))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

const REFUSED = {
  description: '',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function withoutRefusals(responses: Record<string, Response>): Record<string, Response> {
  const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return { ...Object.fromEntries(answers), default: { $ref: '#/components/responses/Refused' } };
}

const referredTo = (part: unknown): string[] =>
  [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name);

/** Names of the schemas that are reached from some. */
function reachable(schemas: Record<string, unknown>, from: readonly string[]): Set<string> {
  const found = new Set(from);
  // A set goes on to what is added meanwhile.
  for (const name of found) for (const next of referredTo(schemas[name] ?? {})) found.add(next);
  return found;
}

function bare(document: Document): OpenAPI3 {
  const text = JSON.stringify(document, (key, value: unknown) => {
    if (key === 'example' || key === 'examples') return undefined;
    if (key === 'description' && typeof value === 'string') return '';
    return key === 'application/oracle-compute-v3+json' ? undefined : value;
  });
  return JSON.parse(text) as OpenAPI3;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(REST_TYPES, await restTypes());
}
