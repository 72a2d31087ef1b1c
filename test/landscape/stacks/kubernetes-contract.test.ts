import { KubeConfig } from '@kubernetes/client-node';
import { startLandscape, type Landscape } from '../../../src/dev/landscape/index.ts';
import { kubernetesContract } from '../../contract/kubernetes-contract.ts';
import { kubernetesWorld, type KubernetesAccess, type Pods } from '../../contract/kubernetes-world.ts';
import { namespaceContract } from '../../contract/namespace-contract.ts';
import { LandscapeAdmin } from '../../e2e/landscape-admin.ts';
import { atEndOfFile, temporaryFolder } from '../../support/environment.ts';

async function open(): Promise<{ of: Landscape; access: KubernetesAccess; admin: LandscapeAdmin }> {
  const dataDir = temporaryFolder();
  const of = await startLandscape({ dataDir, fleetSize: 0, upgradeSeconds: 1, podSeconds: 0.2 });
  atEndOfFile(() => of.close());
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  return { of, access: { kubeConfig, namespace: 'drydock-stacks' }, admin: new LandscapeAdmin(of.adminURL) };
}

function podsOf(admin: LandscapeAdmin): Pods {
  return { kill: ({ name }) => admin.killInstance(name), revive: ({ name }) => admin.reviveInstance(name) };
}

kubernetesContract('the Kubernetes driver on the landscape', async () => {
  const { access, admin } = await open();
  const pods = podsOf(admin);
  return {
    ...kubernetesWorld(access, pods),
    access,
    async withoutRights() {
      const other = await open();
      await other.admin.setFault('objects', { mode: 'unavailable', status: 403 });
      return kubernetesWorld(other.access, pods);
    },
  };
});

namespaceContract('the Kubernetes driver on the landscape', async () => {
  const { access, admin } = await open();
  return { access, pods: podsOf(admin) };
});
