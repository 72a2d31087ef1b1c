/** An operation as clients see it (A54 to A57). */
import { z } from '@hono/zod-openapi';
import type {
  OperationRow,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { maskSecrets } from '../../../../domain/upgrades/operation-config.ts';
import { OPERATION_STATES } from '../../../../domain/upgrades/states.ts';
import { dailyWindowAsTimestamps } from '../../../../domain/upgrades/windows.ts';
import type { WaitingFor } from '../../../../domain/upgrades/waiting.ts';
import { timestamp } from '../../../answers.ts';
import { waitingFor } from '../waiting/waiting-answer.ts';

const windowTime = z.string().openapi({
  format: 'date-time',
  description:
    'Of an immediate operation, the daily window of the runtime as a time on 0000-01-01 in UTC (an end before its begin means a window across midnight); of a scheduled one, the window it is scheduled into',
});

const operationFields = {
  operationID: z.uuid(),
  orchestrationID: z.uuid(),
  runtimeID: z.string(),
  instanceID: z.string(),
  globalAccountID: z.string(),
  subAccountID: z.string(),
  servicePlanID: z.string(),
  servicePlanName: z.string(),
  shootName: z.string(),
  region: z.string(),
  dryRun: z.boolean(),
  maintenanceWindowBegin: windowTime,
  maintenanceWindowEnd: windowTime,
  state: z.enum(OPERATION_STATES),
  description: z.string(),
  waitingFor,
  attempts: z.int().openapi({ description: 'Grows by one with every retry, from 1' }),
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
};

const example = {
  operationID: 'c4aa1f4b-be2a-4e8d-90e6-edd00194aaa9',
  orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
  runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
  instanceID: '0a9a4b9e-bb0c-4a2c-8a2c-7b3a4c0f6d11',
  globalAccountID: '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae',
  subAccountID: '39b19a66-2c1a-4fe4-a28e-6e5db434084e',
  servicePlanID: 'ca6e5357-707f-4565-bbbd-b3ab732597c6',
  servicePlanName: 'gcp',
  shootName: 'c-3a3xdaf',
  region: 'europe-west3',
  dryRun: true,
  maintenanceWindowBegin: '0000-01-01T04:00:00Z',
  maintenanceWindowEnd: '0000-01-01T08:00:00Z',
  state: 'in progress',
  description: 'Upgrading',
  waitingFor: null,
  attempts: 1,
  startedAt: '2020-10-12T19:27:25.104113Z',
  finishedAt: null,
};

export const operationSchema = z.object(operationFields).openapi('Operation', { example });
export type OperationAnswer = z.infer<typeof operationSchema>;
type Schedule = OrchestrationRow['parameters']['strategy']['schedule'];

const configEntry = z
  .object({
    key: z.string(),
    value: z.string().openapi({ description: 'Masked when the entry is secret' }),
    secret: z.boolean(),
  })
  .openapi('ConfigEntry');

export const kymaConfigSchema = z
  .object({
    version: z.string(),
    components: z.array(
      z.object({ component: z.string(), namespace: z.string(), configuration: z.array(configEntry) }),
    ),
    configuration: z.array(configEntry),
  })
  .openapi('KymaConfig');

const clusterConfigSchema = z
  .object({
    kubernetesVersion: z.string().optional(),
    machineImage: z.string().optional(),
    machineImageVersion: z.string().optional(),
  })
  .openapi('ClusterConfig');

export const operationDetailSchema = z
  .object({
    ...operationFields,
    wave: z.string().nullable().openapi({ description: 'Name of its wave; null in one without waves' }),
    kymaConfig: kymaConfigSchema
      .nullable()
      .optional()
      .openapi({ description: 'Sent to the Provisioner by a Kyma upgrade; null before that' }),
    clusterConfig: clusterConfigSchema.nullable().openapi({
      description: 'Sent to the Provisioner by a cluster upgrade, null before that; empty for a Kyma upgrade',
    }),
  })
  .openapi('OperationDetail', {
    example: {
      ...example,
      maintenanceWindowBegin: '2030-11-28T22:00:00.000000Z',
      maintenanceWindowEnd: '2030-11-29T02:00:00.000000Z',
      state: 'pending',
      description: 'Waits for its window 22:00–02:00 UTC',
      waitingFor: {
        code: 'window',
        message:
          'Its window opens 2030-11-28T22:00Z (23:00 Europe/Berlin) by rule 3 (rules[2]) of version 4 of the maintenance policy; an admin can change it with PUT /maintenance-policy, for orchestrations that are planned after that',
        until: '2030-11-28T22:00:00.000000Z',
      },
      startedAt: null,
      wave: 'canary',
      kymaConfig: null,
      clusterConfig: {},
    },
  });
export type OperationDetailAnswer = z.infer<typeof operationDetailSchema>;

export function toOperation(
  row: OperationRow,
  { parameters }: Pick<OrchestrationRow, 'parameters'>,
  waits: WaitingFor | undefined,
): OperationAnswer {
  return { ...toStanding(row, parameters.strategy.schedule), waitingFor: waits ?? null };
}

/** An operation by its row alone: not why it waits. */
export function toStanding(
  row: Omit<OperationRow, 'config'>,
  schedule: Schedule,
): Omit<OperationAnswer, 'waitingFor'> {
  const window = windowOf(row, schedule);
  return {
    operationID: row.id,
    orchestrationID: row.orchestrationID,
    runtimeID: row.runtimeID,
    instanceID: row.instanceID,
    globalAccountID: row.globalAccountID,
    subAccountID: row.subAccountID,
    servicePlanID: row.servicePlanID,
    servicePlanName: row.servicePlanName,
    shootName: row.shootName,
    region: row.region,
    dryRun: row.dryRun,
    maintenanceWindowBegin: window.begin,
    maintenanceWindowEnd: window.end,
    state: row.state,
    description: row.description,
    attempts: row.attempt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

/**
 * A row has at least one of both windows: what has neither is not planned. An immediate operation may have one between freezes, which
 * `waitingFor` tells of.
 */
function windowOf(
  { windowBegin, windowEnd, dailyWindow }: Pick<OperationRow, 'windowBegin' | 'windowEnd' | 'dailyWindow'>,
  schedule: Schedule,
): { begin: string; end: string } {
  const isScheduled = schedule === 'maintenanceWindow';
  if (isScheduled && windowBegin !== null && windowEnd !== null)
    return { begin: windowBegin, end: windowEnd };
  return dailyWindow ? dailyWindowAsTimestamps(dailyWindow) : { begin: '', end: '' };
}

/** With what was sent to the Provisioner. Masked again here: a secret that slipped into a row must not slip out of it. */
export function toOperationDetail(
  row: OperationRow,
  orchestration: Pick<OrchestrationRow, 'parameters'>,
  waits: WaitingFor | undefined,
  wave: string | null,
): OperationDetailAnswer {
  const operation = { ...toOperation(row, orchestration, waits), wave };
  const config = row.config === null ? undefined : maskSecrets(row.config);
  switch (row.type) {
    case 'upgradeKyma':
      return { ...operation, kymaConfig: config?.kymaConfig ?? null, clusterConfig: {} };
    case 'upgradeCluster':
      return { ...operation, clusterConfig: config?.clusterConfig ?? null };
  }
}
