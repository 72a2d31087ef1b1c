/**
 * Finds the `temporal` program, whose `server start-dev` is the embedded engine, or installs it:
 * on PATH, in the cache, by the official download, by Go. Each step is said in one line. Plain JavaScript without packages:
 * `scripts/run.mjs` begins the search while the packages are being installed.
 */
import { execFile, spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../config/surroundings.mjs';

const execute = promisify(execFile);

/** The newest version whose module can be installed with `go install` (later ones have replace directives). */
export const TEMPORAL_CLI_VERSION = 'v1.5.1';

const EXE = platform() === 'win32' ? 'temporal.exe' : 'temporal';

/** @typedef {Record<string, string | undefined>} Environment */

/**
 * @typedef {object} TemporalSearch
 * @property {Environment} env PATH, HOME, XDG_CACHE_HOME and what `go` needs.
 * @property {(line: string) => void} say
 * @property {string} [downloadURL] Base of the official download; replaced in tests.
 */

/**
 * Path of a `temporal` program that runs. Throws one clear error when none is found and none can be installed.
 *
 * @param {TemporalSearch} search
 */
export async function findTemporal(search) {
  const onPath = findOnPath(EXE, search.env);
  if (onPath) {
    search.say(`Temporal server: ${onPath} (found on PATH)`);
    return onPath;
  }
  const cached = cachedProgram(search.env);
  if (isExecutable(cached)) {
    search.say(`Temporal server: ${cached} (from the cache)`);
    return cached;
  }
  /** @type {string[]} */
  const reasons = [];
  /** @type {[what: string, install: typeof download][]} */
  const ways = [
    [`downloading version ${TEMPORAL_CLI_VERSION}`, download],
    [`building version ${TEMPORAL_CLI_VERSION} with Go (about three minutes, once)`, goInstall],
  ];
  for (const [what, install] of ways) {
    search.say(`Temporal server: not found yet, ${what}`);
    try {
      await install(cached, search);
      search.say(`Temporal server: installed at ${cached}`);
      return cached;
    } catch (error) {
      const reason = error instanceof Error ? reasonOf(error) : String(error);
      reasons.push(reason);
      search.say(`Temporal server: that did not work (${reason})`);
    }
  }
  throw new Error(
    `No Temporal server was found, and none could be installed (${reasons.join('; ')}). Either give a cluster by ` +
      'TEMPORAL_ADDRESS, or put the program `temporal` on PATH (https://docs.temporal.io/cli), or install Go 1.24 or ' +
      'newer and start again.',
  );
}

/**
 * Where an installed program is kept, by version.
 *
 * @param {Environment} env
 */
export function cachedProgram(env) {
  return join(cacheFolder(env), 'temporal', TEMPORAL_CLI_VERSION, EXE);
}

/**
 * @param {string} name
 * @param {Environment} env
 */
function findOnPath(name, env) {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us: both mean no.
    return false;
  }
}

/**
 * Reads the description of the archive, by hand: a package may not be there yet.
 *
 * @param {unknown} answer
 */
function readDownload(answer) {
  const { archiveUrl, fileToExtract } = /** @type {Record<string, unknown>} */ (answer ?? {});
  if (typeof archiveUrl !== 'string' || !URL.canParse(archiveUrl)) {
    throw new Error('the description of the download names no address');
  }
  if (typeof fileToExtract !== 'string' || !/^[\w./-]+$/.test(fileToExtract)) {
    throw new Error('the description of the download names no file');
  }
  return { archiveUrl, fileToExtract };
}

/**
 * The download that Temporal's own SDKs use: a description of the archive first, then the archive.
 *
 * @param {string} target
 * @param {TemporalSearch} search
 */
async function download(target, { downloadURL }) {
  const machine = new Map([
    ['x64', 'amd64'],
    ['arm64', 'arm64'],
  ]).get(arch());
  const system = platform() === 'win32' ? 'windows' : platform();
  if (machine === undefined) throw new Error(`there is no download for ${arch()}`);
  const url = new URL(`${downloadURL ?? 'https://temporal.download'}/cli/${TEMPORAL_CLI_VERSION}`);
  url.search = new URLSearchParams({ arch: machine, platform: system, format: 'tar.gz' }).toString();
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url.host} answered ${answer.status}`);
  const info = readDownload(await answer.json());
  const archive = await fetch(info.archiveUrl, { signal: AbortSignal.timeout(300_000) });
  if (!archive.ok) throw new Error(`${new URL(info.archiveUrl).host} answered ${archive.status}`);
  await install(target, async (folder) => {
    const file = join(folder, 'archive.tar.gz');
    writeFileSync(file, Buffer.from(await archive.arrayBuffer()));
    await execute('tar', ['-xzf', file, '-C', folder, info.fileToExtract]);
    return join(folder, info.fileToExtract);
  });
}

/**
 * @param {string} target
 * @param {TemporalSearch} search
 */
async function goInstall(target, { env, say }) {
  const go = findOnPath(platform() === 'win32' ? 'go.exe' : 'go', env);
  if (!go) throw new Error('there is no Go on PATH');
  await install(target, async (folder) => {
    const began = Date.now();
    const progress = setInterval(
      () => say(`Temporal server: still building, ${Math.round((Date.now() - began) / 1000)} s so far`),
      20_000,
    );
    try {
      await goBuild(go, folder, env, say);
    } finally {
      clearInterval(progress);
    }
    return join(folder, EXE);
  });
}

/**
 * @param {string} go
 * @param {string} folder
 * @param {Environment} env
 * @param {(line: string) => void} say
 * @returns {Promise<void>}
 */
function goBuild(go, folder, env, say) {
  const module = `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_CLI_VERSION}`;
  const child = spawn(go, ['install', module], {
    env: { ...env, GOBIN: folder, GOFLAGS: '', CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => void child.kill();
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  let downloads = 0;
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
    tail = (tail + chunk).slice(-2_000);
    const before = Math.floor(downloads / 50);
    downloads += chunk.split('downloading').length - 1;
    if (Math.floor(downloads / 50) > before) say(`Temporal server: ${downloads} Go modules downloaded`);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`go install ended with ${code ?? 'a signal'}: ${tail.trim().split('\n').at(-1) ?? ''}`),
        );
    });
  });
}

/**
 * Builds in a folder beside the target, checks that the program runs, and moves it in place in one step.
 *
 * @param {string} target
 * @param {(folder: string) => Promise<string>} build
 */
async function install(target, build) {
  const parent = join(target, '..');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'new-'));
  try {
    const program = await build(folder);
    chmodSync(program, 0o755);
    await execute(program, ['--version'], { timeout: 30_000 });
    if (!existsSync(target)) renameSync(program, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Error} error */
function reasonOf(error) {
  const inner = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${inner}`;
}
