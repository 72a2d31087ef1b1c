/** A runtime as the clients of Kyma's Environment Broker know it: what Drydock can't know has the zero value that they decode anyway. */
import { z } from '@hono/zod-openapi';
import type {
  ListedRuntime,
  RuntimeRow,
  RuntimeUpgrade,
} from '../../../../db/repositories/upgrades/fleet-repository.ts';
import { maskSecrets } from '../../../../domain/upgrades/operation-config.ts';
import { brokersProvider } from '../../../../domain/upgrades/runtime-provider.ts';
import { RUNTIME_STATES, runtimeStateOf } from '../../../../domain/upgrades/runtime-state.ts';
import { timestamp } from '../../../answers.ts';
import { kymaConfigSchema } from '../operations/operation.ts';

const unknown = z.literal('').openapi({ description: 'Always empty: no Shoot says it' });

const operationSchema = z
  .object({
    operationID: z.string().openapi({ description: 'Empty for what others than Drydock have done' }),
    orchestrationID: z.string().optional(),
    state: z.string(),
    description: z.string(),
    createdAt: timestamp,
    updatedAt: timestamp,
    finishedStages: z.array(z.string()).openapi({ description: 'Always empty' }),
    runtimeVersion: z
      .string()
      .openapi({ description: 'Version of Kyma that it is to; empty for what is no upgrade of Kyma' }),
  })
  .openapi('RuntimeOperation');
type OperationOfRuntime = z.infer<typeof operationSchema>;

const operationsSchema = z
  .object({
    data: z.array(operationSchema).openapi({ description: 'Newest first, two at most, no dry runs' }),
    count: z.int(),
    totalCount: z.int(),
  })
  .openapi('RuntimeOperations');

const clusterConfigSchema = z
  .object({
    name: z.string(),
    kubernetesVersion: z.string(),
    provider: z.string(),
    region: z.string(),
    machineType: z.string(),
    machineImage: z.string(),
    machineImageVersion: z.string(),
  })
  .openapi('RuntimeClusterConfig');

export const runtimeSchema = z
  .object({
    instanceID: z.string(),
    runtimeID: z.string(),
    globalAccountID: z.string(),
    subscriptionGlobalAccountID: unknown,
    subAccountID: z.string(),
    region: z.string(),
    subAccountRegion: unknown,
    shootName: z.string(),
    serviceClassID: unknown,
    serviceClassName: unknown,
    servicePlanID: z.string(),
    servicePlanName: z.string(),
    provider: z.string().openapi({ description: 'In the words of the broker: `Azure`, `AWS`, `GCP`, …' }),
    userID: unknown,
    avsInternalEvaluationID: z.literal(0),
    kymaVersion: z.string().optional().openapi({
      description: 'Of its last upgrade by Drydock that has succeeded; left out where there was none',
    }),
    kymaConfig: kymaConfigSchema
      .optional()
      .openapi({ description: 'With `kyma_config=true`: what was sent last, secrets masked' }),
    clusterConfig: clusterConfigSchema.optional().openapi({
      description: 'With `cluster_config=true`: what its Shoot has, of its first pool of workers',
    }),
    status: z.object({
      createdAt: timestamp,
      modifiedAt: timestamp,
      deletedAt: timestamp.optional(),
      state: z.enum(RUNTIME_STATES),
      provisioning: operationSchema.optional(),
      deprovisioning: operationSchema.optional(),
      upgradingKyma: operationsSchema.optional(),
      upgradingCluster: operationsSchema.optional(),
    }),
  })
  .openapi('Runtime', {
    example: {
      instanceID: '0a9a4b9e-bb0c-4a2c-8a2c-7b3a4c0f6d11',
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      globalAccountID: '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae',
      subscriptionGlobalAccountID: '',
      subAccountID: '39b19a66-2c1a-4fe4-a28e-6e5db434084e',
      region: 'europe-west3',
      subAccountRegion: '',
      shootName: 'c-3a3xdaf',
      serviceClassID: '',
      serviceClassName: '',
      servicePlanID: 'ca6e5357-707f-4565-bbbd-b3ab732597c6',
      servicePlanName: 'gcp',
      provider: 'GCP',
      userID: '',
      avsInternalEvaluationID: 0,
      kymaVersion: '2.20.5',
      status: {
        createdAt: '2023-01-09T08:00:00.000000Z',
        modifiedAt: '2026-11-21T08:03:16.188000Z',
        state: 'succeeded',
        upgradingKyma: {
          data: [
            {
              operationID: 'df8ec5a9-959a-5b97-91da-ab1ef1f071a9',
              orchestrationID: 'edf6b5be-5461-447c-a830-4c3245a25827',
              state: 'succeeded',
              description: 'Operation succeeded',
              createdAt: '2026-11-21T08:03:11.044000Z',
              updatedAt: '2026-11-21T08:03:16.188000Z',
              finishedStages: [],
              runtimeVersion: '2.20.5',
            },
          ],
          count: 1,
          totalCount: 1,
        },
      },
    },
  });
export type RuntimeAnswer = z.infer<typeof runtimeSchema>;

/** The details of each runtime that a list was asked for. */
export interface WantedDetails {
  operations: 'last' | 'all';
  clusterConfig: boolean;
}

export function toRuntime({ row, upgrades }: ListedRuntime, wanted: WantedDetails): RuntimeAnswer {
  const { isUpgrading, last, kymaVersion, kymaConfig } = upgrades;
  const config = kymaConfig && maskSecrets({ kymaConfig }).kymaConfig;
  return {
    instanceID: row.instanceID,
    runtimeID: row.runtimeID ?? '',
    globalAccountID: row.globalAccountID,
    subscriptionGlobalAccountID: '',
    subAccountID: row.subAccountID,
    region: row.region,
    subAccountRegion: '',
    shootName: row.shootName,
    serviceClassID: '',
    serviceClassName: '',
    servicePlanID: row.servicePlanID,
    servicePlanName: row.servicePlanName,
    provider: brokersProvider(row.provider),
    userID: '',
    avsInternalEvaluationID: 0,
    ...(kymaVersion !== undefined && { kymaVersion }),
    ...(config && { kymaConfig: config }),
    ...(wanted.clusterConfig && { clusterConfig: clusterConfigOf(row) }),
    status: {
      createdAt: row.createdAt,
      modifiedAt: row.removedAt ?? latestOf(row.createdAt, last?.updatedAt, row.deletingSince),
      ...(row.removedAt !== null && { deletedAt: row.removedAt }),
      state: runtimeStateOf({ ...row, isUpgrading, last: last?.state }),
      ...(wanted.operations === 'all' ? allOperations(row, upgrades) : lastOperation(row, upgrades)),
    },
  };
}

function latestOf(first: string, ...others: (string | null | undefined)[]): string {
  return others.reduce<string>(
    (latest, at) => (at && Date.parse(at) > Date.parse(latest) ? at : latest),
    first,
  );
}

function clusterConfigOf(row: RuntimeRow): z.infer<typeof clusterConfigSchema> {
  const { shootName, kubernetesVersion, provider, region, machineType, machineImage, machineImageVersion } =
    row;
  return {
    name: shootName,
    kubernetesVersion,
    provider,
    region,
    machineType,
    machineImage,
    machineImageVersion,
  };
}

type Operations = Pick<
  RuntimeAnswer['status'],
  'provisioning' | 'deprovisioning' | 'upgradingKyma' | 'upgradingCluster'
>;

function allOperations(row: RuntimeRow, { newest, totals }: ListedRuntime['upgrades']): Operations {
  return {
    provisioning: provisioningOf(row),
    ...deprovisioning(row),
    ...(newest.upgradeKyma.length > 0 && {
      upgradingKyma: operationsOf(newest.upgradeKyma, totals.upgradeKyma),
    }),
    ...(newest.upgradeCluster.length > 0 && {
      upgradingCluster: operationsOf(newest.upgradeCluster, totals.upgradeCluster),
    }),
  };
}

/** One of them, as the broker answers it. */
function lastOperation(row: RuntimeRow, { last }: ListedRuntime['upgrades']): Operations {
  const going = deprovisioning(row);
  if (going.deprovisioning) return going;
  switch (last?.type) {
    case 'upgradeKyma':
      return { upgradingKyma: operationsOf([last], 1) };
    case 'upgradeCluster':
      return { upgradingCluster: operationsOf([last], 1) };
    case undefined:
      return { provisioning: provisioningOf(row) };
  }
}

function operationsOf(
  upgrades: readonly RuntimeUpgrade[],
  totalCount: number,
): z.infer<typeof operationsSchema> {
  return { data: upgrades.map(toOperationOfRuntime), count: upgrades.length, totalCount };
}

function toOperationOfRuntime({ type: _, version, ...upgrade }: RuntimeUpgrade): OperationOfRuntime {
  return { ...upgrade, finishedStages: [], runtimeVersion: version };
}

const NOBODYS = { operationID: '', description: '', finishedStages: [], runtimeVersion: '' };

function provisioningOf({ createdAt, standing }: RuntimeRow): OperationOfRuntime {
  const states = { provisioning: 'in progress', failed: 'failed' } as const;
  const state = standing === 'provisioning' || standing === 'failed' ? states[standing] : 'succeeded';
  return { ...NOBODYS, state, createdAt, updatedAt: createdAt };
}

function deprovisioning({ deletingSince, removedAt }: RuntimeRow): Pick<Operations, 'deprovisioning'> {
  const since = deletingSince ?? removedAt;
  if (since === null) return {};
  const state = removedAt === null ? 'in progress' : 'succeeded';
  return { deprovisioning: { ...NOBODYS, state, createdAt: since, updatedAt: removedAt ?? since } };
}
