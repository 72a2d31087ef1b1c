import { driverContract } from '../contract/driver-contract.ts';
import { usageContract } from '../contract/usage-contract.ts';
import type { World } from '../contract/world.ts';
import { kubernetesWorld } from '../contract/kubernetes-world.ts';
import { administrator, freshNamespace, podsOf } from './cluster.ts';

const open = async (): Promise<World> => {
  const access = { kubeConfig: administrator(), namespace: await freshNamespace() };
  return kubernetesWorld(access, podsOf(access.namespace));
};

driverContract('the Kubernetes driver on a real control plane', open);
usageContract('the Kubernetes driver on a real control plane', open);
