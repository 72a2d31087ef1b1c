/** The roles that docs/operations.md tells operators to give, as they stand there, given to accounts of a test. */
import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { until } from '../support/environment.ts';
import { KubernetesHTTP } from '../support/kubernetes-http.ts';
import { administrator } from './cluster.ts';

const EVERYWHERE = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = `${EVERYWHERE}/namespaces`;
const RUNBOOK = 'docs/operations.md';

const roleSchema = z.strictObject({
  apiVersion: z.literal('rbac.authorization.k8s.io/v1'),
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.strictObject({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(
    z.strictObject({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
    }),
  ),
});
export type Rules = z.infer<typeof roleSchema>['rules'];

/** The rules of a role by its name in the runbook. */
export function rulesOf(role: string): Rules {
  const blocks = readFileSync(RUNBOOK, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms);
  const documents = [...blocks].flatMap(([, text = '']) =>
    parseAllDocuments(text).map((document) => document.toJS() as unknown),
  );
  const roles = documents.flatMap((document) => roleSchema.safeParse(document).data ?? []);
  const found = roles.find(({ metadata }) => metadata.name === role);
  if (!found) throw new Error(`${RUNBOOK} has no role ${role}`);
  return found.rules;
}

export interface Account {
  /** With the account's token and nothing else. */
  kubeConfig: KubeConfig;
  /** Gives it these rules in its namespace, and takes all others. */
  may(rules: Rules): Promise<void>;
  /** Gives it these rules for what has no namespace; they stay. */
  mayEverywhere(rules: Rules): Promise<void>;
}

const tokenSchema = z.object({ status: z.object({ token: z.string() }) });

/** A service account that may do nothing yet. */
export async function createAccount(namespace: string): Promise<Account> {
  const name = 'drydock';
  const admin = new KubernetesHTTP(administrator());
  const core = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const apiGroup = 'rbac.authorization.k8s.io';
  await admin.create(core, { metadata: { name } });
  await admin.create(`${ROLES}/${namespace}/roles`, { metadata: { name }, rules: [] });
  await admin.create(`${ROLES}/${namespace}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  const { status } = tokenSchema.parse(await admin.create(`${core}/${name}/token`, { spec: {} }));
  const cluster = administrator().getCurrentCluster();
  if (!cluster) throw new Error('The kubeconfig of the control plane names no cluster');
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(cluster, { name, token: status.token });
  return {
    kubeConfig,
    async may(rules) {
      await admin.merge(`${ROLES}/${namespace}/roles/${name}`, { rules });
    },
    async mayEverywhere(rules) {
      // Cluster-wide, so named after the namespace.
      const metadata = { name: namespace };
      await admin.create(`${EVERYWHERE}/clusterroles`, { metadata, rules });
      await admin.create(`${EVERYWHERE}/clusterrolebindings`, {
        metadata,
        roleRef: { apiGroup, kind: 'ClusterRole', name: namespace },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      });
    },
  };
}

/** Rights hold a moment later: the server keeps them in a cache of its own. */
export async function allowed<T>(work: () => Promise<T>): Promise<T> {
  return await until(
    async () => {
      try {
        return { done: await work() };
      } catch (error) {
        if (error instanceof Error && / cannot \w+ resource /.test(error.message)) return undefined;
        throw error;
      }
    },
    { what: 'that the rights hold' },
  ).then(({ done }) => done);
}
