import { apiContract } from '../contract/api-contract.ts';
import { administrator, freshNamespace, compactHistory } from './cluster.ts';

apiContract('a real API server', async () => ({
  kubeConfig: administrator(),
  namespace: await freshNamespace(),
  expireLists: compactHistory,
}));
