import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLandscape, type Landscape, type LandscapeOptions } from '../../src/dev/landscape/index.ts';
import { atEndOfTest } from '../support/endings.ts';

/** A folder that is removed after the test. */
export function folder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'landscape-'));
  atEndOfTest(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A landscape that is closed after the test. */
export async function landscape(options: Partial<LandscapeOptions> = {}): Promise<Landscape> {
  const dataDir = options.dataDir ?? folder();
  const started = await startLandscape({ fleetSize: 10, upgradeSeconds: 60, ...options, dataDir });
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await started.close();
    closed = true;
  };
  atEndOfTest(close);
  return { ...started, close };
}

export interface Answer<T> {
  status: number;
  body: T;
}

export async function call<T>(url: string, init: RequestInit = {}): Promise<Answer<T>> {
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as T };
}

/** A call of the admin API; the path starts with a slash. */
export async function admin<T = unknown>(
  to: Landscape,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  at: string,
  body?: object,
): Promise<T> {
  const answer = await call<T>(`${to.adminURL}${at}`, { method, body: body && JSON.stringify(body) });
  if (answer.status >= 400) throw new Error(`${method} ${at}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export interface RuntimeRow {
  runtimeID: string;
  shootName: string;
  window: { begin: string; end: string };
  leftOut: string | null;
}

/** The runtimes that may be upgraded, in list order. */
export async function runtimes(of: Landscape): Promise<RuntimeRow[]> {
  const rows = await admin<RuntimeRow[]>(of, 'GET', '/runtimes?limit=1000');
  return rows.filter(({ leftOut }) => leftOut === null);
}

export async function firstRuntime(of: Landscape): Promise<RuntimeRow> {
  const [first] = await runtimes(of);
  if (!first) throw new Error('The landscape has no runtime');
  return first;
}

export interface OperationStatus {
  id: string;
  operation: string;
  state: string;
  message: string;
  runtimeID: string;
  lastError: { errMessage: string } | null;
}
interface GraphQLAnswer {
  data?: { result: OperationStatus | null } | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

const OPERATION = 'id operation state message runtimeID lastError { errMessage reason component }';

export async function graphql(
  to: Landscape,
  query: string,
  variables: Record<string, unknown>,
): Promise<GraphQLAnswer> {
  const body = JSON.stringify({ query, variables });
  const headers = { 'content-type': 'application/json' };
  return (await call<GraphQLAnswer>(to.provisionerURL, { method: 'POST', headers, body })).body;
}

export function upgrade(to: Landscape, runtimeID: string, secret = 'hush'): Promise<GraphQLAnswer> {
  const config = {
    kymaConfig: {
      version: '2.20.5',
      components: [{ component: 'istio', namespace: 'istio-system' }],
      configuration: [{ key: 'password', value: secret, secret: true }],
    },
  };
  return graphql(
    to,
    `mutation ($id: String!, $config: UpgradeRuntimeInput!) { result: upgradeRuntime(id: $id, config: $config) { ${OPERATION} } }`,
    { id: runtimeID, config },
  );
}

/** Upgrades and returns the operation's ID. */
export async function accepted(to: Landscape, runtimeID: string): Promise<string> {
  const answer = await upgrade(to, runtimeID);
  if (!answer.data?.result) throw new Error(JSON.stringify(answer.errors));
  return answer.data.result.id;
}

export function status(of: Landscape, operationID: string): Promise<GraphQLAnswer> {
  return graphql(of, `query ($id: String!) { result: runtimeOperationStatus(id: $id) { ${OPERATION} } }`, {
    id: operationID,
  });
}
