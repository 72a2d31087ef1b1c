/**
 * The objects of stacks in a Kubernetes cluster. Whose an object is stands on it, so that nothing is created twice and
 * nothing of others is changed or destroyed.
 *
 * | type | in the cluster |
 * |---|---|
 * | launchplan (an instance) | StatefulSet of one replica |
 * | storage/volume | PersistentVolumeClaim |
 * | storage/attachment | a volume in the pod of its instance's StatefulSet |
 * | ip/reservation | Service |
 * | ip/association | the selector of its address's Service |
 * | seclist, vnet | NetworkPolicy |
 * | secrule | an ingress rule of its security list's NetworkPolicy |
 *
 * Its role needs get, list, create, update, patch and delete on these four kinds in the one namespace, and nothing else.
 */
import { FinalError } from '../../../../domain/errors.ts';
import { referencesOf } from '../../../../domain/stacks/object-references.ts';
import type { Drivers, WantedObject } from '../driver.ts';
import { associationDriver, reservationDriver } from './address.ts';
import { connectCluster, type ClusterOptions } from './cluster.ts';
import { instanceDriver } from './instance.ts';
import { seclistDriver, secruleDriver, vnetDriver } from './network.ts';
import { attachmentDriver, volumeDriver } from './storage.ts';
import { titleOf } from './whole.ts';

export type { ClusterOptions as KubernetesDriverOptions } from './cluster.ts';

/** Drivers for one namespace of a cluster. They ask for nothing until they are called. */
export function createKubernetesDrivers(options: ClusterOptions): Omit<Drivers, 'orchestration'> {
  const { statefulSets, claims, services, policies } = connectCluster(options);

  /** Without this an instance would wait for its volume until its time is over. */
  async function demandReferences(object: WantedObject, signal: AbortSignal): Promise<void> {
    for (const reference of referencesOf(object.objType, object.spec)) {
      if (reference.objType === 'orchestration') continue;
      const described = await drivers[reference.objType].describe(
        { ...reference, owner: object.owner },
        signal,
      );
      if (described) continue;
      throw new FinalError(
        'OBJECT_REFUSED',
        `${titleOf(object)} refers to ${titleOf(reference)}, which does not exist; create it first, or let the plan depend on it`,
      );
    }
  }

  const drivers: Omit<Drivers, 'orchestration'> = {
    launchplan: instanceDriver(statefulSets, demandReferences),
    'storage/volume': volumeDriver(claims, demandReferences),
    'storage/attachment': attachmentDriver(statefulSets, demandReferences),
    'ip/reservation': reservationDriver(services, demandReferences),
    'ip/association': associationDriver(services, demandReferences),
    seclist: seclistDriver(policies, demandReferences),
    secrule: secruleDriver(policies, demandReferences),
    vnet: vnetDriver(policies, demandReferences),
  };
  return drivers;
}
