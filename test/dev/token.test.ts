import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/environment.ts';
import { runCommand } from '../support/program.ts';

it.each(['an empty folder', 'no folder'])(
  'makes no token for %s: no service would accept it, and none of its keys is made',
  async (kind) => {
    const folder = kind === 'no folder' ? join(temporaryFolder(), 'missing') : temporaryFolder();
    const env = { DRYDOCK_DATA_DIR: folder };
    const program = runCommand('token', ['--group', 'runtimeAdmin'], { env });
    expect(await program.exitCode).toBe(1);
    expect(program.stdout()).toBe('');
    expect(program.output().trim()).toMatch(/^No service has run on the data folder .*DRYDOCK_DATA_DIR.*$/);
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  },
);
