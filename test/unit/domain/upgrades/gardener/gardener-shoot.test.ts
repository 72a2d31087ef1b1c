import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  hasVersion,
  lacks,
  newImageVersionOf,
} from '../../../../../src/domain/upgrades/gardener-shoot.ts';
import { aShoot, aWorker } from './played-shoot.ts';

describe('two versions', () => {
  it.each([
    ['1.32.6', '1.33.0', -1],
    ['1.33', '1.33.0', 0],
    ['1.33.1', '1.33.0', 1],
    ['1592.1.0', '1312.3.0', 1],
    ['unknown', 'unknown', 0],
    ['unknown', '1.33.0', undefined],
    ['1.33.0', 'unknown', undefined],
  ])('have an order where they can be read: %s and %s', (one, other, expected) => {
    expect(compareVersions(one, other)).toBe(expected);
  });
});

describe('a Shoot', () => {
  it('has the version that nobody asks for, one that is newer, and none that cannot be read', () => {
    expect(hasVersion(aShoot(), {})).toBe(true);
    expect(hasVersion(aShoot({ kubernetesVersion: '1.33.6' }), { kubernetesVersion: '1.33.5' })).toBe(true);
    expect(hasVersion(aShoot({ kubernetesVersion: 'unknown' }), { kubernetesVersion: '1.33.5' })).toBe(false);
  });

  it('lacks the version of Kubernetes, and those of the images of its pools', () => {
    const wanted = { kubernetesVersion: '1.33.5', machineImageVersion: '1592.1.0' };
    expect(lacks(aShoot(), wanted)).toEqual([
      'Kubernetes 1.32.6',
      'workers cpu-worker-0 with gardenlinux 1312.3.0',
      'workers gpu-worker-0 with suse-chost 15.5.20',
    ]);
    expect(lacks(aShoot(), { ...wanted, machineImage: 'suse-chost' })).toEqual([
      'Kubernetes 1.32.6',
      'workers gpu-worker-0 with suse-chost 15.5.20',
    ]);
    expect(lacks(aShoot(), { machineImage: 'gardenlinux' })).toEqual([]);
  });
});

describe('a pool of workers', () => {
  const pool = aWorker('cpu-worker-0', 'gardenlinux', '1312.3.0');

  it('gets the version of its own image, and never an older one', () => {
    const version = (machineImageVersion?: string, machineImage?: string) =>
      newImageVersionOf(pool, {
        ...(machineImage !== undefined && { machineImage }),
        ...(machineImageVersion !== undefined && { machineImageVersion }),
      });
    expect(version('1592.1.0', 'gardenlinux')).toBe('1592.1.0');
    expect(version('1592.1.0')).toBe('1592.1.0');
    expect(version('1592.1.0', 'suse-chost')).toBeUndefined();
    expect(version('1312.3.0')).toBeUndefined();
    expect(version('1312.2.0')).toBeUndefined();
    expect(version(undefined, 'gardenlinux')).toBeUndefined();
    expect(version()).toBeUndefined();
  });

  it('keeps what Gardener has chosen where it names no image', () => {
    const { name, manifest } = pool;
    expect(newImageVersionOf({ name, manifest }, { machineImageVersion: '1592.1.0' })).toBeUndefined();
    expect(newImageVersionOf({ name, manifest }, {})).toBeUndefined();
  });
});
