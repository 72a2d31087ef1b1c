/** Everything is killed at once, as by a power cut: the next start on the same data folder carries the work to its end. */
import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import { stopProcess } from '../../src/dev/processes.ts';
import { temporaryFolder, until } from '../support/environment.ts';
import { endServersOf, readRecord, runCommand, runningServers, type Program } from '../support/program.ts';
import { LandscapeAdmin } from './landscape-admin.ts';
import { everything, Rest } from './rest.ts';

const FLEET = 40;
const WORKERS = 5;

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

it('A5: after kill -9 of parent, Temporal and PostgreSQL in mid-upgrade every runtime is upgraded once, five at a time', async () => {
  const dataDir = temporaryFolder();
  chmodSync(dataDir, 0o711);
  endServersOf(dataDir);
  const env = {
    DRYDOCK_DATA_DIR: dataDir,
    PORT: '0',
    DRYDOCK_FLEET_SIZE: String(FLEET),
    DRYDOCK_SIM_UPGRADE_SECONDS: '1.5',
    HEARTBEAT_SECONDS: '3',
    LOG_LEVEL: 'warn',
  };
  const first = runCommand('dev', [], { env });
  const rest = await welcomed(first);
  const id = await rest.create(everything(WORKERS));
  const waiting = await rest.create(everything(WORKERS, { dryRun: true }));
  const half = await until(
    async () => {
      const upgrades = await landscapeOf(dataDir).upgrades();
      return upgrades.length >= 12 && upgrades.some(({ finishedAt }) => finishedAt === null)
        ? upgrades
        : undefined;
    },
    { what: 'that a dozen upgrades have begun' },
  );
  expect(half.length).toBeLessThan(FLEET);

  const servers = Object.values(readRecord(dataDir).servers);
  expect(servers).toHaveLength(2);
  first.signal('SIGKILL');
  for (const server of servers) await stopProcess(server, { signal: 'SIGKILL', limitMs: 10_000 });
  await first.exitCode;
  expect(runningServers(dataDir)).toEqual([]);

  const second = runCommand('dev', [], { env });
  const again = await welcomed(second);
  expect(await again.reaches(id, 'succeeded', 90_000)).toMatchObject({
    description: `Scheduled ${FLEET} operations`,
    operationStats: { succeeded: FLEET },
  });
  const upgrades = await landscapeOf(dataDir).upgrades();
  expect(upgrades).toHaveLength(FLEET);
  expect(new Set(upgrades.map(({ runtimeID }) => runtimeID)).size).toBe(FLEET);
  expect(upgrades.slice(0, half.length).map(({ operationID }) => operationID)).toEqual(
    half.map(({ operationID }) => operationID),
  );
  expect(await landscapeOf(dataDir).concurrency()).toEqual({ maximum: WORKERS, running: 0 });
  expect(
    (await again.operations(id)).every(({ state, attempts }) => state === 'succeeded' && attempts === 1),
  ).toBe(true);
  // A7, A45: the one that waited in the queue gets its turn.
  expect((await again.reaches(waiting, 'succeeded')).operationStats).toEqual({ succeeded: FLEET });

  second.signal('SIGTERM');
  expect(await second.exitCode).toBe(0);
  expect(runningServers(dataDir)).toEqual([]);
}, 240_000);
