/**
 * `npm run demo`: everything in a temporary folder, one upgrade of the fleet in waves, whose canary fails at first, to its end; leaves
 * nothing behind. With `--ui` a rollout whose canary waits for an approval on the page, until Ctrl-C.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { operationSchema } from '../cli/answer-shapes.ts';
import { createContext, type Context } from '../cli/context.ts';
import { followOrchestration } from '../cli/watch/watch-orchestration.ts';
import { type Config, type Environment, loadConfig } from '../config/index.ts';
import { createLogger, installTemporalRuntime } from './compose/logger.ts';
import { processSurroundings } from './compose/process-surroundings.ts';
import { runProgram, type Shutdown, untilOneFails } from './compose/shutdown.ts';
import { startService, type RunningService } from './compose/start.ts';
import { placeOfPage } from './compose/welcome.ts';
import { attend, setFailures } from './demo/operator.ts';
import { begin, CANARIES, ON_ITS_OWN, PER_REGION, WITH_APPROVAL, WORKERS } from './demo/rollouts.ts';
import { summary } from './demo/summary.ts';

/** Longer than without the page, so that there is time to look at it. */
const PAGE_UPGRADE_SECONDS = '8';
const TOKEN_SECONDS = 86_400;

const say = (line: string): void => console.error(`drydock: ${line}`);

interface Stage {
  config: Config;
  service: RunningService;
  /** A client of the service, with nothing of the user's own: no address, no sign-in. */
  clientUntil: (ending: AbortSignal) => Context;
  shutdown: Shutdown;
}

await runProgram({ say, env: process.env }, async (shutdown) => {
  const isForPage = readArguments();
  const folder = temporaryFolder(shutdown);
  const config = loadConfig(demoEnvironment(process.env, folder, isForPage));
  const logger = createLogger({ level: config.log.level, format: 'pretty' });
  installTemporalRuntime(logger, config.metricsAddress);
  const service = await startService({ config, env: process.env, logger, say, shutdown });
  const token = await service.tokenFor?.([config.oidc.adminGroup], TOKEN_SECONDS);
  const clientUntil = (ending: AbortSignal): Context => {
    const surroundings = processSurroundings(process.env, ending);
    const env = { ...surroundings.env, DRYDOCK_TOKEN: token, XDG_CONFIG_HOME: folder };
    return createContext({ ...surroundings, env }, { api: service.apiURL, output: 'table' });
  };
  const stage = { config, service, clientUntil, shutdown };
  return await (isForPage ? showOnPage(stage) : showInTerminal(stage));
});

/** Answers whether it is for the page. */
function readArguments(): boolean {
  try {
    return parseArgs({ options: { ui: { type: 'boolean', default: false } } }).values.ui;
  } catch (error) {
    throw new Error('Usage: npm run demo, or npm run demo -- --ui', { cause: error });
  }
}

/**
 * Free ports, and nothing from outside but the size of the simulation and the cache: a demonstration must not upgrade a
 * real fleet.
 */
function demoEnvironment(env: Environment, folder: string, isForPage: boolean): Environment {
  const simulation = Object.entries(env).filter(([name]) => name.startsWith('DRYDOCK_'));
  const { HOME, XDG_CACHE_HOME } = env;
  return {
    ...(isForPage ? { DRYDOCK_SIM_UPGRADE_SECONDS: PAGE_UPGRADE_SECONDS } : {}),
    ...Object.fromEntries(simulation),
    HOME,
    XDG_CACHE_HOME,
    LOG_LEVEL: env['LOG_LEVEL'] ?? 'error',
    PORT: '0',
    // With each comparison the end is estimated anew: the first estimate assumes half an hour for an upgrade.
    RECONCILE_SECONDS: '5',
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

/** The rollout as `drydock watch` shows it, to its end. */
async function showInTerminal({ config, service, clientUntil, shutdown }: Stage): Promise<number> {
  const { apiURL, temporalUI, landscapeAdminURL } = service;
  if (landscapeAdminURL === undefined)
    throw new Error('The demonstration runs with the simulated landscape only.');
  const { fleetSize, failureRate } = config.simulation;
  const ending = new AbortController();
  const context = clientUntil(ending.signal);
  const { api } = context;
  say(`API ${apiURL}, Temporal Web UI ${temporalUI ?? ''}`);
  await setFailures(landscapeAdminURL, 1);
  const orchestrationID = await begin(api, ON_ITS_OWN);
  say(
    `upgrading ${fleetSize} runtimes in waves, ${WORKERS} at once, ${PER_REGION} of a region: orchestration ${orchestrationID}`,
  );
  const over = new AbortController();
  const watching = followOrchestration(context, orchestrationID, { onInterrupt: 'ends everything' });
  shutdown.add('ending the watch', async () => {
    ending.abort();
    // The last frame stands before more is told of the end.
    await Promise.allSettled([watching]);
  });
  const attending = attend({
    ...{ api, orchestrationID },
    mend: () => setFailures(landscapeAdminURL, failureRate),
    until: over.signal,
  });
  const [{ thing, how }] = await Promise.race([
    Promise.all([watching.finally(() => over.abort()), attending]),
    untilOneFails([service.failed]),
  ]);
  if (how !== 'ended') return 0;
  const { items } = await api.list(`/orchestrations/${orchestrationID}/operations`, operationSchema);
  console.log(`\n${summary(thing, items)}\n`);
  return thing.state === 'succeeded' ? 0 : 1;
}

/** A rollout that waits for the answer of somebody at the page; runs until a signal. */
async function showOnPage({ config, service, clientUntil }: Stage): Promise<never> {
  const { api } = clientUntil(new AbortController().signal);
  const orchestrationID = await begin(api, WITH_APPROVAL);
  const { fleetSize, upgradeSeconds } = config.simulation;
  console.log(`
${placeOfPage(service, config)}
  This rollout      ${service.apiURL}/ui/orchestrations/${orchestrationID}

${fleetSize} runtimes are upgraded, ${upgradeSeconds} s each, in two waves: a canary of ${CANARIES}, then the rest, ${WORKERS} at once.
After the canary the rollout asks for an approval: answer on its page, or under Approvals.

Ctrl-C ends everything, and leaves nothing.
`);
  return await untilOneFails([service.failed]);
}
