/** Files and folders that are kept beside the packages under a name with a hash, until they have not been used for a while. */
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Says that it is in use; one of somebody else's, or on a read-only file system, stays as it is.
 *
 * @param {string} path
 */
export function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/**
 * Removes those of that name that have not been used for so many ms.
 *
 * @param {string} folder
 * @param {RegExp} name
 * @param {number} keepMs
 */
export function removeUnused(folder, name, keepMs) {
  for (const path of readdirSync(folder)
    .filter((found) => name.test(found))
    .map((found) => join(folder, found))) {
    const used = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - used > keepMs) rmSync(path, { recursive: true, force: true });
  }
}
