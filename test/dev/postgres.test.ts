import { spawn } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { isUnreaped, stopProcess } from '../../src/dev/processes.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';

it('a killed PostgreSQL that the system has not reaped yet does not keep the next one from its data', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'postgres');
  await (await startPostgres({ dataDir, durable: false })).stop();
  // A shell becomes a program that never asks for its child: once ended, that stays unreaped until the program ends
  // too. The child must outlive the shell, which may reap it; what the program prints says that the shell is gone.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $! > pid; exec tail -f pid'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEndOfFile(() => void parent.kill('SIGKILL'));
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  process.kill(pid, 'SIGKILL');
  await until(() => isUnreaped(pid), { what: 'a process that has ended and is not reaped' });
  writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), `${pid}\n`);

  const said: string[] = [];
  const say = (line: string): void => {
    said.push(line);
    // Its parent ends, and whoever inherits it reaps it.
    if (line.includes('was killed')) parent.kill('SIGKILL');
  };
  const again = await startPostgres({ dataDir, durable: false, say });
  atEndOfFile(() => again.stop());
  expect(said.join('\n')).toContain('was killed');
});

/** Ends a process, unless it has ended. */
function endOf(pid: number): void {
  if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
}

it('a child of a killed PostgreSQL that has not ended yet does not keep the next one from its data', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'postgres');
  const first = await startPostgres({ dataDir, durable: false });
  const sql = postgres(first.url, { max: 1, onnotice: () => undefined });
  const [row] = await sql`select pg_backend_pid() as pid`;
  const child = Number(row?.['pid']);
  // Halted, it does not notice that its server is gone.
  process.kill(child, 'SIGSTOP');
  atEndOfFile(() => endOf(child));
  await stopProcess(first.process, { signal: 'SIGKILL', limitMs: 10_000 });
  const said: string[] = [];
  const say = (line: string): void => {
    said.push(line);
    if (line.includes('children')) process.kill(child, 'SIGCONT');
  };
  const again = await startPostgres({ dataDir, durable: false, say });
  atEndOfFile(() => again.stop());
  expect(said.join('\n')).toContain('children');
  await sql.end({ timeout: 1 });
});
