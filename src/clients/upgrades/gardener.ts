import { CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { UnavailableError } from '../../domain/errors.ts';
import type { Meter } from '../../domain/measures.ts';
import type { InventoryShoot } from '../../domain/upgrades/inventory-shoot.ts';
import type { ExcludedShoot, ExclusionReason, Runtime } from '../../domain/upgrades/runtime.ts';
import {
  callKubernetes,
  countOf,
  ListExpiredError,
  listMetadataSchema,
  readAnswer,
  secretsOf,
  type KubernetesTarget,
} from '../kubernetes-api.ts';
import { readInventoryShoot, readShoot, SHOOTS, shootSchema, type Shoot, type ShootLabels } from './shoot.ts';
import type { InventoryClient, InventoryPage, Look, ShootInventory } from './outside-systems.ts';

/** A Shoot of a real landscape is about 20 kB. */
const DEFAULT_PAGE_SIZE = 250;
/** A list that expires more often than that can't be read at this page size. */
const MOST_RESTARTS = 5;

const ANOTHERS: ExclusionReason = 'runtime ID of another Shoot';

const DEFAULT_LABELS: ShootLabels = {
  instanceID: 'kyma-project.io/instance-id',
  planID: 'kyma-project.io/broker-plan-id',
  planName: 'kyma-project.io/broker-plan-name',
};

const listSchema = z.object({
  metadata: listMetadataSchema.nullish(),
  items: z.array(shootSchema),
});
type ShootList = z.infer<typeof listSchema>;

export interface InventoryOptions {
  kubeConfig: KubeConfig;
  /** The namespace of the Gardener project. */
  namespace: string;
  /** Where a Shoot keeps what Gardener does not know; each by default as Kyma names it. */
  labels?: Partial<ShootLabels>;
  /** Whether to read the versions of clusters, and their cloud profiles, default false. */
  withVersions?: boolean;
  /** Shoots in one request, default 250. */
  pageSize?: number;
  /** Milliseconds, default 30,000. */
  timeoutMs?: number;
  meter?: Meter;
}

/**
 * The fleet as the Shoots of a Gardener project (A3), read page by page. Of all pages only names and IDs are kept, so
 * that no Shoot comes twice when a list expires half-way (410) and is read again, and no runtime when two Shoots claim it.
 */
export function createInventoryClient(
  options: InventoryOptions,
): InventoryClient & ShootInventory & { look: Look } {
  const api = options.kubeConfig.makeApiClient(CustomObjectsApi);
  const target: KubernetesTarget = {
    system: 'inventory',
    name: 'The Gardener API',
    timeoutMs: options.timeoutMs,
    secrets: secretsOf(options.kubeConfig),
    meter: options.meter,
  };
  const labels = { ...DEFAULT_LABELS, ...options.labels };

  async function list(limit: number, from: string | undefined, signal?: AbortSignal): Promise<ShootList> {
    const request = { ...SHOOTS, namespace: options.namespace, limit, _continue: from };
    const answer: unknown = await callKubernetes(
      target,
      (call) => api.listNamespacedCustomObject(request, call),
      signal,
    );
    return readAnswer(target, listSchema, answer, 'list of Shoots');
  }

  /** All Shoots, page by page, each once. */
  async function* lists({ pageSize, signal }: ReadOptions): AsyncIterable<ReadShoot[]> {
    const limit = pageSize ?? options.pageSize ?? DEFAULT_PAGE_SIZE;
    const reading = new Reading(labels, options.withVersions);
    let from: string | undefined;
    for (let restarts = 0; ;) {
      let page: ShootList;
      try {
        page = await list(limit, from, signal);
      } catch (error) {
        if (!(error instanceof ListExpiredError)) throw error;
        restarts += 1;
        if (restarts > MOST_RESTARTS) {
          throw new UnavailableError('inventory', `${error.message}, ${restarts} times; use larger pages`);
        }
        from = undefined;
        continue;
      }
      yield reading.read(page);
      from = page.metadata?.continue || undefined;
      if (from === undefined) return;
    }
  }

  async function* pages(read: ReadOptions): AsyncIterable<InventoryPage> {
    for await (const shoots of lists(read)) {
      const page: InventoryPage = { runtimes: [], excluded: [] };
      for (const { as } of shoots) {
        if ('reason' in as) page.excluded.push(as);
        else page.runtimes.push(as);
      }
      yield page;
    }
  }

  async function* shoots(read: ReadOptions): AsyncIterable<InventoryShoot[]> {
    for await (const list of lists(read)) {
      yield list.map(({ shoot, as }) =>
        readInventoryShoot(shoot, labels, 'reason' in as ? as.reason : undefined),
      );
    }
  }

  const look: Look = async (signal) => {
    return `${countOf('Shoot', await list(1, undefined, signal))} in ${options.namespace}`;
  };

  return { pages, shoots, look };
}

interface ReadOptions {
  pageSize?: number;
  signal?: AbortSignal;
}

/** A Shoot, and what it is to upgrades. */
interface ReadShoot {
  shoot: Shoot;
  as: Runtime | ExcludedShoot;
}

/** One reading of the whole fleet: remembers what it has handed out. */
class Reading {
  private readonly shootNames = new Set<string>();
  private readonly runtimeIDs = new Set<string>();

  constructor(
    private readonly labels: ShootLabels,
    private readonly withVersions: boolean | undefined,
  ) {}

  read(list: ShootList): ReadShoot[] {
    return list.items.flatMap((shoot) => {
      const { name } = shoot.metadata;
      if (this.shootNames.has(name)) return [];
      this.shootNames.add(name);
      return [{ shoot, as: this.unlessClaimed(readShoot(shoot, this.labels, this.withVersions)) }];
    });
  }

  private unlessClaimed(read: Runtime | ExcludedShoot): Runtime | ExcludedShoot {
    if ('reason' in read) return read;
    const { runtimeID, shootName } = read;
    if (this.runtimeIDs.has(runtimeID)) return { shootName, runtimeID, reason: ANOTHERS };
    this.runtimeIDs.add(runtimeID);
    return read;
  }
}
