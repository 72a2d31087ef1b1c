import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cachedProgram, findTemporal } from '../../src/dev/temporal-program.mjs';
import { atEndOfFile, freePort, temporaryFolder } from '../support/environment.ts';

const SHELL = '/usr/bin:/bin';

function writeProgram(path: string, script: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** A search in an empty home, without a way to the download. */
async function search(
  path: string,
): Promise<{ env: Record<string, string>; said: string[]; find: () => Promise<string> }> {
  const env = { PATH: path, HOME: temporaryFolder(), XDG_CACHE_HOME: temporaryFolder() };
  const said: string[] = [];
  const downloadURL = `http://127.0.0.1:${await freePort()}`;
  return { env, said, find: () => findTemporal({ env, say: (line) => said.push(line), downloadURL }) };
}

describe('the search for the Temporal server', () => {
  it('takes the one on PATH first, then the one in the cache, and says so', async () => {
    const bin = temporaryFolder();
    const { env, said, find } = await search(bin);
    writeProgram(cachedProgram(env), 'exit 0');
    expect(await find()).toBe(cachedProgram(env));
    writeProgram(join(bin, 'temporal'), 'exit 0');
    expect(await find()).toBe(join(bin, 'temporal'));
    expect(said).toEqual([
      expect.stringMatching(/\(from the cache\)$/),
      expect.stringMatching(/\(found on PATH\)$/),
    ]);
  });

  it('builds it with Go where the download does not answer, into the cache, each step said', async () => {
    const bin = temporaryFolder();
    writeProgram(
      join(bin, 'go'),
      `[ "$2" = github.com/temporalio/cli/cmd/temporal@v1.5.1 ] || exit 1
printf '#!/bin/sh\\nexit 0\\n' > "$GOBIN/temporal"`,
    );
    const { env, said, find } = await search(`${bin}:${SHELL}`);
    expect(await find()).toBe(cachedProgram(env));
    expect(existsSync(cachedProgram(env))).toBe(true);
    expect(said.map((line) => line.replace(/\(.*|\/.*/, '').trim())).toEqual([
      'Temporal server: not found yet, downloading version v1.5.1',
      'Temporal server: that did not work',
      'Temporal server: not found yet, building version v1.5.1 with Go',
      'Temporal server: installed at',
    ]);
  });

  it('unpacks the official download', async () => {
    const folder = temporaryFolder();
    writeProgram(join(folder, 'temporal'), 'exit 0');
    execFileSync('tar', ['-czf', join(folder, 'archive.tar.gz'), '-C', folder, 'temporal']);
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/cli/v1.5.1?')) {
        const archiveUrl = `http://${request.headers.host ?? ''}/archive.tar.gz`;
        response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }));
      } else {
        response.end(readFileSync(join(folder, 'archive.tar.gz')));
      }
    }).listen(0, '127.0.0.1');
    atEndOfFile(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const { env } = await search(SHELL);
    const found = findTemporal({ env, say: () => undefined, downloadURL: `http://127.0.0.1:${port}` });
    expect(await found).toBe(cachedProgram(env));
  });

  it('keeps nothing of a build that failed, and names the ways to get one', async () => {
    const bin = temporaryFolder();
    writeProgram(join(bin, 'go'), 'echo "no such host" >&2; exit 1');
    const { env, find } = await search(bin);
    await expect(find()).rejects.toThrow(
      /none could be installed \(.*no such host\)\. Either give a cluster by TEMPORAL_ADDRESS, or put .* on PATH .*, or install Go/,
    );
    expect(existsSync(cachedProgram(env))).toBe(false);
  });
});
