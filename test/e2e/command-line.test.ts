/** The program `drydock` as a process of its own, against the whole service. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import { apiConfig, loadConfig, workerConfig } from '../../src/config/index.ts';
import { createLogger } from '../../src/bin/compose/logger.ts';
import { runWorkers, serveAPI } from '../../src/bin/compose/services.ts';
import { Shutdown } from '../../src/bin/compose/shutdown.ts';
import { atEndOfFile, freePort, temporaryFolder, until } from '../support/environment.ts';
import { FormBrowser } from '../support/form-browser.ts';
import { isSignedBy, startReceiver } from '../support/receiver.ts';
import { runProgram, type Program } from '../support/program.ts';
import { useWatchedRuntime } from '../support/workflow-tasks.ts';
import { Rest } from './rest.ts';
import { startOutside, type Outside } from './service.ts';

const FLEET = 12;
const logger = createLogger({ level: 'silent', format: 'json' });

let outside: Outside;
let rest: Rest;
let env: Record<string, string>;
let api: Shutdown;

/** The API alone, on the same port each time: the workers go on without it. */
async function startAPI(): Promise<void> {
  api = new Shutdown(() => undefined);
  await serveAPI(apiConfig(loadConfig(outside.env)), logger, api);
}

beforeAll(async () => {
  outside = await startOutside({ fleetSize: FLEET });
  outside.env['PORT'] = String(await freePort());
  outside.env['WEBHOOK_ALLOWED_NETWORKS'] = '127.0.0.0/8';
  useWatchedRuntime();
  const workers = new Shutdown(() => undefined);
  atEndOfFile(async () => void (await workers.run()));
  const { finished } = await runWorkers(workerConfig(loadConfig(outside.env)), logger, workers);
  finished.catch(() => workers.run());
  await startAPI();
  atEndOfFile(async () => void (await api.run()));
  const url = `http://127.0.0.1:${outside.env['PORT'] ?? ''}`;
  rest = new Rest(url, await outside.tokenFor('runtimeAdmin'));
  await until(async () => (await rest.request('GET', '/runtimes?page_size=1')).status === 200, {
    what: 'the first read of the inventory',
  });
  env = { DRYDOCK_API: url, DRYDOCK_TOKEN: rest.token, XDG_CONFIG_HOME: temporaryFolder() };
});

function drydock(args: string[], more: Record<string, string> = {}): Program {
  return runProgram('scripts/drydock.mjs', args, { env: { ...env, ...more } });
}

async function outputOf(args: string[]): Promise<string> {
  const program = drydock(args);
  expect({ code: await program.exitCode, output: program.output() }).toMatchObject({ code: 0 });
  return program.stdout();
}

it('plans, begins what was planned, answers its question and watches it to its end, over a restart of the API', async () => {
  const plan = JSON.parse(await outputOf(['plan', 'kyma', '--include', 'all', '-o', 'json'])) as {
    planHash: string;
  };
  const file = 'test/e2e/command-line-request.yaml';
  const begun = ['upgrade', 'kyma', '--include', 'all', '--yes', '--plan-hash', plan.planHash, '-o', 'name'];
  const first = (await outputOf(begun)).trim();
  expect(await drydock(['watch', first]).exitCode).toBe(0);

  const id = (await outputOf(['upgrade', 'kyma', '-f', file, '--workers', '4', '-y', '-o', 'name'])).trim();
  const watching = drydock(['watch', id]);
  await watching.says(/\tapproval\tcanary\t|\tstanding\t.*question 1/);
  expect(await api.run()).toBe(true);
  await watching.says(/does not answer/);
  await startAPI();
  await watching.says(/The service answers again/);
  await outputOf(['approve', id.slice(0, 8), '--reason', 'good']);
  expect(await watching.exitCode).toBe(0);
  const lines = watching.stdout().split('\n');
  // Each operation of the wave after the restart begins and ends once; the canaries may have ended before it was watched.
  for (const state of ['in progress', 'succeeded']) {
    const told = lines.filter((line) => line.includes('\toperation\t') && line.split('\t')[4] === state);
    expect(new Set(told.map((line) => line.split('\t')[2])).size).toBe(told.length);
    expect(told.length).toBeGreaterThanOrEqual(FLEET - 2);
  }
  expect(lines.at(-2)).toMatch(/\torchestration\t.*\tsucceeded\t/);
});

it('leaves the upgrade running after Ctrl-C, and ends with 6 for one that was canceled', async () => {
  await outside.landscape.setUpgrades({ hold: true });
  const id = (await outputOf(['upgrade', 'kyma', '--include', 'all', '-y', '-o', 'name'])).trim();
  const watching = drydock(['watch', id]);
  await watching.says(/\tstanding\t/);
  await until(async () => (await rest.orchestration(id)).operationStats['in progress'] === 1, {
    what: 'the first upgrade',
  });
  watching.signal('SIGINT');
  expect(await watching.exitCode).toBe(2);
  expect(watching.output()).toContain('The upgrade goes on.');
  expect(await rest.orchestration(id)).toMatchObject({ state: 'in progress' });
  expect(await drydock(['show', id, '--exit-status']).exitCode).toBe(8);
  const again = drydock(['watch', id]);
  await again.says(/standing/);
  await outputOf(['cancel', id, '--yes']);
  await outside.landscape.setUpgrades({ hold: false });
  await outside.landscape.endAll();
  expect(await again.exitCode).toBe(6);
});

it('adds a webhook whose receiver is told what happens, by what the workers were configured with', async () => {
  const receiver = await startReceiver();
  const added = await outputOf(['webhook', 'add', receiver.url, '--event', 'webhook.test', '-o', 'json']);
  const { webhookID, secret } = JSON.parse(added) as { webhookID: string; secret: string };
  await outputOf(['webhook', 'test', webhookID]);
  await until(() => receiver.got.length > 0, { what: 'the test has come' });
  expect(receiver.got.map((one) => isSignedBy(secret, one))).toEqual([true]);
});

it('signs in by a browser', async () => {
  const login = drydock(['login'], { DRYDOCK_TOKEN: '' });
  const [, address = ''] = await login.says(/(http\S+\/auth\?\S+)/);
  // Browsers keep spare connections, which must not keep the command.
  const { port } = new URL(new URL(address).searchParams.get('redirect_uri') ?? '');
  const spare = connect(Number(port), '127.0.0.1');
  await once(spare, 'connect');
  atEndOfFile(() => void spare.destroy());
  const browser = new FormBrowser();
  await browser.send(await browser.open(address), { subject: 'jo', group: 'runtimeOperator' });
  expect(await login.exitCode).toBe(0);
  const me = drydock(['whoami', '-o', 'name'], { DRYDOCK_TOKEN: '' });
  expect(await me.exitCode).toBe(0);
  expect(me.stdout()).toBe('jo\n');
});
