/** Stacks in the middle of something when everything, or the worker alone, is killed. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  simulationControl,
  type SimulationControl,
} from '../../src/activities/stacks/drivers/simulated/control.ts';
import { openDatabase } from '../../src/db/connection.ts';
import type { StackAction, StackStatus } from '../../src/domain/stacks/statuses.ts';
import { stopProcess } from '../../src/dev/processes.ts';
import { Rest } from '../e2e/rest.ts';
import { startOutside } from '../e2e/service.ts';
import { atEndOfFile, freePort, temporaryFolder, until } from '../support/environment.ts';
import { endServersOf, readRecord, runCommand, runningServers, type Program } from '../support/program.ts';
import { depends, instances, plan, StackClient, type StackBody } from '../support/stacks/definitions.ts';

const SLOW_MS = 10_000;

/** Two launch plans and a volume in a chain, so that whatever is under way has something behind it that has not begun. */
function chain(container: string, start: string | null = null): StackBody {
  const at = (name: string): string => `/${container}/kim/${name}`;
  return {
    name: at('chain'),
    schedule: { start_time: start, stop_time: null },
    oplans: [
      instances('web', [at('web-1'), at('web-2')]),
      instances('db', [at('db-1'), at('db-2')]),
      plan('disk', 'storage/volume', [at('disk')]),
    ],
    relationships: depends(['web', 'db'], ['db', 'disk']),
  };
}

/** One stack that stands in a transitional status when everything is killed. */
interface Case {
  container: string;
  /** The actions that bring it there, of which the last one hangs. */
  actions: [StackAction, StackStatus][];
  /** The operation that takes long, and the instance that it happens to. */
  slow: ['create' | 'stop' | 'start' | 'destroy', string];
  /** How often each of the five objects, or four instances, is to see each operation in the end. */
  journal: Partial<Record<'create' | 'stop' | 'start' | 'destroy', number>>;
}

const CASES: Case[] = [
  { container: 'starting', actions: [['START', 'ready']], slow: ['create', 'db-1'], journal: { create: 5 } },
  {
    container: 'shutting_down',
    actions: [
      ['START', 'ready'],
      ['SHUTDOWN', 'shut_down'],
    ],
    slow: ['stop', 'web-1'],
    journal: { create: 5, stop: 4 },
  },
  {
    container: 'restarting',
    actions: [
      ['START', 'ready'],
      ['SHUTDOWN', 'shut_down'],
      ['RESTART', 'ready'],
    ],
    slow: ['start', 'db-1'],
    journal: { create: 5, stop: 4, start: 4 },
  },
  {
    container: 'stopping',
    actions: [
      ['START', 'ready'],
      ['STOP', 'stopped'],
    ],
    slow: ['destroy', 'web-1'],
    journal: { create: 5, destroy: 5 },
  },
];

async function welcomed(program: Program): Promise<StackClient> {
  const [, url = '', token = ''] = await program.says(
    /API +(http:\S+)[\s\S]*TOKEN=(\S+)[\s\S]*# cancel/,
    90_000,
  );
  return new StackClient(new Rest(url, token));
}

/** The simulated world in the database of a data folder, on the port that it has now. */
function simulationOf(dataDir: string): SimulationControl {
  const password = encodeURIComponent(readFileSync(join(dataDir, 'postgres', 'password'), 'utf8').trim());
  const port = readRecord(dataDir).ports['PostgreSQL'];
  const database = openDatabase(`postgres://drydock:${password}@127.0.0.1:${port}/drydock`);
  atEndOfFile(() => database.close());
  return simulationControl(database, Date.now);
}

/** How often the driver did what, and that nothing was done twice to one object or in vain. */
async function countsOf(simulation: SimulationControl, container: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const seen = new Set<string>();
  for (const { operation, name, outcome } of await simulation.journal(`/${container}/`)) {
    expect(outcome).toBe('done');
    expect([...seen]).not.toContain(`${operation} ${name}`);
    seen.add(`${operation} ${name}`);
    counts[operation] = (counts[operation] ?? 0) + 1;
  }
  return counts;
}

async function identities(
  simulation: SimulationControl,
  container: string,
): Promise<Map<string, string | null>> {
  return new Map((await simulation.objects(`/${container}/`)).map(({ name, id }) => [name, id]));
}

it('A80 to A88: kill -9 of everything in each transitional status: each goes on where it was, and nothing happens twice', async () => {
  const dataDir = temporaryFolder();
  chmodSync(dataDir, 0o711);
  endServersOf(dataDir);
  const env = {
    DRYDOCK_DATA_DIR: dataDir,
    PORT: '0',
    DRYDOCK_FLEET_SIZE: '1',
    HEARTBEAT_SECONDS: '3',
    LOG_LEVEL: 'warn',
  };
  const first = runCommand('dev', [], { env });
  const stacks = await welcomed(first);
  const simulation = simulationOf(dataDir);

  const before = new Map<string, Map<string, string | null>>();
  await Promise.all(CASES.map(({ container }) => stacks.add(chain(container))));
  for (const { container, actions } of CASES) {
    for (const [action, status] of actions.slice(0, -1))
      await stacks.bring(`/${container}/kim/chain`, action, status);
    before.set(container, await identities(simulation, container));
  }
  for (const { container, slow } of CASES) {
    await simulation.slow('launchplan', `/${container}/kim/${slow[1]}`, slow[0], SLOW_MS);
  }
  const start = new Date(Date.now() + 20_000).toISOString();
  const scheduled = await stacks.add(chain('scheduled', start));
  await stacks.act(scheduled.name, 'START');
  for (const { container, actions } of CASES) {
    await stacks.act(`/${container}/kim/chain`, actions.at(-1)?.[0] ?? 'START');
  }
  for (const { container, slow } of CASES) {
    const what = `the ${slow[0]} that takes long is under way in ${container}`;
    await until(
      async () =>
        (await simulation.journal(`/${container}/kim/${slow[1]}`)).some(
          ({ operation }) => operation === slow[0],
        ),
      { what },
    );
  }
  for (const { container } of CASES) {
    expect((await stacks.get(`/${container}/kim/chain`)).status).toBe(container);
  }
  expect((await stacks.get(scheduled.name)).status).toBe('scheduled');

  const servers = Object.values(readRecord(dataDir).servers);
  expect(servers).toHaveLength(2);
  first.signal('SIGKILL');
  for (const server of servers) await stopProcess(server, { signal: 'SIGKILL', limitMs: 10_000 });
  await first.exitCode;
  expect(runningServers(dataDir)).toEqual([]);

  const second = runCommand('dev', [], { env });
  const again = await welcomed(second);
  const after = simulationOf(dataDir);
  for (const { container, actions, journal } of CASES) {
    await again.reaches(`/${container}/kim/chain`, actions.at(-1)?.[1] ?? 'ready');
    expect(await countsOf(after, container), container).toEqual(journal);
  }
  // A76, A77: shut down and restarted, they are the same objects.
  for (const container of ['shutting_down', 'restarting']) {
    expect(before.get(container)?.size).toBe(5);
    expect(await identities(after, container)).toEqual(before.get(container));
  }
  expect(await after.objects('/stopping/')).toEqual([]);
  // A88: the time to start was kept.
  await again.reaches(scheduled.name, 'ready');
  expect(await countsOf(after, 'scheduled')).toEqual({ create: 5 });
  const [created] = await after.journal('/scheduled/');
  expect(Date.parse(created?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(start));

  second.signal('SIGTERM');
  expect(await second.exitCode).toBe(0);
});

it('kill -9 of the worker with 5 of 10 objects done: another one goes on, and nothing is made twice', async () => {
  const outside = await startOutside({ fleetSize: 1 });
  const port = await freePort();
  const env = { ...outside.env, PORT: String(port), HEARTBEAT_SECONDS: '3', LOG_LEVEL: 'warn' };
  const database = openDatabase(outside.env['DATABASE_URL'] ?? '');
  atEndOfFile(() => database.close());
  const simulation = simulationControl(database, Date.now);
  const api = runCommand('api', [], { env: { ...env, LOG_LEVEL: 'info' } });
  const worker = runCommand('worker', [], { env });
  await api.says(/API is listening/);
  const rest = new Rest(`http://127.0.0.1:${port}`, await outside.tokenFor('runtimeAdmin'));
  const stacks = new StackClient(rest);

  const at = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `/half/kim/${name}-${index}`);
  const { name } = await stacks.add({
    name: '/half/kim/stack',
    oplans: [
      plan('disks', 'storage/volume', at('disk', 5)),
      instances('db', at('db', 3), { simulation: { seconds: SLOW_MS / 1000 } }),
      instances('web', at('web', 2)),
    ],
    relationships: depends(['db', 'disks'], ['web', 'db']),
  });
  await stacks.act(name, 'START');
  await until(async () => (await simulation.journal('/half/')).length === 8, {
    what: 'that five are there and three under way',
  });
  const { status, oplans } = await stacks.get(name);
  expect(status).toBe('starting');
  expect(oplans.map((oplan) => oplan.status)).toEqual(['ready', 'starting', 'stopped']);
  worker.signal('SIGKILL');
  await worker.exitCode;

  runCommand('worker', [], { env });
  await stacks.reaches(name, 'ready');
  expect(await countsOf(simulation, 'half')).toEqual({ create: 10 });
});
