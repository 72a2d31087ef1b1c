/** The landscape's admin API: how upgrades go, and what the landscape itself has recorded of them. */
import { z } from 'zod';
import { until } from '../support/environment.ts';

const upgradeSchema = z.object({
  operationID: z.string(),
  runtimeID: z.string(),
  operation: z.string(),
  config: z.record(z.string(), z.unknown()),
  tenant: z.string(),
  acceptedAt: z.string(),
  finishedAt: z.string().nullable(),
  result: z.string().nullable(),
});
export type UpgradeRecord = z.infer<typeof upgradeSchema>;

/** The most of these upgrades that were under way at one instant. */
export function mostAtOnce(upgrades: readonly UpgradeRecord[]): number {
  const changes = upgrades.flatMap(({ acceptedAt, finishedAt }) => [
    { at: Date.parse(acceptedAt), by: 1 },
    ...(finishedAt === null ? [] : [{ at: Date.parse(finishedAt), by: -1 }]),
  ]);
  // An upgrade that ends at an instant makes room for one that begins then.
  changes.sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of changes) most = Math.max(most, (now += by));
  return most;
}

const patchSchema = z.object({
  shootName: z.string(),
  patch: z.looseObject({
    metadata: z.looseObject({ annotations: z.record(z.string(), z.string().nullable()) }),
  }),
});
export type PatchRecord = z.infer<typeof patchSchema>;

const runtimeSchema = z.object({
  runtimeID: z.string(),
  shootName: z.string(),
  instanceID: z.string(),
  globalAccountID: z.string(),
  subAccountID: z.string(),
  planName: z.string(),
  region: z.string(),
});
export type RuntimeRecord = z.infer<typeof runtimeSchema>;

const requestsSchema = z.object({
  inventory: z.number(),
  overrides: z.number(),
  objects: z.number(),
  provisionerQueries: z.number(),
  provisionerMutations: z.number(),
});

const clusterObjectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({ replicas: z.number().optional(), clusterIP: z.string().optional() }).default({}),
});
export type ClusterObject = z.infer<typeof clusterObjectSchema>;

const concurrencySchema = z.object({ maximum: z.number(), running: z.number() });

export interface Fault {
  mode: 'unavailable' | 'timeout' | 'garbage' | 'cut' | 'lost' | 'silent' | 'none';
  status?: number;
  latencyMs?: number;
  times?: number;
  only?: 'query' | 'mutation';
}

export class LandscapeAdmin {
  constructor(private readonly url: string) {}

  /** The runtimes that can be upgraded, in the order of the inventory. */
  async runtimes(): Promise<RuntimeRecord[]> {
    const rows: unknown[] = [];
    for (;;) {
      const page = z
        .array(z.unknown())
        .parse(await this.ask('GET', `/runtimes?offset=${rows.length}&limit=1000`));
      rows.push(...page);
      if (page.length < 1000) break;
    }
    const upgradable = rows.filter((row) => z.object({ leftOut: z.null() }).safeParse(row).success);
    return z.array(runtimeSchema).parse(upgradable);
  }

  /** Every upgrade that was accepted, in that order. */
  async upgrades(): Promise<UpgradeRecord[]> {
    return z.array(upgradeSchema).parse(await this.ask('GET', '/upgrades'));
  }

  /** Every patch of a Shoot that was accepted, in that order. */
  async patches(): Promise<PatchRecord[]> {
    return z.array(patchSchema).parse(await this.ask('GET', '/patches'));
  }

  async concurrency(): Promise<z.infer<typeof concurrencySchema>> {
    return concurrencySchema.parse(await this.ask('GET', '/concurrency'));
  }

  async requests(): Promise<z.infer<typeof requestsSchema>> {
    return requestsSchema.parse(await this.ask('GET', '/requests'));
  }

  /** Upgrades accepted from now on run until they are ended, or take that long. */
  async setUpgrades(changes: {
    hold?: boolean;
    upgradeSeconds?: number;
    failureRate?: number;
  }): Promise<void> {
    await this.ask('PUT', '/upgrades', changes);
  }

  async setBehaviour(
    runtimeID: string,
    behaviour: {
      refuse?: string | null;
      fail?: string | null;
      seconds?: number | null;
      hold?: boolean | null;
      errorSeconds?: number | null;
      unhealthySeconds?: number | null;
      rivals?: number | null;
    },
  ): Promise<void> {
    await this.ask('PUT', `/runtimes/${runtimeID}/behaviour`, behaviour);
  }

  /** HHMMSS±ZZZZ, as Gardener writes it. */
  async setWindow(runtimeID: string, window: { begin: string; end: string }): Promise<void> {
    await this.ask('PUT', `/runtimes/${runtimeID}/window`, window);
  }

  async changeShoot(
    runtimeID: string,
    changes: {
      kubernetesVersion?: string;
      hibernated?: boolean;
      beingDeleted?: boolean;
      unhealthy?: string | null;
      condition?: string;
      status?: string;
    },
  ): Promise<void> {
    await this.ask('PUT', `/runtimes/${runtimeID}/shoot`, changes);
  }

  async setFault(system: 'inventory' | 'overrides' | 'provisioner' | 'objects', fault: Fault): Promise<void> {
    await this.ask('PUT', `/faults/${system}`, fault);
  }

  /** Systems with a fault in force. */
  async faulty(): Promise<string[]> {
    return Object.keys(z.record(z.string(), z.unknown()).parse(await this.ask('GET', '/faults')));
  }

  async clearFaults(): Promise<void> {
    await this.ask('DELETE', '/faults');
  }

  async end(
    operationID: string,
    ending: { result?: 'Succeeded' | 'Failed'; message?: string } = {},
  ): Promise<void> {
    await this.ask('POST', `/operations/${operationID}/end`, ending);
  }

  async endAll(): Promise<void> {
    await this.ask('POST', '/operations/end', {});
  }

  /** The Provisioner no longer knows it. */
  async forget(operationID: string): Promise<void> {
    await this.ask('POST', `/operations/${operationID}/forget`);
  }

  /** Somebody else's operation holds the runtime until it is ended; answers its ID. */
  async occupy(runtimeID: string, operation = 'Hibernate'): Promise<string> {
    const answer = await this.ask('POST', `/runtimes/${runtimeID}/busy`, { operation });
    return z.object({ operationID: z.string() }).parse(answer).operationID;
  }

  /** Waits until the Provisioner has been asked so many questions. */
  async asked(queries: number): Promise<void> {
    await until(async () => (await this.requests()).provisionerQueries >= queries, {
      what: `that the Provisioner was asked ${queries} times`,
    });
  }

  /** The upgrades that run, once there are so many. */
  async running(count: number): Promise<UpgradeRecord[]> {
    return await until(
      async () => {
        const running = (await this.upgrades()).filter(({ finishedAt }) => finishedAt === null);
        return running.length === count ? running : undefined;
      },
      { what: `that ${count} upgrades run` },
    );
  }

  /** Objects in the cluster of stacks, in the order of their creation. */
  async objects(): Promise<ClusterObject[]> {
    return z.array(clusterObjectSchema).parse(await this.ask('GET', '/objects'));
  }

  /** The pod of an instance is not ready until it is revived, or the instance changed. */
  async killInstance(name: string): Promise<void> {
    await this.ask('POST', '/objects/kill', { name });
  }

  async reviveInstance(name: string): Promise<void> {
    await this.ask('POST', '/objects/revive', { name });
  }

  /** Lists that are under way can't be read on. */
  async expireContinueTokens(): Promise<void> {
    await this.ask('POST', '/expire-continue-tokens');
  }

  /** Empties the record and lifts everything that was set. */
  async reset(): Promise<void> {
    await this.ask('POST', '/reset');
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, { method, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
