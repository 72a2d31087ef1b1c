import { describe, expect, it } from 'vitest';
import type { ExclusionReason } from '../../../src/domain/upgrades/runtime.ts';
import { readInventoryShoot, readShoot, shootSchema } from '../../../src/clients/upgrades/shoot.ts';

const LABELS = {
  instanceID: 'kyma-project.io/instance-id',
  planID: 'kyma-project.io/broker-plan-id',
  planName: 'kyma-project.io/broker-plan-name',
};

interface Parts {
  metadata?: object;
  spec?: object;
  status?: object;
}

function shoot({ metadata, spec, status }: Parts): unknown {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: {
      name: 'c-3a3xdaf',
      annotations: { 'kcp.provisioner.kyma-project.io/runtime-id': 'runtime-1' },
      labels: {
        account: 'ga-1',
        subaccount: 'sa-1',
        'kyma-project.io/instance-id': 'instance-1',
        'kyma-project.io/broker-plan-id': 'plan-1',
        'kyma-project.io/broker-plan-name': 'azure',
      },
      ...metadata,
    },
    spec: {
      region: 'westeurope',
      maintenance: { timeWindow: { begin: '220000+0000', end: '020000+0000' } },
      ...spec,
    },
    status: { hibernated: false, lastOperation: { type: 'Reconcile', state: 'Succeeded' }, ...status },
  };
}

const read = (parts: Parts): unknown => readShoot(shootSchema.parse(shoot(parts)), LABELS);

describe('A3: a Shoot', () => {
  it('is a runtime of the fleet', () => {
    expect(read({})).toEqual({
      runtimeID: 'runtime-1',
      shootName: 'c-3a3xdaf',
      globalAccountID: 'ga-1',
      subAccountID: 'sa-1',
      instanceID: 'instance-1',
      servicePlanID: 'plan-1',
      servicePlanName: 'azure',
      region: 'westeurope',
      maintenanceWindow: { begin: '220000+0000', end: '020000+0000' },
    });
  });

  it('without labels is a runtime with empty identifiers', () => {
    expect(read({ metadata: { labels: null } })).toMatchObject({ globalAccountID: '', servicePlanName: '' });
  });

  it.each<[string, Parts]>([
    [
      'that was created and never reconciled',
      { status: { lastOperation: { type: 'Create', state: 'Succeeded' } } },
    ],
    [
      'whose last reconciliation failed',
      { status: { lastOperation: { type: 'Reconcile', state: 'Failed' } } },
    ],
    [
      'whose hibernation is switched off',
      { spec: withWindow({ hibernation: { enabled: false, schedules: [] } }) },
    ],
  ])('%s takes part', (_, parts) => {
    expect(read(parts)).toHaveProperty('runtimeID', 'runtime-1');
  });

  it.each<[string, string, Parts]>([
    ['no runtime ID', 'without annotations', { metadata: { annotations: undefined } }],
    [
      'no runtime ID',
      'with an empty one',
      { metadata: { annotations: { 'kcp.provisioner.kyma-project.io/runtime-id': '' } } },
    ],
    [
      'being deleted',
      'with a deletion timestamp',
      { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    ],
    ['hibernated', 'to be hibernated', { spec: withWindow({ hibernation: { enabled: true } }) }],
    ['hibernated', 'that is still waking up', { status: { hibernated: true } }],
    [
      'never finished creating',
      'whose creation failed',
      { status: { lastOperation: { type: 'Create', state: 'Failed' } } },
    ],
    [
      'never finished creating',
      'that is being created',
      { status: { lastOperation: { type: 'Create', state: 'Processing' } } },
    ],
    ['never finished creating', 'that nothing was done with yet', { status: { lastOperation: null } }],
  ])('is left out with the reason "%s": %s', (reason, _, parts) => {
    // It can be asked for by its runtime ID, where it has one.
    const runtimeID = reason === 'no runtime ID' ? {} : { runtimeID: 'runtime-1' };
    expect(read(parts)).toEqual({ shootName: 'c-3a3xdaf', ...runtimeID, reason });
  });

  it('is left out without its runtime ID where that is longer than anything can keep', () => {
    const annotations = { 'kcp.provisioner.kyma-project.io/runtime-id': 'r'.repeat(201) };
    const leftOut = { shootName: 'c-3a3xdaf', reason: 'runtime ID too long' };
    expect(read({ metadata: { annotations } })).toEqual(leftOut);
  });

  it.each([
    ['that is not there', { spec: { maintenance: {} } }],
    ['of which half is there', { spec: { maintenance: { timeWindow: { begin: '220000+0000' } } } }],
    ['in words', { spec: { maintenance: { timeWindow: { begin: '10pm', end: '2am' } } } }],
  ])('has no window of its own for one %s', (_, parts) => {
    expect(read(parts)).toMatchObject({ shootName: 'c-3a3xdaf', maintenanceWindow: undefined });
  });
});

function withWindow(spec: object): object {
  return { maintenance: { timeWindow: { begin: '220000+0000', end: '020000+0000' } }, ...spec };
}

describe('the cluster of a Shoot', () => {
  const image = (name: string, version?: string) => ({ machine: { image: { name, version } } });
  const clusterOf = (spec: object): unknown => {
    const runtime = readShoot(shootSchema.parse(shoot({ spec })), LABELS, true);
    return 'cluster' in runtime ? runtime.cluster : runtime;
  };

  it('has its version, its profile, and each image once', () => {
    const workers = [image('gardenlinux', '1.0.0'), image('gardenlinux', '1.0.0'), image('suse'), {}];
    const spec = { kubernetes: { version: '1.32.6' }, provider: { workers } };
    expect(clusterOf({ ...spec, cloudProfileName: 'aws' })).toEqual({
      kubernetesVersion: '1.32.6',
      cloudProfile: { kind: 'CloudProfile', name: 'aws' },
      images: [
        { name: 'gardenlinux', version: '1.0.0' },
        { name: 'suse', version: '' },
      ],
    });
  });

  it.each<[string, object, unknown]>([
    ['without a kind', { name: 'aws' }, { kind: 'CloudProfile', name: 'aws' }],
    [
      'of the namespace',
      { kind: 'NamespacedCloudProfile', name: 'ours' },
      { kind: 'NamespacedCloudProfile', name: 'ours' },
    ],
  ])('has the profile that is named %s rather than by its name alone', (_, cloudProfile, expected) => {
    expect(clusterOf({ cloudProfileName: 'other', cloudProfile })).toMatchObject({ cloudProfile: expected });
  });

  it('is not known by a profile of a kind that nobody knows, and the Shoot is a runtime all the same', () => {
    expect(read({ spec: { cloudProfile: { kind: 'Unheard', name: 'x' } } })).toMatchObject({
      runtimeID: 'runtime-1',
    });
    expect(clusterOf({ cloudProfile: { kind: 'Unheard', name: 'x' } })).toBeUndefined();
  });
});

describe('all that is told of a Shoot', () => {
  const readAll = (parts: Parts, reason?: ExclusionReason) =>
    readInventoryShoot(shootSchema.parse(shoot(parts)), LABELS, reason);

  it('is where it is, whose it is, and what its first pool of workers has', () => {
    const machine = { type: 'm5.xlarge', image: { name: 'gardenlinux', version: '1312.3.0' } };
    const metadata = {
      creationTimestamp: '2023-01-09T09:00:00+01:00',
      deletionTimestamp: '2023-02-01T00:00:00Z',
    };
    const spec = {
      kubernetes: { version: '1.33.4' },
      provider: { type: 'aws', workers: [{ machine }, { machine: { type: 'other' } }] },
    };
    expect(readAll({ metadata, spec }, 'being deleted')).toEqual({
      runtimeID: 'runtime-1',
      shootName: 'c-3a3xdaf',
      globalAccountID: 'ga-1',
      subAccountID: 'sa-1',
      instanceID: 'instance-1',
      servicePlanID: 'plan-1',
      servicePlanName: 'azure',
      region: 'westeurope',
      provider: 'aws',
      kubernetesVersion: '1.33.4',
      machineType: 'm5.xlarge',
      machineImage: 'gardenlinux',
      machineImageVersion: '1312.3.0',
      maintenanceWindow: { begin: '220000+0000', end: '020000+0000' },
      leftOut: 'being deleted',
      standing: 'deprovisioning',
      createdAt: '2023-01-09T08:00:00.000Z',
      deletingSince: '2023-02-01T00:00:00.000Z',
    });
  });

  it('is empty where the Shoot does not say it', () => {
    const parts = {
      metadata: { labels: null, annotations: null, creationTimestamp: 'soon' },
      spec: { region: null },
    };
    expect(readAll(parts, 'no runtime ID')).toMatchObject({
      region: '',
      provider: '',
      machineType: '',
      kubernetesVersion: '',
      createdAt: undefined,
      deletingSince: undefined,
      standing: 'stray',
    });
  });

  it.each(['2026', 'Thu, 01 Jan 1970 00:00:00 GMT', '+275760-09-13T00:00:00.000Z', '2026-02-30T00:00:00Z'])(
    'has no time of creation where %s stands for it',
    (creationTimestamp) => {
      expect(readAll({ metadata: { creationTimestamp } })).toMatchObject({ createdAt: undefined });
    },
  );
});
