import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isAlive } from '../../src/dev/processes.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';
import { readRecord, runCommand, runProgram, type Program } from '../support/program.ts';
import { startBrowser, visit } from '../ui/browser.ts';

const isDemo = (name: string): boolean => name.startsWith('drydock');

/** With a terminal as its standard output, by util-linux or BSD. */
function runInTerminal(command: string, env: Record<string, string>): Program {
  const args =
    process.platform === 'linux' ? ['-qec', command, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', command];
  return runProgram('script', args, { env: { TERM: 'xterm', ...env } });
}

/** The process that has the demonstration's data folder. */
function holderOf(tmpdir: string): number {
  const folder = readdirSync(tmpdir).find(isDemo) ?? '';
  const lock = readFileSync(join(tmpdir, folder, 'in-use.json'), 'utf8');
  return z.object({ pid: z.number() }).parse(JSON.parse(lock)).pid;
}

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
    const lines = demo.stdout();
    // As `drydock watch` has them elsewhere than in a terminal.
    expect(lines).toMatch(/^\S+Z\tstanding\t[0-9a-f-]{36}\t\tpending\tdrydock\t/);
    expect(lines).toMatch(/^\S+Z\toperation\tc-\w+\tin progress\tfailed\tdrydock\tThe Provisioner reports/m);
    expect(lines).toMatch(/^\S+Z\torchestration\t\t\tpaused\tdrydock\t/m);
    expect(lines).toMatch(/^\S+Z\torchestration\t\t\tresumed\tdeveloper\t.*the cause is mended$/m);
    expect(lines).toMatch(/^\S+Z\twave\trest\trunning\tpassed\tdrydock\t/m);
    expect(lines).toMatch(/^\S+Z\torchestration\t\tin progress\tsucceeded\tdrydock\t/m);
    expect(lines).not.toContain('\u001b');
    expect(lines).toMatch(/ended: succeeded \(Scheduled 8 operations\)/);
    expect(lines).toMatch(/all +8 +8 +0/);
    expect(readdirSync(TMPDIR).filter(isDemo)).toEqual([]);
    await until(() => !Object.values(servers).some(isAlive), {
      what: 'the end of the servers',
      limitMs: 1_000,
    });
  });

  it('shows the frames of `drydock watch` in a terminal, and ends between two of them by Ctrl-C', async () => {
    const TMPDIR = temporaryFolder();
    const demo = runInTerminal(`exec '${process.execPath}' scripts/run.mjs demo`, {
      ...{ TMPDIR, DRYDOCK_FLEET_SIZE: '8', DRYDOCK_SIM_UPGRADE_SECONDS: '600' },
    });
    await demo.says(/Upgrade of kyma \S+ [0-9a-f]{8}/);
    // Two canaries in flight, drawn over the frame before.
    await demo.says(/\[\d+A[\s\S]*\ncanary {2}:{24} {2}0\/2 {2}running/);
    await demo.says(/live; Ctrl-C ends everything/);
    process.kill(holderOf(TMPDIR), 'SIGINT');
    expect(await demo.exitCode).toBe(0);
    expect(demo.output()).toMatch(/shutting down.*\s+drydock: ending the watch/);
    expect(demo.output()).not.toMatch(/did not work|The orchestration has ended|\n +at /);
    expect(readdirSync(TMPDIR).filter(isDemo)).toEqual([]);
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

  it('says how it is used when it is asked for something else', async () => {
    const demo = runCommand('demo', ['--page']);
    expect(await demo.exitCode).toBe(1);
    expect(demo.output()).toBe('drydock: Usage: npm run demo, or npm run demo -- --ui\n');
  });
});

describe('npm run demo -- --ui', () => {
  it('says first where the page is, shows waves there, takes the approval, and runs until Ctrl-C', async () => {
    const browser = await startBrowser();
    atEndOfFile(() => browser.close());
    const TMPDIR = temporaryFolder();
    const demo = runCommand('demo', ['--ui'], {
      env: { TMPDIR, DRYDOCK_FLEET_SIZE: '8', DRYDOCK_SIM_UPGRADE_SECONDS: '0.5' },
    });
    await demo.says(/Ctrl-C ends everything/);
    const [, url = '', rollout = ''] =
      /^\n {2}Open this page +(http:\S+\/ui)\n {2}Sign in +with any name.*runtimeAdmin.*\n {2}This rollout +(http:\S+)\n/.exec(
        demo.stdout(),
      ) ?? [];
    expect(rollout).toMatch(`${url}/orchestrations/`);
    const { page, complaints } = await visit(browser, rollout);
    await page.getByRole('button', { name: 'Approve canary…' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('canary is fine');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('link', { name: '8 succeeded' }).waitFor();
    expect(complaints).toEqual([]);
    // It does not end with its rollout.
    expect((await fetch(url)).status).toBe(200);
    demo.signal('SIGINT');
    expect(await demo.exitCode).toBe(0);
    expect(demo.output()).not.toMatch(/did not work|\n +at /);
    expect(readdirSync(TMPDIR).filter(isDemo)).toEqual([]);
  });
});
