/** The Kubernetes driver on a landscape whose clock the test holds. */
import { KubeConfig } from '@kubernetes/client-node';
import { createKubernetesDrivers } from '../../../src/activities/stacks/drivers/kubernetes/index.ts';
import type {
  DescribedObject,
  Drivers,
  ObjectDriver,
  WantedObject,
} from '../../../src/activities/stacks/drivers/driver.ts';
import type { Landscape } from '../../../src/dev/landscape/index.ts';
import type { Json, ObjectType } from '../../../src/domain/stacks/definition.ts';
import { ownerKey } from '../../../src/domain/stacks/owner-key.ts';
import { admin, landscape } from '../support.ts';

type Single = Exclude<ObjectType, 'orchestration'>;
export type Wanted = WantedObject & { objType: Single };

export const SIGNAL = new AbortController().signal;
/** Seconds after which a pod of this landscape is ready, or has ended. */
export const POD_SECONDS = 5;

export interface ClusterObject {
  kind: string;
  metadata: {
    name: string;
    uid: string;
    annotations: Record<string, string>;
    labels: Record<string, string>;
  };
  spec: Record<string, Json>;
}

export interface Rig {
  of: Landscape;
  drivers: Omit<Drivers, 'orchestration'>;
  pass(seconds: number): void;
  create(object: Wanted): Promise<void>;
  destroy(object: Wanted): Promise<void>;
  describe(object: Wanted): Promise<DescribedObject | undefined>;
  state(object: Wanted): Promise<DescribedObject['state'] | undefined>;
  /** Everything in the namespace, in the order of creation. */
  objects(): Promise<ClusterObject[]>;
  /** The cluster's objects for an object of a stack. */
  inCluster(object: Wanted): Promise<ClusterObject>;
}

export async function driverRig(options: { dataDir?: string; timeoutMs?: number } = {}): Promise<Rig> {
  let time = Date.UTC(2024, 0, 1);
  const of = await landscape({
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    podSeconds: POD_SECONDS,
    now: () => time,
  });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  const drivers = createKubernetesDrivers({
    kubeConfig,
    namespace: 'drydock-stacks',
    timeoutMs: options.timeoutMs,
  });
  const driver = ({ objType }: Wanted): ObjectDriver => drivers[objType];
  const describe = (object: Wanted): Promise<DescribedObject | undefined> =>
    driver(object).describe(object, SIGNAL);
  const objects = (): Promise<ClusterObject[]> => admin<ClusterObject[]>(of, 'GET', '/objects');
  return {
    of,
    drivers,
    pass: (seconds) => {
      time += seconds * 1_000;
    },
    create: (object) => driver(object).create(object, new AbortController().signal),
    destroy: (object) => driver(object).destroy(object, new AbortController().signal),
    describe,
    state: async (object) => (await describe(object))?.state,
    objects,
    async inCluster({ name }) {
      const found = (await objects()).find(
        ({ metadata }) => metadata.annotations['drydock.dev/name'] === name,
      );
      if (!found) throw new Error(`Nothing in the cluster stands for ${name}`);
      return found;
    },
  };
}

/** The installation that the rig's objects belong to. */
export const INSTALLATION = '6d0c1f0e-6a3e-4c56-9f57-2f4f7f3c9a10';

export function wanted(objType: Single, name: string, spec: Record<string, Json> = {}): Wanted {
  const owner = ownerKey({ installation: INSTALLATION, stack: '/acme/jack/shop', label: 'plan', name });
  return { objType, name, owner, spec: { name, ...spec } };
}

/** The same object as another stack wants it. */
export function elsewhere(object: Wanted): Wanted {
  const key = { installation: INSTALLATION, stack: '/acme/jill/other', label: 'plan', name: object.name };
  return { ...object, owner: ownerKey(key) };
}

export const VOLUME = wanted('storage/volume', '/acme/jack/disk', { size: '10G' });
export const EXTRA = wanted('storage/volume', '/acme/jack/extra', { size: 1_073_741_824 });
export const SECLIST = wanted('seclist', '/acme/jack/web-list');
export const VNET = wanted('vnet', '/acme/jack/net');
export const ADDRESS = wanted('ip/reservation', '/acme/jack/address');
export const INSTANCE = wanted('launchplan', '/acme/jack/Web_1', {
  shape: 'oc3',
  imagelist: '/oracle/public/oel_7',
  storage_attachments: [{ volume: VOLUME.name, index: 1 }],
  networking: {
    eth0: { seclists: [`seclist:${SECLIST.name}`], vnet: VNET.name, nat: `ipreservation:${ADDRESS.name}` },
  },
});
export const ATTACHMENT = wanted('storage/attachment', '/acme/jack/extra-of-web', {
  instance_name: INSTANCE.name,
  storage_volume_name: EXTRA.name,
});
export const ASSOCIATION = wanted('ip/association', '/acme/jack/address-of-web', {
  parentpool: `ipreservation:${ADDRESS.name}`,
  instance_name: INSTANCE.name,
});
export const RULE = wanted('secrule', '/acme/jack/https', {
  src_list: 'seciplist:/oracle/public/public-internet',
  dst_list: `seclist:${SECLIST.name}`,
  application: '/oracle/public/https',
});

/** Each type with what must exist before one of it can. */
export const EXAMPLES: [Wanted, Wanted[]][] = [
  [VOLUME, []],
  [SECLIST, []],
  [VNET, []],
  [ADDRESS, []],
  [INSTANCE, [VOLUME, SECLIST, VNET, ADDRESS]],
  [ATTACHMENT, [VOLUME, EXTRA, SECLIST, VNET, ADDRESS, INSTANCE]],
  [ASSOCIATION, [VOLUME, SECLIST, VNET, ADDRESS, INSTANCE]],
  [RULE, [SECLIST]],
];

/** An instance that runs, with everything that it needs. */
export async function runningInstance(rig: Rig): Promise<void> {
  for (const object of [VOLUME, EXTRA, SECLIST, VNET, ADDRESS, INSTANCE]) await rig.create(object);
  rig.pass(POD_SECONDS);
  await rig.describe(INSTANCE);
}
