/**
 * A Kubernetes control plane on loopback, for tests: everything of a cluster but machines. Pods are scheduled and get ready,
 * claims get volumes, quotas and roles hold, finalizers and garbage collection work; no process runs in a pod, and nothing
 * enforces network policies.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import getPort from 'get-port';
import { z } from 'zod';
import {
  spawnServer,
  stopProcess,
  tailOf,
  type ProcessIdentity,
  type ServerProcess,
} from '../../src/dev/processes.ts';
import { KubernetesHTTP } from '../support/kubernetes-http.ts';
import type { ProgramName, Programs } from './programs.ts';
import { stageDocuments } from './stages.ts';
import { STORAGE_CLASS, supplyVolumes } from './volumes.ts';

export interface ControlPlaneOptions {
  programs: Programs;
  /** For certificates, data and logs; must exist. */
  folder: string;
  /** Is told of each process as soon as it exists. */
  onSpawn?: (process: ProcessIdentity) => void;
}

export interface ControlPlane {
  /** An administrator's. */
  kubeconfigPath: string;
  /** Base URL of etcd's own API. */
  etcdURL: string;
  /** Rejects when a part ends by itself, and says which. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 120_000;
const STOP = { signal: 'SIGTERM', limitMs: 10_000 } as const;
const NODES = ['node-1', 'node-2', 'node-3'];
/** Of each node: what asks for more is never scheduled. */
const CAPACITY = { cpu: '64', memory: '256Gi', pods: '1000' };

/** Starts all parts and waits until nodes are ready. Whatever has been started is ended when that fails. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const parts = new Parts(options);
  try {
    const etcdURL = await startEtcd(parts);
    const kubeconfigPath = await startServer(parts, etcdURL);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(kubeconfigPath);
    const http = new KubernetesHTTP(kubeConfig);
    await parts.until('that the API server is ready', () => isReady(http));
    await startControllers(parts, kubeconfigPath);
    await addNodes(http);
    await startKwok(parts, kubeconfigPath);
    parts.beside(supplyVolumes(http));
    await parts.until('that the nodes are ready', () => haveReadyNodes(http));
    return { kubeconfigPath, etcdURL, failed: parts.failed, stop: () => parts.stop() };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

/** The processes, which end together. */
class Parts {
  readonly failed: Promise<never>;
  private fail: (error: Error) => void = () => undefined;
  private readonly started: { name: ProgramName; server: ServerProcess }[] = [];
  private readonly others: (() => Promise<void>)[] = [];
  private stopping = false;

  constructor(readonly options: ControlPlaneOptions) {
    const failed = new Promise<never>((_, reject) => (this.fail = reject));
    // A caller that waits for something else meanwhile must not be hit by it.
    failed.catch(() => undefined);
    this.failed = failed;
  }

  async start(name: ProgramName, args: string[]): Promise<void> {
    const { folder, programs, onSpawn } = this.options;
    const server = await spawnServer({
      command: programs[name],
      args,
      logFile: this.log(name),
      env: { PATH: '/usr/bin:/bin', HOME: folder, TZ: 'UTC' },
      cwd: folder,
    });
    this.started.push({ name, server });
    onSpawn?.(server);
    void server.exited.then(() => {
      if (this.stopping) return;
      this.fail(new Error(`${name} has ended by itself. Its log ends with:\n${tailOf(this.log(name))}`));
    });
  }

  beside(stop: () => Promise<void>): void {
    this.others.push(stop);
  }

  /** Waits for a condition; what it throws means that it is not there yet. */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    let last: unknown;
    for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline;) {
      try {
        if (await Promise.race([condition(), this.failed])) return;
      } catch (error) {
        // Anything may follow from the end of a part: that is what has to be said.
        if (this.started.some(({ server }) => server.hasExited())) await this.failed;
        last = error;
      }
      await delay(100);
    }
    throw new Error(`The control plane did not start: waited ${START_LIMIT_MS} ms in vain ${what}`, {
      cause: last,
    });
  }

  /** The last one first: each still finds what it depends on. */
  async stop(): Promise<void> {
    this.stopping = true;
    const failures: unknown[] = [];
    const attempt = (work: Promise<void>): Promise<unknown> =>
      work.catch((error: unknown) => failures.push(error));
    // A request to a server that hangs ends with the server.
    const others = this.others.map((stop) => attempt(stop()));
    for (const { server } of this.started.reverse()) await attempt(stopProcess(server, STOP));
    await Promise.all(others);
    if (failures.length > 0)
      throw new AggregateError(failures, 'Not every part of the control plane could be ended');
  }

  private log(name: ProgramName): string {
    return join(this.options.folder, `${name}.log`);
  }
}

async function port(): Promise<string> {
  return String(await getPort({ host: '127.0.0.1', reserve: true }));
}

async function startEtcd(parts: Parts): Promise<string> {
  const clients = `http://127.0.0.1:${await port()}`;
  const peers = `http://127.0.0.1:${await port()}`;
  await parts.start('etcd', [
    `--data-dir=${join(parts.options.folder, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--log-level=warn',
    // Nothing here outlives the run.
    '--unsafe-no-fsync',
  ]);
  return clients;
}

/** Answers the path of an administrator's kubeconfig. */
async function startServer(parts: Parts, etcdURL: string): Promise<string> {
  const { folder } = parts.options;
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const token = randomBytes(16).toString('hex');
  const secret = { mode: 0o600 };
  writeFileSync(join(folder, 'accounts.key'), keys.privateKey, secret);
  writeFileSync(join(folder, 'accounts.pub'), keys.publicKey, secret);
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`, secret);
  const at = await port();
  await parts.start('kube-apiserver', [
    `--etcd-servers=${etcdURL}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${at}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'accounts.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'accounts.key')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
  ]);
  const authority = join(folder, 'certificates', 'apiserver.crt');
  await parts.until(
    'that the API server has its certificate',
    async () => readFileSync(authority).length > 0,
  );
  const file = join(folder, 'kubeconfig.yaml');
  writeFileSync(file, kubeconfigOf({ server: `https://127.0.0.1:${at}`, authority, token }), secret);
  return file;
}

/** A kubeconfig file for a token; JSON is YAML. */
export function kubeconfigOf(access: { server: string; authority: string; token: string }): string {
  const cluster = { server: access.server, 'certificate-authority': access.authority };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'control-plane',
    clusters: [{ name: 'control-plane', cluster }],
    users: [{ name: 'user', user: { token: access.token } }],
    contexts: [{ name: 'control-plane', context: { cluster: 'control-plane', user: 'user' } }],
  });
}

async function startControllers(parts: Parts, kubeconfig: string): Promise<void> {
  const { folder } = parts.options;
  const common = async (certificates: string): Promise<string[]> => [
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${await port()}`,
    `--cert-dir=${join(folder, certificates)}`,
    '--leader-elect=false',
    // Their own default is 20 to 50 requests a second, which a test file waits for.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
  await parts.start('kube-controller-manager', [
    ...(await common('certificates-controllers')),
    `--service-account-private-key-file=${join(folder, 'accounts.key')}`,
    `--root-ca-file=${join(folder, 'certificates', 'apiserver.crt')}`,
    '--use-service-account-credentials=true',
  ]);
  await parts.start('kube-scheduler', await common('certificates-scheduler'));
}

async function startKwok(parts: Parts, kubeconfig: string): Promise<void> {
  const stages = join(parts.options.folder, 'stages.yaml');
  writeFileSync(stages, stageDocuments());
  await parts.start('kwok', [
    `--kubeconfig=${kubeconfig}`,
    `--config=${stages}`,
    '--manage-all-nodes=true',
    '--node-lease-duration-seconds=40',
    '--node-ip=127.0.0.1',
    '--cidr=10.244.0.0/16',
    `--server-address=127.0.0.1:${await port()}`,
  ]);
}

async function isReady(http: KubernetesHTTP): Promise<boolean> {
  // Made by the server itself once everything that it starts with is done.
  const { status } = await http.request('GET', '/api/v1/namespaces/default');
  return status === 200;
}

async function addNodes(http: KubernetesHTTP): Promise<void> {
  for (const name of NODES) {
    const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' };
    const status = { allocatable: CAPACITY, capacity: CAPACITY };
    await http.create('/api/v1/nodes', { metadata: { name, labels }, status });
  }
  await http.create('/apis/storage.k8s.io/v1/storageclasses', STORAGE_CLASS);
}

const nodesSchema = z.object({
  items: z.array(
    z.object({
      spec: z.object({ taints: z.array(z.unknown()).default([]) }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

async function haveReadyNodes(http: KubernetesHTTP): Promise<boolean> {
  const { items } = nodesSchema.parse(await http.ask('GET', '/api/v1/nodes'));
  return items.every(
    ({ spec, status }) =>
      spec.taints.length === 0 &&
      status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
}
