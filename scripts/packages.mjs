/**
 * The packages of the lock file: which of them are missing, and how they are installed. As a program it says by its exit code
 * whether all of them are there, those for development too.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, devOptional?: boolean }} Entry */

/**
 * Packages of that folder by their path, as npm has written them down in that file.
 *
 * @param {string} file
 * @returns {Record<string, Entry>}
 */
function packagesOf(file) {
  if (!existsSync(file)) return {};
  const { packages } = /** @type {{ packages?: Record<string, Entry> }} */ (
    JSON.parse(readFileSync(file, 'utf8'))
  );
  return packages ?? {};
}

/** @param {string} root */
const installedIn = (root) => packagesOf(join(root, 'node_modules', '.package-lock.json'));

/**
 * The lock file's packages that are not installed in that version; without the optional ones of other systems.
 *
 * @param {string} root
 * @param {boolean} withDevelopment
 */
export function missingPackages(root, withDevelopment) {
  const installed = installedIn(root);
  return Object.entries(packagesOf(join(root, 'package-lock.json')))
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional)
    .filter(([, entry]) => withDevelopment || !entry.dev)
    .filter(([path, entry]) => installed[path]?.version !== entry.version)
    .map(([path]) => path);
}

/**
 * True when packages for development are installed: they stay when the others have to be installed anew.
 *
 * @param {string} root
 */
export function hasDevelopmentPackages(root) {
  return Object.values(installedIn(root)).some(({ dev }) => dev);
}

/**
 * Installs with npm, whose output goes to standard error: from nothing with `npm ci`; the packages for development alone are
 * added, for a service may be running from those that are there. Throws one clear error when that fails.
 *
 * @param {string} root
 * @param {boolean} withDevelopment
 * @param {string | undefined} npm Path of the npm that runs this process, if one does.
 * @param {AbortSignal} signal Ends it.
 * @returns {Promise<void>}
 */
export async function installPackages(root, withDevelopment, npm, signal) {
  /** @type {[string, string[]]} */
  const [program, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  // Always passed: NODE_ENV and npm's own settings would decide otherwise.
  const which = withDevelopment ? '--include=dev' : '--omit=dev';
  const how = missingPackages(root, false).length === 0 ? ['install', '--no-save'] : ['ci'];
  const child = spawn(program, [...first, ...how, which, '--loglevel=warn', '--progress=false'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    signal,
  });
  const code = await new Promise((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (error) =>
      reject(new Error(`npm can't be run (${error.message}): install npm, or run \`npm ci\` by hand.`)),
    );
  });
  if (code !== 0) throw new Error('The packages could not be installed; see above, then try again.');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = missingPackages(process.cwd(), true).length === 0 ? 0 : 1;
}
