import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createApp, type AppDependencies } from '../../src/api/app.ts';
import { PROBLEM_CODES, describeProblem } from '../../src/api/problem.ts';
import { OBJECT_ROOTS } from '../../src/api/routes/stacks/objects/object.ts';
import { describeSettings } from '../../src/config/index.ts';
import { FAILURE_CODES } from '../../src/domain/errors.ts';
import { objectSchemas } from '../../src/domain/stacks/object-schema.ts';
import {
  EXTENDED_IN,
  INSTANCES_CHANGED_IN,
  PERMITTED_IN,
  REDEFINED_IN,
  STACK_ENTERED_FROM,
  STACK_REQUESTS,
  STACK_STATUSES,
} from '../../src/domain/stacks/statuses.ts';
import { OBJECT_TYPES } from '../../src/domain/stacks/definition.ts';
import { OPERATION_ENTERED_FROM, ORCHESTRATION_ENTERED_FROM } from '../../src/domain/upgrades/states.ts';
import { WAITING_CODES } from '../../src/domain/upgrades/waiting.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
/** Folders whose files are named in running text, in backticks. */
const NAMED_PATH =
  /`((?:src|test|docs|config|scripts|\.ci)\/[\w./-]*\w|[\w.-]+\.(?:md|mjs|ts|yml|json)|Dockerfile|\.env\.example)`/g;

/** The cells of the first table after the line that begins with `mark`, without its head. */
function tableAfter(document: string, mark: string): string[][] {
  const lines = read(document).split('\n');
  const marked = lines.findIndex((line) => line.startsWith(mark));
  expect(marked, `${document} must have a line that begins with "${mark}"`).toBeGreaterThanOrEqual(0);
  const first = lines.findIndex((line, index) => index > marked && line.startsWith('|'));
  const rest = lines.slice(first);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(2, end).map((line) =>
    line
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** The arrows of the Mermaid diagram of states below a heading, as `from > to`. */
function arrowsBelow(document: string, heading: string): string[] {
  const [, below = ''] = read(document).split(`\n${heading}\n`);
  const diagram = /```mermaid\n(stateDiagram[^`]*)```/.exec(below)?.[1] ?? '';
  const names = new Map([...diagram.matchAll(/state "([^"]+)" as (\w+)/g)].map(([, name, as]) => [as, name]));
  const nameOf = (alias: string | undefined): string => names.get(alias) ?? alias ?? '';
  return [...diagram.matchAll(/^\s*(\w+) --> (\w+)/gm)].map(
    ([, from, to]) => `${nameOf(from)} > ${nameOf(to)}`,
  );
}

const arrowsOf = (enteredFrom: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(enteredFrom).flatMap(([to, sources]) => sources.map((from) => `${from} > ${to}`));

describe('README.md', () => {
  it('has every setting with its default and meaning, in order', () => {
    const expected = describeSettings().map(({ name, default: fallback, meaning }) => [
      `\`${name}\``,
      fallback,
      meaning,
    ]);
    expect(tableAfter('README.md', '<!-- settings')).toEqual(expected);
  });

  it('names every npm script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const shown = tableAfter('README.md', '## Commands').flatMap(([command = '']) =>
      [...command.matchAll(/npm (?:run )?(?:--silent )?([\w:]+)/g)].map(([, name]) => name),
    );
    expect(shown.sort()).toEqual(Object.keys(scripts).sort());
  });
});

describe('every document', () => {
  it.each(documents)('%s names scripts that exist', (document) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(document).matchAll(/npm (?:run (?:--silent )?([\w:]+)|(start|test)\b)/g)];
    for (const [, script, short] of named) expect(scripts).toHaveProperty([script ?? short ?? '']);
  });

  it.each(documents)('%s names files that exist', (document) => {
    const text = read(document);
    const linked = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, target = '']) => normalize(join(dirname(document), target)),
    );
    const named = [...text.matchAll(NAMED_PATH)].map(([, path = '']) => path);
    // A bare file name may stand for a file beside the document.
    const missing = [...linked, ...named].filter(
      (path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(document), path)),
    );
    expect(missing).toEqual([]);
  });
});

describe('docs/adr/README.md', () => {
  it('lists every decision in its order, each with a status', () => {
    const pages = readdirSync(join(root, 'docs/adr')).filter((name) => /^\d{4}-/.test(name));
    expect(pages.length).toBeGreaterThan(40);
    const listed = [...read('docs/adr/README.md').matchAll(/^- \[\d+\. .+\]\((.+?)\)/gm)];
    expect(listed.map(([, name]) => name)).toEqual(pages);
    for (const name of pages)
      expect(read(`docs/adr/${name}`)).toMatch(/^Status: (accepted|superseded by)\b/m);
  });
});

describe('docs/architecture.md', () => {
  it.each<[string, Readonly<Record<string, readonly string[]>>]>([
    ['### States of an orchestration', ORCHESTRATION_ENTERED_FROM],
    ['### States of an operation', OPERATION_ENTERED_FROM],
    ['### Statuses of a stack', STACK_ENTERED_FROM],
  ])('draws and lists exactly the permitted transitions: %s', (heading, enteredFrom) => {
    expect(arrowsBelow('docs/architecture.md', heading).sort()).toEqual(arrowsOf(enteredFrom).sort());
    const rows = tableAfter('docs/architecture.md', heading).map(([state, from]) => [state, from]);
    const expected = Object.entries(enteredFrom).map(([state, sources]) => [
      `\`${state}\``,
      sources.map((source) => `\`${source}\``).join(', '),
    ]);
    expect(rows).toEqual(expected);
  });
});

describe('docs/operations.md', () => {
  it('says for every failure code what to do', () => {
    const codes = tableAfter('docs/operations.md', '## Failure codes').map(([code]) => code);
    expect(codes).toEqual(FAILURE_CODES.map((code) => `\`${code}\``));
  });
});

describe('docs/api.md', () => {
  it('has every problem with its status', () => {
    const rows = tableAfter('docs/api.md', '## Errors').map(([type, status]) => [type, status]);
    expect(rows).toEqual(PROBLEM_CODES.map((code) => [`\`${code}\``, String(describeProblem(code).status)]));
  });

  it('says of everything that can be waited for what it means', () => {
    const codes = tableAfter('docs/api.md', '## Why is it waiting?').map(([code]) => code);
    expect(codes).toEqual(WAITING_CODES.map((code) => `\`${code}\``));
  });

  it('says what each status of a stack permits (A69, A74, A88 to A91)', () => {
    const mark = 'What is permitted when';
    const yes = (permitted: boolean): string => (permitted ? 'yes' : '409');
    const expected = STACK_STATUSES.map((status) => [
      `\`${status}\``,
      ...STACK_REQUESTS.map((request) => yes(PERMITTED_IN[request].includes(status))),
      EXTENDED_IN.includes(status) ? 'in part' : yes(REDEFINED_IN.includes(status)),
      yes(INSTANCES_CHANGED_IN.includes(status)),
    ]);
    expect(tableAfter('docs/api.md', mark)).toEqual(expected);
    const head = read('docs/api.md').split(`\n${mark}`)[1]?.split('\n|')[1];
    expect(head?.split('|').map((cell) => cell.trim())).toEqual(
      expect.arrayContaining(['status', ...STACK_REQUESTS, 'new definition', 'single instances']),
    );
  });

  it('names the known fields of every type of object', () => {
    const rows = tableAfter('docs/api.md', 'Objects are open records').map(([type = '', fields = '']) => [
      type.replaceAll('`', ''),
      [...fields.matchAll(/`(\w+)`/g)].map(([, field]) => field),
    ]);
    const expected = OBJECT_TYPES.map((type) => {
      const schema =
        type === 'launchplan' ? objectSchemas.launchplan.shape.instances.element : objectSchemas[type];
      const fields = Object.keys(schema.shape).filter((field) => field !== 'name' && field !== 'simulation');
      return [type, fields];
    });
    expect(rows).toEqual(expected);
  });

  it('has every endpoint', async () => {
    // Nothing is asked of the dependencies before the first request that needs them.
    const nothing = { repositories: {}, authentication: {}, defaults: { kubernetes: {} } };
    const app = createApp(nothing as unknown as AppDependencies);
    const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } });
    const served = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const roots = Object.values(OBJECT_ROOTS);
    const shown = tableAfter('docs/api.md', '## Endpoints').flatMap(([cell = '']) => {
      const endpoint = cell.replaceAll('`', '');
      return endpoint.includes('/{type}')
        ? roots.map((root) => endpoint.replace('/{type}', root))
        : [endpoint];
    });
    expect(shown).toEqual(expect.arrayContaining(served));
  });
});
