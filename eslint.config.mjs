import { fileURLToPath } from 'node:url';
import eslint from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('.', import.meta.url));

/*
 * The rooms of src and which other rooms each may import; docs/architecture.md has the reasons. CONTRACT is
 * src/workflows/contract alone: messages, IDs and task queues, free of workflow code. Within the rooms each feature has a
 * folder of its own; neither imports the other, and what both need stands beside them.
 */
const CONTRACT = 'workflow-contract';
const FEATURES = ['upgrades', 'stacks'];
/** Files that know neither feature; the others beside the features put them together. */
const SHARED = 'shared';
const ARROWS = {
  domain: [],
  workflows: ['domain'],
  activities: ['domain', CONTRACT, 'db', 'clients'],
  clients: ['domain', CONTRACT],
  db: ['domain'],
  api: ['domain', CONTRACT, 'db', 'clients'],
  config: ['domain', CONTRACT],
  // It speaks to the service by HTTP alone.
  cli: [],
  dev: ['domain', 'workflows', 'activities', 'clients', 'db', 'api', 'config'],
  bin: ['domain', 'workflows', 'activities', 'clients', 'db', 'api', 'config', 'dev', 'cli'],
  // The operator's page runs in browsers: it knows of the service what the API says.
  ui: [],
};

/** Packages without I/O, clock or randomness of their own, so that the pure rooms stay pure. */
const PURE_PACKAGES = [
  'zod',
  're2js',
  'uuid',
  'semver',
  'luxon',
  'ipaddr.js',
  'mdast-util-gfm',
  'mdast-util-to-markdown',
];
const WORKFLOW_PACKAGES = [...PURE_PACKAGES, '@temporalio/workflow', '@temporalio/common'];

/** Small ones that run in browsers without eval and inline styles. */
const BROWSER_PACKAGES = [
  '@dagrejs/dagre',
  '@tanstack/react-query',
  'openapi-fetch',
  'react',
  'react-dom',
  'wouter',
];

const rooms = (names) => ({ element: { types: { anyOf: names } } });
const category = (name) => ({ file: { categories: name } });
const contract = category(CONTRACT);
const packages = (names) => ({
  module: { origin: 'external', source: names.flatMap((name) => [name, `${name}/**`]) },
});

/** A later policy wins over an earlier one. */
const roomPolicies = [
  ...Object.entries(ARROWS).flatMap(([room, others]) => [
    { from: rooms([room]), allow: { to: rooms([room, ...others]) } },
    ...(others.includes(CONTRACT) ? [{ from: rooms([room]), allow: { to: contract } }] : []),
  ]),
  // A workflow calls activities through proxies that need the types alone; values would pull I/O into its bundle.
  { from: rooms(['workflows']), allow: { to: rooms(['activities']), dependency: { kind: 'type' } } },
  // The tables keep parts of the messages as they are.
  { from: rooms(['db']), allow: { to: contract, dependency: { kind: 'type' } } },
  {
    from: rooms(Object.keys(ARROWS).filter((room) => !['domain', 'workflows', 'ui'].includes(room))),
    allow: { to: { module: { origin: ['external', 'core'] } } },
  },
  { from: rooms(['domain']), allow: { to: packages(PURE_PACKAGES) } },
  { from: rooms(['ui']), allow: { to: packages(BROWSER_PACKAGES) } },
  { from: rooms(['workflows']), allow: { to: packages(WORKFLOW_PACKAGES) } },
  { from: contract, disallow: { to: rooms(['workflows', 'activities']) } },
  { from: contract, allow: { to: contract } },
  ...FEATURES.map((feature) => ({
    from: category(feature),
    disallow: { to: FEATURES.filter((other) => other !== feature).map(category) },
  })),
  { from: category(SHARED), disallow: { to: FEATURES.map(category) } },
];

const VANISHES = 'A failure must not vanish: handle it, or let it through.';
const INTO_UNDEFINED =
  'CallExpression[callee.property.name="catch"] > ArrowFunctionExpression[body.type="Identifier"][body.name="undefined"]';
const SILENT_CATCH = [
  { selector: 'CatchClause[body.body.length=0]', message: VANISHES },
  {
    selector:
      'CallExpression[callee.property.name="catch"] > :function[body.type="BlockStatement"][body.body.length=0]',
    message: VANISHES,
  },
  // Alone, `promise.catch(() => undefined);` only says that the promise is awaited later; anywhere else it swallows.
  { selector: `:not(ExpressionStatement) > ${INTO_UNDEFINED}`, message: VANISHES },
  {
    selector: `ExpressionStatement > ${INTO_UNDEFINED.replace('[', '[callee.object.type!="Identifier"][')}`,
    message: VANISHES,
  },
];

const CUT_OFF_SIGNAL = {
  selector: 'Property[key.name="redirect"][value.value="error"]',
  message:
    "Take 'manual': with 'error' a signal no longer ends the answer once garbage is collected (undici 4627).",
};
const EVERYWHERE = [...SILENT_CATCH, CUT_OFF_SIGNAL];

const ENVIRONMENT = 'MemberExpression[object.name="process"][property.name="env"]';
const NO_ENVIRONMENT = {
  selector: ENVIRONMENT,
  message: 'The environment is read once, in src/config: take what you need as a parameter.',
};
const ENVIRONMENT_ONLY_HANDED_ON = {
  selector: `:not(CallExpression, Property[key.name="env"]) > ${ENVIRONMENT}`,
  message: 'Hand process.env on as a whole: src/config reads it.',
};

const CLOCK = 'Take the present time as a parameter: this code must give the same result on every replay.';
const RANDOMNESS = 'Randomness differs on every replay: derive the value or take it as a parameter.';
const IMPURE_SYNTAX = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: CLOCK },
  { selector: 'CallExpression[callee.name="Date"]', message: CLOCK },
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: CLOCK },
  { selector: 'MemberExpression[object.name="DateTime"][property.name="now"]', message: CLOCK },
  {
    selector:
      'CallExpression[callee.object.name="DateTime"][callee.property.name=/^(local|utc)$/][arguments.length=0]',
    message: CLOCK,
  },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: RANDOMNESS },
  {
    selector: 'ImportDeclaration[source.value="uuid"] > ImportSpecifier[imported.name=/^v[1467]$/]',
    message: RANDOMNESS,
  },
];
const FROZEN_PATTERN =
  'The runs of a worker share zod, frozen, and its formats write to their patterns: use refine.';
/** Checks of zod by a pattern of its own, or by one that may be shared. */
const PATTERNS_OF_ZOD = [
  {
    selector:
      'MemberExpression[object.name="z"][property.name=/^(iso|email|url|httpUrl|hostname|e164|emoji|guid|uuid.*|nanoid|cuid2?|ulid|xid|ksuid|ipv[46]|mac|cidrv[46]|base64(url)?|hex|hash|jwt|stringFormat|templateLiteral)$/]',
    message: FROZEN_PATTERN,
  },
  {
    selector: 'CallExpression[callee.property.name=/^(regex|lowercase|uppercase)$/]',
    message: FROZEN_PATTERN,
  },
];
const IMPURE_GLOBALS = [
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
].map((name) => ({ name, message: 'Workflows and domain are pure: no clock, randomness, timers or I/O.' }));

const NODE_GLOBALS = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'URL',
  'URLSearchParams',
  'clearInterval',
  'console',
  'fetch',
  'process',
  'setInterval',
];

export default tseslint.config(
  { ignores: ['node_modules/', '.drydock/', 'coverage/', 'src/db/migrations/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Objects come from factories, so methods use no `this`; and `void (await …)` says that a result is dropped.
      '@typescript-eslint/unbound-method': 'off',
      // An async function without await turns what it throws into a rejection, which interfaces here ask for.
      '@typescript-eslint/require-await': 'off',
      // Merge patches and journals delete keys of plain JSON objects.
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...EVERYWHERE],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: { boundaries },
    settings: {
      'boundaries/root-path': root,
      'boundaries/elements': [
        ...Object.keys(ARROWS).map((room) => ({ type: room, pattern: `src/${room}`, partialMatch: false })),
      ],
      'boundaries/files': [
        { category: CONTRACT, pattern: 'src/workflows/contract/*.ts' },
        {
          category: SHARED,
          pattern: ['src/domain/*.ts', 'src/clients/*.ts', 'src/workflows/contract/engine.ts'],
        },
        ...FEATURES.map((feature) => ({
          category: feature,
          pattern: [`src/**/${feature}/**/*.ts`, `src/workflows/contract/${feature}.ts`],
        })),
      ],
      'import/resolver': { typescript: { project: root } },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          checkAllOrigins: true,
          checkUnknownLocals: true,
          checkInternals: true,
          policies: roomPolicies,
        },
      ],
      'boundaries/no-unknown-files': 'error',
      'no-restricted-imports': ['error', { name: 'node:process' }, { name: 'process' }],
      'no-restricted-syntax': ['error', ...EVERYWHERE, NO_ENVIRONMENT],
    },
  },
  { files: ['src/config/**'], rules: { 'no-restricted-syntax': ['error', ...EVERYWHERE] } },
  {
    files: ['src/bin/**'],
    rules: { 'no-restricted-syntax': ['error', ...EVERYWHERE, ENVIRONMENT_ONLY_HANDED_ON] },
  },
  {
    files: ['src/domain/**', 'src/workflows/**'],
    rules: {
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-syntax': ['error', ...EVERYWHERE, NO_ENVIRONMENT, ...IMPURE_SYNTAX],
    },
  },
  {
    files: ['src/workflows/**'],
    rules: {
      'no-restricted-syntax': ['error', ...EVERYWHERE, NO_ENVIRONMENT, ...IMPURE_SYNTAX, ...PATTERNS_OF_ZOD],
    },
  },
  {
    // The one place that may ask: inside a workflow `Date` is the time of the workflow task, the same on every replay.
    files: ['src/workflows/workflow-time.ts'],
    rules: { 'no-restricted-syntax': ['error', ...EVERYWHERE, NO_ENVIRONMENT] },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        ...Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])),
      },
    },
    rules: { 'no-restricted-syntax': ['error', ...EVERYWHERE] },
  },
);
