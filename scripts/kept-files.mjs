/** Files and folders that are kept beside the packages under a name with a hash, until they have not been used for a while. */
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Says that it is in use; one of somebody else's, or on a read-only file system, stays as it is.
 *
 * @param {string} path
 */
export function touch(path) {
  const now = new Date();
  unlessRefused(() => utimesSync(path, now, now));
}

/**
 * Removes those of that name that have not been used for so many ms; what can't be removed stays.
 *
 * @param {string} folder
 * @param {RegExp} name
 * @param {number} keepMs
 */
export function removeUnused(folder, name, keepMs) {
  unlessRefused(() => {
    for (const found of readdirSync(folder).filter((one) => name.test(one))) {
      unlessRefused(() => removeIfUnused(join(folder, found), keepMs));
    }
  });
}

/**
 * @param {string} path
 * @param {number} keepMs
 */
function removeIfUnused(path, keepMs) {
  const used = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - used > keepMs) rmSync(path, { recursive: true, force: true });
}

/**
 * Lets pass what the system refuses: nothing depends on it.
 *
 * @param {() => void} tidy
 */
function unlessRefused(tidy) {
  try {
    tidy();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
