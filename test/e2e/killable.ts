import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect } from 'vitest';
import { mintToken } from '../../src/dev/issuer/index.ts';
import { lookSignal } from '../../src/workflows/contract/upgrades.ts';
import { stopProcess } from '../../src/dev/processes.ts';
import { temporaryFolder } from '../support/environment.ts';
import { endServersOf, readRecord, runCommand, runningServers, type Program } from '../support/program.ts';
import { LandscapeAdmin } from './landscape-admin.ts';
import { Rest } from './rest.ts';

/** Waits for the welcome and answers the API as its token may use it. */
async function welcomed(program: Program): Promise<Rest> {
  const [, url = '', token = ''] = await program.says(
    /API +(http:\S+)[\s\S]*TOKEN=(\S+)[\s\S]*# cancel/,
    90_000,
  );
  return new Rest(url, token);
}

function landscapeOf(dataDir: string): LandscapeAdmin {
  return new LandscapeAdmin(`http://127.0.0.1:${readRecord(dataDir).ports['landscape']}/_landscape`);
}

/** `npm start` on a data folder of its own, which is killed with all its servers and started again. */
export class Killable {
  readonly dataDir = temporaryFolder();
  private program: Program | undefined;

  constructor(private readonly settings: Record<string, string>) {
    chmodSync(this.dataDir, 0o711);
    endServersOf(this.dataDir);
  }

  async start(): Promise<Rest> {
    const env = {
      DRYDOCK_DATA_DIR: this.dataDir,
      PORT: '0',
      HEARTBEAT_SECONDS: '3',
      LOG_LEVEL: 'warn',
      ...this.settings,
    };
    this.program = runCommand('dev', [], { env });
    return await welcomed(this.program);
  }

  get landscape(): LandscapeAdmin {
    return landscapeOf(this.dataDir);
  }

  /** Runs of a workflow so far: one more each time that it continued as new. */
  async runsOf(workflowID: string): Promise<number> {
    return await this.withTemporal(async ({ workflow }) => {
      const { count } = await workflow.count(`WorkflowId = '${workflowID}'`);
      return count;
    });
  }

  /** Events of the latest run of a workflow. */
  async historyLengthOf(workflowID: string): Promise<number> {
    return await this.withTemporal(async ({ workflow }) => {
      const { historyLength } = await workflow.getHandle(workflowID).describe();
      return historyLength;
    });
  }

  /** Tells a workflow by hand to look. */
  async tell(workflowID: string): Promise<void> {
    await this.withTemporal(({ workflow }) => workflow.getHandle(workflowID).signal(lookSignal));
  }

  private async withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const address = `127.0.0.1:${readRecord(this.dataDir).ports['Temporal']}`;
    const connection = await Connection.connect({ address });
    try {
      return await work(new Client({ connection }));
    } finally {
      await connection.close();
    }
  }

  /** kill -9 of parent, Temporal and PostgreSQL. */
  async kill(): Promise<void> {
    const servers = Object.values(readRecord(this.dataDir).servers);
    expect(servers).toHaveLength(2);
    this.program?.signal('SIGKILL');
    for (const server of servers) await stopProcess(server, { signal: 'SIGKILL', limitMs: 10_000 });
    await this.program?.exitCode;
    expect(runningServers(this.dataDir)).toEqual([]);
  }

  async killedAndStarted(): Promise<Rest> {
    await this.kill();
    return await this.start();
  }

  /** kill -9 of the parent alone; the next start ends the servers that it has left. */
  async parentKilledAndStarted(): Promise<Rest> {
    this.program?.signal('SIGKILL');
    await this.program?.exitCode;
    expect(runningServers(this.dataDir)).toHaveLength(2);
    return await this.start();
  }

  /** kill -9 of one server, which the parent starts again. */
  async serverKilled(name: 'Temporal' | 'PostgreSQL'): Promise<void> {
    const server = readRecord(this.dataDir).servers[name];
    if (!server) throw new Error(`${name} is not in the record`);
    await stopProcess(server, { signal: 'SIGKILL', limitMs: 10_000 });
    await this.program?.says(new RegExp(`${name} runs again`));
  }

  /** A token of the local issuer for another administrator. */
  async tokenFor(subject: string): Promise<string> {
    return await mintToken({
      dataDir: join(this.dataDir, 'issuer'),
      issuerURL: `http://127.0.0.1:${readRecord(this.dataDir).ports['issuer']}`,
      audience: 'drydock',
      subject,
      groups: ['runtimeAdmin'],
      expiresInSeconds: 3_600,
    });
  }

  async end(): Promise<void> {
    this.program?.signal('SIGTERM');
    expect(await this.program?.exitCode).toBe(0);
    expect(runningServers(this.dataDir)).toEqual([]);
  }
}
