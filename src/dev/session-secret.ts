import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads the secret that encrypts the cookies of sessions, so that they outlive a restart, and makes one when there is none.
 * The folder is held by one process. Throws Error when the file holds no secret.
 */
export function loadSessionSecret(folder: string): string {
  const file = join(folder, 'session-secret');
  if (!existsSync(file)) {
    // Renamed into place: a kill in the middle leaves no half of one.
    writeFileSync(`${file}.new`, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length >= 32) return secret;
  throw new Error(`${file} holds no usable secret. Delete it: a new one is made, and sessions end.`);
}
