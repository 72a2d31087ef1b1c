import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/activities/stacks/drivers/kubernetes/cluster.ts';
import type { Found } from '../../../src/activities/stacks/drivers/kubernetes/collection.ts';
import { createPendingReason } from '../../../src/activities/stacks/drivers/kubernetes/pending-reason.ts';
import type {
  Claim,
  ClusterEvent,
  Pod,
  StatefulSet,
} from '../../../src/activities/stacks/drivers/kubernetes/plain.ts';
import { FinalError, UnavailableError } from '../../../src/domain/errors.ts';

const SIGNAL = new AbortController().signal;
const VOLUME = '/acme/jack/disk';

function found<T>(body: T, uid: string, annotations: Record<string, string> = {}): Found<T> {
  return { body, name: 'web', uid, resourceVersion: '1', generation: 1, ending: false, annotations };
}
const SET: Found<StatefulSet> = found({}, 'set', {
  'drydock.dev/disks': JSON.stringify([{ volume: VOLUME, index: 1 }]),
});

interface World {
  pods?: Pod[];
  /** Messages of warnings by the UID that they are about, the newest last. */
  warnings?: Record<string, string[]>;
  claim?: Claim;
}

function reasonIn({ pods = [], warnings = {}, claim }: World): Promise<string | undefined> {
  const events = (uid: string): ClusterEvent[] =>
    (warnings[uid] ?? []).map((message, index) => ({
      type: 'Warning',
      message,
      lastTimestamp: new Date(index * 1_000),
      involvedObject: {},
      metadata: {},
    }));
  const cluster: Pick<Cluster, 'pods' | 'events' | 'claims'> = {
    pods: () => Promise.resolve(pods),
    // The API answers as many as it is asked for, of the kind that it is asked for.
    events: ({ fieldSelector = '', limit = 50 }) =>
      fieldSelector.endsWith(',type=Warning')
        ? Promise.resolve(events(/uid=(\w+),/.exec(fieldSelector)?.[1] ?? '').slice(0, limit))
        : Promise.reject(new Error(`${fieldSelector} asks for more than warnings`)),
    claims: { find: () => Promise.resolve(claim && found(claim, 'claim')) } as unknown as Cluster['claims'],
  };
  return createPendingReason(cluster)(SET, SIGNAL);
}

const waiting = (reason: string, message?: string, exitCode?: number): Pod => ({
  metadata: { uid: 'pod' },
  status: {
    containerStatuses: [
      {
        name: 'instance',
        image: 'nginx:1.29',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
        ...(exitCode === undefined ? {} : { lastState: { terminated: { exitCode } } }),
      },
    ],
  },
});
const unscheduled = (message: string): Pod => ({
  metadata: { uid: 'pod' },
  status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
});

describe('an instance that does not get ready', () => {
  it.each<[string, World, string | undefined]>([
    ['on its way', { pods: [waiting('ContainerCreating')] }, undefined],
    ['without a pod yet', {}, undefined],
    [
      'over a quota',
      { warnings: { set: ['pods "web-0" is forbidden:\n exceeded quota: compute'] } },
      'it has no pod: pods "web-0" is forbidden: exceeded quota: compute',
    ],
    [
      'with an image that cannot be pulled',
      { pods: [waiting('ImagePullBackOff', 'Back-off pulling image "nginx:1.29"')] },
      'image nginx:1.29: ImagePullBackOff: Back-off pulling image "nginx:1.29"',
    ],
    [
      'that ends again and again',
      { pods: [waiting('CrashLoopBackOff', 'back-off 5m0s restarting failed container', 3)] },
      'image nginx:1.29: CrashLoopBackOff: it ended with exit code 3',
    ],
    [
      'too big for every node',
      {
        pods: [unscheduled('0/3 nodes are available: 3 Insufficient cpu.')],
        claim: { status: { phase: 'Bound' } },
      },
      'no node takes it: 0/3 nodes are available: 3 Insufficient cpu.',
    ],
    [
      'whose claim gets no storage',
      {
        pods: [unscheduled('pod has unbound immediate PersistentVolumeClaims')],
        claim: { status: { phase: 'Pending' } },
        warnings: { claim: ['older', 'storageclass.storage.k8s.io "fast" not found'] },
      },
      `its volume ${VOLUME} has no storage: storageclass.storage.k8s.io "fast" not found`,
    ],
    [
      'whose claim is gone',
      { pods: [unscheduled('persistentvolumeclaim "disk" not found')] },
      `its volume ${VOLUME} does not exist any more`,
    ],
    [
      'whose volume cannot be mounted',
      { pods: [waiting('ContainerCreating')], warnings: { pod: ['Multi-Attach error for volume "pv-1"'] } },
      'Multi-Attach error for volume "pv-1"',
    ],
  ])('%s', async (_, world, reason) => {
    expect(await reasonIn(world)).toBe(reason);
  });

  it('that has met very much says the latest of it', async () => {
    const met = Array.from({ length: 120 }, (_, index) => `Warning ${index}`);
    expect(await reasonIn({ pods: [waiting('ContainerCreating')], warnings: { pod: met } })).toBe(
      'Warning 119',
    );
  });

  it.each([
    ['no node takes it: 0/3 nodes are available', unscheduled('0/3 nodes are available')],
    ['image nginx:1.29: ImagePullBackOff', waiting('ImagePullBackOff')],
  ])('says what its pod does when the events may not be read: %s', async (reason, pod) => {
    const cluster = {
      pods: () => Promise.resolve([pod]),
      events: () => Promise.reject(new FinalError('OBJECT_REFUSED', 'events is forbidden')),
      claims: { find: () => Promise.resolve(found({ status: { phase: 'Pending' } }, 'claim')) },
    } as unknown as Cluster;
    expect(await createPendingReason(cluster)(SET, SIGNAL)).toBe(reason);
  });

  it('is on its way all the same when its pods may not be read', async () => {
    const cluster = {
      pods: () => Promise.reject(new UnavailableError('objects', 'pods is forbidden')),
    } as unknown as Cluster;
    expect(await createPendingReason(cluster)(SET, SIGNAL)).toBe(
      "why it is not ready can't be told: pods is forbidden",
    );
  });
});
