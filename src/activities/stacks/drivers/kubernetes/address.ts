import { z } from 'zod';
import type { ObjectDriver, WantedObject } from '../driver.ts';
import type { Collection } from './collection.ts';
import { refused, textOf } from './fields.ts';
import { ANNOTATION, clusterName, INSTANCE_LABEL, memberLabel, metadataOf } from './names.ts';
import { part } from './part.ts';
import type { Service } from './plain.ts';
import { partsOf, type Annotations } from './records.ts';
import type { References } from './references.ts';
import { wholeObject } from './whole.ts';

/** A Service needs at least one port; without `ports` in the definition these are open. */
const DEFAULT_PORTS = [22, 80, 443];

const associationSchema = z.object({ instance: z.string() });
type Association = z.infer<typeof associationSchema>;

/** Addresses as Services of type ClusterIP: the address stays as long as the Service does. */
export function reservationDriver(collection: Collection<Service>, references: References): ObjectDriver {
  return wholeObject({
    collection,
    references,
    propagation: 'Background',
    manifest: serviceManifest,
    standing({ body }) {
      const ip = body.spec?.clusterIP;
      return ip === undefined || ip === ''
        ? { state: 'pending' }
        : { state: 'available', attributes: { ip } };
    },
  });
}

/** The Service of an address: it leads to the instances that name it as `nat`. Throws FinalError OBJECT_REFUSED. */
export function serviceManifest(object: WantedObject): Service {
  const metadata = metadataOf(object);
  const ports = portsOf(object).map((port) => ({ name: `tcp-${port}`, port, protocol: 'TCP' }));
  return withSelector({ metadata, spec: { type: 'ClusterIP', ports } }, metadata.annotations);
}

function portsOf(object: WantedObject): number[] {
  const { ports } = object.spec;
  if (ports === undefined || ports === null) return DEFAULT_PORTS;
  const numbers = Array.isArray(ports) ? ports.filter((port) => typeof port === 'number') : [];
  if (Array.isArray(ports) && numbers.length > 0 && numbers.length === ports.length) return numbers;
  throw refused(object, 'has ports that are no list of numbers; write for example [80, 443]');
}

/** Leads to the instance of its association, and without one to those that name it. */
function withSelector(body: Service, annotations: Annotations): Service {
  const [association] = partsOf('ip/association', associationSchema, annotations);
  const selector = association
    ? { [INSTANCE_LABEL]: clusterName('launchplan', association.instance) }
    : { [memberLabel('ip/reservation', annotations[ANNOTATION.name] ?? '')]: 'member' };
  return { ...body, spec: { ...body.spec, selector } };
}

/** Associations: the address leads to one instance for as long as one exists. */
export function associationDriver(collection: Collection<Service>, references: References): ObjectDriver {
  return part<Service, Association>({
    objType: 'ip/association',
    collection,
    references,
    details: associationSchema,
    host(object) {
      const name = textOf(object.spec, 'parentpool')?.replace(/^ipreservation:/, '');
      if (name === undefined) throw refused(object, 'needs the address that it associates, parentpool');
      return { objType: 'ip/reservation', name };
    },
    record(object, annotations) {
      const [other] = partsOf('ip/association', associationSchema, annotations);
      const instance = textOf(object.spec, 'instance_name') ?? textOf(object.spec, 'vcable');
      if (instance === undefined) throw refused(object, 'needs the name of its instance, instance_name');
      if (other) throw refused(object, `takes an address that ${other.name} holds; destroy that one first`);
      return { instance };
    },
    render: withSelector,
    standing: ({ body }) => ({
      state: 'available',
      ...(body.spec?.clusterIP ? { attributes: { ip: body.spec.clusterIP } } : {}),
    }),
  });
}
