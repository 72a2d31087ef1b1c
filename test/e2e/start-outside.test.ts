import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { mintToken, startIssuer } from '../../src/dev/issuer/index.ts';
import { startLandscape } from '../../src/dev/landscape/index.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { operationWorkflowID, QUEUE_WORKFLOW_ID } from '../../src/workflows/contract/upgrades.ts';
import {
  atEndOfFile,
  freePort,
  leaseNamespace,
  temporalOf,
  temporaryFolder,
  until,
} from '../support/environment.ts';
import { startCollector, type Collector } from '../support/collector.ts';
import { documentedMetrics, alertRules, dashboardQueries, namesIn } from '../support/metric-names.ts';
import { labelsIn, readMetrics, typesIn } from '../support/metrics-text.ts';
import { runProgram, type Program } from '../support/program.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

const composeSchema = z.object({
  services: z.record(z.string(), z.object({ command: z.unknown().optional() })),
});
const commandSchema = z.tuple([z.literal('node')], z.string());

/** The files of the image, by the Dockerfile's own list; the packages are those that are installed here. */
function layOutImage(folder: string): void {
  mkdirSync(folder);
  for (const line of readFileSync('Dockerfile', 'utf8').split('\n')) {
    if (!line.startsWith('COPY ')) continue;
    for (const source of line.split(/\s+/).slice(1, -1)) {
      cpSync(source, join(folder, source), { recursive: true });
    }
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
}

/** The very command of a service of docker-compose.yml, in the image's folder. */
function runService(service: string, image: string, env: Record<string, string>): Program {
  const { services } = composeSchema.parse(
    parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }),
  );
  const [, ...args] = commandSchema.parse(services[service]?.command);
  return runProgram(process.execPath, args, { cwd: image, env });
}

/** Metrics of the SDK that are not there before something has failed: its native library has their names. */
const OF_FAILURES = ['temporal_workflow_task_execution_failed'];

/** Every metric that is exported is documented, and each one that is documented, or named by alert rules and the dashboard, is exported. */
function compareMetrics(ofAPI: string, ofWorker: string): void {
  const own = (text: string): string[] =>
    [...typesIn(text).keys()].filter((name) => name.startsWith('drydock_'));
  const documented = documentedMetrics();
  expect(documented.map(({ name }) => name).sort()).toEqual(own(ofAPI).sort());
  for (const { name, type, labels } of documented) {
    expect(typesIn(ofAPI).get(name), name).toBe(type);
    for (const text of [ofAPI, ofWorker]) expect(labelsIn(text, name) ?? labels, name).toEqual(labels);
  }
  const ofEach = documented.filter(({ from }) => from === 'each').map(({ name }) => name);
  expect(own(ofWorker).filter((name) => !ofEach.includes(name))).toEqual([]);

  const queries = [...alertRules().map(({ expr }) => expr), ...dashboardQueries()];
  const exported = new Set([...typesIn(ofAPI).keys(), ...typesIn(ofWorker).keys(), ...OF_FAILURES]);
  expect(queries.flatMap(namesIn).filter((name) => !exported.has(name))).toEqual([]);
  const library = readFileSync(findLibrary(), 'latin1');
  for (const name of OF_FAILURES) expect(library.includes(name.replace('temporal_', '')), name).toBe(true);
}

/** One trace leads from the request to the Provisioner, each span below another one of it. */
function followTrace({ spans }: Collector): void {
  const request = spans.find(({ name }) => name === 'POST /upgrade/kyma');
  expect(request).toBeDefined();
  const ofTrace = spans.filter(({ traceID }) => traceID === request?.traceID);
  const path: string[] = [];
  for (let at = ofTrace.find(({ name }) => name === 'Provisioner upgradeRuntime'); at;) {
    path.unshift(`${at.service} ${at.name}`);
    const { parentID } = at;
    at = ofTrace.find(({ spanID }) => spanID === parentID);
  }
  expect(path).toEqual([
    'drydock-api POST /upgrade/kyma',
    'drydock-api StartWorkflow:orchestrationWorkflow',
    'drydock-worker RunWorkflow:orchestrationWorkflow',
    'drydock-worker StartChildWorkflow:operationWorkflow',
    'drydock-worker RunWorkflow:operationWorkflow',
    'drydock-worker StartActivity:upgradeRuntime',
    'drydock-worker RunActivity:upgradeRuntime',
    'drydock-worker Provisioner upgradeRuntime',
  ]);
}

function findLibrary(): string {
  const releases = 'node_modules/@temporalio/core-bridge/releases';
  const [first = ''] = readdirSync(releases);
  return join(releases, first, 'index.node');
}

/** Workflows that ran with traces go on without them. */
async function replayWithoutTraces(namespace: string, workflowIDs: readonly string[]): Promise<void> {
  const connection = await Connection.connect({ address: temporalOf(namespace) });
  try {
    const client = new Client({ connection, namespace });
    for (const id of workflowIDs) {
      const history = await client.workflow.getHandle(id).fetchHistory();
      await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, id);
    }
  } finally {
    await connection.close();
  }
}

describe('the services against outside systems', () => {
  it('A1, A3, A4, A12: migrate, api and worker, run as the containers run them, carry an upgrade to its end', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o711);
    const database = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false });
    atEndOfFile(() => database.stop());
    const issuerDir = join(folder, 'issuer');
    const issuer = await startIssuer({ dataDir: issuerDir, port: 0, audience: 'fleet' });
    atEndOfFile(() => issuer.close());
    const landscape = await startLandscape({
      dataDir: join(folder, 'landscape'),
      fleetSize: 10,
      upgradeSeconds: 0.2,
    });
    atEndOfFile(() => landscape.close());
    const collector = await startCollector();
    const port = await freePort();
    const namespace = leaseNamespace('schedules');
    const env = {
      PORT: String(port),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporalOf(namespace),
      TEMPORAL_NAMESPACE: namespace,
      OIDC_ISSUER: issuer.issuerURL,
      OIDC_AUDIENCE: 'fleet',
      ADMIN_GROUP: 'captains',
      KUBECONFIG: landscape.kubeconfigPath,
      GARDENER_NAMESPACE: landscape.namespace,
      PROVISIONER_URL: landscape.provisionerURL,
      PROVISIONER_POLL_SECONDS: '0.2',
      METRICS_ADDRESS: `127.0.0.1:${await freePort()}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    };

    const image = join(folder, 'image');
    layOutImage(image);
    const early = runService('api', image, env);
    expect(await early.exitCode).toBe(1);
    expect(early.output()).toMatch(/has no tables yet: run `npm run migrate` first/);
    // Two at once, as replicas do it.
    const migrations = [runService('migrate', image, env), runService('migrate', image, env)];
    expect(await Promise.all(migrations.map(({ exitCode }) => exitCode))).toEqual([0, 0]);

    const api = runService('api', image, env);
    const worker = runService('worker', image, env);
    await api.says(/API is listening/);
    const token = await mintToken({
      dataDir: issuerDir,
      issuerURL: issuer.issuerURL,
      audience: 'fleet',
      subject: 'somebody',
      groups: ['captains'],
      expiresInSeconds: 600,
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const created = await fetch(`http://127.0.0.1:${port}/upgrade/kyma`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        targets: { include: [{ target: 'all' }] },
        strategy: { parallel: { workers: 3 } },
      }),
    });
    expect(created.status).toBe(202);
    const { orchestrationID } = z.object({ orchestrationID: z.uuid() }).parse(await created.json());
    await worker.says(/workers are running/);
    await until(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/orchestrations/${orchestrationID}`, { headers });
        return z.object({ state: z.string() }).parse(await answer.json()).state === 'succeeded';
      },
      { what: 'the end of the orchestration' },
    );
    const record = z
      .array(z.object({ runtimeID: z.string() }))
      .parse(await (await fetch(`${landscape.adminURL}/upgrades`)).json());
    expect(record).toHaveLength(10);

    const scrape = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();
    const ofAPI = await scrape(`http://127.0.0.1:${port}`);
    const ofWorker = await scrape(`http://${env.METRICS_ADDRESS}`);
    expect(readMetrics(ofAPI).get('drydock_database_up')).toBe(1);
    const ends = 'drydock_operations_finished_total{code="",outcome="succeeded",type="upgradeKyma"}';
    expect(readMetrics(ofWorker).get(ends)).toBe(10);
    compareMetrics(ofAPI, ofWorker);

    for (const service of [api, worker]) service.signal('SIGTERM');
    expect(await Promise.all([api.exitCode, worker.exitCode])).toEqual([0, 0]);
    followTrace(collector);
    // Traces may be switched off over a restart.
    await replayWithoutTraces(namespace, [
      ...[orchestrationID, QUEUE_WORKFLOW_ID, operationWorkflowID(record[0]?.runtimeID ?? '')],
    ]);
    for (const { output } of [api, worker]) expect(output()).not.toContain(new URL(database.url).password);
    // In production the log is one JSON object a line, on standard output.
    for (const line of [...api.stdout().trim().split('\n'), ...worker.stdout().trim().split('\n')]) {
      expect(JSON.parse(line)).toHaveProperty('msg');
    }
  });
});
