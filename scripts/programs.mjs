/**
 * The programs, each put together from its TypeScript sources into one file that Node can run. The file is kept under a hash
 * of all that it is made of: what runs is always what the sources say, and a start whose sources have not changed compiles
 * nothing, which would take a quarter of its time. The packages stay where they are.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { removeUnused, touch } from './kept-files.mjs';

/** Programs by the name of their command, with their sources below `src/bin`. */
const SOURCES = {
  dev: 'dev.ts',
  demo: 'demo.ts',
  token: 'token.ts',
  drydock: 'drydock.ts',
  api: 'api.ts',
  worker: 'worker.ts',
  'worker-health': 'worker-health.ts',
  migrate: 'migrate.ts',
  installation: 'installation.ts',
  bench: 'bench.ts',
  'bench-baseline': 'bench/raw-worker.ts',
};

/** Names that `programFile` takes. */
export const PROGRAMS = Object.keys(SOURCES);

/** Files of earlier sources are removed after so long: somebody may be about to load one. */
const KEEP_MS = 86_400_000;

/**
 * The source of a program.
 *
 * @param {string} root
 * @param {string} program
 */
export function sourceOf(root, program) {
  return join(root, 'src', 'bin', SOURCES[/** @type {keyof typeof SOURCES} */ (program)]);
}

/**
 * Path of the file that runs a program of that root. It stands among the packages, where its imports are found, under a
 * name that tells what it is made of: a file that is there already is used, which an image with read-only folders relies on.
 * Throws one clear error for sources that don't compile, and when the file can't be written. With `source` it is a program
 * that is none of those above, as tests have them; but for that file its sources stand in `src`, too.
 *
 * @param {string} root
 * @param {string} program
 * @param {string} [source]
 */
export async function programFile(root, program, source = sourceOf(root, program)) {
  const key = keyOf(root, source);
  const folder = join(root, 'node_modules', '.cache', 'drydock');
  const file = join(folder, `${program}-${key}.mjs`);
  if (isWhole(file)) {
    touch(file);
    return file;
  }
  const code = await compile(root, program, source);
  // Sources that were changed meanwhile may or may not be in it.
  if (keyOf(root, source) !== key) return await programFile(root, program, source);
  try {
    mkdirSync(folder, { recursive: true });
    // Renamed into place: two that start at once both find all of it.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, `${code}${endOf(code)}`);
    renameSync(unfinished, file);
    // Also what a start that was killed has left unfinished.
    removeUnused(folder, new RegExp(`^${program}-[0-9a-f]{16}\\.mjs(\\.\\d+)?$`), KEEP_MS);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${file} can't be written (${reason}): run \`npm run build\` once as somebody who may write there.`,
      { cause: error },
    );
  }
  return file;
}

/**
 * A hash of all that decides what the file holds: the sources, their place, and what compiles them.
 *
 * @param {string} root
 * @param {string} source
 */
function keyOf(root, source) {
  const esbuild = createRequire(import.meta.url).resolve('esbuild/package.json');
  const settings = [join(root, 'package.json'), join(root, 'tsconfig.json')].filter((path) =>
    existsSync(path),
  );
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(root, 'src', name))
    // Editors leave links that lead nowhere beside what is being changed.
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  const hash = createHash('sha256').update(JSON.stringify([root, relative(root, source)]));
  for (const file of [fileURLToPath(import.meta.url), esbuild, ...settings, source, ...sources]) {
    const content = readFileSync(file);
    hash.update(JSON.stringify([file, content.length])).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Whether it is there, as it was compiled: half a file or one that somebody has changed has another last line.
 *
 * @param {string} file
 */
function isWhole(file) {
  if (!existsSync(file)) return false;
  const content = readFileSync(file, 'utf8');
  const code = content.slice(0, -endOf('').length);
  return content === `${code}${endOf(code)}`;
}

/**
 * The last line of a file with this code.
 *
 * @param {string} code
 */
function endOf(code) {
  return `// ${createHash('sha256').update(code).digest('hex')}\n`;
}

/**
 * @param {string} root
 * @param {string} program
 * @param {string} source
 */
async function compile(root, program, source) {
  // Not before the packages are there.
  const { build, stop } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [source],
      absWorkingDir: root,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      keepNames: true,
      sourcemap: 'inline',
      // The sources are there, and Node shows their lines.
      sourcesContent: false,
      outfile: join(root, 'node_modules', '.cache', 'drydock', `${program}.mjs`),
      write: false,
      logLevel: 'silent',
      plugins: [ownPlaces],
    });
    return outputFiles[0]?.text ?? '';
  } catch (error) {
    throw new Error(`The sources don't compile: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    await stop();
  }
}

/** Each source goes on knowing where it stands: it finds files beside it by that. @type {import('esbuild').Plugin} */
const ownPlaces = {
  name: 'own-places',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]src[\\/].*\.m?ts$|[\\/]src[\\/].*\.mjs$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes('import.meta.url')) return undefined;
      const contents = source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: path.endsWith('ts') ? 'ts' : 'js' };
    });
  },
};
