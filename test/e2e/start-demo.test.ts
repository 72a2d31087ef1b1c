import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../../src/dev/processes.ts';
import { temporaryFolder, until } from '../support/environment.ts';
import { readRecord, runCommand } from '../support/program.ts';

describe('npm run demo', () => {
  it('A4, A36, A51: upgrades a fleet before your eyes, sums up, ends with 0 and leaves nothing', async () => {
    const TMPDIR = temporaryFolder();
    const demo = runCommand('demo', [], {
      env: { TMPDIR, DRYDOCK_FLEET_SIZE: '8', DRYDOCK_SIM_UPGRADE_SECONDS: '0.5' },
    });
    await demo.says(/upgrading 8 runtimes/);
    const folder = readdirSync(TMPDIR).find((name) => name.startsWith('drydock-demo-')) ?? '';
    const { servers } = readRecord(`${TMPDIR}/${folder}`);
    expect(Object.keys(servers).sort()).toEqual(['PostgreSQL', 'Temporal']);
    expect(await demo.exitCode).toBe(0);
    expect(demo.stdout()).toMatch(/in progress: \d of 8 finished/);
    expect(demo.stdout()).toMatch(/ended: succeeded \(Scheduled 8 operations\)/);
    expect(demo.stdout()).toMatch(/all +8 +8 +0/);
    expect(readdirSync(TMPDIR).filter((name) => name.startsWith('drydock'))).toEqual([]);
    await until(() => !Object.values(servers).some(isAlive), {
      what: 'the end of the servers',
      limitMs: 1_000,
    });
  });

  it('ends with 1 when an upgrade has failed', async () => {
    const demo = runCommand('demo', [], {
      env: {
        TMPDIR: temporaryFolder(),
        DRYDOCK_FLEET_SIZE: '2',
        DRYDOCK_SIM_UPGRADE_SECONDS: '0.2',
        DRYDOCK_SIM_FAILURE_RATE: '1',
      },
    });
    expect(await demo.exitCode).toBe(1);
    expect(demo.stdout()).toMatch(/ended: failed/);
    expect(demo.stdout()).toMatch(/Failed:\n +\S+: /);
  });
});
