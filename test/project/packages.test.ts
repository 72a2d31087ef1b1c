import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

/** `from 'x'`, `import('x')`, `import 'x'` and `resolve('x')`. */
const SPECIFIER = /(?:\bfrom |\bimport |\b(?:import|resolve)\()'([^'.][^']*)'/g;

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe('the packages of production', () => {
  it('are all that src and scripts import', () => {
    const imported = new Map<string, string>();
    for (const folder of ['src', 'scripts']) {
      for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
        if (!/\.(ts|mjs)$/.test(path)) continue;
        const text = readFileSync(join(root, folder, path), 'utf8');
        for (const [, specifier = ''] of text.matchAll(SPECIFIER)) {
          if (!isBuiltin(specifier)) imported.set(packageOf(specifier), join(folder, path));
        }
      }
    }
    expect(imported.size).toBeGreaterThan(25);
    expect([...imported].filter(([name]) => dependencies[name] === undefined)).toEqual([]);
  });
});

describe('scripts/run.mjs', () => {
  const PRODUCTION = { '': {}, 'node_modules/a': { version: '1.0.0' } };
  const ALL = { ...PRODUCTION, 'node_modules/b': { version: '2.0.0', dev: true } };
  let clone: string;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'packages-'));
    for (const path of ['scripts', 'src/dev/temporal-program.mjs', 'src/config/surroundings.mjs']) {
      cpSync(join(root, path), join(clone, path), { recursive: true });
    }
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages: ALL }));
    program('npm', 'echo "$*" >>asked; exit 1');
    program('temporal', 'exit 0');
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  function program(name: string, script: string): void {
    mkdirSync(join(clone, 'programs'), { recursive: true });
    writeFileSync(join(clone, 'programs', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(clone, 'programs', name), 0o755);
  }

  function installed(packages: object): void {
    mkdirSync(join(clone, 'node_modules'));
    writeFileSync(join(clone, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  }

  /** Runs a command; answers what npm was asked for, and what was said. */
  function run(command: string, env: Record<string, string> = {}): { asked: string; said: string } {
    const { stderr } = spawnSync(process.execPath, ['scripts/run.mjs', command], {
      cwd: clone,
      encoding: 'utf8',
      env: { PATH: `${join(clone, 'programs')}:/usr/bin:/bin`, HOME: clone, ...env },
    });
    const asked = join(clone, 'asked');
    return { asked: existsSync(asked) ? readFileSync(asked, 'utf8') : '', said: stderr };
  }

  it.each([
    ['dev', '--omit=dev'],
    ['demo', '--omit=dev'],
    ['api', '--omit=dev'],
    ['test', '--include=dev'],
  ])('installs in a fresh clone what %s needs: %s', (command, option) => {
    expect(run(command).asked).toMatch(new RegExp(`^ci ${option} `));
  });

  it('installs the packages for development once the tests are run', () => {
    installed(PRODUCTION);
    expect(run('dev').asked).toBe('');
    expect(run('test').asked).toMatch(/^install --no-save --include=dev /);
  });

  it('takes no packages for development away', () => {
    installed({ ...ALL, 'node_modules/a': { version: '0.9.0' } });
    expect(run('dev').asked).toMatch(/^ci --include=dev /);
  });

  it('says in one sentence that the packages could not be installed', () => {
    const { said } = run('api');
    expect(said.trim().split('\n').at(-1)).toMatch(/^The packages could not be installed; see above/);
  });

  it('looks for the Temporal server while the packages are being installed, where one is needed', () => {
    expect(run('dev').said).toMatch(/Temporal server: .*found on PATH/);
    expect(run('dev', { TEMPORAL_ADDRESS: 'temporal:7233' }).said).not.toContain('Temporal server');
    expect(run('worker').said).not.toContain('Temporal server');
  });
});
