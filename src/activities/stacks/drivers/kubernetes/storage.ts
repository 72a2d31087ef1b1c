import type { ObjectDriver, WantedObject } from '../driver.ts';
import type { Collection } from './collection.ts';
import { lastPart, refused, textOf } from './fields.ts';
import { disksIn, diskSchema, indexAmong, withDisks, type Disk } from './instance-manifest.ts';
import { standingOf } from './instance.ts';
import { metadataOf } from './names.ts';
import { part } from './part.ts';
import type { Claim, StatefulSet } from './plain.ts';
import type { References } from './references.ts';
import { wholeObject } from './whole.ts';

/** Stands for whatever the cluster takes by default. */
const DEFAULT_STORAGE = '/oracle/public/storage/default';

/** Volumes as PersistentVolumeClaims. Kubernetes removes a claim only once no pod uses it. */
export function volumeDriver(collection: Collection<Claim>, references: References): ObjectDriver {
  return wholeObject({
    collection,
    references,
    propagation: 'Background',
    manifest: claimManifest,
    standing: ({ body }) =>
      // A claim whose storage waits for its first pod stays Pending until then; an instance without it never gets ready.
      body.status?.phase === 'Lost'
        ? { state: 'failed', reason: 'the storage behind its claim is lost' }
        : { state: 'available' },
  });
}

/** The claim of a volume. Throws FinalError OBJECT_REFUSED. */
export function claimManifest(object: WantedObject): Claim {
  return {
    metadata: metadataOf(object),
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: storageClassOf(object),
      resources: { requests: { storage: sizeOf(object) } },
    },
  };
}

/** `storage_class`, or the last part of the first property that names another than the default. */
function storageClassOf({ spec }: WantedObject): string | undefined {
  const { properties } = spec;
  const texts = Array.isArray(properties) ? properties.filter((one) => typeof one === 'string') : [];
  const other = texts.find((property) => property !== DEFAULT_STORAGE);
  return textOf(spec, 'storage_class') ?? (other === undefined ? undefined : lastPart(other));
}

/** `10G` means 2^30 times 10 bytes, as ever for disks of instances; a number means bytes. */
function sizeOf(object: WantedObject): string {
  const { size } = object.spec;
  if (typeof size === 'number') return String(size);
  const [, amount, unit = ''] = /^0*([1-9]\d*)([BKMGT]?)$/i.exec(typeof size === 'string' ? size : '') ?? [];
  if (amount === undefined) throw refused(object, 'needs a size like "10G"');
  return /^b?$/i.test(unit) ? amount : `${amount}${unit.toUpperCase()}i`;
}

/**
 * Attachments: a further volume of the instance's pod, recorded on its StatefulSet. The pod is replaced for it, so that the
 * instance goes through a power cycle.
 */
export function attachmentDriver(collection: Collection<StatefulSet>, references: References): ObjectDriver {
  return part<StatefulSet, Disk>({
    objType: 'storage/attachment',
    collection,
    references,
    details: diskSchema,
    host(object) {
      const name = textOf(object.spec, 'instance_name');
      if (name === undefined) throw refused(object, 'needs the name of its instance, instance_name');
      return { objType: 'launchplan', name };
    },
    record(object, annotations) {
      const volume = textOf(object.spec, 'storage_volume_name');
      if (volume === undefined) throw refused(object, 'needs the name of its volume, storage_volume_name');
      const disks = disksIn(annotations);
      const index = indexAmong(disks, object.spec['index']);
      const taken = disks.some((disk) => disk.volume === volume || disk.index === index);
      if (taken)
        throw refused(
          object,
          `attaches ${volume} at ${index}; its instance has that volume or index already`,
        );
      return { volume, index };
    },
    render: withDisks,
    standing: (host, { index }) => ({
      state: standingOf(host).state === 'pending' ? 'pending' : 'available',
      attributes: { path: `/mnt/disk${index}` },
    }),
  });
}
