import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { operatorPage } from '../../src/bin/compose/operator-page.ts';
import { BASE_PLACE, pageFolder } from '../../src/bin/compose/page-build.mjs';
import { atEndOfFile } from '../support/endings.ts';
import { REST_TYPES, restTypes } from '../support/rest-types.ts';

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  atEndOfFile(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the page', () => {
  it('is below 200 kB gzipped, has hashes in its names, and nothing inline', async () => {
    const folder = await pageFolder(freshFolder());
    const names = readdirSync(join(folder, 'assets')).filter((name) => /\.(js|css)\.gz$/.test(name));
    expect(names.map((name) => name.replace(/-[A-Z0-9]{8}\./, '-HASH.')).sort()).toEqual([
      'page-HASH.css.gz',
      'page-HASH.js.gz',
    ]);
    const bytes = names.reduce((sum, name) => sum + statSync(join(folder, 'assets', name)).size, 0);
    expect(bytes).toBeLessThan(200_000);
    const index = readFileSync(join(folder, 'index.html'), 'utf8');
    for (const name of names) expect(index).toContain(`${BASE_PLACE}/ui/assets/${name.replace('.gz', '')}`);
    expect(index).not.toMatch(/<style|style=|<script(?![^>]*src=)|https?:\/\/(?!www\.w3\.org)/);
  });

  it('is kept: two that build at once and one that comes later have the same folder, and nothing half is left', async () => {
    const fresh = freshFolder();
    const [one, other] = await Promise.all([pageFolder(fresh), pageFolder(fresh)]);
    const built = statSync(join(one, 'index.html')).mtimeMs;
    expect(other).toBe(one);
    expect(await pageFolder(fresh)).toBe(one);
    expect(statSync(join(one, 'index.html')).mtimeMs).toBe(built);
    expect(readdirSync(fresh)).toHaveLength(1);
  });

  it('is built anew where only a part of it is left, though something beside it cannot be removed', async () => {
    const fresh = freshFolder();
    const folder = await pageFolder(fresh);
    rmSync(join(folder, 'index.html'));
    // Looking at a link to itself is an error.
    symlinkSync('page-0000000000000000', join(fresh, 'page-0000000000000000'));
    expect(await pageFolder(fresh)).toBe(folder);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain(BASE_PLACE);
    expect(readdirSync(fresh).sort()).toEqual(['page-0000000000000000', basename(folder)].sort());
  });

  it('that cannot be read has failed, and the service goes on', async () => {
    const fresh = freshFolder();
    rmSync(join(await pageFolder(fresh), 'assets'), { recursive: true });
    const page = operatorPage(pino({ level: 'silent' }), fresh);
    await expect.poll(() => page().state, { timeout: 180_000 }).toBe('failed');
  });

  it('has the types of the API as it is: npm run ui:types writes them', async () => {
    expect(readFileSync(REST_TYPES, 'utf8') === (await restTypes())).toBe(true);
  });
});
