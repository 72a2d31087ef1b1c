import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startTemporal, temporalLog } from '../../src/dev/temporal.ts';
import { atEndOfFile, servers, temporaryFolder } from '../support/environment.ts';

/** A program that says something and fails when it is called for the first time, and is the real one after that. */
function failingOnce(folder: string, says: string): string {
  const program = join(folder, 'temporal');
  writeFileSync(
    program,
    `#!/bin/sh\nif [ ! -e "$HOME/called" ]; then : > "$HOME/called"; echo '${says}'; exit 1; fi\nexec '${servers().temporalProgram}' "$@"\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

it('a server that has lost a port of its own to somebody else is started again', async () => {
  const logDir = temporaryFolder();
  const program = failingOnce(logDir, 'Error: listen tcp 127.0.0.1:40001: bind: address already in use');
  const engine = await startTemporal({ program, logDir, uiPorts: null });
  atEndOfFile(() => engine.stop());
  expect(existsSync(temporalLog(logDir))).toBe(true);
  expect(engine.process.hasExited()).toBe(false);
});

it('one that fails otherwise is not, and what it said is told', async () => {
  const logDir = temporaryFolder();
  const program = failingOnce(logDir, 'Error: the file is no database');
  await expect(startTemporal({ program, logDir, uiPorts: null })).rejects.toThrow('the file is no database');
});
