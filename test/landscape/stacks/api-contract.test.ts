import { KubeConfig } from '@kubernetes/client-node';
import { startLandscape } from '../../../src/dev/landscape/index.ts';
import { apiContract } from '../../contract/api-contract.ts';
import { LandscapeAdmin } from '../../e2e/landscape-admin.ts';
import { atEndOfFile, temporaryFolder } from '../../support/environment.ts';

apiContract('the API of the landscape', async () => {
  const landscape = await startLandscape({
    dataDir: temporaryFolder(),
    fleetSize: 0,
    upgradeSeconds: 1,
    podSeconds: 0.2,
  });
  atEndOfFile(() => landscape.close());
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(landscape.kubeconfigPath);
  const admin = new LandscapeAdmin(landscape.adminURL);
  return { kubeConfig, namespace: 'drydock-stacks', expireLists: () => admin.expireContinueTokens() };
});
