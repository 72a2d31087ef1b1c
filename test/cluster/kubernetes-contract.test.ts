import { describe, expect, it } from 'vitest';
import { kubernetesContract } from '../contract/kubernetes-contract.ts';
import { kubernetesWorld } from '../contract/kubernetes-world.ts';
import { cast } from '../contract/objects.ts';
import { Stage } from '../contract/world.ts';
import { until } from '../support/environment.ts';
import { administrator, freshNamespace, podsOf } from './cluster.ts';
import { createAccount, rulesOf } from './runbook.ts';

kubernetesContract('the Kubernetes driver on a real control plane', async () => {
  const namespace = await freshNamespace();
  const access = { kubeConfig: administrator(), namespace };
  const { kubeConfig } = await createAccount(namespace);
  return {
    ...kubernetesWorld(access, podsOf(namespace)),
    access,
    withoutRights: async () => kubernetesWorld({ kubeConfig, namespace }, podsOf(namespace)),
  };
});

describe('the role of the runbook for stacks', () => {
  const { volume, address, seclist, instance } = cast();
  it.each([
    ['persistentvolumeclaims', volume],
    ['services', address],
    ['networkpolicies', seclist],
    ['statefulsets', { ...instance, spec: { name: instance.name, imagelist: 'nginx:1.29' } }],
  ])('is needed for %s, and is enough', async (resource, object) => {
    const namespace = await freshNamespace();
    const account = await createAccount(namespace);
    const stage = new Stage(
      kubernetesWorld({ kubeConfig: account.kubeConfig, namespace }, podsOf(namespace)),
    );
    const rules = rulesOf('drydock-stacks');
    const without = rules.map((rule) => ({
      ...rule,
      resources: rule.resources.filter((one) => one !== resource),
    }));
    await account.may(without.filter(({ resources }) => resources.length > 0));
    await expect(stage.create(object)).rejects.toThrow(`cannot get resource "${resource}"`);
    await account.may(rules);
    await until(
      async () =>
        await stage.create(object).then(
          () => true,
          () => false,
        ),
      { what: 'that the rights hold' },
    );
    await stage.settles(object);
    await stage.unmake(object);
  });
});
