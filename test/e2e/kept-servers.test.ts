/** The embedded servers of `npm start` die alone: they are started again, and what was under way goes on. */
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isAlive } from '../../src/dev/processes.ts';
import { temporaryFolder, until } from '../support/environment.ts';
import { endServersOf, readRecord, runCommand, type Program } from '../support/program.ts';

const READY = /API +(http:\S+)[\s\S]*TOKEN=(\S+)[\s\S]*# cancel/;
const FLEET = 12;

interface Started {
  run: Program;
  dataDir: string;
  url: string;
  headers: Record<string, string>;
}

async function start(): Promise<Started> {
  const dataDir = temporaryFolder();
  chmodSync(dataDir, 0o711);
  endServersOf(dataDir);
  const run = runCommand('dev', [], {
    env: {
      DRYDOCK_DATA_DIR: dataDir,
      PORT: '0',
      DRYDOCK_FLEET_SIZE: String(FLEET),
      DRYDOCK_SIM_UPGRADE_SECONDS: '1',
    },
  });
  const [, url = '', token = ''] = await run.says(READY);
  return {
    run,
    dataDir,
    url,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  };
}

const orchestrationSchema = z.object({ state: z.string(), operationStats: z.record(z.string(), z.number()) });

async function look(
  { url, headers }: Started,
  id: string,
): Promise<z.infer<typeof orchestrationSchema> | undefined> {
  const answer = await fetch(`${url}/orchestrations/${id}`, { headers });
  // While a server is away, the API may say so.
  return answer.ok ? orchestrationSchema.parse(await answer.json()) : undefined;
}

function identityOf({ dataDir }: Started, server: string): { pid: number; birth: string } {
  const identity = readRecord(dataDir).servers[server];
  if (!identity) throw new Error(`${server} is not in the record`);
  return identity;
}

describe.concurrent('an embedded server that dies alone', () => {
  it.each(['Temporal', 'PostgreSQL'])(
    '%s, killed during an orchestration: it is started again, every runtime is upgraded once',
    async (server) => {
      const service = await start();
      const created = await fetch(`${service.url}/upgrade/kyma`, {
        method: 'POST',
        headers: service.headers,
        body: JSON.stringify({
          targets: { include: [{ target: 'all' }] },
          strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 3 } },
        }),
      });
      const { orchestrationID } = z.object({ orchestrationID: z.uuid() }).parse(await created.json());
      await until(
        async () => ((await look(service, orchestrationID))?.operationStats['succeeded'] ?? 0) > 0,
        {
          what: 'the first upgrade',
        },
      );
      const { ports } = readRecord(service.dataDir);
      const killed = identityOf(service, server);
      process.kill(killed.pid, 'SIGKILL');
      await service.run.says(new RegExp(`${server} runs again`));
      const next = identityOf(service, server);
      expect(next).not.toEqual(killed);
      expect(isAlive(next)).toBe(true);
      expect(readRecord(service.dataDir).ports).toEqual(ports);
      const end = await until(
        async () => {
          const now = await look(service, orchestrationID);
          return now && ['succeeded', 'failed', 'canceled'].includes(now.state) ? now : undefined;
        },
        { what: 'the end of the orchestration', limitMs: 120_000 },
      );
      expect(end).toEqual({ state: 'succeeded', operationStats: { succeeded: FLEET } });
      const upgrades = z
        .array(z.object({ runtimeID: z.string() }))
        .parse(await (await fetch(`http://127.0.0.1:${ports['landscape']}/_landscape/upgrades`)).json());
      expect(new Set(upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(FLEET);
      expect(upgrades).toHaveLength(FLEET);

      service.run.signal('SIGTERM');
      expect(await service.run.exitCode).toBe(0);
      expect(readRecord(service.dataDir).servers).toEqual({});
      expect(isAlive(next)).toBe(false);
    },
    300_000,
  );

  it('again and again ends the service in good order, with one sentence', async () => {
    const service = await start();
    for (let times = 1; times <= 3; times += 1) {
      const { pid } = identityOf(service, 'PostgreSQL');
      process.kill(pid, 'SIGKILL');
      await service.run.says(new RegExp(`(PostgreSQL runs again[\\s\\S]*){${times}}`));
    }
    process.kill(identityOf(service, 'PostgreSQL').pid, 'SIGKILL');
    expect(await service.run.exitCode).toBe(1);
    expect(service.run.output()).toMatch(
      /^drydock: PostgreSQL has ended by itself 4 times within 5 minutes, the last time killed by SIGKILL: see its log, \S+, and start again\.$/m,
    );
    expect(service.run.output()).not.toMatch(/did not work|\n +at /);
    expect(readRecord(service.dataDir).servers).toEqual({});
  });
});
