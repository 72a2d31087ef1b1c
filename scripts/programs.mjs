/**
 * The programs, each put together from its TypeScript sources into one file that Node can run. That is done at every start
 * (a quarter of a second), so what runs is always what the sources say; the packages stay where they are.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
 * name that tells its content: a file that is there already is used, which an image with read-only folders relies on.
 * Throws one clear error for sources that don't compile, and when the file can't be written. With `source` it is a program
 * that is none of those above, as tests have them.
 *
 * @param {string} root
 * @param {string} program
 * @param {string} [source]
 */
export async function programFile(root, program, source = sourceOf(root, program)) {
  const code = await compile(root, program, source);
  const folder = join(root, 'node_modules', '.cache', 'drydock');
  const name = `${program}-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`;
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === code) {
    touch(file);
    return file;
  }
  try {
    mkdirSync(folder, { recursive: true });
    // Renamed into place: two that start at once both find all of it.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, code);
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
