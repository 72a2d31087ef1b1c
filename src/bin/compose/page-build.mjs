/**
 * The operator's page, put together from src/ui into files that a browser can load. They are kept beside the programs under
 * a hash of all that they are made of, so that a start finds them; an image has them from `npm run build`.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { removeUnused, touch } from '../../../scripts/kept-files.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SOURCES = join(ROOT, 'src', 'ui');
const KEPT_IN = join(ROOT, 'node_modules', '.cache', 'drydock');

/** Folders of earlier sources are removed after so long: a service that was not started anew may serve one. */
const KEEP_MS = 14 * 86_400_000;

/** Stands in index.html for the path that the service is reached below; each answer puts it in. */
export const BASE_PLACE = '%BASE%';

/**
 * Folder with `index.html` and `assets`, each of these with a hash in its name and once more as `.gz`. Throws one clear
 * error for sources that don't compile, and when the folder can't be written.
 *
 * @param {string} [keptIn]
 */
export async function pageFolder(keptIn = KEPT_IN) {
  const folder = join(keptIn, `page-${hashOfSources()}`);
  if (isWhole(folder)) {
    touch(folder);
    return folder;
  }
  // Renamed when it is whole: two that build at once both find all of it.
  const unfinished = `${folder}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(join(unfinished, 'assets'), { recursive: true });
    await build(unfinished);
    // A part of one is what a removal that was broken off has left.
    if (!isWhole(folder)) rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Somebody else's is as good.
    if (!isWhole(folder)) throw error;
  }
  removeUnused(keptIn, /^page-[0-9a-f]{16}(\.[0-9a-f]{8})?$/, KEEP_MS);
  return folder;
}

/**
 * Whether the page is all there: its index is written last.
 *
 * @param {string} folder
 */
function isWhole(folder) {
  return existsSync(join(folder, 'index.html'));
}

function hashOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(SOURCES, name))
    .filter((path) => statSync(path).isFile());
  for (const file of [fileURLToPath(import.meta.url), join(ROOT, 'package-lock.json'), ...sources]) {
    const content = readFileSync(file);
    hash.update(JSON.stringify([file.slice(ROOT.length), content.length])).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

let underWay = 0;

/** @param {string} folder */
async function build(folder) {
  // Not loaded where the page is there already.
  const { build: bundle, stop } = await import('esbuild');
  underWay += 1;
  const { outputFiles } = await bundle({
    entryPoints: { page: join(SOURCES, 'main.tsx') },
    absWorkingDir: ROOT,
    tsconfig: join(SOURCES, 'tsconfig.json'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome109', 'firefox115', 'safari16.4'],
    define: { 'process.env.NODE_ENV': '"production"' },
    entryNames: '[name]-[hash]',
    legalComments: 'linked',
    outdir: join(folder, 'assets'),
    write: false,
    logLevel: 'silent',
  }).finally(() => {
    underWay -= 1;
    // Its process would stay for as long as the service; another build in this process may still need it.
    return underWay === 0 ? stop() : undefined;
  });
  for (const { path, contents } of outputFiles) {
    writeFileSync(path, contents);
    writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }));
  }
  const named = (/** @type {RegExp} */ end) =>
    basename(outputFiles.find(({ path }) => end.test(path))?.path ?? '');
  const index = readFileSync(join(SOURCES, 'index.html'), 'utf8')
    .replace('%SCRIPT%', `${BASE_PLACE}/ui/assets/${named(/\.js$/)}`)
    .replace('%STYLE%', `${BASE_PLACE}/ui/assets/${named(/\.css$/)}`);
  writeFileSync(join(folder, 'index.html'), index);
}
