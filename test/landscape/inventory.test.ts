import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { Landscape } from '../../src/dev/landscape/index.ts';
import { admin, call, firstRuntime, landscape, runtimes } from './support.ts';

interface Shoot {
  metadata: {
    name: string;
    resourceVersion: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    deletionTimestamp?: string;
  };
  spec: {
    purpose: string;
    region: string;
    maintenance: { timeWindow: { begin: string; end: string } };
    hibernation?: { enabled: boolean };
  };
  status: { hibernated: boolean; lastOperation: { type: string; state: string } };
}
interface List<T> {
  kind: string;
  reason?: string;
  metadata: { continue?: string; remainingItemCount?: number; resourceVersion?: string };
  items: T[];
}

const RUNTIME_ID = 'kcp.provisioner.kyma-project.io/runtime-id';
const shootsURL = (of: Landscape): string =>
  `${of.kubernetesURL}/apis/core.gardener.cloud/v1beta1/namespaces/${of.namespace}/shoots`;

async function listAll(of: Landscape, limit: number, selector = ''): Promise<Shoot[]> {
  const shoots: Shoot[] = [];
  let next = '';
  do {
    const query = new URLSearchParams({ limit: String(limit), continue: next, labelSelector: selector });
    const { body, status } = await call<List<Shoot>>(`${shootsURL(of)}?${query.toString()}`);
    expect(status).toBe(200);
    expect(body.items.length).toBeLessThanOrEqual(limit);
    shoots.push(...body.items);
    next = body.metadata.continue ?? '';
  } while (next !== '');
  return shoots;
}

function patch(of: Landscape, name: string, body: object, type = 'application/merge-patch+json') {
  const init = { method: 'PATCH', headers: { 'content-type': type }, body: JSON.stringify(body) };
  return call<Shoot & { reason?: string }>(`${shootsURL(of)}/${name}`, init);
}

describe('listing Shoots', () => {
  test('A3: pages over 1,000 Shoots yield each of them once, in the order of names', async () => {
    const of = await landscape({ fleetSize: 1000, leftOut: 20 });
    const names = (await listAll(of, 97)).map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(1020);
    expect(names).toEqual([...new Set(names)].sort());
  });

  test('a page says how many remain, and no more once a selector filters', async () => {
    const of = await landscape({ fleetSize: 30, leftOut: 0 });
    const first = await call<List<Shoot>>(`${shootsURL(of)}?limit=10`);
    expect(first.body.metadata.remainingItemCount).toBe(20);
    const selected = await call<List<Shoot>>(`${shootsURL(of)}?limit=1&labelSelector=account`);
    expect(selected.body.metadata.continue).toBeTypeOf('string');
    expect(selected.body.metadata.remainingItemCount).toBeUndefined();
  });

  test('100,000 Shoots are listed in pages, each once', async () => {
    const of = await landscape({ fleetSize: 100_000, leftOut: 0 });
    const ids = new Set<string>();
    let next = '';
    let pages = 0;
    do {
      const { body } = await call<List<Shoot>>(
        `${shootsURL(of)}?limit=500&continue=${encodeURIComponent(next)}`,
      );
      for (const { metadata } of body.items) ids.add(metadata.annotations[RUNTIME_ID] ?? '');
      next = body.metadata.continue ?? '';
      pages += 1;
    } while (next !== '');
    expect(ids.size).toBe(100_000);
    expect(pages).toBe(200);
  });

  test('a label selector narrows the list', async () => {
    const of = await landscape({ fleetSize: 200, leftOut: 0 });
    const plan = 'kyma-project.io/broker-plan-name';
    const all = await listAll(of, 50);
    const azure = all.filter(({ metadata }) => metadata.labels[plan] === 'azure').length;
    expect(azure).toBeGreaterThan(0);
    expect(await listAll(of, 7, `${plan}=azure`)).toHaveLength(azure);
    expect(await listAll(of, 7, `${plan}!=azure`)).toHaveLength(200 - azure);
    expect(await listAll(of, 7, `${plan} in (azure,aws,gcp,trial),account`)).toHaveLength(200);
    expect(await listAll(of, 7, `!account`)).toHaveLength(0);
    expect((await call(`${shootsURL(of)}?labelSelector=${encodeURIComponent('a in b')}`)).status).toBe(400);
  });

  test('a continue token that has expired is answered with 410 and a way to go on', async () => {
    let clock = 1_000_000;
    const of = await landscape({ fleetSize: 20, leftOut: 0, now: () => clock });
    const pageAfter = (token = ''): Promise<{ status: number; body: List<Shoot> }> =>
      call<List<Shoot>>(`${shootsURL(of)}?limit=15&continue=${encodeURIComponent(token)}`);

    const first = await pageAfter();
    clock += 301_000;
    const old = await pageAfter(first.body.metadata.continue);
    expect(old.status).toBe(410);
    expect(old.body).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 });
    expect((await pageAfter(old.body.metadata.continue)).body.items).toHaveLength(5);

    const second = await pageAfter();
    await admin(of, 'POST', '/expire-continue-tokens');
    expect((await pageAfter(second.body.metadata.continue)).status).toBe(410);
    expect((await pageAfter('made up')).status).toBe(400);
  });

  test('the kubeconfig leads the Kubernetes client to the Shoots', async () => {
    const of = await landscape({ fleetSize: 3, leftOut: 0 });
    const config = new KubeConfig();
    config.loadFromFile(of.kubeconfigPath);
    const list = (await config.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
      group: 'core.gardener.cloud',
      version: 'v1beta1',
      namespace: of.namespace,
      plural: 'shoots',
      limit: 2,
    })) as List<Shoot>;
    expect(list.items).toHaveLength(2);
    expect(list.metadata.continue).toBeTypeOf('string');
  });
});

describe('the fleet', () => {
  test('is the same for the same seed, and grows without changing', async () => {
    const names = async (fleetSize: number, seed: number): Promise<string[]> =>
      (await runtimes(await landscape({ fleetSize, seed }))).map(({ runtimeID }) => runtimeID);
    const [small, large, other] = [await names(20, 1), await names(60, 1), await names(20, 2)];
    expect(large).toEqual(expect.arrayContaining(small));
    expect(other.some((id) => large.includes(id))).toBe(false);
  });

  test('has Shoots of every kind that must be left out, beside the runtimes', async () => {
    const shoots = await listAll(await landscape({ fleetSize: 40, leftOut: 5 }), 100);
    const count = (is: (shoot: Shoot) => boolean): number => shoots.filter(is).length;
    expect(shoots).toHaveLength(45);
    expect(count(({ metadata }) => metadata.annotations[RUNTIME_ID] === undefined)).toBe(1);
    expect(count(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(1);
    expect(count(({ spec, status }) => spec.hibernation?.enabled === true && status.hibernated)).toBe(1);
    expect(count(({ status: { lastOperation } }) => lastOperation.type === 'Create')).toBe(1);
    const readable = /^([01]\d|2[0-3])[0-5]\d00[+-]\d{4}$/;
    expect(count(({ spec }) => !readable.test(spec.maintenance.timeWindow.begin))).toBe(1);
  });

  test('has windows across midnight and with offsets', async () => {
    const windows = (await runtimes(await landscape({ fleetSize: 100 }))).map(({ window }) => window);
    expect(windows.some(({ begin, end }) => end < begin)).toBe(true);
    expect(new Set(windows.map(({ begin }) => begin.slice(6))).size).toBeGreaterThan(3);
  });
});

describe('one Shoot', () => {
  test('is read, merge patched and versioned', async () => {
    const of = await landscape();
    const { shootName } = await firstRuntime(of);
    const before = await call<Shoot>(`${shootsURL(of)}/${shootName}`);
    const after = await patch(of, shootName, {
      metadata: { resourceVersion: before.body.metadata.resourceVersion, labels: { extra: 'yes' } },
      spec: { purpose: null },
    });
    expect(after.status).toBe(200);
    expect(after.body.metadata.labels).toEqual({ ...before.body.metadata.labels, extra: 'yes' });
    expect(after.body.spec.purpose).toBeUndefined();
    expect(after.body.metadata.resourceVersion).not.toBe(before.body.metadata.resourceVersion);
    expect((await call<Shoot>(`${shootsURL(of)}/${shootName}`)).body).toEqual(after.body);
  });

  test('refuses a patch of an older version, of another type and of an unknown name', async () => {
    const of = await landscape();
    const { shootName } = await firstRuntime(of);
    const stale = { metadata: { resourceVersion: '0' }, spec: { purpose: 'testing' } };
    expect(await patch(of, shootName, stale)).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    expect((await patch(of, shootName, {}, 'application/json')).status).toBe(415);
    expect(await patch(of, 'c-unknown', {})).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
    expect((await call(`${shootsURL(of)}/${shootName}x`)).status).toBe(404);
  });

  test('gets the window that the admin API sets', async () => {
    const of = await landscape();
    const { runtimeID, shootName } = await firstRuntime(of);
    const window = { begin: '233000+0100', end: '003000+0100' };
    await admin(of, 'PUT', `/runtimes/${runtimeID}/window`, window);
    const shoot = await call<Shoot>(`${shootsURL(of)}/${shootName}`);
    expect(shoot.body.spec.maintenance.timeWindow).toEqual(window);
    expect((await firstRuntime(of)).window).toEqual(window);
  });
});

describe('overrides', () => {
  const list = async (of: Landscape, resource: string, labelSelector: string) => {
    const query = new URLSearchParams({ labelSelector });
    const url = `${of.kubernetesURL}/api/v1/namespaces/${of.overridesNamespace}/${resource}?${query.toString()}`;
    return (await call<List<{ data: Record<string, string>; metadata: { name: string } }>>(url)).body.items;
  };

  test('A31: exist for every pair of plan and version, and for no other', async () => {
    const of = await landscape();
    for (const plan of ['azure', 'aws', 'gcp', 'trial']) {
      for (const version of ['2.20.5', '2.20.4', 'PR-123', 'main-00e83e99']) {
        const selector = `overrides-plan-${plan}=true,overrides-version-${version}=true`;
        expect((await list(of, 'configmaps', selector)).length).toBeGreaterThan(1);
      }
    }
    expect(await list(of, 'configmaps', 'overrides-plan-azure=true,overrides-version-9.9.9=true')).toEqual(
      [],
    );
  });

  test('secrets hold base64 and only the labelled ones are overrides', async () => {
    const of = await landscape();
    const secrets = await list(of, 'secrets', 'runtime-override=true');
    expect(secrets.map(({ metadata }) => metadata.name)).not.toContain('unrelated');
    const [value = ''] = Object.values(secrets[0]?.data ?? {});
    expect(Buffer.from(value, 'base64').toString()).toMatch(/^made-up-/);
  });
});
