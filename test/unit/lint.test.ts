import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint({ cwd: new URL('../..', import.meta.url).pathname });

/** Typed rules need a file that the TypeScript project knows: the snippet takes the place of its text. */
const PLACE = {
  domain: 'src/domain/errors.ts',
  'domain of upgrades': 'src/domain/upgrades/states.ts',
  'domain of stacks': 'src/domain/stacks/statuses.ts',
  contract: 'src/workflows/contract/upgrades.ts',
  workflows: 'src/workflows/upgrades/queue-workflow.ts',
  'workflow time': 'src/workflows/workflow-time.ts',
  activities: 'src/activities/upgrades/upgrade-runtime.ts',
  clients: 'src/clients/upgrades/temporal-orchestrations.ts',
  db: 'src/db/repositories/upgrades/orchestration-repositories.ts',
  api: 'src/api/api-dependencies.ts',
  dev: 'src/dev/processes.ts',
  bin: 'src/bin/compose/worker-process.ts',
  tests: 'test/unit/lint.test.ts',
} as const;

/** The rules that refuse the snippet when it stands in that room. */
async function refusals(room: keyof typeof PLACE, code: string): Promise<string[]> {
  const results = await eslint.lintText(`${code}\n`, { filePath: PLACE[room] });
  const messages = results.flatMap((result) => result.messages);
  for (const message of messages) if (message.fatal) throw new Error(message.message);
  return [...new Set(messages.map(({ ruleId }) => ruleId ?? 'none'))];
}

const ARROWS = 'boundaries/dependencies';
const SYNTAX = 'no-restricted-syntax';
const GLOBALS = 'no-restricted-globals';

describe('is refused:', () => {
  const FORBIDDEN: [string, keyof typeof PLACE, string, string][] = [
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
    [
      'workflows → clients',
      'workflows',
      "export * from '../../clients/upgrades/outside-systems.ts';",
      ARROWS,
    ],
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
    ['a dynamic import', 'api', "export const f = () => import('../dev/processes.ts');", ARROWS],
    [
      'the embedded default → composition roots',
      'dev',
      "export * from '../bin/compose/worker-process.ts';",
      ARROWS,
    ],
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

  it.each(FORBIDDEN)('%s', async (_what, room, code, rule) => {
    const found = await refusals(room, code);
    expect(found.map((name) => name.replace('@typescript-eslint/', ''))).toContain(rule);
  });
});

describe('is allowed:', () => {
  const ALLOWED: [string, keyof typeof PLACE, string][] = [
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

  it.each(ALLOWED)('%s', async (_what, room, code) => {
    expect(await refusals(room, code)).toEqual([]);
  });
});
