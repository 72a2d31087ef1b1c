import { uuid } from './deterministic.ts';
import type { JsonObject } from './landscape-types.ts';

/** Kyma versions that the landscape has overrides for unless told otherwise. */
export const KYMA_VERSIONS = ['2.20.5', '2.20.4', 'PR-123', 'main-00e83e99'];
const PLANS = ['azure', 'aws', 'gcp', 'trial'];

interface Resource {
  name: string;
  labels: Record<string, string>;
  data: Record<string, string>;
}

/** The ConfigMaps with overrides: global ones and ones for a component, for every pair of plan and version. */
export function overrideConfigMaps(namespace: string, versions: string[]): JsonObject[] {
  const resources = versions.flatMap((version): Resource[] => [
    {
      name: resourceName('global', version),
      labels: labelsFor(PLANS, version),
      data: { 'global.ingress.domainName': 'kyma.example.com', 'global.disableLegacyConnectivity': 'true' },
    },
    {
      name: resourceName('monitoring', version),
      labels: { ...labelsFor(['azure', 'aws', 'gcp'], version), component: 'monitoring' },
      data: {
        'prometheus.prometheusSpec.retention': '30d',
        'prometheus.prometheusSpec.resources.limits.memory': '4Gi',
      },
    },
    {
      name: resourceName('monitoring-trial', version),
      labels: { ...labelsFor(['trial'], version), component: 'monitoring' },
      data: {
        'prometheus.prometheusSpec.retention': '1d',
        'prometheus.prometheusSpec.resources.limits.memory': '1Gi',
      },
    },
    {
      name: resourceName('istio', version),
      labels: { ...labelsFor(PLANS, version), component: 'istio' },
      data: { 'pilot.autoscaleMin': '2' },
    },
  ]);
  return resources.map((resource, index) => manifest('ConfigMap', namespace, resource, index));
}

/** The Secrets with overrides. Their values are made up and open nothing. */
export function overrideSecrets(namespace: string): JsonObject[] {
  const resources: Resource[] = [
    {
      name: 'global-credentials',
      labels: { 'runtime-override': 'true' },
      data: { 'global.registry.password': 'made-up-registry-password' },
    },
    {
      name: 'monitoring-credentials',
      labels: { 'runtime-override': 'true', component: 'monitoring' },
      data: { 'grafana.adminPassword': 'made-up-grafana-password' },
    },
    { name: 'unrelated', labels: { app: 'something-else' }, data: { password: 'must-never-be-read' } },
  ];
  return resources.map((resource, index) =>
    manifest('Secret', namespace, { ...resource, data: encoded(resource.data) }, index),
  );
}

function resourceName(part: string, version: string): string {
  return `overrides-${part}-${version}`.toLowerCase();
}

function labelsFor(plans: string[], version: string): Record<string, string> {
  return Object.fromEntries(
    [...plans.map((plan) => `overrides-plan-${plan}`), `overrides-version-${version}`].map((key) => [
      key,
      'true',
    ]),
  );
}

function encoded(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
}

function manifest(
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  resource: Resource,
  index: number,
): JsonObject {
  return {
    metadata: {
      name: resource.name,
      namespace,
      uid: uuid(0, index, kind === 'Secret' ? 8 : 9),
      resourceVersion: '1',
      creationTimestamp: '2023-01-09T08:00:00Z',
      labels: resource.labels,
    },
    ...(kind === 'Secret' ? { type: 'Opaque' } : {}),
    data: resource.data,
  };
}
