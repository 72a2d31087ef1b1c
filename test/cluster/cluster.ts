/** The control plane of this run, for test files. */
import { randomUUID } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { inject } from 'vitest';
import { z } from 'zod';
import { clusterName } from '../../src/activities/stacks/drivers/kubernetes/names.ts';
import type { Pods } from '../contract/kubernetes-world.ts';
import type { Wanted } from '../contract/objects.ts';
import { KubernetesHTTP, STRATEGIC_MERGE_PATCH } from '../support/kubernetes-http.ts';

/** An administrator's access. */
export function administrator(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(inject('controlPlane').kubeconfigPath);
  return kubeConfig;
}

/** A namespace that nothing else in this run uses. It ends with the control plane. */
export async function freshNamespace(): Promise<string> {
  const name = `t-${randomUUID()}`;
  await new KubernetesHTTP(administrator()).create('/api/v1/namespaces', { metadata: { name } });
  return name;
}

/** Pods of instances as nodes report them. */
export function podsOf(namespace: string): Pods {
  const http = new KubernetesHTTP(administrator());
  const report = async ({ name }: Wanted, ready: 'True' | 'False'): Promise<void> => {
    const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, status: ready }));
    const pod = `/api/v1/namespaces/${namespace}/pods/${clusterName('launchplan', name)}-0`;
    const body = { status: { conditions } };
    await http.ask('PATCH', `${pod}/status`, { body, type: STRATEGIC_MERGE_PATCH });
  };
  return { kill: (instance) => report(instance, 'False'), revive: (instance) => report(instance, 'True') };
}

const putSchema = z.object({ header: z.object({ revision: z.string() }) });

/** Compaction, as etcd does it every five minutes in production: lists that are under way can't be read on. */
export async function compactHistory(): Promise<void> {
  const { etcdURL } = inject('controlPlane');
  const ask = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${etcdURL}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
    return await response.json();
  };
  // The revision that a list was read at must be an earlier one.
  const key = Buffer.from('drydock-test').toString('base64');
  const { header } = putSchema.parse(await ask('/v3/kv/put', { key, value: key }));
  await ask('/v3/kv/compaction', { revision: header.revision, physical: true });
}
