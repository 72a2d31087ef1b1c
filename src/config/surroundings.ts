/** Facts of the environment about the machine and the caller; settings of the service are in `settings.ts`. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's folder for what can be made again (XDG Base Directory Specification), of this service alone. */
export function cacheFolder(env: Record<string, string | undefined>): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'drydock');
}

/** True below `npm start` or `npm run`: npm stands between the terminal and this process. */
export function isRunByNpm(env: Record<string, string | undefined>): boolean {
  return Boolean(env['npm_lifecycle_event']);
}
