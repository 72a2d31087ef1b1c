/** The single services as processes of their own, when a server they need is away: at their start, and at their end. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clearLockedPorts } from 'get-port';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../../src/dev/postgres.ts';
import { stopProcess } from '../../src/dev/processes.ts';
import { atEndOfFile, freePort, temporaryFolder, until } from '../support/environment.ts';
import { runCommand, type Program } from '../support/program.ts';
import { everything, Rest } from './rest.ts';
import { startOutside } from './service.ts';

/** How long the database has been away when the services are stopped: the subject, not a wait for something to happen. */
const AWAY_MS = 8_000;

describe.concurrent(
  'a service whose server cannot be reached says so in one sentence and ends with 1',
  () => {
    it.each(['api', 'worker', 'migrate'])('the database of %s', async (command) => {
      const { env } = await startOutside({ fleetSize: 0 });
      const databaseURL = `postgres://u:hidden@127.0.0.1:${await freePort()}/d`;
      const program = runCommand(command, [], { env: { ...env, DATABASE_URL: databaseURL } });
      expect(await program.exitCode).toBe(1);
      expect(program.output()).toMatch(
        /The database at 127\.0\.0\.1:\d+\/d does not answer .*or correct DATABASE_URL/,
      );
      expect(program.output()).not.toMatch(/hidden|\n +at /);
    });

    it.each(['api', 'worker'])('the engine of %s', async (command) => {
      const { env } = await startOutside({ fleetSize: 0 });
      const address = `127.0.0.1:${await freePort()}`;
      const program = runCommand(command, [], { env: { ...env, TEMPORAL_ADDRESS: address } });
      expect(await program.exitCode).toBe(1);
      expect(program.output()).toMatch(`Temporal at ${address} does not answer`);
      expect(program.output()).not.toMatch(/\n +at /);
    });

    it.each(['api', 'worker'])('%s with a namespace that is not there', async (command) => {
      const { env } = await startOutside({ fleetSize: 0 });
      const program = runCommand(command, [], { env: { ...env, TEMPORAL_NAMESPACE: 'nowhere' } });
      expect(await program.exitCode).toBe(1);
      expect(program.output()).toMatch('has no namespace nowhere: create it, or correct TEMPORAL_NAMESPACE');
    });
  },
);

it('A5: services that are stopped while the database is away end in order, and others carry the work on', async () => {
  const folder = temporaryFolder();
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'postgres');
  const database = await startPostgres({ dataDir });
  atEndOfFile(() => database.stop());
  const outside = await startOutside({ databaseURL: database.url, fleetSize: 8 });
  const env = { ...outside.env, PORT: String(await freePort()) };
  const start = async (): Promise<Program[]> => {
    const services = ['api', 'worker'].map((command) => runCommand(command, [], { env }));
    await services[0]?.says(/API is listening/);
    await services[1]?.says(/workers are running/);
    return services;
  };
  expect(await runCommand('migrate', [], { env }).exitCode).toBe(0);
  const first = await start();
  const rest = new Rest(`http://127.0.0.1:${env.PORT}`, await outside.tokenFor('runtimeAdmin'));
  await outside.landscape.setUpgrades({ hold: true });
  const id = await rest.create(everything(4));
  await outside.landscape.running(4);
  await until(
    async () =>
      (await rest.operations(id)).filter(({ description }) => description.includes('carries out')).length ===
      4,
    { what: 'that four upgrades are followed' },
  );

  await stopProcess(database.process, { signal: 'SIGKILL', limitMs: 10_000 });
  // Their ends are found, and can't be recorded.
  await outside.landscape.setUpgrades({ hold: false });
  const { provisionerQueries } = await outside.landscape.requests();
  await outside.landscape.endAll();
  await outside.landscape.asked(provisionerQueries + 4);
  await delay(AWAY_MS);
  for (const service of first) service.signal('SIGTERM');
  expect(await Promise.all(first.map(({ exitCode }) => exitCode))).toEqual([0, 0]);

  clearLockedPorts();
  const again = await startPostgres({ dataDir, ports: [database.port] });
  atEndOfFile(() => again.stop());
  const second = await start();
  const next = await rest.create(everything(8, { dryRun: true }));
  expect((await rest.reaches(id, 'succeeded')).operationStats).toEqual({ succeeded: 8 });
  expect(await outside.landscape.upgrades()).toHaveLength(8);
  expect((await rest.reaches(next, 'succeeded')).operationStats).toEqual({ succeeded: 8 });
  for (const service of second) service.signal('SIGTERM');
  expect(await Promise.all(second.map(({ exitCode }) => exitCode))).toEqual([0, 0]);
});
