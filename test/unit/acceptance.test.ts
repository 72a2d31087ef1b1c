import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const NUMBERS = Array.from({ length: 94 }, (_, index) => index + 1);
/** `A43`, and `A40 to A43` for all of them. */
const NAMED = /\bA(\d{1,2})(?: to A(\d{1,2}))?\b/g;

const listed = [...read('docs/acceptance.md').matchAll(/^- A(\d+): /gm)].map(([, number]) => Number(number));

/** The names of tests and of groups of tests alone: a comment shows nothing. */
const TITLE =
  /\b(?:it|describe)(?:\.\w+)*(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*)?\(\s*(['"`])([\s\S]*?[^\\])\1/g;

function namedInTests(): Set<number> {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  const named = new Set<number>();
  for (const file of files.filter((name) => name.endsWith('.test.ts'))) {
    for (const [, , title = ''] of read(join('test', file)).matchAll(TITLE)) {
      for (const [, from, to = from] of title.matchAll(NAMED)) {
        for (let number = Number(from); number <= Number(to); number += 1) named.add(number);
      }
    }
  }
  return named;
}

describe('docs/acceptance.md', () => {
  it('has each behaviour once, in order', () => {
    expect(listed).toEqual(NUMBERS);
  });

  it('has none that no test shows', () => {
    const named = namedInTests();
    expect(NUMBERS.filter((number) => !named.has(number))).toEqual([]);
  });

  it('is linked from where numbers are met first', () => {
    expect(read('README.md')).toContain('](docs/acceptance.md)');
    expect(read('CONTRIBUTING.md')).toContain('](docs/acceptance.md)');
    expect(read('docs/architecture.md')).toContain('](acceptance.md)');
  });
});
