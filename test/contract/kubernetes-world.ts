/** A namespace of a Kubernetes API, real or not, as the contract of drivers needs it. */
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { createKubernetesDrivers } from '../../src/activities/stacks/drivers/kubernetes/index.ts';
import { clusterName, partKey, type PartType } from '../../src/activities/stacks/drivers/kubernetes/names.ts';
import { claimManifest } from '../../src/activities/stacks/drivers/kubernetes/storage.ts';
import { KubernetesHTTP, type Shown } from '../support/kubernetes-http.ts';
import type { SingleType, Wanted } from './objects.ts';
import type { World } from './world.ts';

export interface KubernetesAccess {
  kubeConfig: KubeConfig;
  namespace: string;
}

/** How pods end and come back is not for the API alone to say. */
export type Pods = Pick<World, 'kill' | 'revive'>;

/** The namespace as a person with kubectl has it. */
export class ByHand {
  readonly http: KubernetesHTTP;

  constructor(private readonly access: KubernetesAccess) {
    this.http = new KubernetesHTTP(access.kubeConfig);
  }

  /** Path of the object that stands for one of a stack, or of all of its kind. */
  path(objType: SingleType, name?: string): string {
    const all = `${PATHS[objType][0]}/namespaces/${this.access.namespace}/${PATHS[objType][1]}`;
    return name === undefined ? all : `${all}/${clusterName(objType, name)}`;
  }

  read({ objType, name }: Named): Promise<Shown> {
    return this.http.ask('GET', this.path(objType, name));
  }

  async remove({ objType, name }: Named): Promise<void> {
    await this.http.ask('DELETE', this.path(objType, name));
  }

  /** By a merge patch, as RFC 7396 has it. */
  async patch({ objType, name }: Named, patch: object): Promise<void> {
    await this.http.merge(this.path(objType, name), patch);
  }
}

type Named = Pick<Wanted, 'objType' | 'name'>;

const CLAIMS = ['/api/v1', 'persistentvolumeclaims'] as const;
const SERVICES = ['/api/v1', 'services'] as const;
const POLICIES = ['/apis/networking.k8s.io/v1', 'networkpolicies'] as const;
const STATEFUL_SETS = ['/apis/apps/v1', 'statefulsets'] as const;

/** Where that is which stands for each type, or keeps it. */
const PATHS: Record<SingleType, readonly [api: string, resource: string]> = {
  'storage/volume': CLAIMS,
  'ip/reservation': SERVICES,
  'ip/association': SERVICES,
  seclist: POLICIES,
  secrule: POLICIES,
  vnet: POLICIES,
  launchplan: STATEFUL_SETS,
  'storage/attachment': STATEFUL_SETS,
};

/** The object that keeps one which has none of its own. */
function hostOf({ objType, spec }: Wanted): { objType: SingleType; name: string } | undefined {
  const text = (field: string): string => z.string().parse(spec[field]).replace(/^\w+:/, '');
  switch (objType) {
    case 'storage/attachment':
      return { objType: 'launchplan', name: text('instance_name') };
    case 'ip/association':
      return { objType: 'ip/reservation', name: text('parentpool') };
    default:
      return undefined;
  }
}

/** A world whose driver works on that namespace. */
export function kubernetesWorld(access: KubernetesAccess, pods: Pods): World {
  const byHand = new ByHand(access);
  return {
    drivers: createKubernetesDrivers(access),
    ...pods,
    async putVolume({ objType, name, ...volume }) {
      const { spec } = claimManifest({ objType, name, ...volume });
      const claim = { metadata: { name: clusterName(objType, name) }, spec };
      const { metadata } = await byHand.http.create(byHand.path(objType), claim);
      return metadata.uid ?? '';
    },
    async vanish(object) {
      const host = hostOf(object);
      if (!host) return await byHand.remove(object);
      const nothing = { [partKey(object.objType as PartType, object.name)]: null };
      await byHand.patch(host, { metadata: { annotations: nothing, labels: nothing } });
    },
  };
}
