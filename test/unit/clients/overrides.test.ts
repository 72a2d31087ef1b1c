import { describe, expect, it } from 'vitest';
import { createOverridesClient } from '../../../src/clients/upgrades/overrides.ts';
import { FinalError, UnavailableError } from '../../../src/domain/errors.ts';
import { kubeConfigFor, serve, type Answer, type HttpAnswers, type ReceivedRequest } from './http-answers.ts';

interface Item {
  name: string;
  uid?: string;
  resourceVersion?: string;
  labels: Record<string, string>;
  data: Record<string, string>;
}

const CONFIG_MAPS: Item[] = [
  {
    name: 'b-istio',
    labels: { 'overrides-plan-azure': 'true', 'overrides-version-2.20.5': 'true', component: 'istio' },
    data: { 'gateways.replicas': '3' },
  },
  {
    name: 'a-global',
    labels: { 'overrides-plan-azure': 'true', 'overrides-version-2.20.5': 'true' },
    data: { 'global.z': '1', 'global.a': 'two' },
  },
  { name: 'plan-only', labels: { 'overrides-plan-azure': 'true' }, data: { nope: 'x' } },
  {
    name: 'pull-request',
    labels: { 'overrides-plan-azure': 'true', 'overrides-version-pr-7': 'true' },
    data: { pr: '7' },
  },
];
const SECRETS: Item[] = [
  {
    name: 'keys',
    uid: 'uid-of-keys',
    resourceVersion: '7',
    labels: { 'runtime-override': 'true', component: 'istio' },
    data: { 'tls.key': Buffer.from('s3cret-välue').toString('base64') },
  },
  { name: 'other', labels: {}, data: { nope: 'eA==' } },
];

/** Answers as the Kubernetes API does, with equality-based label selectors. */
function list({ url }: ReceivedRequest): Answer {
  const wanted = (url.searchParams.get('labelSelector') ?? '').split(',').map((term) => term.split('='));
  const items = (url.pathname.endsWith('/secrets') ? SECRETS : CONFIG_MAPS).filter((item) =>
    wanted.every(([name = '', value]) => item.labels[name] === value),
  );
  return { json: { metadata: {}, items: items.map(({ data, ...metadata }) => ({ metadata, data })) } };
}

function clientFor(api: HttpAnswers, clock = () => 0) {
  return createOverridesClient({ kubeConfig: kubeConfigFor(api.url), namespace: 'kcp-system', clock });
}

describe('A31: overrides', () => {
  it('come from ConfigMaps with both labels and from Secrets, whose values are marked', async () => {
    const api = await serve(list);
    expect(await clientFor(api).forKyma('azure', '2.20.5')).toEqual([
      {
        component: 'istio',
        entries: [{ key: 'tls.key', value: 's3cret-välue', secret: true }],
        version: 'keys/uid-of-keys/7',
      },
      {
        component: '',
        entries: [
          { key: 'global.a', value: 'two', secret: false },
          { key: 'global.z', value: '1', secret: false },
        ],
      },
      { component: 'istio', entries: [{ key: 'gateways.replicas', value: '3', secret: false }] },
    ]);
    expect(api.requests.every(({ url }) => url.pathname.startsWith('/api/v1/namespaces/kcp-system/'))).toBe(
      true,
    );
  });

  it('are found for a version whose labels are in lower case', async () => {
    const sets = await clientFor(await serve(list)).forKyma('azure', 'PR-7');
    expect(sets.flatMap((set) => set.entries).map((entry) => entry.key)).toContain('pr');
  });

  it.each([
    ['azure', '2.20.4'],
    ['gcp', '2.20.5'],
    ['', '2.20.5'],
    ['azure=true,overrides-plan-gcp', '2.20.5'],
    ['x'.repeat(60), '2.20.5'],
  ])('that are missing for plan %j and version %s are asked for by name', async (plan, version) => {
    const reading = clientFor(await serve(list)).forKyma(plan, version);
    await expect(reading).rejects.toThrow(FinalError);
    await expect(reading).rejects.toMatchObject({ code: 'OVERRIDES_MISSING' });
    await expect(reading).rejects.toThrow(`plan "${plan}" and Kyma version "${version}"`);
  });

  it('are read once for all who ask at the same time, and again after a while', async () => {
    const api = await serve(list);
    let now = 0;
    const client = clientFor(api, () => now);
    await Promise.all(Array.from({ length: 1_000 }, () => client.forKyma('azure', '2.20.5')));
    expect(api.requests).toHaveLength(2);
    now = 4_999;
    await client.forKyma('azure', '2.20.5');
    expect(api.requests).toHaveLength(2);
    now = 5_000;
    await client.forKyma('azure', '2.20.5');
    expect(api.requests).toHaveLength(4);
  });

  it('that could not be read are read again at once', async () => {
    let away = true;
    const client = clientFor(
      await serve((request) => (away ? { status: 503, raw: 'no upstream' } : list(request))),
    );
    const failing = client.forKyma('azure', '2.20.5');
    await expect(failing).rejects.toThrow(UnavailableError);
    await expect(failing).rejects.toMatchObject({ system: 'overrides' });
    away = false;
    await expect(client.forKyma('azure', '2.20.5')).resolves.toHaveLength(3);
  });

  it('are read for the others when one of those who asked gives up', async () => {
    const controller = new AbortController();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const client = clientFor(
      await serve(async (request) => {
        controller.abort();
        await released;
        return list(request);
      }),
    );
    const givenUp = client.forKyma('azure', '2.20.5', controller.signal);
    const patient = client.forKyma('azure', '2.20.5');
    await expect(givenUp).rejects.toThrow(/given up/);
    release();
    await expect(patient).resolves.toHaveLength(3);
  });
});
