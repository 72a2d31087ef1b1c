import { createServer } from 'node:net';
import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findTemporal } from '../../src/dev/temporal-program.mjs';
import { startTemporal } from '../../src/dev/temporal.ts';
import { atEndOfFile, freePort, temporaryFolder, until } from '../support/environment.ts';
import { endServersOf, readRecord, runCommand, runProgram, runningServers } from '../support/program.ts';

/** A data folder of its own, whose servers do not outlive the test. */
function dataFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o711);
  endServersOf(folder);
  return folder;
}

const READY = /API +(http:\S+)[\s\S]*TOKEN=(\S+)[\s\S]*# cancel/;

describe('npm start', () => {
  it('A18, A19, A12: starts everything, serves with the token that it prints, and ends in order by Ctrl-C', async () => {
    const dataDir = dataFolder();
    const env = { DRYDOCK_DATA_DIR: dataDir, PORT: '0' };
    const service = runProgram('npm', ['run', '--silent', 'start'], { env });
    const [, url = '', token = ''] = await service.says(READY);
    // The log stands on standard output, too.
    expect(service.stdout()).toMatch(
      /\n {2}Open this page +http:\S+\/ui\n {2}Sign in +with any name.*runtimeAdmin may change things\n\nDrydock runs\./,
    );
    expect(runningServers(dataDir)).toEqual(['PostgreSQL', 'Temporal']);
    const get = (path: string, bearer: string): Promise<Response> =>
      fetch(`${url}${path}`, { headers: { authorization: `Bearer ${bearer}` } });
    expect((await get('/orchestrations', token)).status).toBe(200);
    expect((await get('/docs', '')).status).toBe(200);
    expect((await get('/readyz', '')).status).toBe(200);
    const [, webUI = ''] = await service.says(/Temporal Web UI +(http:\S+)/);
    expect((await fetch(webUI)).status).toBe(200);
    const { workflowsURL } = z
      .object({ workflowsURL: z.string() })
      .parse(await (await get('/auth/session', token)).json());
    expect(workflowsURL).toBe(`${webUI}/namespaces/default/workflows`);

    const printed = runProgram('npm', ['run', '--silent', 'token', '--', '--group', 'runtimeOperator'], {
      env,
    });
    expect(await printed.exitCode).toBe(0);
    expect(printed.stdout()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect((await get('/orchestrations', printed.stdout().trim())).status).toBe(200);

    const second = runCommand('dev', [], { env });
    expect(await second.exitCode).toBe(1);
    expect(second.output()).toMatch(
      /^drydock: Drydock runs on \S+ already \(process \d+\): end that one, or choose/m,
    );

    service.signal('SIGINT');
    // The shell below npm ends by the very same Ctrl-C, and npm with it; both wait for the service before that.
    await service.exitCode;
    expect(readRecord(dataDir).servers).toEqual({});
    const stopped = [...service.output().matchAll(/stopping (?:the )?(\w+)$/gm)].map(([, what]) => what);
    expect(stopped.slice(0, 2)).toEqual(['API', 'workers']);
    expect(stopped.slice(2, 4).sort()).toEqual(['issuer', 'landscape']);
    expect(stopped.slice(4)).toEqual(['Temporal', 'PostgreSQL']);
    expect(service.output()).not.toMatch(/did not work|\n +at /);
  });

  it('A5: goes on after kill -9 of the parent alone: every runtime once, never more than five at a time', async () => {
    const dataDir = dataFolder();
    const env = {
      DRYDOCK_DATA_DIR: dataDir,
      PORT: '0',
      DRYDOCK_FLEET_SIZE: '20',
      DRYDOCK_SIM_UPGRADE_SECONDS: '1',
      HEARTBEAT_SECONDS: '3',
    };
    const first = runCommand('dev', [], { env });
    const [, url = '', token = ''] = await first.says(READY);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const created = await fetch(`${url}/upgrade/kyma`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        targets: { include: [{ target: 'all' }] },
        strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 5 } },
      }),
    });
    const { orchestrationID } = z.object({ orchestrationID: z.uuid() }).parse(await created.json());
    const look = async (base: string): Promise<{ state: string; stats: Record<string, number> }> => {
      const answer = await fetch(`${base}/orchestrations/${orchestrationID}`, { headers });
      const { state, operationStats } = z
        .object({ state: z.string(), operationStats: z.record(z.string(), z.number()) })
        .parse(await answer.json());
      return { state, stats: operationStats };
    };
    await until(async () => ((await look(url)).stats['succeeded'] ?? 0) > 0, { what: 'the first upgrade' });
    process.kill(first.pid, 'SIGKILL');
    await first.exitCode;
    expect(runningServers(dataDir)).toEqual(['PostgreSQL', 'Temporal']);

    const second = runCommand('dev', [], { env });
    const [, again = ''] = await second.says(READY);
    expect(second.output()).toMatch(/ending PostgreSQL of an earlier run that was killed/);
    // The first run's token is still good: issuer, key and port are those of the first run.
    await until(async () => (await look(again)).state === 'succeeded', { what: 'the end', limitMs: 90_000 });
    expect((await look(again)).stats).toEqual({ succeeded: 20 });
    const landscape = `http://127.0.0.1:${readRecord(dataDir).ports['landscape']}/_landscape`;
    const record = z
      .array(z.object({ runtimeID: z.string() }))
      .parse(await (await fetch(`${landscape}/upgrades`)).json());
    expect(new Set(record.map(({ runtimeID }) => runtimeID)).size).toBe(20);
    expect(record).toHaveLength(20);
    const { maximum } = z
      .object({ maximum: z.number() })
      .parse(await (await fetch(`${landscape}/concurrency`)).json());
    expect(maximum).toBeLessThanOrEqual(5);
    second.signal('SIGTERM');
    expect(await second.exitCode).toBe(0);
    expect(readRecord(dataDir).servers).toEqual({});
  });

  it('goes on when the run before died after its engine had come into being anew, and before it was bound', async () => {
    const dataDir = dataFolder();
    const env = { DRYDOCK_DATA_DIR: dataDir, PORT: '0' };
    const run = async (): Promise<void> => {
      const service = runCommand('dev', [], { env });
      await service.says(READY);
      service.signal('SIGTERM');
      expect(await service.exitCode).toBe(0);
    };
    await run();
    const logDir = join(dataDir, 'temporal');
    rmSync(logDir, { recursive: true });
    mkdirSync(logDir);
    const program = await findTemporal({ env: process.env, say: () => undefined });
    const engine = await startTemporal({ program, logDir, dbFile: join(logDir, 'temporal.db') });
    await engine.stop();
    await run();
  });
});

describe.concurrent('what keeps it from starting is said in one sentence', () => {
  it('a port in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    atEndOfFile(() => void holder.close());
    const address = holder.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const service = runCommand('dev', [], { env: { DRYDOCK_DATA_DIR: dataFolder(), PORT: port } });
    expect(await service.exitCode).toBe(1);
    expect(service.output()).toMatch(new RegExp(`^drydock: Port ${port} of 127.0.0.1 is in use: [^\n]+\n$`));
  });

  it.each([
    [
      'DATABASE_URL',
      (port: number) => `postgres://u:hidden@127.0.0.1:${port}/d`,
      /The database at 127.0.0.1:\d+\/d does not answer/,
    ],
    ['TEMPORAL_ADDRESS', (port: number) => `127.0.0.1:${port}`, /Temporal at 127.0.0.1:\d+ does not answer/],
    ['PORT', () => 'eighty', /PORT must be a whole number/],
  ])('%s that leads nowhere', async (name, value, sentence) => {
    const dataDir = dataFolder();
    const env = { DRYDOCK_DATA_DIR: dataDir, PORT: '0', [name]: value(await freePort()) };
    const service = runCommand('dev', [], { env });
    expect(await service.exitCode).toBe(1);
    expect(service.output()).toMatch(sentence);
    expect(service.output()).not.toMatch(/hidden|\n +at /);
    expect(runningServers(dataDir)).toEqual([]);
  });

  it('a Node that is too old', async () => {
    const older = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.20.1"}})';
    const run = runProgram(process.execPath, [
      '--import',
      `data:text/javascript,${older}`,
      'scripts/run.mjs',
      'dev',
    ]);
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toBe(
      'Drydock needs Node 20.19 or newer, and this is 18.20.1: install a newer Node and try again.\n',
    );
  });
});
