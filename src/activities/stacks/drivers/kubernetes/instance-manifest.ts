/** An instance as a StatefulSet of one replica: what of its definition becomes what. */

import { z } from 'zod';
import { referencesOf } from '../../../../domain/stacks/object-references.ts';
import type { Json } from '../../../../domain/stacks/definition.ts';
import type { WantedObject } from '../driver.ts';
import { fieldsOf, isFields, refused, textOf } from './fields.ts';
import { imageOf } from './instance-image.ts';
import { ANNOTATION, clusterName, INSTANCE_LABEL, memberLabel, metadataOf } from './names.ts';
import { guardLabels, type Guard } from './network.ts';
import type { Resources, StatefulSet, Volume, VolumeMount } from './plain.ts';
import { partsOf, readRecord, type Annotations } from './records.ts';

/** A volume of an instance: `/mnt/disk<index>` in its container. */
export const diskSchema = z.object({ volume: z.string(), index: z.number() });
export type Disk = z.infer<typeof diskSchema>;

const CONTAINER = 'instance';

/**
 * Processors and memory of the named shapes. One of their processors is a core of two threads, and a Kubernetes CPU is a
 * thread. `oc` shapes have 7.5 GiB per core, `oc…m` shapes 15 GiB.
 */
const SHAPES: ReadonlyMap<string, { cores: number; gibPerCore: number }> = new Map([
  ['oc3', { cores: 1, gibPerCore: 7.5 }],
  ['oc4', { cores: 2, gibPerCore: 7.5 }],
  ['oc5', { cores: 4, gibPerCore: 7.5 }],
  ['oc6', { cores: 8, gibPerCore: 7.5 }],
  ['oc7', { cores: 16, gibPerCore: 7.5 }],
  ['oc1m', { cores: 1, gibPerCore: 15 }],
  ['oc2m', { cores: 2, gibPerCore: 15 }],
  ['oc3m', { cores: 4, gibPerCore: 15 }],
  ['oc4m', { cores: 8, gibPerCore: 15 }],
  ['oc5m', { cores: 16, gibPerCore: 15 }],
]);

/**
 * The StatefulSet of an instance. Image, shape, networks and volumes are taken over; `attributes` and `sshkeys` are not: a
 * container has no use for them, and they may be confidential. `guards` are what its security lists say. Throws FinalError
 * OBJECT_REFUSED.
 */
export function instanceManifest(object: WantedObject, guards: readonly Guard[] = []): StatefulSet {
  const name = clusterName(object.objType, object.name);
  const labels = { [INSTANCE_LABEL]: name };
  const annotations = {
    [ANNOTATION.desired]: 'running',
    [ANNOTATION.disks]: JSON.stringify(disksOf(object)),
  };
  const metadata = metadataOf(object, annotations);
  const bare: StatefulSet = {
    metadata,
    spec: {
      replicas: 1,
      serviceName: name,
      // A broken pod must not keep its own replacement from being made.
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, ...membershipsOf(object), ...guardLabels(guards) } },
        spec: {
          // Variables for every Service of the namespace: a few thousand of them keep a pod from starting.
          enableServiceLinks: false,
          automountServiceAccountToken: false,
          containers: [{ name: CONTAINER, ...imageOf(object), resources: resourcesOf(object) }],
        },
      },
    },
  };
  return withDisks(bare, metadata.annotations);
}

/** The StatefulSet with the volumes that its annotations name: those of its definition, and those attached to it. */
export function withDisks(body: StatefulSet, annotations: Annotations): StatefulSet {
  const { spec } = body;
  if (!spec) return body;
  const disks = disksIn(annotations);
  const volumes = disks.map(({ volume }): Volume => ({
    name: diskName(volume),
    persistentVolumeClaim: { claimName: clusterName('storage/volume', volume) },
  }));
  const volumeMounts = disks.map(({ volume, index }): VolumeMount => ({
    name: diskName(volume),
    mountPath: `/mnt/disk${index}`,
  }));
  const pod = spec.template.spec;
  const containers = (pod?.containers ?? []).map((container) => ({ ...container, volumeMounts }));
  const template = { ...spec.template, spec: { ...pod, containers, volumes } };
  return { ...body, spec: { ...spec, template } };
}

/** The volumes of an instance by the annotations of its StatefulSet. */
export function disksIn(annotations: Annotations): Disk[] {
  const own = readRecord(annotations, ANNOTATION.disks, z.array(diskSchema));
  return [...own, ...partsOf('storage/attachment', diskSchema, annotations)];
}

/** The given index, or the lowest from 1 that is free. */
export function indexAmong(disks: readonly { index: number }[], wanted: Json | undefined): number {
  if (typeof wanted === 'number') return wanted;
  const taken = new Set(disks.map(({ index }) => index));
  let index = 1;
  while (taken.has(index)) index += 1;
  return index;
}

function diskName(volume: string): string {
  return clusterName('storage/volume', volume);
}

function disksOf(object: WantedObject): Disk[] {
  const disks: Disk[] = [];
  for (const attachment of fieldsOf(object.spec['storage_attachments'])) {
    const volume = textOf(attachment, 'volume');
    if (volume === undefined) throw refused(object, 'has an attachment that names no volume');
    if (disks.some((disk) => disk.volume === volume)) throw refused(object, `attaches ${volume} twice`);
    disks.push({ volume, index: indexAmong(disks, attachment['index']) });
  }
  return disks;
}

/** Labels by which security lists, networks and addresses select its pod. */
function membershipsOf(object: WantedObject): Record<string, string> {
  const labels = referencesOf('launchplan', object.spec).flatMap(({ objType, name }) =>
    objType === 'seclist' || objType === 'vnet' || objType === 'ip/reservation'
      ? [[memberLabel(objType, name), 'member'] as const]
      : [],
  );
  return Object.fromEntries(labels);
}

function resourcesOf(object: WantedObject): Resources {
  const { shape } = object.spec;
  if (shape === undefined || shape === null || shape === '') return {};
  if (typeof shape === 'string') {
    const known = SHAPES.get(shape);
    if (known) {
      const memory = `${known.cores * known.gibPerCore * 1024}Mi`;
      return { requests: { cpu: String(2 * known.cores), memory }, limits: { memory } };
    }
  }
  if (isFields(shape)) {
    const { cpus, memory } = shape;
    const asked = {
      ...(typeof cpus === 'number' || typeof cpus === 'string' ? { cpu: String(cpus) } : {}),
      ...(typeof memory === 'string' ? { memory } : {}),
    };
    if (Object.keys(asked).length > 0) return { requests: asked };
  }
  const names = [...SHAPES.keys()].join(', ');
  throw refused(
    object,
    `has a shape that means nothing here: take one of ${names}, or an object like {"cpus": 1, "memory": "2Gi"}`,
  );
}
