/** A plan is made anew, and whole, whatever is killed while it is half written. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { programFile } from '../../scripts/programs.mjs';
import { migrate } from '../../src/db/run-migrations.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { stopProcess } from '../../src/dev/processes.ts';
import { atEndOfFile, freePort, temporaryFolder } from '../support/environment.ts';
import { firstPositions, PlanGate } from '../support/plan-gate.ts';
import { runProgram, type Program } from '../support/program.ts';
import { everything, Rest } from './rest.ts';
import { startOutside } from './service.ts';

const FLEET = 30;
const WORKERS = 10;
/** As test/e2e/small-batches.ts has it. */
const BATCH = 10;

it('A5: kill -9 of PostgreSQL and of the service in the second batch of a plan: every runtime is planned and upgraded once', async () => {
  const folder = temporaryFolder();
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'postgres');
  const database = await startPostgres({ dataDir });
  atEndOfFile(() => database.stop());
  await migrate(database.url);
  const gate = await PlanGate.before(BATCH + BATCH / 2, database.url);
  const outside = await startOutside({ databaseURL: database.url, fleetSize: FLEET, upgradeSeconds: 0.1 });
  const fleet = (await outside.landscape.runtimes()).map(({ runtimeID }) => runtimeID).sort();
  const env = { ...outside.env, PORT: String(await freePort()), HEARTBEAT_SECONDS: '2' };
  const file = await programFile(
    process.cwd(),
    'small-batches',
    join(import.meta.dirname, 'small-batches.ts'),
  );
  const start = async (): Promise<Program> => {
    const program = runProgram(process.execPath, [file], { env });
    await program.says(/listens at/);
    return program;
  };
  const first = await start();
  const rest = new Rest(`http://127.0.0.1:${env.PORT}`, await outside.tokenFor('runtimeAdmin'));
  const id = await rest.create(everything(WORKERS));
  const expectHalf = async (): Promise<void> => {
    expect(await gate.positions(id)).toEqual(firstPositions(BATCH));
    expect(await rest.orchestration(id)).toMatchObject({ state: 'in progress', progress: { total: null } });
    expect(await outside.landscape.upgrades()).toEqual([]);
  };
  await gate.holds('gate');
  await expectHalf();

  await stopProcess(database.process, { signal: 'SIGKILL', limitMs: 10_000 });
  const again = await startPostgres({ dataDir, port: database.port });
  atEndOfFile(() => again.stop());
  await gate.holds('gate');
  await expectHalf();

  first.signal('SIGKILL');
  expect(await first.exitCode).toBe(-1);
  const second = await start();
  // PostgreSQL has not noticed that the first one is gone: its rows are in the way of the second one.
  await gate.holds('gate', 'rows');
  await expectHalf();

  await gate.open();
  expect(await rest.reaches(id, 'succeeded')).toMatchObject({
    description: `Scheduled ${FLEET} operations`,
    operationStats: { succeeded: FLEET },
  });
  expect(await gate.positions(id)).toEqual(firstPositions(FLEET));
  const operations = await rest.operations(id);
  expect(operations.map(({ runtimeID }) => runtimeID).sort()).toEqual(fleet);
  expect(operations.every(({ attempts }) => attempts === 1)).toBe(true);
  expect((await outside.landscape.upgrades()).map(({ runtimeID }) => runtimeID).sort()).toEqual(fleet);
  expect((await rest.events(id)).filter(({ kind }) => kind === 'planned')).toMatchObject([
    { reason: expect.stringContaining(`Scheduled ${FLEET} operations`) as string },
  ]);
  second.signal('SIGTERM');
  expect(await second.exitCode).toBe(0);
});
