import { readdirSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../../src/', import.meta.url).pathname;
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
  .map((entry) => relative(root, `${entry.parentPath}/${entry.name}`));

describe('the rooms', () => {
  it('have no two files of one name, but for the index of a folder', () => {
    const byName = new Map<string, string[]>();
    for (const file of files) byName.set(basename(file), [...(byName.get(basename(file)) ?? []), file]);
    const twice = [...byName].filter(([name, places]) => name !== 'index.ts' && places.length > 1);
    expect(twice).toEqual([]);
    expect(byName.size).toBeGreaterThan(200);
  });

  it('have a folder for each feature instead of a prefix', () => {
    expect(files.filter((file) => basename(file).startsWith('stack-'))).toEqual([]);
  });
});
