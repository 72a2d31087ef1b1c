import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;

/** Where the snippets of a room stand: in a folder, or in the place of a file that has rules of its own. */
const PLACE = {
  domain: 'src/domain/',
  'domain of upgrades': 'src/domain/upgrades/',
  'domain of stacks': 'src/domain/stacks/',
  contract: 'src/workflows/contract/upgrades.ts',
  workflows: 'src/workflows/upgrades/',
  'workflow time': 'src/workflows/workflow-time.ts',
  activities: 'src/activities/upgrades/',
  clients: 'src/clients/upgrades/',
  db: 'src/db/repositories/upgrades/',
  api: 'src/api/',
  dev: 'src/dev/',
  cli: 'src/cli/',
  bin: 'src/bin/compose/',
  page: 'src/ui/',
  tests: 'test/unit/',
} as const;

type Room = keyof typeof PLACE;

const ARROWS = 'boundaries/dependencies';
const SYNTAX = 'no-restricted-syntax';
const GLOBALS = 'no-restricted-globals';

const FORBIDDEN: [string, Room, string, string][] = [
  // Promises and types
  ['a promise nobody awaits', 'api', 'export function f() { Promise.resolve(1); }', 'no-floating-promises'],
  [
    'a promise as a condition',
    'api',
    'export function f(p: Promise<boolean>) { if (p) throw new Error(); }',
    'no-misused-promises',
  ],
  ['any', 'api', 'export const f = (x: any): unknown => x;', 'no-explicit-any'],
  ['a silenced type error', 'api', '// @ts-ignore\nexport const f = 1;', 'ban-ts-comment'],
  // Catching
  ['an empty catch', 'clients', 'export function f() { try { f(); } catch {} }', SYNTAX],
  [
    'a catch with nothing but a comment',
    'clients',
    'export function f() { try { f(); } catch { /* never mind */ } }',
    SYNTAX,
  ],
  [
    'a request that is not ended by its signal',
    'cli',
    "export const f = (signal: AbortSignal): Promise<Response> => fetch('/', { redirect: 'error', signal });",
    SYNTAX,
  ],
  ['an empty catch of a promise', 'tests', 'await Promise.resolve(1).catch(() => {});', SYNTAX],
  ['a promise caught into undefined', 'tests', 'await Promise.resolve(1).catch(() => undefined);', SYNTAX],
  [
    'a promise made and swallowed in one statement',
    'tests',
    'Promise.resolve(1).catch(() => undefined);',
    SYNTAX,
  ],
  // The environment
  ['process.env in an activity', 'activities', 'export const f = process.env;', SYNTAX],
  ['process.env in the embedded default', 'dev', 'export const f = process.env.HOME;', SYNTAX],
  [
    'process.env under another name',
    'dev',
    "import p from 'node:process';\nexport const f = p;",
    'no-restricted-imports',
  ],
  ['a single variable in a composition root', 'bin', 'export const f = process.env.HOME;', SYNTAX],
  // Shared by the runs of a worker
  [
    "zod's formats in a workflow",
    'workflows',
    "import { z } from 'zod';\nexport const f = z.guid();",
    SYNTAX,
  ],
  [
    'a pattern of zod in a workflow',
    'workflows',
    "import { z } from 'zod';\nexport const f = z.string().regex(/x/);",
    SYNTAX,
  ],
  // Purity
  ['Date.now in the domain', 'domain', 'export const f = () => Date.now();', SYNTAX],
  ['new Date() in the domain', 'domain', 'export const f = () => new Date();', SYNTAX],
  [
    'the clock of the date library',
    'domain',
    "import { DateTime } from 'luxon';\nexport const f = () => DateTime.now();",
    SYNTAX,
  ],
  ['Math.random in the domain', 'domain', 'export const f = () => Math.random();', SYNTAX],
  [
    'random UUIDs in the domain',
    'domain',
    "import { v4 } from 'uuid';\nexport const f = () => v4();",
    SYNTAX,
  ],
  ['performance in the domain', 'domain', 'export const f = () => performance.now();', GLOBALS],
  ['the global crypto in a workflow', 'workflows', 'export const f = () => crypto.randomUUID();', GLOBALS],
  ['setTimeout in a workflow', 'workflows', 'export const f = () => setTimeout(f, 1);', GLOBALS],
  ['Date.now in a workflow', 'workflows', 'export const f = () => Date.now();', SYNTAX],
  ['Math.random in a workflow', 'workflows', 'export const f = () => Math.random();', SYNTAX],
  ['a Node built-in in the domain', 'domain', "export * from 'node:fs';", ARROWS],
  ['a Node built-in without its prefix', 'domain', "export * from 'crypto';", ARROWS],
  ['a Node built-in in a workflow', 'workflows', "export * from 'node:crypto';", ARROWS],
  ['a Node built-in where the time is read', 'workflow time', "export * from 'node:crypto';", ARROWS],
  // Rooms
  ['domain → a package with I/O', 'domain', "export * from 'postgres';", ARROWS],
  ['domain → workflows', 'domain', "export * from '../workflows/contract/engine.ts';", ARROWS],
  ['workflows → clients', 'workflows', "export * from '../../clients/upgrades/outside-systems.ts';", ARROWS],
  [
    'workflows → values of activities',
    'workflows',
    "export * from '../../activities/upgrades/activity-types.ts';",
    ARROWS,
  ],
  ['the contract → workflows', 'contract', "export * from '../upgrades/queue-workflow.ts';", ARROWS],
  [
    'activities → workflows',
    'activities',
    "export * from '../../workflows/upgrades/queue-workflow.ts';",
    ARROWS,
  ],
  ['clients → db', 'clients', "export * from '../../db/schema/index.ts';", ARROWS],
  ['db → clients', 'db', "export * from '../../../clients/failures.ts';", ARROWS],
  ['api → activities', 'api', "export * from '../activities/index.ts';", ARROWS],
  ['api → the embedded default', 'api', "export * from '../dev/processes.ts';", ARROWS],
  ['api → configuration', 'api', "export * from '../config/index.ts';", ARROWS],
  ['the page → the domain', 'page', "export * from '../domain/errors.ts';", ARROWS],
  ['the page → a Node built-in', 'page', "export * from 'node:fs';", ARROWS],
  ['the page → a package that probes for eval', 'page', "export * from 'zod';", ARROWS],
  ['a dynamic import', 'api', "export const f = () => import('../dev/processes.ts');", ARROWS],
  [
    'the embedded default → composition roots',
    'dev',
    "export * from '../bin/compose/worker-process.ts';",
    ARROWS,
  ],
  ['the command line → the domain', 'cli', "export * from '../domain/errors.ts';", ARROWS],
  ['the command line → configuration', 'cli', "export * from '../config/index.ts';", ARROWS],
  ['process.env in the command line', 'cli', 'export const f = process.env;', SYNTAX],
  // Features
  ['upgrades → stacks', 'domain of upgrades', "export * from '../stacks/definition.ts';", ARROWS],
  ['stacks → upgrades', 'domain of stacks', "export * from '../upgrades/states.ts';", ARROWS],
  [
    'upgrades → stacks in another room',
    'activities',
    "export * from '../../clients/stacks/start-options.ts';",
    ARROWS,
  ],
  [
    'upgrades → the messages of stacks',
    'activities',
    "export * from '../../workflows/contract/stacks.ts';",
    ARROWS,
  ],
  ['the messages of upgrades → those of stacks', 'contract', "export * from './stacks.ts';", ARROWS],
  ['what both share → a feature', 'domain', "export * from './stacks/definition.ts';", ARROWS],
];

const ALLOWED: [string, Room, string][] = [
  ['a date made of a value', 'domain', 'export const f = (x: string) => new Date(x);'],
  ['the workflow time in its one place', 'workflow time', 'export const f = () => Date.now();'],
  ['name-based UUIDs in the domain', 'domain', "export { v5 } from 'uuid';"],
  ['domain → a pure package', 'domain', "export { z } from 'zod';"],
  [
    'workflows → types of activities',
    'workflows',
    "export type * from '../../activities/upgrades/activity-types.ts';",
  ],
  ['workflows → the SDK', 'workflows', "export { sleep } from '@temporalio/workflow';"],
  ['api → the contract', 'api', "export * from '../workflows/contract/stacks.ts';"],
  ['activities → a Node built-in', 'activities', "export * from 'node:crypto';"],
  ['composition roots → the command line', 'bin', "export * from '../../cli/index.ts';"],
  ['composition roots → everything', 'bin', "export * from '../../dev/processes.ts';"],
  [
    'process.env handed on by a composition root',
    'bin',
    'export const f = (load: (env: object) => number) => load(process.env) + load({ env: process.env });',
  ],
  ['a catch that does something', 'api', 'export const f = (p: Promise<number>) => p.catch(() => 1);'],
  [
    'a promise whose failure is looked at later',
    'api',
    'export const f = (p: Promise<number>) => { p.catch(() => undefined); return p; };',
  ],
  ['a feature → what both share', 'domain of stacks', "export * from '../errors.ts';"],
  ['tests → everything', 'tests', "export * from '../../src/dev/processes.ts';"],
];

/** The snippets as files that nobody has written, by their room and text. */
const snippets = new Map<string, { path: string; text: string; round: number }>();
const taken = new Map<string, number>();
for (const [, room, code] of [...FORBIDDEN, ...ALLOWED]) {
  const place = PLACE[room];
  // A file's place is taken by one snippet at a time.
  const count = taken.get(place) ?? 0;
  taken.set(place, count + 1);
  const inFolder = place.endsWith('/');
  const path = join(root, inFolder ? `${place}snippet-${count}.ts` : place);
  snippets.set(`${room} ${code}`, { path, text: `${code}\n`, round: inFolder ? 0 : count });
}

/** One linter per round: typed rules need a program, and making one for each snippet takes a second each time. */
const linters = [0, 1].map((round) => {
  const texts = new Map(
    [...snippets.values()].filter((each) => each.round === round).map(({ path, text }) => [path, text]),
  );
  const parserOptions = { projectService: false, programs: [programOf(texts)] };
  return new ESLint({
    cwd: root,
    overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions } },
  });
});

function programOf(texts: Map<string, string>): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [...texts.keys()] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, version);
    return getSourceFile(path, version, ...rest);
  };
  return ts.createProgram([...texts.keys()], options, host);
}

/** The rules that refuse the snippet when it stands in that room. */
async function refusals(room: Room, code: string): Promise<string[]> {
  const snippet = snippets.get(`${room} ${code}`);
  if (!snippet) throw new Error('No such snippet');
  const results = await linters[snippet.round]?.lintText(snippet.text, { filePath: snippet.path });
  const messages = results?.flatMap((result) => result.messages) ?? [];
  for (const message of messages) if (message.fatal) throw new Error(message.message);
  return [...new Set(messages.map(({ ruleId }) => ruleId ?? 'none'))];
}

describe('is refused:', () => {
  it.each(FORBIDDEN)('%s', async (_what, room, code, rule) => {
    const found = await refusals(room, code);
    expect(found.map((name) => name.replace('@typescript-eslint/', ''))).toContain(rule);
  });
});

describe('is allowed:', () => {
  it.each(ALLOWED)('%s', async (_what, room, code) => {
    expect(await refusals(room, code)).toEqual([]);
  });
});
