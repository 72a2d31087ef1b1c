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
 * | seclist | two NetworkPolicies: into its members, and out of them |
 * | secrule | a NetworkPolicy, two where it is between lists |
 * | vnet | NetworkPolicy |
 *
 * Its role needs get, list, create, update, patch and delete on these four kinds in the one namespace, get and create on
 * ConfigMaps for the marker that says whose namespace it is, list on pods and events to say why an instance does not get
 * ready, and nothing else.
 */
import { withCleanAnswers } from '../clean-answers.ts';
import type { Drivers } from '../driver.ts';
import { associationDriver, reservationDriver } from './address.ts';
import { connectCluster } from './cluster.ts';
import type { ClusterOptions } from './collection.ts';
import { instanceDriver } from './instance.ts';
import { createPendingReason } from './pending-reason.ts';
import { createReferences } from './references.ts';
import { seclistDriver, vnetDriver } from './network.ts';
import { secruleDriver } from './security-rules.ts';
import { attachmentDriver, volumeDriver } from './storage.ts';

export type { ClusterOptions as KubernetesDriverOptions } from './collection.ts';
export { inOwnNamespace } from './namespace-marker.ts';

/** Drivers for one namespace of a cluster. They ask for nothing until they are called. */
export function createKubernetesDrivers(options: ClusterOptions): Omit<Drivers, 'orchestration'> {
  const cluster = connectCluster(options);
  const { statefulSets, claims, services, policies } = cluster;
  const references = createReferences(cluster);
  return {
    launchplan: withCleanAnswers(instanceDriver(statefulSets, references, createPendingReason(cluster))),
    'storage/volume': withCleanAnswers(volumeDriver(claims, references)),
    'storage/attachment': withCleanAnswers(attachmentDriver(statefulSets, references)),
    'ip/reservation': withCleanAnswers(reservationDriver(services, references)),
    'ip/association': withCleanAnswers(associationDriver(services, references)),
    seclist: withCleanAnswers(seclistDriver(policies, references)),
    secrule: withCleanAnswers(secruleDriver(policies, references)),
    vnet: withCleanAnswers(vnetDriver(policies, references)),
  };
}
