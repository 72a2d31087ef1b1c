import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BASE_PLACE, pageFolder } from '../../src/bin/compose/page-build.mjs';
import { REST_TYPES, restTypes } from '../support/rest-types.ts';

const keptIn = mkdtempSync(join(tmpdir(), 'page-'));
afterAll(() => rmSync(keptIn, { recursive: true, force: true }));

describe('the page', () => {
  it('is below 200 kB gzipped, has hashes in its names, and nothing inline', async () => {
    const folder = await pageFolder(keptIn);
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
    const [one, other] = await Promise.all([pageFolder(keptIn), pageFolder(keptIn)]);
    const built = statSync(join(one, 'index.html')).mtimeMs;
    expect(other).toBe(one);
    expect(await pageFolder(keptIn)).toBe(one);
    expect(statSync(join(one, 'index.html')).mtimeMs).toBe(built);
    expect(readdirSync(keptIn)).toHaveLength(1);
  });

  it('has the types of the API as it is: npm run ui:types writes them', async () => {
    expect(readFileSync(REST_TYPES, 'utf8') === (await restTypes())).toBe(true);
  });
});
