import { chmodSync } from 'node:fs';
import { expect } from 'vitest';
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

  async end(): Promise<void> {
    this.program?.signal('SIGTERM');
    expect(await this.program?.exitCode).toBe(0);
    expect(runningServers(this.dataDir)).toEqual([]);
  }
}
