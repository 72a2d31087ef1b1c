import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's folder for what can be made again (XDG Base Directory Specification), of this service alone. */
export function cacheFolder(env: Record<string, string | undefined>): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'drydock');
}
