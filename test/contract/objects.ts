/** Objects of stacks for the contract of drivers; each test has names of its own. */
import { randomUUID } from 'node:crypto';
import type { WantedObject } from '../../src/activities/stacks/drivers/driver.ts';
import type { Json, ObjectType } from '../../src/domain/stacks/definition.ts';

export type SingleType = Exclude<ObjectType, 'orchestration'>;
export type Wanted = WantedObject & { objType: SingleType };

type Fields = Record<string, Json>;

/** Objects of one stack, none of which is made yet. */
export interface Cast {
  wanted(objType: SingleType, name: string, fields?: Fields): Wanted;
  volume: Wanted;
  extra: Wanted;
  seclist: Wanted;
  vnet: Wanted;
  address: Wanted;
  /** Uses all of them but `extra`. */
  instance: Wanted;
  /** Gives `extra` to the instance. */
  attachment: Wanted;
  association: Wanted;
  rule: Wanted;
}

export function cast(): Cast {
  const folder = `/acme/${randomUUID().slice(0, 8)}`;
  const wanted = (objType: SingleType, name: string, fields: Fields = {}): Wanted => {
    const whole = `${folder}/${name}`;
    return { objType, name: whole, owner: `${folder}/shop plan ${whole}`, spec: { ...fields, name: whole } };
  };
  const volume = wanted('storage/volume', 'disk', { size: '10G' });
  const extra = wanted('storage/volume', 'extra', { size: '1G' });
  const seclist = wanted('seclist', 'web-list');
  const vnet = wanted('vnet', 'net');
  const address = wanted('ip/reservation', 'address');
  const instance = wanted('launchplan', 'Web_1', {
    shape: 'oc3',
    imagelist: 'nginx:1.29',
    storage_attachments: [{ volume: volume.name, index: 1 }],
    networking: {
      eth0: { seclists: [`seclist:${seclist.name}`], vnet: vnet.name, nat: `ipreservation:${address.name}` },
    },
  });
  return {
    wanted,
    volume,
    extra,
    seclist,
    vnet,
    address,
    instance,
    attachment: wanted('storage/attachment', 'extra-of-web', {
      instance_name: instance.name,
      storage_volume_name: extra.name,
    }),
    association: wanted('ip/association', 'address-of-web', {
      parentpool: `ipreservation:${address.name}`,
      instance_name: instance.name,
    }),
    rule: wanted('secrule', 'https', {
      src_list: 'seciplist:/oracle/public/public-internet',
      dst_list: `seclist:${seclist.name}`,
      application: '/oracle/public/https',
    }),
  };
}

/** The same object as another stack wants it. */
export function elsewhere<T extends WantedObject>(object: T): T {
  return { ...object, owner: `/acme/jill/other plan ${object.name}` };
}

export const TYPES: SingleType[] = [
  'storage/volume',
  'seclist',
  'vnet',
  'ip/reservation',
  'launchplan',
  'storage/attachment',
  'ip/association',
  'secrule',
];

/** An object of a type, and what must exist before it can. */
export function exampleOf(objType: SingleType, of: Cast): { object: Wanted; needed: Wanted[] } {
  const { volume, extra, seclist, vnet, address, instance } = of;
  const ofInstance = [volume, seclist, vnet, address];
  switch (objType) {
    case 'storage/volume':
      return { object: volume, needed: [] };
    case 'seclist':
      return { object: seclist, needed: [] };
    case 'vnet':
      return { object: vnet, needed: [] };
    case 'ip/reservation':
      return { object: address, needed: [] };
    case 'launchplan':
      return { object: instance, needed: ofInstance };
    case 'storage/attachment':
      return { object: of.attachment, needed: [...ofInstance, extra, instance] };
    case 'ip/association':
      return { object: of.association, needed: [...ofInstance, instance] };
    case 'secrule':
      return { object: of.rule, needed: [seclist] };
  }
}
