/** The kinds of Kubernetes objects that stacks are made of, in one namespace of a cluster. */
import { AppsV1Api, CoreV1Api, NetworkingV1Api } from '@kubernetes/client-node';
import { collection, reader, type ClusterOptions, type Collection, type Selection } from './collection.ts';
import type { Claim, ClusterEvent, NetworkPolicy, Pod, Service, StatefulSet } from './plain.ts';

export interface Cluster {
  statefulSets: Collection<StatefulSet>;
  claims: Collection<Claim>;
  services: Collection<Service>;
  policies: Collection<NetworkPolicy>;
  pods(of: Selection, signal: AbortSignal): Promise<Pod[]>;
  events(of: Selection, signal: AbortSignal): Promise<ClusterEvent[]>;
}

/** The collections of a cluster. */
export function connectCluster(options: ClusterOptions): Cluster {
  const { kubeConfig } = options;
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const networking = kubeConfig.makeApiClient(NetworkingV1Api);
  return {
    statefulSets: collection<StatefulSet>(
      options,
      { apiVersion: 'apps/v1', kind: 'StatefulSet' },
      {
        list: (of, call) => apps.listNamespacedStatefulSet(of, call),
        read: (of, call) => apps.readNamespacedStatefulSet(of, call),
        create: (of, call) => apps.createNamespacedStatefulSet(of, call),
        replace: (of, call) => apps.replaceNamespacedStatefulSet(of, call),
        patch: (of, call) => apps.patchNamespacedStatefulSet(of, call),
        remove: (of, call) => apps.deleteNamespacedStatefulSet(of, call),
      },
    ),
    claims: collection<Claim>(
      options,
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
      {
        list: (of, call) => core.listNamespacedPersistentVolumeClaim(of, call),
        read: (of, call) => core.readNamespacedPersistentVolumeClaim(of, call),
        create: (of, call) => core.createNamespacedPersistentVolumeClaim(of, call),
        replace: (of, call) => core.replaceNamespacedPersistentVolumeClaim(of, call),
        patch: (of, call) => core.patchNamespacedPersistentVolumeClaim(of, call),
        remove: (of, call) => core.deleteNamespacedPersistentVolumeClaim(of, call),
      },
    ),
    services: collection<Service>(
      options,
      { apiVersion: 'v1', kind: 'Service' },
      {
        list: (of, call) => core.listNamespacedService(of, call),
        read: (of, call) => core.readNamespacedService(of, call),
        create: (of, call) => core.createNamespacedService(of, call),
        replace: (of, call) => core.replaceNamespacedService(of, call),
        patch: (of, call) => core.patchNamespacedService(of, call),
        remove: (of, call) => core.deleteNamespacedService(of, call),
      },
    ),
    policies: collection<NetworkPolicy>(
      options,
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      {
        list: (of, call) => networking.listNamespacedNetworkPolicy(of, call),
        read: (of, call) => networking.readNamespacedNetworkPolicy(of, call),
        create: (of, call) => networking.createNamespacedNetworkPolicy(of, call),
        replace: (of, call) => networking.replaceNamespacedNetworkPolicy(of, call),
        patch: (of, call) => networking.patchNamespacedNetworkPolicy(of, call),
        remove: (of, call) => networking.deleteNamespacedNetworkPolicy(of, call),
      },
    ),
    pods: reader<Pod>(options, 'pod', (of, call) => core.listNamespacedPod(of, call)),
    events: reader<ClusterEvent>(options, 'event', (of, call) => core.listNamespacedEvent(of, call)),
  };
}
