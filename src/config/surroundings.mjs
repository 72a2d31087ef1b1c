/**
 * Facts of the environment about the machine and the caller; settings of the service are in `settings.ts`. Plain
 * JavaScript: `scripts/run.mjs` needs it before the packages are installed.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The user's folder for what can be made again (XDG Base Directory Specification), of this service alone.
 *
 * @param {Record<string, string | undefined>} env
 */
export function cacheFolder(env) {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'drydock');
}

/**
 * True below `npm start` or `npm run`: npm stands between the terminal and this process.
 *
 * @param {Record<string, string | undefined>} env
 */
export function isRunByNpm(env) {
  return Boolean(env['npm_lifecycle_event']);
}
