/**
 * `npm run demo`: everything in a temporary folder, one upgrade of the fleet in waves, whose canary fails at first, to its end; leaves
 * nothing behind.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Environment, loadConfig } from '../config/index.ts';
import { createLogger, installTemporalRuntime } from './compose/logger.ts';
import { runProgram, type Shutdown } from './compose/shutdown.ts';
import { startService } from './compose/start.ts';
import { createOperator, setFailures, type Operator } from './demo/operator.ts';
import { createDemoClient, type DemoClient, type DemoOrchestration } from './demo/client.ts';
import { createProgress } from './demo/progress.ts';
import { summary } from './demo/summary.ts';

const WORKERS = 5;
const PER_REGION = 3;
const LOOK_EVERY_MS = 250;
const FINAL = new Set(['succeeded', 'failed', 'canceled']);

const say = (line: string): void => console.error(`drydock: ${line}`);

await runProgram({ say, env: process.env }, async (shutdown) => {
  const config = loadConfig(demoEnvironment(process.env, temporaryFolder(shutdown)));
  const logger = createLogger({ level: config.log.level, format: 'pretty' });
  installTemporalRuntime(logger, config.metricsAddress);
  const service = await startService({ config, env: process.env, logger, say, shutdown });
  const { tokenFor, landscapeAdminURL } = service;
  if (!tokenFor || landscapeAdminURL === undefined)
    throw new Error('The demonstration runs with the local issuer and the simulated landscape only.');
  say(`API ${service.apiURL}, Temporal Web UI ${service.temporalUI ?? ''}`);
  const client = createDemoClient(service.apiURL, await tokenFor([config.oidc.adminGroup], 86_400));
  const { fleetSize, failureRate } = config.simulation;
  const setFailureRate = (rate: number): Promise<void> => setFailures(landscapeAdminURL, rate);
  await setFailureRate(1);
  const id = await client.create(WORKERS, PER_REGION);
  say(
    `upgrading ${fleetSize} runtimes in waves, ${WORKERS} at once, ${PER_REGION} of a region: orchestration ${id}`,
  );
  const operator = createOperator(client, id, () => setFailureRate(failureRate));
  const orchestration = await Promise.race([follow(client, id, operator), failureOf(service.failed)]);
  console.log(`\n${summary(orchestration, await client.operations(id))}\n`);
  return orchestration.state === 'succeeded' ? 0 : 1;
});

/**
 * Free ports, and nothing from outside but the size of the simulation and the cache: a demonstration must not upgrade a
 * real fleet.
 */
function demoEnvironment(env: Environment, folder: string): Environment {
  const simulation = Object.entries(env).filter(([name]) => name.startsWith('DRYDOCK_'));
  const { HOME, XDG_CACHE_HOME } = env;
  return {
    ...Object.fromEntries(simulation),
    HOME,
    XDG_CACHE_HOME,
    LOG_LEVEL: env['LOG_LEVEL'] ?? 'error',
    PORT: '0',
    DRYDOCK_DATA_DIR: folder,
  };
}

function temporaryFolder(shutdown: Shutdown): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-demo-'));
  // PostgreSQL runs as another user when this runs as root.
  chmodSync(folder, 0o711);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  shutdown.add(`removing ${folder}`, async () => remove(), remove);
  return folder;
}

/** Shows the progress until the orchestration has ended. */
async function follow(client: DemoClient, id: string, operator: Operator): Promise<DemoOrchestration> {
  const progress = createProgress(process.stdout, WORKERS);
  try {
    for (;;) {
      const orchestration = await client.orchestration(id);
      progress.show(orchestration);
      if (FINAL.has(orchestration.state)) return orchestration;
      await operator.look(orchestration, (line) => progress.say(line));
      await delay(LOOK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

async function failureOf(failed: Promise<void>): Promise<never> {
  await failed;
  throw new Error('The workers have ended.');
}
