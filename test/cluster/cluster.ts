/** The control plane of this run, for test files. */
import { randomUUID } from 'node:crypto';
import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { inject } from 'vitest';
import { clusterName } from '../../src/activities/stacks/drivers/kubernetes/names.ts';
import type { Pods } from '../contract/kubernetes-world.ts';
import type { Wanted } from '../contract/objects.ts';

/** An administrator's access. */
export function administrator(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(inject('controlPlane').kubeconfigPath);
  return kubeConfig;
}

/** A namespace that nothing else in this run uses. It ends with the control plane. */
export async function freshNamespace(): Promise<string> {
  const name = `t-${randomUUID()}`;
  await administrator()
    .makeApiClient(CoreV1Api)
    .createNamespace({ body: { metadata: { name } } });
  return name;
}

/** Pods of instances as nodes report them. */
export function podsOf(namespace: string): Pods {
  const core = administrator().makeApiClient(CoreV1Api);
  const report = async ({ name }: Wanted, ready: 'True' | 'False'): Promise<void> => {
    const pod = `${clusterName('launchplan', name)}-0`;
    const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, status: ready }));
    await core.patchNamespacedPodStatus(
      { namespace, name: pod, body: { status: { conditions } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
  };
  return { kill: (instance) => report(instance, 'False'), revive: (instance) => report(instance, 'True') };
}
