/**
 * The simulated landscape: one HTTP server on loopback that answers as a Gardener project, the namespace with the
 * overrides, the Runtime Provisioner and a cluster with the objects of stacks do. The real clients speak to it; there
 * is no other way in.
 *
 * | path | what answers |
 * |---|---|
 * | /apis/core.gardener.cloud/v1beta1/namespaces/{namespace}/shoots | Kubernetes API, system `inventory` |
 * | /apis/core.gardener.cloud/v1beta1/cloudprofiles | likewise |
 * | /api/v1/namespaces/{overridesNamespace}/configmaps, secrets | Kubernetes API, system `overrides` |
 * | /apis/apps/v1/namespaces/{stacksNamespace}/statefulsets | Kubernetes API, system `objects` |
 * | /apis/networking.k8s.io/v1/namespaces/{stacksNamespace}/networkpolicies | likewise |
 * | /api/v1/namespaces/{stacksNamespace}/persistentvolumeclaims, services | likewise |
 * | /graphql | Runtime Provisioner, system `provisioner` |
 * | /_landscape/... | the admin API below |
 *
 * The admin API speaks JSON; a body may always be left out. Unknown fields are refused.
 *
 * Looking:
 * - GET  /_landscape: the settings, the number of upgrades, the number of requests
 * - GET  /_landscape/runtimes?offset=0&limit=100: Shoots in list order with their window and, if so, why they are left out
 * - GET  /_landscape/upgrades?runtimeID=: every upgrade that was accepted, in that order: {operationID, runtimeID,
 *   operation, config (secrets masked), tenant, acceptedAt, finishedAt, forgottenAt, result, reason}; of Gardener itself, too:
 *   operation Reconcile, config {kubernetesVersion, mark}
 * - GET  /_landscape/patches: every patch of a Shoot that the Kubernetes API has accepted, in that order: {shootName, patch, at}
 * - GET  /_landscape/concurrency: {maximum, at, running}: how many upgrades ran at once, computed from that record
 * - GET  /_landscape/requests: {inventory, overrides, objects, provisionerQueries, provisionerMutations}, failed ones
 *   counted too
 *
 * Faults of a whole system (inventory, overrides, provisioner, objects); they end with the process:
 * - PUT  /_landscape/faults/{system} {mode?, status?, latencyMs?, times?, only?}: mode `unavailable` (status, default
 *   503), `timeout` (no answer), `garbage` (HTML), `cut` (connection broken), `lost` (carried out, then connection
 *   broken) or `none` (latency alone); `silent` (carried out, then no answer); `times` limits it to so many requests; `only`
 *   ("query" or "mutation") narrows those of inventory, overrides and Provisioner
 * - GET  /_landscape/faults, DELETE /_landscape/faults, DELETE /_landscape/faults/{system}
 * - POST /_landscape/expire-continue-tokens: lists that are under way get 410 Gone
 *
 * How upgrades go:
 * - PUT  /_landscape/upgrades {upgradeSeconds?, failureRate?, hold?}: for upgrades accepted from now on, until the
 *   process ends; `hold` lets them run until they are ended
 * - PUT  /_landscape/runtimes/{runtimeID}/behaviour {refuse?, fail?, seconds?, hold?, errorSeconds?, unhealthySeconds?, rivals?}: for one
 *   runtime and for good; `refuse` and `fail` are messages, null takes a field back; the last three are of Gardener: errors at first, late
 *   conditions, and how many patches are overtaken
 * - PUT  /_landscape/runtimes/{runtimeID}/window {begin, end}: HHMMSS±ZZZZ (anything else is unreadable)
 * - PUT  /_landscape/runtimes/{runtimeID}/shoot {kubernetesVersion?, hibernated?, beingDeleted?, unhealthy?, condition?, status?}: what
 *   happens to a Shoot by others; `unhealthy` is the message of a condition (default EveryNodeReady) that is not true (default False), null
 *   makes all true again
 * - POST /_landscape/runtimes/{runtimeID}/busy {operation?, seconds?}: 201 {operationID}; somebody else's operation
 *   (default Hibernate; Reconcile is Gardener's) holds the runtime, without seconds until it is ended
 * - POST /_landscape/operations/{operationID}/end {result?, message?}: Succeeded (default) or Failed, at once
 * - POST /_landscape/operations/end {result?, message?}: all that are in progress; {ended}
 * - POST /_landscape/operations/{operationID}/forget: the Provisioner no longer knows it
 *
 * Objects of stacks; `name` is that of the StatefulSet, or the instance's own from its annotation `drydock.dev/name`:
 * - GET  /_landscape/objects: all of them as the API shows them, in the order of their creation
 * - POST /_landscape/objects/kill {name, seconds?}: its pod is not ready for so long, or until it is revived or changed
 * - POST /_landscape/objects/revive {name}: its pod is ready again
 *
 * - POST /_landscape/reset: empties the record and the journal, lifts faults, behaviours and patches; the fleet stays
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createAdaptorServer, type HttpBindings, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { stringify } from 'yaml';
import { adminApi, initialUpgrades, NO_REQUESTS } from './admin.ts';
import { FaultBoard } from './faults.ts';
import { createFleet } from './fleet.ts';
import { objectsApi } from './objects.ts';
import { openJournal } from './journal.ts';
import { kubernetesApi } from './simulated-kubernetes.ts';
import { Memory } from './simulated-operations.ts';
import { KYMA_VERSIONS } from './simulated-overrides.ts';
import { provisionerApi } from './simulated-provisioner.ts';
import type { LandscapeState, Settings } from './state.ts';
import type { LandscapeOptions } from './landscape-types.ts';

export type { LandscapeOptions } from './landscape-types.ts';

/** A landscape that answers. */
export interface Landscape {
  /** Base URL of the Kubernetes API. */
  kubernetesURL: string;
  /** A kubeconfig file for that API, whose namespace is the Gardener project's. */
  kubeconfigPath: string;
  /** URL of the Provisioner's GraphQL endpoint. */
  provisionerURL: string;
  /** Base URL of the admin API, without a slash at its end. */
  adminURL: string;
  /** Namespace with the Shoots. */
  namespace: string;
  /** Namespace with the overrides. */
  overridesNamespace: string;
  /** Ends it at once, open connections too; upgrades in progress go on by the clock. */
  close(): Promise<void>;
}

const MAX_FLEET = 1_000_000;

/**
 * Starts a landscape; with the data folder of an earlier one it goes on where that one ended, however it ended.
 * @throws Error when the port is taken, the journal is damaged or the fleet size is out of range.
 */
export async function startLandscape(options: LandscapeOptions): Promise<Landscape> {
  const settings = settingsOf(options);
  mkdirSync(options.dataDir, { recursive: true });
  const journal = openJournal(path.join(options.dataDir, 'landscape.jsonl'));
  const state: LandscapeState = {
    settings,
    fleet: createFleet(settings.seed, settings.fleetSize, settings.leftOut),
    memory: new Memory(journal, settings.now),
    faults: new FaultBoard(),
    upgrades: initialUpgrades({ settings }),
    tokenEpoch: 0,
    requests: { ...NO_REQUESTS },
  };
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route('/_landscape', adminApi(state));
  app.route('/', provisionerApi(state));
  // Before the others: their faults hit every path below /api and /apis.
  app.route('/', objectsApi(state));
  app.route('/', kubernetesApi(state));

  const server = createAdaptorServer({ fetch: app.fetch });
  let port: number;
  try {
    port = await listen(server, options.port ?? 0);
  } catch (error) {
    journal.close();
    throw error;
  }
  const kubernetesURL = `http://127.0.0.1:${port}`;
  const kubeconfigPath = path.join(options.dataDir, 'kubeconfig.yaml');
  writeFileSync(kubeconfigPath, kubeconfig(kubernetesURL, settings.namespace), { mode: 0o600 });
  return {
    kubernetesURL,
    kubeconfigPath,
    provisionerURL: `${kubernetesURL}/graphql`,
    adminURL: `${kubernetesURL}/_landscape`,
    namespace: settings.namespace,
    overridesNamespace: settings.overridesNamespace,
    async close() {
      await stop(server);
      journal.close();
    },
  };
}

function settingsOf(options: LandscapeOptions): Settings {
  const { fleetSize } = options;
  if (!Number.isInteger(fleetSize) || fleetSize < 0 || fleetSize > MAX_FLEET) {
    throw new Error(`The fleet size must be a whole number from 0 to ${MAX_FLEET}; it is ${fleetSize}`);
  }
  return {
    fleetSize,
    leftOut: options.leftOut ?? Math.max(5, Math.ceil(fleetSize / 100)),
    seed: options.seed ?? 1,
    upgradeSeconds: options.upgradeSeconds,
    failureRate: options.failureRate ?? 0,
    latencyMs: options.latencyMs ?? 0,
    namespace: options.namespace ?? 'garden-drydock',
    overridesNamespace: options.overridesNamespace ?? 'kcp-system',
    stacksNamespace: options.stacksNamespace ?? 'drydock-stacks',
    podSeconds: options.podSeconds ?? 1,
    kymaVersions: options.kymaVersions ?? KYMA_VERSIONS,
    continueTokenSeconds: options.continueTokenSeconds ?? 300,
    requireTenant: options.requireTenant ?? false,
    now: options.now ?? Date.now,
  };
}

function listen(server: ServerType, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const advice = taken
        ? 'another process uses it; choose another port or end that process'
        : cause.message;
      reject(new Error(`The simulated landscape can't listen on port ${port}: ${advice}`, { cause }));
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

function kubeconfig(server: string, namespace: string): string {
  const name = 'simulated-landscape';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    // The Kubernetes client speaks plain HTTP only where verification is off.
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
  });
}
