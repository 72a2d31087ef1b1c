import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROGRAMS, programFile, sourceOf } from '../../scripts/programs.mjs';

const here = new URL('../../', import.meta.url).pathname;

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'programs-')));
  mkdirSync(join(root, 'src', 'bin'), { recursive: true });
  mkdirSync(join(root, 'node_modules', 'greeting'), { recursive: true });
  writeFileSync(join(root, 'node_modules', 'greeting', 'index.mjs'), "export const greeting = 'hello';\n");
  writeFileSync(
    join(root, 'node_modules', 'greeting', 'package.json'),
    JSON.stringify({ name: 'greeting', type: 'module', exports: './index.mjs' }),
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function source(path: string, text: string): void {
  writeFileSync(join(root, 'src', path), text);
}

function run(file: string): { said: string; complained: string } {
  const { stdout, stderr } = spawnSync(process.execPath, ['--enable-source-maps', file], {
    encoding: 'utf8',
  });
  return { said: stdout.trim(), complained: stderr };
}

describe('a program', () => {
  it('is compiled with the sources that it imports, finds its packages, and knows where each source stands', async () => {
    source('shared.ts', 'export const place: string = import.meta.url;\n');
    source(
      'bin/token.ts',
      `import { greeting } from 'greeting';
       import { place } from '../shared.ts';
       class Kept {}
       console.log(greeting, place, import.meta.url, Kept.name);`,
    );
    const places = ['src/shared.ts', 'src/bin/token.ts'].map((path) => `file://${join(root, path)}`);
    expect(run(await programFile(root, 'token')).said).toBe(['hello', ...places, 'Kept'].join(' '));
  });

  it('is what its sources say now', async () => {
    source('bin/token.ts', 'console.log(1);');
    const before = await programFile(root, 'token');
    source('bin/token.ts', 'console.log(2);');
    const after = await programFile(root, 'token');
    expect([run(before).said, run(after).said]).toEqual(['1', '2']);
  });

  it('is compiled once for the same sources', async () => {
    source('bin/token.ts', 'console.log(1);');
    const text = `
      import { createRequire } from 'node:module';
      import { programFile } from ${JSON.stringify(join(here, 'scripts/programs.mjs'))};
      await programFile(${JSON.stringify(root)}, 'token');
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(loaded.some((path) => path.includes('/esbuild/lib/')));`;
    const start = join(root, 'start.mjs');
    writeFileSync(start, text);
    expect(run(start).said).toBe('true');
    expect(run(start).said).toBe('false');
  });

  it('starts beside a link that leads nowhere', async () => {
    source('bin/token.ts', 'console.log(1);');
    symlinkSync('nobody@nowhere.1', join(root, 'src/bin/.#token.ts'));
    expect(run(await programFile(root, 'token')).said).toBe('1');
  });

  it('is compiled anew when its settings or its place have changed', async () => {
    source('bin/token.ts', 'console.log(import.meta.url);');
    const before = await programFile(root, 'token');
    writeFileSync(join(root, 'tsconfig.json'), '{ "compilerOptions": { "target": "ES2022" } }');
    const after = await programFile(root, 'token');
    expect(after).not.toBe(before);
    const moved = `${root}-moved`;
    renameSync(root, moved);
    root = moved;
    expect(run(await programFile(root, 'token')).said).toBe(`file://${join(root, 'src/bin/token.ts')}`);
  });

  it('that was compiled before needs to write nothing', async () => {
    source('bin/token.ts', 'console.log(1);');
    const file = await programFile(root, 'token');
    // Nothing can be written below a link to a folder of the kernel's, whoever runs this.
    const cache = join(root, 'node_modules', '.cache', 'drydock');
    const { ino } = statSync(file);
    expect(await programFile(root, 'token')).toBe(file);
    // A file that is written is renamed into place.
    expect(statSync(file).ino).toBe(ino);
    expect(readdirSync(cache)).toHaveLength(1);
    rmSync(cache, { recursive: true });
    symlinkSync('/proc/self', cache);
    await expect(programFile(root, 'token')).rejects.toThrow(/can't be written .* run `npm run build` once/);
  });

  it('whose file somebody has changed is written anew', async () => {
    source('bin/token.ts', 'console.log(1);');
    const file = await programFile(root, 'token');
    const code = readFileSync(file, 'utf8');
    for (const changed of ['', 'console.log("foreign");', code.replace('1', '2'), code.slice(0, -10)]) {
      writeFileSync(file, changed);
      expect(run(await programFile(root, 'token')).said).toBe('1');
      expect(readFileSync(file, 'utf8')).toBe(code);
    }
  });

  it('that does not compile is told with file and line', async () => {
    source('bin/token.ts', 'const fine = 1;\nconst const = 2;');
    await expect(programFile(root, 'token')).rejects.toThrow(
      /^The sources don't compile: .*\n.*src\/bin\/token\.ts:2:6/,
    );
  });

  it('complains in the lines that were written', async () => {
    source('bin/token.ts', "type Unseen = string;\n\nthrow new Error('look here');");
    expect(run(await programFile(root, 'token')).complained).toMatch(
      /Error: look here\s+at .*src\/bin\/token\.ts:3:7/,
    );
  });

  it('of each name has a source', () => {
    expect(PROGRAMS).toContain('api');
    const sources = PROGRAMS.map((program) => sourceOf(here, program));
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
  });
});
