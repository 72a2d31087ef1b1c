import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSessionSecret } from '../../src/dev/session-secret.ts';
import { temporaryFolder } from '../support/environment.ts';

it('is made once, differs from folder to folder, and only its owner may read it', () => {
  const [folder, other] = [temporaryFolder(), temporaryFolder()];
  const secret = loadSessionSecret(folder);
  expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
  expect(loadSessionSecret(folder)).toBe(secret);
  expect(loadSessionSecret(other)).not.toBe(secret);
  expect(statSync(join(folder, 'session-secret')).mode & 0o777).toBe(0o600);
});

it('one that is damaged is refused without being quoted', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'session-secret');
  loadSessionSecret(folder);
  const half = readFileSync(file, 'utf8').slice(0, 20);
  writeFileSync(file, half);
  const loading = (): string => loadSessionSecret(folder);
  expect(loading).toThrow(`${file} holds no usable secret. Delete it`);
  expect(loading).not.toThrow(half);
});
