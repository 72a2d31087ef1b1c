import { z } from 'zod';
import { outsideText } from '../outside-text.ts';
import type {
  DailyWindow,
  ExcludedShoot,
  ExclusionReason,
  Runtime,
  RuntimeCluster,
} from '../../domain/upgrades/runtime.ts';
import { standingOf, type InventoryShoot } from '../../domain/upgrades/inventory-shoot.ts';
import { stateToLeaveOut } from '../../domain/upgrades/shoot-health.ts';
import { parseDailyWindow } from '../../domain/upgrades/windows.ts';

/** The resource, for requests to a Kubernetes API. */
export const SHOOTS = { group: 'core.gardener.cloud', version: 'v1beta1', plural: 'shoots' } as const;

export const RUNTIME_ID_ANNOTATION = 'kcp.provisioner.kyma-project.io/runtime-id';
const GLOBAL_ACCOUNT_LABEL = 'account';
const SUB_ACCOUNT_LABEL = 'subaccount';

const texts = z.record(z.string(), outsideText).nullish();

/** The fields that are read of a Shoot, core.gardener.cloud/v1beta1; everything else is dropped at once. */
export const shootSchema = z.object({
  metadata: z.object({
    name: outsideText,
    annotations: texts,
    labels: texts,
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z
    .object({
      region: outsideText.nullish(),
      cloudProfileName: outsideText.nullish(),
      // A kind that nobody knows is none: the rest of the fleet is to be read all the same.
      cloudProfile: z
        .object({ kind: z.enum(['CloudProfile', 'NamespacedCloudProfile']).nullish(), name: outsideText })
        .nullish()
        .catch(undefined),
      kubernetes: z.object({ version: outsideText.nullish() }).nullish(),
      provider: z
        .object({
          type: outsideText.nullish(),
          workers: z
            .array(
              z.object({
                machine: z
                  .object({
                    type: outsideText.nullish(),
                    image: z.object({ name: outsideText, version: outsideText.nullish() }).nullish(),
                  })
                  .nullish(),
              }),
            )
            .nullish(),
        })
        .nullish(),
      hibernation: z.object({ enabled: z.boolean().nullish() }).nullish(),
      maintenance: z
        .object({
          timeWindow: z.object({ begin: outsideText.nullish(), end: outsideText.nullish() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  status: z
    .object({
      hibernated: z.boolean().nullish(),
      lastOperation: z.object({ type: z.string().nullish(), state: z.string().nullish() }).nullish(),
    })
    .nullish(),
});
export type Shoot = z.infer<typeof shootSchema>;

/** Names of the labels that hold what Gardener itself does not know. */
export interface ShootLabels {
  instanceID: string;
  planID: string;
  planName: string;
}

/** A Shoot as a runtime of the fleet, or the reason why it is not one; with its versions where they are asked for. */
export function readShoot(shoot: Shoot, labels: ShootLabels, withVersions = false): Runtime | ExcludedShoot {
  const shootName = shoot.metadata.name;
  const reason = reasonToLeaveOut(shoot);
  if (reason) return { shootName, ...shownRuntimeID(shoot), reason };
  return {
    runtimeID: runtimeIDOf(shoot),
    shootName,
    ...ownersOf(shoot, labels),
    maintenanceWindow: windowOf(shoot),
    ...(withVersions && { cluster: clusterOf(shoot) }),
  };
}

/** A Shoot with all that is told of it; `reason` is why it takes no part in upgrades. */
export function readInventoryShoot(
  shoot: Shoot,
  labels: ShootLabels,
  reason: ExclusionReason | undefined,
): InventoryShoot {
  const { metadata, spec, status } = shoot;
  const { machine } = spec?.provider?.workers?.[0] ?? {};
  return {
    shootName: metadata.name,
    ...shownRuntimeID(shoot),
    ...ownersOf(shoot, labels),
    provider: spec?.provider?.type ?? '',
    kubernetesVersion: spec?.kubernetes?.version ?? '',
    machineType: machine?.type ?? '',
    machineImage: machine?.image?.name ?? '',
    machineImageVersion: machine?.image?.version ?? '',
    maintenanceWindow: windowOf(shoot),
    leftOut: reason,
    standing: standingOf(reason, { state: status?.lastOperation?.state ?? '' }),
    createdAt: instantOf(metadata.creationTimestamp),
    deletingSince: instantOf(metadata.deletionTimestamp),
  };
}

/** To whom it belongs, and where it is. */
function ownersOf({ metadata, spec }: Shoot, labels: ShootLabels) {
  const label = (name: string): string => metadata.labels?.[name] ?? '';
  return {
    globalAccountID: label(GLOBAL_ACCOUNT_LABEL),
    subAccountID: label(SUB_ACCOUNT_LABEL),
    instanceID: label(labels.instanceID),
    servicePlanID: label(labels.planID),
    servicePlanName: label(labels.planName),
    region: spec?.region ?? '',
  };
}

/** As Kubernetes writes it. Date.parse takes more, years among it that no column holds. */
const INSTANT = z.iso.datetime({ offset: true });

/** RFC 3339 UTC; undefined for what is missing or no time. */
function instantOf(text: string | null | undefined): string | undefined {
  const { success, data } = INSTANT.safeParse(text);
  return success ? new Date(data).toISOString() : undefined;
}

/** Undefined for a Shoot that names no cloud profile. */
function clusterOf({ spec }: Shoot): RuntimeCluster | undefined {
  const name = spec?.cloudProfile?.name ?? spec?.cloudProfileName ?? '';
  if (name === '') return undefined;
  const images = new Map<string, { name: string; version: string }>();
  for (const { machine } of spec?.provider?.workers ?? []) {
    const { name: image, version } = machine?.image ?? {};
    if (image !== undefined) images.set(`${image} ${version ?? ''}`, { name: image, version: version ?? '' });
  }
  return {
    kubernetesVersion: spec?.kubernetes?.version ?? '',
    cloudProfile: { kind: spec?.cloudProfile?.kind ?? 'CloudProfile', name },
    images: [...images.values()],
  };
}

/** Real ones are UUIDs. Temporal's search takes 255 characters, its workflow IDs 1,000. */
const LONGEST_RUNTIME_ID = 200;

function reasonToLeaveOut(shoot: Shoot): ExclusionReason | undefined {
  if (runtimeIDOf(shoot) === '') return 'no runtime ID';
  if (runtimeIDOf(shoot).length > LONGEST_RUNTIME_ID) return 'runtime ID too long';
  const { metadata, spec, status } = shoot;
  const { type, state } = status?.lastOperation ?? {};
  return stateToLeaveOut({
    isBeingDeleted: Boolean(metadata.deletionTimestamp),
    isHibernated: Boolean(spec?.hibernation?.enabled || status?.hibernated),
    lastOperation: { type: type ?? '', state: state ?? '' },
  });
}

function runtimeIDOf(shoot: Shoot): string {
  return shoot.metadata.annotations?.[RUNTIME_ID_ANNOTATION] ?? '';
}

/** Of a Shoot that is left out: one that is too long is in no index. */
function shownRuntimeID(shoot: Shoot): Pick<ExcludedShoot, 'runtimeID'> {
  const runtimeID = runtimeIDOf(shoot);
  return runtimeID === '' || runtimeID.length > LONGEST_RUNTIME_ID ? {} : { runtimeID };
}

/** Undefined when it can't be read. */
function windowOf(shoot: Shoot): DailyWindow | undefined {
  const given = shoot.spec?.maintenance?.timeWindow;
  const window = { begin: given?.begin ?? '', end: given?.end ?? '' };
  return parseDailyWindow(window) && window;
}
