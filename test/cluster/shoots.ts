/** Shoots on a real API server: Gardener's own is an API server of its own, a custom resource answers alike. */
import { createFleet } from '../../src/dev/landscape/fleet.ts';
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

const http = (): KubernetesHTTP => new KubernetesHTTP(administrator());

/** Makes the server know Shoots, once for the run. */
export async function defineShoots(): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const { status, body } = await http().request('POST', path, { body: DEFINITION });
  if (status !== 201 && status !== 409)
    throw new Error(`Shoots could not be defined: ${JSON.stringify(body)}`);
  const list = `/apis/${GROUP}/${VERSION}/shoots`;
  await until(async () => (await http().request('GET', list)).status === 200, {
    what: 'that Shoots are served',
  });
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
