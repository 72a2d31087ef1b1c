/** PostgreSQL takes neither NUL nor half of a surrogate pair: no outside system may bring them in. */
import { describe, expect, it } from 'vitest';
import { withCleanAnswers } from '../../../src/activities/stacks/drivers/clean-answers.ts';
import type { DescribedObject, InstanceDriver } from '../../../src/activities/stacks/drivers/driver.ts';
import { createKubernetesDrivers } from '../../../src/activities/stacks/drivers/kubernetes/index.ts';
import { createInventoryClient } from '../../../src/clients/upgrades/gardener.ts';
import { createOverridesClient } from '../../../src/clients/upgrades/overrides.ts';
import { createProvisionerClient } from '../../../src/clients/upgrades/provisioner.ts';
import { maskSecrets } from '../../../src/domain/upgrades/operation-config.ts';
import { kubeConfigFor, serve, type Answer } from './http-answers.ts';

const BAD = 'a\0b\ud800c';
const CLEAN = 'a\uFFFDb\uFFFDc';
const UNSTORABLE = /\0|\\u0000|\\ud[89a-f]/i;
const { signal } = new AbortController();

const answers = (answer: Answer): Promise<string> => serve(() => answer).then(({ url }) => url);
const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => String(error),
  );

describe('a text that cannot be stored', () => {
  it('comes in clean from an operation of the Provisioner', async () => {
    const operation = {
      id: BAD,
      operation: BAD,
      state: 'Failed',
      message: BAD,
      runtimeID: BAD,
      lastError: { errMessage: BAD, reason: BAD, component: BAD },
    };
    const client = createProvisionerClient({ url: await answers({ json: { data: { result: operation } } }) });
    expect(await client.operationStatus('op-1')).toEqual({
      id: CLEAN,
      operation: CLEAN,
      state: 'Failed',
      message: CLEAN,
      runtimeID: CLEAN,
      lastError: { errMessage: CLEAN, reason: CLEAN, component: CLEAN },
    });
  });

  it('comes in clean from an error of the Provisioner', async () => {
    const url = await answers({ json: { data: null, errors: [{ message: BAD }] } });
    const message = await messageOf(createProvisionerClient({ url }).upgradeShoot('runtime-1', {}));
    expect(message).toContain(CLEAN);
  });

  it('comes in clean from a Shoot', async () => {
    const shoot = {
      metadata: {
        name: BAD,
        annotations: { 'kcp.provisioner.kyma-project.io/runtime-id': BAD },
        labels: {
          account: BAD,
          subaccount: BAD,
          'kyma-project.io/instance-id': BAD,
          'kyma-project.io/broker-plan-id': BAD,
          'kyma-project.io/broker-plan-name': BAD,
        },
      },
      spec: { region: BAD, maintenance: { timeWindow: { begin: '220000+0000', end: '020000+0000' } } },
      status: { lastOperation: { type: 'Reconcile', state: 'Succeeded' } },
    };
    const url = await answers({ json: { items: [shoot, { metadata: { name: `${BAD}2` } }] } });
    const client = createInventoryClient({ kubeConfig: kubeConfigFor(url), namespace: 'garden' });
    for await (const { runtimes, excluded } of client.pages({})) {
      const { maintenanceWindow: _, ...texts } = runtimes[0] ?? {};
      expect(new Set(Object.values(texts))).toEqual(new Set([CLEAN]));
      expect(excluded).toEqual([{ shootName: `${CLEAN}2`, reason: 'no runtime ID' }]);
    }
  });

  it('is sent as it is when it is an override, and recorded clean', async () => {
    const url = (
      await serve(({ url: { pathname } }) => ({
        json: {
          items: pathname.endsWith('configmaps')
            ? [{ metadata: { name: BAD, labels: { component: BAD } }, data: { [BAD]: BAD } }]
            : [],
        },
      }))
    ).url;
    const client = createOverridesClient({ kubeConfig: kubeConfigFor(url), namespace: 'kcp' });
    const [set] = await client.forKyma('azure', '2.20.5');
    expect(set).toEqual({ component: CLEAN, entries: [{ key: BAD, value: BAD, secret: false }] });
    const kymaConfig = { version: '2.20.5', components: [], configuration: set?.entries ?? [] };
    expect(maskSecrets({ kymaConfig }).kymaConfig?.configuration).toEqual([
      { key: CLEAN, value: CLEAN, secret: false },
    ]);
  });

  it('comes in clean from a Kubernetes API that refuses an object', async () => {
    const api = await serve(({ method }) =>
      method === 'GET'
        ? { status: 404, json: { kind: 'Status', reason: 'NotFound', details: { name: 'x', kind: 'x' } } }
        : { status: 422, json: { kind: 'Status', reason: 'Invalid', message: BAD } },
    );
    const drivers = createKubernetesDrivers({ kubeConfig: kubeConfigFor(api.url), namespace: 'stacks' });
    const volume = {
      objType: 'storage/volume' as const,
      name: '/acme/jack/disk',
      owner: '/acme/jack/shop disks /acme/jack/disk',
      spec: { name: '/acme/jack/disk', size: '10G' },
    };
    const message = await messageOf(drivers['storage/volume'].create(volume, signal));
    expect(message).toContain(CLEAN);
  });

  it('comes in clean from what a driver tells of an object', async () => {
    const told: DescribedObject = {
      id: BAD,
      owner: BAD,
      state: 'stopped',
      reason: BAD,
      attributes: { [BAD]: [BAD, { deep: BAD }] },
    };
    const nothing = (): Promise<void> => Promise.resolve();
    const driver: InstanceDriver = {
      create: nothing,
      destroy: nothing,
      start: nothing,
      stop: nothing,
      restart: nothing,
      describe: () => Promise.resolve(told),
      survey: () => () => Promise.resolve(new Map([['/acme/jack/web', told]])),
    };
    const clean = withCleanAnswers(driver);
    const ref = { objType: 'launchplan' as const, name: '/acme/jack/web', owner: 'x', spec: { name: 'x' } };
    const surveyed = await clean.survey?.()([ref], signal);
    for (const described of [await clean.describe(ref, signal), surveyed?.get('/acme/jack/web')]) {
      expect(described).toMatchObject({ id: CLEAN, owner: CLEAN, reason: CLEAN });
      expect(JSON.stringify(described)).not.toMatch(UNSTORABLE);
    }
  });
});
