/**
 * The workflow code as one bundle. Making it takes seconds, so it is kept in the cache folder under a hash of everything
 * that it is made of: the sources, the installed packages, the version of Node. What is found there is code that will run,
 * so only a whole file of this user (or root's) that nobody else may write is used; else the bundle is made again.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundle } from '@temporalio/worker';

/** Code to be bundled. */
export interface BundleSource {
  /** The module that exports the workflows. */
  entry: string;
  /** Files and folders that hold all of the code, but for packages. */
  files: string[];
  /** Modules that a worker evaluates once, for all runs; any other is evaluated for each run again. */
  shared?: string[];
}

export interface BundleOptions {
  /** Where it is kept: `Config.cacheDir`. */
  cacheDir: string;
  /** Default: Drydock's own workflows. */
  source?: BundleSource;
  /** Modules with interceptors of workflows that are to be in it; their packages are among those that are installed. */
  interceptors?: string[];
  /** Is told why the bundle could not be kept; it serves all the same. */
  onNotKept?: (error: unknown) => void;
  /** Makes the bundle; replaced in tests. */
  make?: (source: BundleSource, interceptors: string[]) => Promise<WorkflowBundle>;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./bundle-program.mjs', import.meta.url));

/** Lint keeps the workflows to these two rooms and packages. */
export const WORKFLOWS: BundleSource = {
  entry: join(ROOT, 'src/workflows/index.ts'),
  files: [join(ROOT, 'src/workflows'), join(ROOT, 'src/domain')],
  shared: [join(ROOT, 'src/workflows/shared-by-runs.ts')],
};

/** A bundle that no start has used for so long is removed. */
const KEEP_MS = 14 * 86_400_000;

/** The bundle from the cache, or made and kept there. Rejects with what the bundler says when the code has a fault. */
export async function workflowBundle(options: BundleOptions): Promise<WorkflowBundle> {
  const { cacheDir, source = WORKFLOWS, make = makeBundle, interceptors = [] } = options;
  const { onNotKept = () => undefined } = options;
  const folder = join(cacheDir, 'workflows');
  const key = keyOf(source, interceptors);
  const file = join(folder, `${key}.js`);
  const code = readKept(file, key);
  if (code !== undefined) return { code };
  const bundle = await make(source, interceptors);
  // Sources that were changed meanwhile may or may not be in it.
  if (keyOf(source, interceptors) !== key) return bundle;
  try {
    keep(folder, file, key, bundle.code);
  } catch (error) {
    // A file system that is read-only or full.
    onNotKept(error);
  }
  return bundle;
}

/**
 * Everything that decides what the bundle holds. The place of the project belongs to it, because stack traces name it.
 * Of the packages npm's record of what is installed tells the versions.
 */
function keyOf({ entry, files, shared = [] }: BundleSource, interceptors: readonly string[]): string {
  const made = [process.version, ROOT, entry, shared, interceptors];
  const hash = createHash('sha256').update(JSON.stringify(made));
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  const packages = existsSync(installed) ? installed : join(ROOT, 'package-lock.json');
  for (const file of [PROGRAM, packages, ...files.flatMap(filesBelow)]) {
    const content = readFileSync(file);
    hash.update(JSON.stringify([file, content.length])).update(content);
  }
  return hash.digest('hex');
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/** The first line is a digest of the rest, and of the name: half a file or another one's content does not pass. */
function readKept(file: string, key: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    // Not made yet, a link, or not for us: in each case it is made again.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
  try {
    if (!isOurs(descriptor)) return undefined;
    const content = readFileSync(descriptor, 'utf8');
    const end = content.indexOf('\n');
    const code = content.slice(end + 1);
    if (content.slice(0, end) !== digestOf(key, code)) return undefined;
    touch(descriptor);
    return code;
  } finally {
    closeSync(descriptor);
  }
}

function isOurs(descriptor: number): boolean {
  const { uid, mode } = fstatSync(descriptor);
  const user = process.getuid?.();
  return user === undefined || ((uid === user || uid === 0) && (mode & 0o022) === 0);
}

/** Says that the bundle is in use; root's, or one on a read-only file system, stays as it is. */
function touch(descriptor: number): void {
  try {
    const now = new Date();
    futimesSync(descriptor, now, now);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function digestOf(key: string, code: string): string {
  return createHash('sha256').update(`${key}\n`).update(code).digest('hex');
}

/** Renamed into place: whoever reads finds all of it or nothing. Of two that make the same, the later one wins. */
function keep(folder: string, file: string, key: string, code: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, `${digestOf(key, code)}\n${code}`, { mode: 0o600, flag: 'wx' });
  renameSync(unfinished, file);
  for (const name of readdirSync(folder)) {
    const old = join(folder, name);
    const used = statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - used > KEEP_MS) rmSync(old, { force: true });
  }
}

/** Bundles in a process of its own: a worker lives for weeks, and the bundler would keep some 150 MB for nothing. */
async function makeBundle(
  { entry, shared = [] }: BundleSource,
  interceptors: string[],
): Promise<WorkflowBundle> {
  const child = fork(PROGRAM, [JSON.stringify({ entry, shared, interceptors })], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-2_000);
  });
  let bundle: WorkflowBundle | undefined;
  child.on('message', (message) => {
    bundle = message as WorkflowBundle;
  });
  try {
    // `close` comes after the last message and the last output, `error` when it can't be started at all.
    await once(child, 'close');
  } finally {
    process.off('exit', kill);
  }
  if (!bundle) throw new Error(`The workflows could not be bundled: ${complaint.trim()}`);
  return bundle;
}
