/** Shoots on a real API server: Gardener's own is an API server of its own, a custom resource answers alike. */
import { createFleet } from '../../src/dev/landscape/fleet.ts';
import { CLOUD_PROFILES } from '../../src/dev/landscape/simulated-cloud-profiles.ts';
import { until } from '../support/environment.ts';
import { KubernetesHTTP, MERGE_PATCH } from '../support/kubernetes-http.ts';
import { administrator } from './cluster.ts';

const GROUP = 'core.gardener.cloud';
const VERSION = 'v1beta1';

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const DEFINITION = {
  metadata: { name: `shoots.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'shoots', singular: 'shoot', kind: 'Shoot', listKind: 'ShootList' },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                ...open,
                required: ['region', 'provider'],
                properties: {
                  region: { type: 'string' },
                  provider: open,
                  hibernation: { ...open, properties: { enabled: { type: 'boolean' } } },
                  maintenance: {
                    ...open,
                    properties: {
                      timeWindow: {
                        type: 'object',
                        properties: { begin: { type: 'string' }, end: { type: 'string' } },
                      },
                    },
                  },
                },
              },
              status: open,
            },
          },
        },
      },
    ],
  },
};

type ProfileKind = 'CloudProfile' | 'NamespacedCloudProfile';

const pluralOf = (kind: ProfileKind): string => `${kind.toLowerCase()}s`;

function definitionOf(kind: ProfileKind) {
  const plural = pluralOf(kind);
  return {
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind === 'CloudProfile' ? 'Cluster' : 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
        },
      ],
    },
  };
}

const http = (): KubernetesHTTP => new KubernetesHTTP(administrator());

/** Makes the server know Shoots, once for the run. */
export async function defineShoots(): Promise<void> {
  await define(DEFINITION);
}

/** Likewise cloud profiles, with those of the landscape, and in the namespace one that inherits from each of them. */
export async function defineCloudProfiles(namespace: string): Promise<void> {
  await define(definitionOf('CloudProfile'));
  await define(definitionOf('NamespacedCloudProfile'));
  for (const { metadata, spec } of CLOUD_PROFILES) {
    const { name } = metadata as { name: string };
    await createProfile('CloudProfile', '', { metadata: { name }, spec });
    await createProfile('NamespacedCloudProfile', `namespaces/${namespace}/`, {
      metadata: { name: `our-${name}` },
      spec: { parent: { kind: 'CloudProfile', name } },
      status: { cloudProfileSpec: spec },
    });
  }
}

async function createProfile(
  kind: ProfileKind,
  where: string,
  body: { metadata: { name: string }; spec: unknown; status?: unknown },
): Promise<void> {
  const path = `/apis/${GROUP}/${VERSION}/${where}${pluralOf(kind)}`;
  const whole = { apiVersion: `${GROUP}/${VERSION}`, kind, ...body };
  const { status } = await http().request('POST', path, { body: whole });
  expectCreated(status, `the cloud profile ${body.metadata.name}`);
}

async function define(definition: typeof DEFINITION | ReturnType<typeof definitionOf>): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const { status } = await http().request('POST', path, { body: definition });
  const { plural } = definition.spec.names;
  expectCreated(status, plural);
  const list = `/apis/${GROUP}/${VERSION}/${plural}`;
  await until(async () => (await http().request('GET', list)).status === 200, {
    what: `that ${plural} are served`,
  });
}

/** Another file may have been first. */
function expectCreated(status: number, what: string): void {
  if (status !== 201 && status !== 409) throw new Error(`Creating ${what} was answered with ${status}`);
}

/** The landscape's fleet as real objects, those that are being deleted among them. Answers how many. */
export async function createShoots(namespace: string, fleetSize: number, leftOut: number): Promise<number> {
  const path = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/shoots`;
  const fleet = createFleet(1, fleetSize, leftOut);
  for (let position = 0; position < fleet.shoots; position += 1) {
    const member = fleet.byName(fleet.nameAt(position));
    if (!member) throw new Error(`The fleet has no Shoot at ${position}`);
    const { metadata, ...shoot } = fleet.manifest(member, namespace);
    const { name, annotations, labels } = metadata as { name: string; annotations: object; labels: object };
    await http().create(path, {
      ...shoot,
      metadata: { name, annotations, labels, finalizers: ['gardener.cloud/gardener'] },
    });
    // A status that comes with the creation is ignored.
    await patchStatus(namespace, name, { status: shoot['status'] });
    // It stays, because nobody takes the finalizer away.
    if (member.leftOut === 'being deleted') await http().ask('DELETE', `${path}/${name}`);
  }
  return fleet.shoots;
}

/** Changes one as Gardener or a person does. */
export async function patchShoot(namespace: string, name: string, body: object): Promise<void> {
  const path = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/shoots/${name}`;
  await http().ask('PATCH', path, { body, type: MERGE_PATCH });
}

/** Changes the status as Gardener does it. */
export async function patchStatus(namespace: string, name: string, body: object): Promise<void> {
  const path = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/shoots/${name}/status`;
  await http().ask('PATCH', path, { body, type: MERGE_PATCH });
}
