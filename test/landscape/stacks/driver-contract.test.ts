import { KubeConfig } from '@kubernetes/client-node';
import { startLandscape } from '../../../src/dev/landscape/index.ts';
import { driverContract } from '../../contract/driver-contract.ts';
import { usageContract } from '../../contract/usage-contract.ts';
import type { World } from '../../contract/world.ts';
import { kubernetesWorld } from '../../contract/kubernetes-world.ts';
import { LandscapeAdmin } from '../../e2e/landscape-admin.ts';
import { atEndOfFile, temporaryFolder } from '../../support/environment.ts';

const open = async (): Promise<World> => {
  const landscape = await startLandscape({
    dataDir: temporaryFolder(),
    fleetSize: 0,
    upgradeSeconds: 1,
    podSeconds: 0.2,
  });
  atEndOfFile(() => landscape.close());
  const admin = new LandscapeAdmin(landscape.adminURL);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(landscape.kubeconfigPath);
  return kubernetesWorld(
    { kubeConfig, namespace: 'drydock-stacks' },
    { kill: ({ name }) => admin.killInstance(name), revive: ({ name }) => admin.reviveInstance(name) },
  );
};

driverContract('the Kubernetes driver on the landscape', open);
usageContract('the Kubernetes driver on the landscape', open);
