import { describe, expect, it } from 'vitest';
import { createInventoryClient } from '../../../src/clients/upgrades/gardener.ts';
import type {
  InventoryClient,
  InventoryPage,
  ShootInventory,
} from '../../../src/clients/upgrades/outside-systems.ts';
import { FinalError, UnavailableError } from '../../../src/domain/errors.ts';
import { kubeConfigFor, NOBODY, serve, type Answer } from './http-answers.ts';

function shoot(index: number, runtimeID = `runtime-${index}`): object {
  return {
    metadata: {
      name: `c-${index}`,
      annotations: { 'kcp.provisioner.kyma-project.io/runtime-id': runtimeID },
    },
    spec: { maintenance: { timeWindow: { begin: '220000+0000', end: '020000+0000' } } },
    status: { lastOperation: { type: 'Reconcile', state: 'Succeeded' } },
  };
}

const clientFor = (url: string, timeoutMs?: number): InventoryClient & ShootInventory =>
  createInventoryClient({ kubeConfig: kubeConfigFor(url), namespace: 'garden-test', pageSize: 2, timeoutMs });

async function readAll(client: InventoryClient, signal?: AbortSignal): Promise<InventoryPage[]> {
  const pages: InventoryPage[] = [];
  for await (const page of client.pages({ signal })) pages.push(page);
  return pages;
}

const list = (items: object[], next?: string): Answer => ({ json: { metadata: { continue: next }, items } });
const status = (code: number, message: string): Answer => ({
  status: code,
  json: { kind: 'Status', status: 'Failure', message, code },
});
const names = (pages: InventoryPage[]): string[] =>
  pages.flatMap((page) => page.runtimes.map((runtime) => runtime.shootName));

describe('A3: the inventory', () => {
  it('is read by pages, with limit and continue, and our credentials', async () => {
    const api = await serve(({ url }) =>
      url.searchParams.get('continue') === 'more' ? list([shoot(2)]) : list([shoot(0), shoot(1)], 'more'),
    );
    const pages = await readAll(clientFor(api.url));
    expect(pages.map((page) => page.runtimes.length)).toEqual([2, 1]);
    expect(api.requests.map(({ url }) => `${url.pathname}?${url.searchParams.toString()}`)).toEqual([
      '/apis/core.gardener.cloud/v1beta1/namespaces/garden-test/shoots?limit=2',
      '/apis/core.gardener.cloud/v1beta1/namespaces/garden-test/shoots?continue=more&limit=2',
    ]);
    expect(api.requests[0]?.headers.authorization).toBe('Bearer kube-token');
  });

  it('reads no page ahead of the one that is asked for', async () => {
    const api = await serve(() => list([shoot(0)], 'more'));
    for await (const _ of clientFor(api.url).pages({})) break;
    expect(api.requests).toHaveLength(1);
  });

  it('hands no Shoot out twice when a list expires half-way and is read again', async () => {
    let expired = false;
    const api = await serve(({ url }) => {
      const from = url.searchParams.get('continue');
      if (from === null) return list([shoot(0), shoot(1)], 'page-2');
      if (from === 'page-2') return list([shoot(2), shoot(3)], 'page-3');
      if (!expired) {
        expired = true;
        return status(410, 'The provided continue parameter is too old');
      }
      return list([shoot(4)]);
    });
    expect(names(await readAll(clientFor(api.url)))).toEqual(['c-0', 'c-1', 'c-2', 'c-3', 'c-4']);
    expect(api.requests).toHaveLength(6);
  });

  it('hands all Shoots out each once, those that are left out with the reason, over lists that expire', async () => {
    let expired = false;
    const api = await serve(({ url }) => {
      if (url.searchParams.get('continue') === null)
        return list([shoot(0, 'same'), shoot(1, ''), shoot(2, 'same')], 'more');
      if (expired) return list([shoot(3)]);
      expired = true;
      return status(410, 'too old');
    });
    const read: string[] = [];
    for await (const shoots of clientFor(api.url).shoots({}))
      for (const { shootName, runtimeID, leftOut, standing } of shoots)
        read.push(`${shootName} ${runtimeID} ${leftOut} ${standing}`);
    expect(read).toEqual([
      'c-0 same undefined active',
      'c-1 undefined no runtime ID stray',
      'c-2 same runtime ID of another Shoot stray',
      'c-3 runtime-3 undefined active',
    ]);
  });

  it('gives up on a list that always expires', async () => {
    const api = await serve(({ url }) =>
      url.searchParams.has('continue') ? status(410, 'too old') : list([shoot(0)], 'more'),
    );
    await expect(readAll(clientFor(api.url))).rejects.toThrow(/expired .* use larger pages/);
  });

  it('hands a runtime out once when two Shoots claim it', async () => {
    const api = await serve(() => list([shoot(0, 'same'), shoot(1, 'same')]));
    const [page] = await readAll(clientFor(api.url));
    expect(page?.runtimes).toHaveLength(1);
    expect(page?.excluded).toEqual([
      { shootName: 'c-1', runtimeID: 'same', reason: 'runtime ID of another Shoot' },
    ]);
  });
});

describe('an inventory that gives no list', () => {
  it.each<[string, Answer, RegExp]>([
    ['500', status(500, 'etcd is away'), /etcd is away/],
    ['503', { status: 503, raw: '<html>no upstream</html>' }, /answered 503/],
    ['429', status(429, 'too many requests'), /too many requests/],
    ['401', status(401, 'Unauthorized'), /check the credentials/],
    ['403', status(403, 'forbidden'), /check the credentials/],
    ['garbage', { status: 200, raw: '<html>login</html>' }, /no list of Shoots/],
    ['JSON of something else', { json: { hello: 'world' } }, /no list of Shoots/],
    ['a closed connection', 'hang up', /no usable answer/],
  ])('may get well again: %s', async (_, answer, message) => {
    const api = await serve(() => answer);
    const reading = readAll(clientFor(api.url));
    await expect(reading).rejects.toThrow(UnavailableError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ system: 'inventory' });
  });

  it('is not waited for without end', async () => {
    const api = await serve(() => 'never');
    await expect(readAll(clientFor(api.url, 50))).rejects.toThrow(/no answer within/);
  });

  it('may get well again when nobody listens', async () => {
    await expect(readAll(clientFor(NOBODY))).rejects.toThrow(UnavailableError);
  });

  it.each([404, 400, 422])('is a matter of configuration at %i', async (code) => {
    const api = await serve(() => status(code, 'the server could not find the requested resource'));
    const reading = readAll(clientFor(api.url));
    await expect(reading).rejects.toThrow(FinalError);
    await expect(reading).rejects.toThrow(/could not find/);
  });

  it('is let go when the caller gives up', async () => {
    const controller = new AbortController();
    const api = await serve(() => {
      controller.abort();
      return 'never';
    });
    await expect(readAll(clientFor(api.url), controller.signal)).rejects.toThrow(UnavailableError);
  });

  it('never shows our credentials', async () => {
    const api = await serve(() => status(401, 'Unauthorized'));
    const error: unknown = await readAll(clientFor(api.url)).catch((caught: unknown) => caught);
    expect(describeDeeply(error)).not.toContain('kube-token');
  });
});

function describeDeeply(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  return `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)} ${describeDeeply(error.cause ?? null)}`;
}
