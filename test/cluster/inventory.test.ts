/** Reads of Kubernetes by the upgrades, from a real server, with the rights of the runbook and no other. */
import { KubeConfig } from '@kubernetes/client-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { createInventoryClient } from '../../src/clients/upgrades/gardener.ts';
import { createShootsClient } from '../../src/clients/upgrades/gardener-shoots.ts';
import { createOverridesClient } from '../../src/clients/upgrades/overrides.ts';
import type { InventoryClient, InventoryPage } from '../../src/clients/upgrades/outside-systems.ts';
import { startLandscape, type Landscape } from '../../src/dev/landscape/index.ts';
import { overrideConfigMaps, overrideSecrets } from '../../src/dev/landscape/simulated-overrides.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';
import { KubernetesHTTP } from '../support/kubernetes-http.ts';
import { administrator, compactHistory, freshNamespace } from './cluster.ts';
import { allowed, createAccount, rulesOf, type Account } from './runbook.ts';
import { createShoots, defineShoots, patchShoot } from './shoots.ts';

const FLEET = 9;
const LEFT_OUT = 5;
const VERSION = '2.20.5';

let landscape: Landscape;
let landscapeConfig: KubeConfig;

beforeAll(async () => {
  landscape = await startLandscape({
    dataDir: temporaryFolder(),
    fleetSize: FLEET,
    leftOut: LEFT_OUT,
    upgradeSeconds: 1,
  });
  atEndOfFile(() => landscape.close());
  landscapeConfig = new KubeConfig();
  landscapeConfig.loadFromFile(landscape.kubeconfigPath);
});

async function read(
  client: InventoryClient,
  between?: (page: number) => Promise<void>,
): Promise<InventoryPage[]> {
  const pages: InventoryPage[] = [];
  for await (const page of client.pages({})) {
    pages.push(page);
    await between?.(pages.length);
  }
  return pages;
}

function shootsOf(pages: InventoryPage[]): string[] {
  return pages.flatMap(({ runtimes, excluded }) =>
    [...runtimes, ...excluded].map(({ shootName }) => shootName),
  );
}

describe('A3: the inventory of a real server', () => {
  let namespace: string;
  let account: Account;
  const client = (pageSize = 4): InventoryClient =>
    createInventoryClient({ kubeConfig: account.kubeConfig, namespace, pageSize });

  beforeAll(async () => {
    await defineShoots();
    namespace = await freshNamespace();
    await createShoots(namespace, FLEET, LEFT_OUT);
    account = await createAccount(namespace);
  });

  it('is refused without the rule of the runbook, and says whose rights to mend', async () => {
    await expect(read(client())).rejects.toMatchObject({
      name: 'UnavailableError',
      system: 'inventory',
      message: expect.stringMatching(
        /cannot list resource "shoots" in API group "core.gardener.cloud".*check the credentials and roles/,
      ) as string,
    });
  });

  it('is read in pages with the rule of the runbook, and is what the landscape tells of the same fleet', async () => {
    await account.may(rulesOf('drydock-inventory'));
    const pages = await allowed(() => read(client()));
    expect(pages).toHaveLength(Math.ceil((FLEET + LEFT_OUT) / 4));
    const simulated = await read(
      createInventoryClient({ kubeConfig: landscapeConfig, namespace: landscape.namespace }),
    );
    const told = (all: InventoryPage[]) => ({
      runtimes: all
        .flatMap(({ runtimes }) => runtimes)
        .sort((a, b) => a.shootName.localeCompare(b.shootName)),
      excluded: all
        .flatMap(({ excluded }) => excluded)
        .sort((a, b) => a.shootName.localeCompare(b.shootName)),
    });
    expect(told(pages)).toEqual(told(simulated));
    // One of those that planning leaves out is a runtime of the inventory: its window can't be read.
    const { runtimes } = told(pages);
    expect(runtimes.filter(({ maintenanceWindow }) => maintenanceWindow)).toHaveLength(FLEET);
    expect(runtimes).toHaveLength(FLEET + 1);
    // As the checks before and after an upgrade read it.
    const [{ shootName, runtimeID } = { shootName: '', runtimeID: '' }] = runtimes;
    const shoots = createShootsClient({ kubeConfig: account.kubeConfig, namespace });
    expect(await shoots.find(shootName)).toMatchObject({ name: shootName, runtimeID });
  });

  it('hands each Shoot out once when its list expires half-way, with what has changed meanwhile', async () => {
    const names = shootsOf(await allowed(() => read(client())));
    const last = names.at(-1) ?? '';
    const again = await read(client(), async (page) => {
      if (page !== 2) return;
      await patchShoot(namespace, last, { spec: { region: 'moved' } });
      await compactHistory();
    });
    expect(shootsOf(again)).toEqual(names);
    const runtimes = again.flatMap((page) => page.runtimes);
    expect(runtimes.find(({ shootName }) => shootName === last)?.region ?? 'moved').toBe('moved');
  });
});

describe('the overrides of a real server', () => {
  it('are read with the rule of the runbook alone, and are those that the landscape tells', async () => {
    const namespace = await freshNamespace();
    const http = new KubernetesHTTP(administrator());
    const bare = ({ metadata, ...rest }: Record<string, unknown>): object => {
      const { name, labels } = metadata as { name: string; labels: object };
      return { ...rest, metadata: { name, labels } };
    };
    for (const each of overrideConfigMaps(namespace, [VERSION, 'PR-123']))
      await http.create(`/api/v1/namespaces/${namespace}/configmaps`, bare(each));
    for (const each of overrideSecrets(namespace))
      await http.create(`/api/v1/namespaces/${namespace}/secrets`, bare(each));
    const account = await createAccount(namespace);
    const client = createOverridesClient({ kubeConfig: account.kubeConfig, namespace, ttlMs: 0 });

    const rules = rulesOf('drydock-overrides');
    await expect(client.forKyma('azure', VERSION)).rejects.toThrow(/cannot list resource "\w+"/);
    for (const resource of ['configmaps', 'secrets']) {
      await account.may(
        rules.map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) })),
      );
      await until(
        async () =>
          await client.forKyma('azure', VERSION).then(
            () => false,
            (error: unknown) => String(error).includes(`cannot list resource "${resource}"`),
          ),
        { what: `that ${resource} are refused` },
      );
    }
    await account.may(rules);
    const simulated = createOverridesClient({
      kubeConfig: landscapeConfig,
      namespace: landscape.overridesNamespace,
    });
    for (const version of [VERSION, 'PR-123']) {
      const told = await allowed(() => client.forKyma('azure', version));
      // Each server has versions of its own.
      const unversioned = (sets: typeof told) =>
        sets.map(({ component, entries }) => ({ component, entries }));
      expect(unversioned(told)).toEqual(unversioned(await simulated.forKyma('azure', version)));
      expect(told.length).toBeGreaterThan(2);
    }
    await expect(client.forKyma('azure', 'never-released')).rejects.toMatchObject({
      code: 'OVERRIDES_MISSING',
    });
  });
});
