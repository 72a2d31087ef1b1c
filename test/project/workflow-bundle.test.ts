import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cacheFolder } from '../../src/config/index.ts';
import { WORKFLOWS, workflowBundle, type BundleSource } from '../../src/bin/compose/workflow-bundle.ts';

let folder: string;
let cacheDir: string;
let source: BundleSource;
let made: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  cacheDir = join(folder, 'cache');
  const entry = join(folder, 'entry.ts');
  writeFileSync(entry, 'first');
  source = { entry, files: [entry] };
  made = 0;
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = ({ entry }: BundleSource): Promise<{ code: string }> => {
  made += 1;
  return Promise.resolve({ code: `bundle of ${readFileSync(entry, 'utf8')}\n` });
};
const bundle = async (): Promise<string> => {
  const found = await workflowBundle({ cacheDir, source, make });
  return 'code' in found ? found.code : '';
};
const kept = (): string[] =>
  readdirSync(join(cacheDir, 'workflows')).map((name) => join(cacheDir, 'workflows', name));
const keptFile = (): string => {
  const [file] = kept();
  if (file === undefined) throw new Error('nothing is kept');
  return file;
};

describe('the bundle of the workflows', () => {
  it('is made once for the same sources, and again when one of them changes', async () => {
    expect(await bundle()).toBe('bundle of first\n');
    expect(await bundle()).toBe('bundle of first\n');
    expect(made).toBe(1);
    writeFileSync(source.entry, 'second');
    expect(await bundle()).toBe('bundle of second\n');
    expect(made).toBe(2);
    writeFileSync(source.entry, 'first');
    expect(await bundle()).toBe('bundle of first\n');
    expect(made).toBe(2);
  });

  it.each([
    ['is cut short', (file: string) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, -3))],
    [
      'was changed',
      (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace('first', 'evil!')),
    ],
    ['is empty', (file: string) => writeFileSync(file, '')],
    ['may be written by others', (file: string) => chmodSync(file, 0o666)],
    [
      'is a link to another file',
      (file: string) => {
        const elsewhere = join(folder, 'elsewhere');
        writeFileSync(elsewhere, readFileSync(file, 'utf8'));
        rmSync(file);
        symlinkSync(elsewhere, file);
      },
    ],
  ])('is made again when what was kept %s', async (_, spoil) => {
    await bundle();
    spoil(keptFile());
    expect(await bundle()).toBe('bundle of first\n');
    expect(made).toBe(2);
    // And it is sound from then on.
    expect(await bundle()).toBe('bundle of first\n');
    expect(made).toBe(2);
  });

  it('never takes the content of another key, whole as it is', async () => {
    await bundle();
    const first = readFileSync(keptFile());
    writeFileSync(source.entry, 'second');
    await bundle();
    for (const file of kept()) writeFileSync(file, first);
    expect(await bundle()).toBe('bundle of second\n');
    expect(made).toBe(3);
  });

  it('serves where it cannot be kept, and says why', async () => {
    writeFileSync(cacheDir, 'a file in the way');
    const problems: unknown[] = [];
    const found = await workflowBundle({
      cacheDir,
      source,
      make,
      onNotKept: (error) => problems.push(error),
    });
    expect(found).toEqual({ code: 'bundle of first\n' });
    expect(problems).toEqual([expect.objectContaining({ code: 'ENOTDIR' })]);
  });

  it('is not kept when its sources changed while it was made', async () => {
    const slow = async (source: BundleSource): Promise<{ code: string }> => {
      const result = await make(source);
      writeFileSync(source.entry, 'second');
      return result;
    };
    await workflowBundle({ cacheDir, source, make: slow });
    writeFileSync(source.entry, 'first');
    await bundle();
    expect(made).toBe(2);
  });

  it('leaves no bundle that nobody has used for two weeks, and no half of one', async () => {
    await bundle();
    const old = keptFile();
    writeFileSync(`${old}.4711`, 'the beginning of a bun');
    const long = new Date(Date.now() - 15 * 86_400_000);
    for (const file of kept()) utimesSync(file, long, long);
    writeFileSync(source.entry, 'second');
    await bundle();
    expect(kept()).toHaveLength(1);
    expect(kept()).not.toContain(old);
  });

  it('holds the code of packages and of what its key is made of, and no other', async () => {
    const found = await workflowBundle({ cacheDir: cacheFolder(process.env) });
    const code = 'code' in found ? found.code : '';
    const map = /sourceMappingURL=data:[^,]*,(.*)$/m.exec(code)?.[1] ?? '';
    const { sources } = z
      .object({ sources: z.array(z.string()) })
      .parse(JSON.parse(Buffer.from(map, 'base64').toString('utf8')));
    const own = sources.filter((path) => path.startsWith('/') && !path.includes('/node_modules/'));
    expect(own).toContain(WORKFLOWS.entry);
    const uncovered = own.filter(
      (path) =>
        !WORKFLOWS.files.some((covered) => path.startsWith(`${covered}/`)) &&
        !path.endsWith('-autogenerated-entrypoint.cjs'),
    );
    expect(uncovered).toEqual([]);
  });

  it('is evaluated once for all runs, but for the modules of workflows and what Temporal offers to them', async () => {
    const found = await workflowBundle({ cacheDir: cacheFolder(process.env) });
    const modules = new Map<string, unknown>();
    const evaluated = (): string[] => [...modules.keys()];
    const context = createContext({
      URL,
      // The bundle keeps its modules in this, which a worker clears for each run of what is not shared.
      __webpack_module_cache__: new Proxy(
        {},
        {
          get: (_, name) => modules.get(String(name)),
          set: (_, name, module) => modules.set(String(name), module) === modules,
        },
      ),
    });
    runInContext('code' in found ? found.code : '', context);
    runInContext('__TEMPORAL__.preloadModules()', context);
    const shared = new Set(evaluated());
    expect([...shared].filter((name) => name.startsWith('./src/workflows/'))).toEqual([
      './src/workflows/shared-by-runs.ts',
    ]);
    expect(shared).toContain('./node_modules/zod/v4/classic/schemas.js');
    runInContext('__TEMPORAL__.importWorkflows()', context);
    const again = evaluated().filter((name) => !shared.has(name));
    expect(again).toContain('./src/workflows/index.ts');
    expect(
      again.filter((name) => !/^\.\/(src\/workflows|node_modules\/@temporalio\/workflow)\//.test(name)),
    ).toEqual([]);
  });
});
