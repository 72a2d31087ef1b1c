import { driverContract } from '../contract/driver-contract.ts';
import { kubernetesWorld } from '../contract/kubernetes-world.ts';
import { administrator, freshNamespace, podsOf } from './cluster.ts';

driverContract('the Kubernetes driver on a real control plane', async () => {
  const access = { kubeConfig: administrator(), namespace: await freshNamespace() };
  return kubernetesWorld(access, podsOf(access.namespace));
});
