/**
 * `kcp runtimes` as its source sends and reads it: command `tools/cli/pkg/command/runtime.go` of kyma-project/control-plane, with the client in
 * `common/runtime` of kyma-project/kyma-environment-broker.
 */
import { z } from 'zod';
import { BROKER_FIELDS } from '../support/broker-fields.ts';
import type { ApiRig } from './api-rig.ts';

/** Flags of the command; lists may come several times. */
export interface KcpFlags {
  account?: string[];
  subaccount?: string[];
  'instance-id'?: string[];
  'runtime-id'?: string[];
  region?: string[];
  plan?: string[];
  shoot?: string[];
  state?: string[];
  ops?: boolean;
  'kyma-config'?: boolean;
  'cluster-config'?: boolean;
}

/** Go's time.Time. */
const time = z.iso.datetime();

const operation = z.object({
  state: z.string(),
  type: z.string().optional(),
  description: z.string(),
  createdAt: time,
  updatedAt: time,
  operationID: z.string(),
  orchestrationID: z.string().optional(),
  finishedStages: z.array(z.string()).nullable(),
  executedButNotCompletedSteps: z.array(z.string()).optional(),
  runtimeVersion: z.string(),
});
const operationsData = z.object({ data: z.array(operation), totalCount: z.int(), count: z.int() });

const configEntries = z.array(
  z.object({ key: z.string(), value: z.string(), secret: z.boolean().nullable() }),
);

/** RuntimeDTO: every field that the broker always writes has to be there, with its type. */
const runtimeDTO = z.object({
  ...BROKER_FIELDS,
  status: z.object({
    createdAt: time,
    modifiedAt: time,
    expiredAt: time.optional(),
    deletedAt: time.optional(),
    state: z.string(),
    provisioning: operation.optional(),
    deprovisioning: operation.optional(),
    upgradingKyma: operationsData.optional(),
    upgradingCluster: operationsData.optional(),
    update: operationsData.optional(),
    suspension: operationsData.optional(),
    unsuspension: operationsData.optional(),
  }),
  kymaConfig: z
    .object({
      version: z.string(),
      profile: z.string().nullish(),
      components: z.array(
        z.object({ component: z.string(), namespace: z.string(), configuration: configEntries }),
      ),
      configuration: configEntries,
    })
    .optional(),
  clusterConfig: z
    .object({
      name: z.string(),
      kubernetesVersion: z.string(),
      provider: z.string(),
      region: z.string(),
      machineType: z.string(),
      machineImage: z.string().nullable(),
      machineImageVersion: z.string().nullable(),
    })
    .optional(),
});
export type RuntimeDTO = z.infer<typeof runtimeDTO>;

const runtimesPage = z.object({ data: z.array(runtimeDTO), count: z.int(), totalCount: z.int() });

const PARAMETERS = {
  account: 'account',
  subaccount: 'subaccount',
  'instance-id': 'instance_id',
  'runtime-id': 'runtime_id',
  region: 'region',
  shoot: 'shoot',
  plan: 'plan',
} as const;

/** url.Values.Encode: by key, each value by QueryEscape. */
function encode(values: [key: string, value: string][]): string {
  const sorted = values.toSorted(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1));
  return sorted.map(([key, value]) => `${escape(key)}=${escape(value)}`).join('&');
}

function escape(text: string): string {
  const encoded = encodeURIComponent(text).replaceAll('%20', '+');
  return encoded.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function queryOf(flags: KcpFlags, page: number): string {
  const values: [string, string][] = [
    ['page', String(page)],
    ['page_size', '100'],
    ['op_detail', flags.ops ? 'all' : 'last'],
    ...(flags['kyma-config'] ? [['kyma_config', 'true'] as [string, string]] : []),
    ...(flags['cluster-config'] ? [['cluster_config', 'true'] as [string, string]] : []),
  ];
  for (const [flag, parameter] of Object.entries(PARAMETERS)) {
    for (const value of flags[flag as keyof typeof PARAMETERS] ?? []) values.push([parameter, value]);
  }
  for (const state of flags.state ?? []) values.push(['state', state.toLowerCase()]);
  return encode(values);
}

/** Reads on until it has as many as the total of the last page says, as the client does. Answers its requests, too. */
export async function kcpRuntimes(
  rig: ApiRig,
  flags: KcpFlags = {},
): Promise<{ requests: string[]; runtimes: RuntimeDTO[]; totalCount: number }> {
  const requests: string[] = [];
  const runtimes: RuntimeDTO[] = [];
  for (let page = 1, count = 0; ; page += 1) {
    const path = `/runtimes?${queryOf(flags, page)}`;
    requests.push(path);
    const answer = await rig.call('GET', path, { token: 'operator' });
    if (answer.status !== 200) throw new Error(`calling ${path} returned ${answer.status} status`);
    const read = runtimesPage.parse(answer.body);
    runtimes.push(...read.data);
    count += read.count;
    if (count >= read.totalCount) return { requests, runtimes, totalCount: read.totalCount };
    if (page > 50) throw new Error('kcp would never end');
  }
}

/** The table that the command prints: account, subaccount, Shoot, region, plan, time and state. */
export function kcpRow({ status, ...runtime }: RuntimeDTO): string {
  const created = status.createdAt.slice(0, 19).replace('T', ' ').replaceAll('-', '/');
  const isBad = status.state === 'error' || status.state === 'failed';
  const state = isBad ? `${status.state} (${lastOperationType(status)})` : status.state;
  const { globalAccountID, subAccountID, shootName, region, servicePlanName } = runtime;
  return [globalAccountID, subAccountID, shootName, region, servicePlanName, created, state].join(' ');
}

/** RuntimeDTO.LastOperation, as far as the answers go. */
function lastOperationType(status: RuntimeDTO['status']): string {
  let last = { type: '', createdAt: '0001-01-01T00:00:00Z' };
  const take = (type: string, createdAt: string | undefined): void => {
    if (createdAt !== undefined && Date.parse(createdAt) > Date.parse(last.createdAt))
      last = { type, createdAt };
  };
  take('provision', status.provisioning?.createdAt);
  const [cluster] = status.upgradingCluster?.data ?? [];
  if (cluster) last = { type: 'cluster upgrade', createdAt: cluster.createdAt };
  take('kyma upgrade', status.upgradingKyma?.data[0]?.createdAt);
  take('deprovision', status.deprovisioning?.createdAt);
  return last.type;
}
