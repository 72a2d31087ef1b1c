import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Stands in for npm: fails for the arguments in FAIL, and writes down what the tests gave and what it was asked for. */
const NPM = `#!/usr/bin/env bash
echo "$*" >>asked
if [ "$1" = ci ]; then mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json; fi
if [ "$1" = install ] && [ -n "$NEWER_NODE" ]; then
  mkdir -p "$3/node_modules/node/bin" && printf '#!/bin/sh\\nexit %s\\n' "$NEWER_NODE" >"$3/node_modules/node/bin/node"
  chmod +x "$3/node_modules/node/bin/node"
fi
for argument in "$@"; do
  case "$argument" in --outputFile.json=*) [ -f result.json ] && cp result.json "\${argument#*=}" ;; esac
done
case " $FAIL " in *" \${!#} "* | *" $1 "* | *" $2 "*) exit 1 ;; esac
exit 0
`;

const PACKAGES = {
  '': {},
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0', dev: true },
};

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'ci-'));
  mkdirSync(join(clone, 'programs'));
  cpSync(new URL('../../.ci', import.meta.url).pathname, join(clone, '.ci'), { recursive: true });
  writeFileSync(join(clone, 'programs', 'npm'), NPM);
  chmodSync(join(clone, 'programs', 'npm'), 0o755);
  // They are there: nothing is installed.
  for (const program of ['chromium', 'promtool'])
    writeFileSync(join(clone, 'programs', program), '#!/bin/sh\n', { mode: 0o755 });
  cpSync(new URL('../../scripts', import.meta.url).pathname, join(clone, 'scripts'), { recursive: true });
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages: PACKAGES }));
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

function testsGive(passed: number, failed: number, suites: { status: string; tests: string[] }[] = []) {
  const testResults = suites.map(({ status, tests }, suite) => ({
    name: join(clone, 'test', `suite-${suite}.test.ts`),
    status,
    message: `suite ${suite} could not be loaded`,
    assertionResults: tests.map((each, test) => ({
      status: each,
      fullName: `behaviour ${test}`,
      failureMessages: each === 'failed' ? [`expected ${test} to be another`] : [],
    })),
  }));
  const result = { numPassedTests: passed, numFailedTests: failed, testResults };
  writeFileSync(join(clone, 'result.json'), JSON.stringify(result));
}

/** Runs the script with some of npm's commands failing; gives back its exit code and last line. */
function ci(...failing: string[]) {
  const { status, last } = run({ CI: '' }, 'cluster:built', ...failing);
  return { status, last };
}

/** Likewise with more in its environment. */
function ciWith(env: Record<string, string>, ...failing: string[]) {
  const { status, last } = run(env, ...failing);
  return { status, last };
}

function run(env: Record<string, string>, ...failing: string[]) {
  const { status, stdout } = spawnSync(join(clone, '.ci', 'run'), [], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${join(clone, 'programs')}:${process.env['PATH'] ?? ''}`,
      FAIL: failing.join(' '),
      NEWER_NODE: '',
      ...env,
    },
  });
  return { status, stdout, last: stdout.trimEnd().split('\n').at(-1) };
}

describe('.ci/run', () => {
  it('counts the tests and the three steps before them', () => {
    testsGive(40, 0);
    expect(ci()).toEqual({ status: 0, last: '83 passed, 0 failed' });
  });

  it.each(['format:check', 'lint', 'typecheck'])('counts %s as failed and goes on', (step) => {
    testsGive(40, 0);
    expect(ci(step)).toEqual({ status: 1, last: '82 passed, 1 failed' });
  });

  it('says at its end what failed, and how', () => {
    testsGive(1, 1, [
      { status: 'failed', tests: ['passed', 'failed'] },
      { status: 'failed', tests: [] },
    ]);
    const { stdout } = run({ CI: '' }, 'cluster:built', 'lint', 'test');
    const end = stdout.slice(stdout.indexOf('\nFailed:\n'));
    expect(end).toContain('- lint\n');
    expect(end).toContain('- test/suite-0.test.ts: behaviour 1\n    expected 1 to be another\n');
    expect(end).toContain('- test/suite-1.test.ts\n    suite 1 could not be loaded\n');
    expect(end).not.toContain('behaviour 0');
  });

  it('counts failed tests', () => {
    testsGive(38, 2, [{ status: 'failed', tests: ['failed', 'failed'] }]);
    expect(ci('test')).toEqual({ status: 1, last: '79 passed, 4 failed' });
  });

  it('counts a file that cannot even be loaded', () => {
    testsGive(38, 0, [{ status: 'failed', tests: [] }]);
    expect(ci('test')).toEqual({ status: 1, last: '79 passed, 2 failed' });
  });

  it('fails when the tests fail outside of any test', () => {
    testsGive(40, 0);
    for (const script of ['test', 'test:long'])
      expect(ci(script)).toEqual({ status: 1, last: '83 passed, 1 failed' });
  });

  it('fails when the tests leave no result', () => {
    expect(ci()).toEqual({ status: 1, last: '3 passed, 2 failed' });
  });

  it('counts the tests on a control plane, too, when that has been built, or in CI', () => {
    testsGive(40, 0);
    expect(ciWith({ CI: '' })).toEqual({ status: 0, last: '123 passed, 0 failed' });
    expect(ciWith({ CI: 'true' }, 'cluster:built')).toEqual({ status: 0, last: '123 passed, 0 failed' });
    expect(ciWith({ CI: '' }, 'test:cluster')).toEqual({ status: 1, last: '123 passed, 1 failed' });
  });

  it.each([
    ['passes there', '0', { status: 0, last: '84 passed, 0 failed' }],
    ['fails there', '1', { status: 1, last: '83 passed, 1 failed' }],
    ["can't be had", '', { status: 0, last: '83 passed, 0 failed' }],
  ])("tests on the image's Node too, which %s", (_, newer, expected) => {
    testsGive(40, 0);
    writeFileSync(join(clone, 'Dockerfile'), 'FROM node:99.1-slim\n');
    expect(ciWith({ CI: '', NEWER_NODE: newer }, 'cluster:built')).toEqual(expected);
  });

  it.each<[string, object, boolean]>([
    ['installed', PACKAGES, false],
    ['there, but for those for development', { 'node_modules/a': PACKAGES['node_modules/a'] }, true],
    ['there, one in another version', { ...PACKAGES, 'node_modules/a': { version: '0.9.0' } }, true],
  ])('looks at the packages: all are %s', (_, packages, installs) => {
    mkdirSync(join(clone, 'node_modules'));
    writeFileSync(join(clone, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
    testsGive(40, 0);
    expect(ci()).toMatchObject({ status: 0 });
    const asked = readFileSync(join(clone, 'asked'), 'utf8').split('\n');
    expect(asked.filter((line) => line.startsWith('ci '))).toHaveLength(installs ? 1 : 0);
  });

  it('fails when the packages cannot be installed', () => {
    expect(ci('ci')).toEqual({ status: 1, last: '0 passed, 1 failed' });
  });
});
