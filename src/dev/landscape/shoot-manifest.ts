import type { FleetMember, LeftOutKind } from './fleet.ts';
import type { JsonObject } from './landscape-types.ts';

export const RUNTIME_ID_ANNOTATION = 'kcp.provisioner.kyma-project.io/runtime-id';

const CREATED = Date.UTC(2023, 0, 9, 8);
const HOUR = 3_600_000;
/** Machine type, cloud profile and machine image of each provider. */
const MACHINES = {
  azure: ['Standard_D4_v3', 'az'],
  aws: ['m5.xlarge', 'aws'],
  gcp: ['n2-standard-4', 'gcp'],
} as const;

/** The Shoot as Gardener's API shows it (core.gardener.cloud/v1beta1). */
export function shootManifest(member: FleetMember, namespace: string): JsonObject {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: metadataOf(member, namespace),
    spec: specOf(member),
    status: statusOf(member),
  };
}

function createdAt(member: FleetMember): number {
  return CREATED + (member.index % 10_000) * HOUR;
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function metadataOf(member: FleetMember, namespace: string): JsonObject {
  const annotations: JsonObject = { 'gardener.cloud/created-by': 'provisioner' };
  if (member.leftOut !== 'no runtime ID') annotations[RUNTIME_ID_ANNOTATION] = member.runtimeID;
  return {
    name: member.shootName,
    namespace,
    uid: member.uid,
    resourceVersion: '1',
    generation: 2,
    creationTimestamp: time(createdAt(member)),
    ...(member.leftOut === 'being deleted'
      ? { deletionTimestamp: time(createdAt(member) + 900 * HOUR) }
      : {}),
    finalizers: ['gardener'],
    annotations,
    labels: {
      account: member.globalAccountID,
      subaccount: member.subAccountID,
      'kyma-project.io/instance-id': member.instanceID,
      'kyma-project.io/broker-plan-id': member.plan.id,
      'kyma-project.io/broker-plan-name': member.plan.name,
      'shoot.gardener.cloud/status': 'healthy',
    },
  };
}

function specOf(member: FleetMember): JsonObject {
  const [machineType, cloudProfile] = MACHINES[member.plan.provider];
  return {
    cloudProfileName: cloudProfile,
    secretBindingName: `${member.plan.provider}-pool`,
    region: member.region,
    purpose: member.plan.name === 'trial' ? 'evaluation' : 'production',
    kubernetes: { version: member.kubernetesVersion },
    maintenance: {
      autoUpdate: { kubernetesVersion: false, machineImageVersion: false },
      timeWindow: { ...member.window },
    },
    ...(member.leftOut === 'hibernated' ? { hibernation: { enabled: true } } : {}),
    provider: {
      type: member.plan.provider,
      workers: [
        {
          name: 'cpu-worker-0',
          machine: { type: machineType, image: { name: 'gardenlinux', version: '1312.3.0' } },
          minimum: 3,
          maximum: 10,
          maxSurge: 3,
          maxUnavailable: 0,
        },
      ],
    },
  };
}

/** Type, state, progress and description of the last operation; a Shoot that is not named here is fine. */
const LAST_OPERATIONS: Partial<Record<LeftOutKind, [string, string, number, string]>> = {
  'being deleted': ['Delete', 'Processing', 30, 'Deleting the control plane.'],
  'never finished creating': ['Create', 'Failed', 42, 'The infrastructure was not created.'],
};

const CONDITIONS = [
  'APIServerAvailable',
  'ControlPlaneHealthy',
  'EveryNodeReady',
  'ObservabilityComponentsHealthy',
  'SystemComponentsHealthy',
];

function statusOf(member: FleetMember): JsonObject {
  const [type, state, progress, description] = (member.leftOut && LAST_OPERATIONS[member.leftOut]) ?? [
    'Reconcile',
    'Succeeded',
    100,
    'The Shoot is reconciled.',
  ];
  const lastUpdateTime = time(createdAt(member) + 1000 * HOUR);
  return {
    hibernated: member.leftOut === 'hibernated',
    technicalID: `shoot--drydock--${member.shootName}`,
    uid: member.uid,
    observedGeneration: 2,
    lastOperation: { type, state, progress, description, lastUpdateTime },
    conditions: CONDITIONS.map((condition) => ({
      type: condition,
      status: 'True',
      reason: 'HealthCheckSucceeded',
      message: '',
      lastTransitionTime: lastUpdateTime,
      lastUpdateTime,
    })),
  };
}
