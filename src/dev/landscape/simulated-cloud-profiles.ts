import type { JsonObject } from './landscape-types.ts';

const LONG_AGO = '2024-02-28T23:59:59Z';

/** The offer of the simulated Gardener: the same everywhere. */
const KUBERNETES_VERSIONS: JsonObject[] = [
  { version: '1.27.8', expirationDate: LONG_AGO, classification: 'deprecated' },
  { version: '1.28.7', classification: 'deprecated' },
  ...['1.28.9', '1.29.4', '1.30.2', '1.31.1', '1.32.6', '1.33.4', '1.33.5'].map((version) => ({
    version,
    classification: 'supported',
  })),
  { version: '1.34.0', classification: 'preview' },
];
const MACHINE_IMAGES: JsonObject[] = [
  {
    name: 'gardenlinux',
    versions: [
      { version: '1312.3.0', classification: 'supported' },
      { version: '1592.1.0', lifecycle: [{ classification: 'supported', startTime: LONG_AGO }] },
    ],
  },
];

/** The cloud profiles of the simulated Gardener, as its API shows them (core.gardener.cloud/v1beta1). */
export const CLOUD_PROFILES: JsonObject[] = ['aws', 'az', 'gcp'].map((name) => ({
  apiVersion: 'core.gardener.cloud/v1beta1',
  kind: 'CloudProfile',
  metadata: { name, resourceVersion: '1' },
  spec: { type: name, kubernetes: { versions: KUBERNETES_VERSIONS }, machineImages: MACHINE_IMAGES },
}));
