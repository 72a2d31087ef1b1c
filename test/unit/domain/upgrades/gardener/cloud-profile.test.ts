import { describe, expect, it } from 'vitest';
import {
  barredByGardener,
  type CloudProfile,
  type OfferedVersion,
} from '../../../../../src/domain/upgrades/cloud-profile.ts';
import type { ClusterConfig } from '../../../../../src/domain/upgrades/operation-config.ts';
import type { RuntimeCluster } from '../../../../../src/domain/upgrades/runtime.ts';

const NOW = Date.parse('2030-10-12T20:00:00Z');
const HOUR = 3_600_000;

const CLUSTER: RuntimeCluster = {
  kubernetesVersion: '1.32.6',
  cloudProfile: { kind: 'CloudProfile', name: 'aws' },
  images: [
    { name: 'gardenlinux', version: '1312.3.0' },
    { name: 'suse-chost', version: '15.5.20' },
  ],
};

function profileOf(
  kubernetes: Partial<OfferedVersion>[] = [],
  images: Record<string, string[]> = {},
): CloudProfile {
  return {
    kubernetes: kubernetes.map((offered) => ({ version: '1.33.5', stages: [], ...offered })),
    machineImages: new Map(
      Object.entries(images).map(([name, versions]) => [
        name,
        versions.map((version) => ({ version, stages: [] })),
      ]),
    ),
  };
}

const barred = (wanted: ClusterConfig, profile: CloudProfile | undefined, cluster = CLUSTER) =>
  barredByGardener(cluster, profile, wanted, NOW);
const TO_1_33: ClusterConfig = { kubernetesVersion: '1.33.5' };

describe('the version of Kubernetes', () => {
  it.each<[string, Partial<OfferedVersion>[], boolean]>([
    ['without any word on it', [{}], true],
    ['supported', [{ classification: 'supported' }], true],
    ['deprecated', [{ classification: 'deprecated' }], true],
    ['in preview', [{ classification: 'preview' }], false],
    ['that expires in a moment', [{ expiresAtMs: NOW + 1 }], true],
    ['that has expired', [{ expiresAtMs: NOW }], false],
    ['that is not there', [{ version: '1.33.4' }], false],
    [
      'whose stage has begun',
      [{ stages: [{ classification: 'preview' }, { classification: 'supported', fromMs: NOW }] }],
      true,
    ],
    [
      'whose stage is to begin',
      [{ stages: [{ classification: 'preview' }, { classification: 'supported', fromMs: NOW + 1 }] }],
      false,
    ],
    ['whose only stage has no begin', [{ stages: [{ classification: 'supported' }] }], true],
    ['whose only stage, without a begin, is a preview', [{ stages: [{ classification: 'preview' }] }], false],
    [
      'whose first stage, without a begin, stands behind the one that has begun',
      [{ stages: [{ classification: 'expired', fromMs: NOW - HOUR }, { classification: 'supported' }] }],
      false,
    ],
    [
      'of which no stage has begun',
      [{ stages: [{ classification: 'supported', fromMs: NOW + HOUR }] }],
      false,
    ],
    [
      'whose stages stand in another order',
      [
        {
          stages: [
            { classification: 'expired', fromMs: NOW - 1 },
            { classification: 'supported', fromMs: NOW - HOUR },
          ],
        },
      ],
      false,
    ],
  ])('%s', (_, offered, isOffered) => {
    expect(barred(TO_1_33, profileOf(offered))).toBe(
      isOffered ? undefined : 'Kubernetes version not offered',
    );
  });

  it('is reached over one minor version, not over two, and never from a newer one', () => {
    const at = (kubernetesVersion: string) =>
      barred(TO_1_33, profileOf([{}]), { ...CLUSTER, kubernetesVersion });
    expect(['1.33.4', '1.32.0', '1.31.9', '0.9.0'].map(at)).toEqual([
      undefined,
      undefined,
      'more than one minor version behind',
      'more than one minor version behind',
    ]);
    const notOffered = profileOf();
    for (const version of ['1.33.5', '1.33.6', '1.34.0', '2.0.0'])
      expect(barred(TO_1_33, notOffered, { ...CLUSTER, kubernetesVersion: version })).toBeUndefined();
  });

  it('can be told of no cluster without a profile', () => {
    expect(barred(TO_1_33, undefined)).toBe('no cloud profile');
    expect(barredByGardener(undefined, profileOf([{}]), TO_1_33, NOW)).toBe('no cloud profile');
  });
});

describe('the version of machine images', () => {
  const wanted: ClusterConfig = { machineImage: 'gardenlinux', machineImageVersion: '1592.1.0' };
  it('is that of pools with the image, and of no other', () => {
    expect(barred(wanted, profileOf([], { gardenlinux: ['1592.1.0'] }))).toBeUndefined();
    expect(barred(wanted, profileOf([], { 'suse-chost': ['1592.1.0'] }))).toBe('machine image not offered');
    expect(barred({ ...wanted, machineImage: 'ubuntu' }, profileOf())).toBeUndefined();
  });
  it('is that of all pools when no image is named', () => {
    const version = { machineImageVersion: '1592.1.0' };
    expect(barred(version, profileOf([], { gardenlinux: ['1592.1.0'] }))).toBe('machine image not offered');
    const both = profileOf([], { gardenlinux: ['1592.1.0'], 'suse-chost': ['1592.1.0'] });
    expect(barred(version, both)).toBeUndefined();
  });
  it('has to be offered under the name of the image, also where the profile does not have that', () => {
    expect(barred(wanted, profileOf())).toBe('machine image not offered');
  });
  it('has to be offered for what cannot be compared with it', () => {
    const images = [{ name: 'gardenlinux', version: 'unknown' }];
    expect(barred(wanted, profileOf(), { ...CLUSTER, images })).toBe('machine image not offered');
  });
  it('need not be offered where pools have it already', () => {
    const images = [{ name: 'gardenlinux', version: '1592.1.0' }];
    expect(barred(wanted, profileOf(), { ...CLUSTER, images })).toBeUndefined();
  });
});
