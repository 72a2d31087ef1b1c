/** The kinds of Kubernetes objects that stacks are made of, in one namespace of a cluster. */
import {
  AppsV1Api,
  CoreV1Api,
  NetworkingV1Api,
  PatchStrategy,
  setHeaderOptions,
  type ConfigurationOptions,
  type KubeConfig,
} from '@kubernetes/client-node';
import { z } from 'zod';
import {
  callKubernetes,
  ConflictError,
  ListExpiredError,
  MissingObjectError,
  secretsOf,
  type KubernetesTarget,
} from '../../../../clients/kubernetes-api.ts';
import { UnavailableError } from '../../../../domain/errors.ts';
import type { Claim, Metadata, NetworkPolicy, Service, StatefulSet } from './plain.ts';

export interface ClusterOptions {
  kubeConfig: KubeConfig;
  /** Namespace that the objects are in; it must exist. */
  namespace: string;
  /** Milliseconds that one request may take, default 30,000. */
  timeoutMs?: number;
}

/** An object with what is needed of its metadata, read and checked. */
export interface Found<T> {
  body: T;
  name: string;
  uid: string;
  generation: number;
  /** Its end was asked for. */
  ending: boolean;
  annotations: Record<string, string>;
}

/** Objects of one kind. All throw UnavailableError('objects') when trying again may help, FinalError otherwise. */
export interface Collection<T> {
  /** As it stands in messages and in attributes, like `statefulset`. */
  readonly kind: string;
  find(name: string, signal: AbortSignal): Promise<Found<T> | undefined>;
  /** The objects that have a label, whatever its value. */
  labelled(label: string, signal: AbortSignal): Promise<Found<T>[]>;
  /**
   * All objects that a selector matches, read page by page and each made small before the next page comes, by their names.
   * Those that can't be read are left out.
   */
  survey<R>(
    selector: string,
    keep: (found: Found<T>) => R,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, R>>;
  /** False when the name is taken. */
  create(body: T, signal: AbortSignal): Promise<boolean>;
  /** Throws ConflictError when it has changed since it was read. */
  replace(found: Found<T>, body: T, signal: AbortSignal): Promise<void>;
  /** A merge patch of that very object; the last one wins. */
  patch(found: Found<T>, patch: MergePatch, signal: AbortSignal): Promise<void>;
  /** Asks for the end of that very object. */
  remove(found: Found<T>, propagation: 'Foreground' | 'Background', signal: AbortSignal): Promise<void>;
}

/** Objects in one page of a survey: a StatefulSet is about 5 kB. */
const PAGE_SIZE = 500;
/** A list that expires more often than that can't be read to its end. */
const MOST_RESTARTS = 3;

/** As RFC 7396 has it: null removes. */
export interface MergePatch {
  metadata?: { annotations: Record<string, string | null> };
  spec?: Record<string, unknown>;
}

export interface Cluster {
  statefulSets: Collection<StatefulSet>;
  claims: Collection<Claim>;
  services: Collection<Service>;
  policies: Collection<NetworkPolicy>;
}

/** Asks for the end of one very object. */
interface DeleteOptions {
  preconditions: { uid: string };
  propagationPolicy: 'Foreground' | 'Background';
}

/** The methods of the package for one kind. */
interface Calls<T> {
  list(
    of: { namespace: string; labelSelector: string; limit?: number; _continue?: string },
    call: ConfigurationOptions,
  ): Promise<{ items: T[] }>;
  read(of: { namespace: string; name: string }, call: ConfigurationOptions): Promise<T>;
  create(of: { namespace: string; body: T }, call: ConfigurationOptions): Promise<unknown>;
  replace(of: { namespace: string; name: string; body: T }, call: ConfigurationOptions): Promise<unknown>;
  patch(of: { namespace: string; name: string; body: object }, call: ConfigurationOptions): Promise<unknown>;
  remove(
    of: { namespace: string; name: string; body: DeleteOptions },
    call: ConfigurationOptions,
  ): Promise<unknown>;
}

/** The collections of a cluster. */
export function connectCluster(options: ClusterOptions): Cluster {
  const { kubeConfig } = options;
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const networking = kubeConfig.makeApiClient(NetworkingV1Api);
  return {
    statefulSets: collection<StatefulSet>(options, 'statefulset', {
      list: (of, call) => apps.listNamespacedStatefulSet(of, call),
      read: (of, call) => apps.readNamespacedStatefulSet(of, call),
      create: (of, call) => apps.createNamespacedStatefulSet(of, call),
      replace: (of, call) => apps.replaceNamespacedStatefulSet(of, call),
      patch: (of, call) => apps.patchNamespacedStatefulSet(of, call),
      remove: (of, call) => apps.deleteNamespacedStatefulSet(of, call),
    }),
    claims: collection<Claim>(options, 'persistentvolumeclaim', {
      list: (of, call) => core.listNamespacedPersistentVolumeClaim(of, call),
      read: (of, call) => core.readNamespacedPersistentVolumeClaim(of, call),
      create: (of, call) => core.createNamespacedPersistentVolumeClaim(of, call),
      replace: (of, call) => core.replaceNamespacedPersistentVolumeClaim(of, call),
      patch: (of, call) => core.patchNamespacedPersistentVolumeClaim(of, call),
      remove: (of, call) => core.deleteNamespacedPersistentVolumeClaim(of, call),
    }),
    services: collection<Service>(options, 'service', {
      list: (of, call) => core.listNamespacedService(of, call),
      read: (of, call) => core.readNamespacedService(of, call),
      create: (of, call) => core.createNamespacedService(of, call),
      replace: (of, call) => core.replaceNamespacedService(of, call),
      patch: (of, call) => core.patchNamespacedService(of, call),
      remove: (of, call) => core.deleteNamespacedService(of, call),
    }),
    policies: collection<NetworkPolicy>(options, 'networkpolicy', {
      list: (of, call) => networking.listNamespacedNetworkPolicy(of, call),
      read: (of, call) => networking.readNamespacedNetworkPolicy(of, call),
      create: (of, call) => networking.createNamespacedNetworkPolicy(of, call),
      replace: (of, call) => networking.replaceNamespacedNetworkPolicy(of, call),
      patch: (of, call) => networking.patchNamespacedNetworkPolicy(of, call),
      remove: (of, call) => networking.deleteNamespacedNetworkPolicy(of, call),
    }),
  };
}

function collection<T extends { metadata?: Metadata }>(
  { kubeConfig, namespace, timeoutMs }: ClusterOptions,
  kind: string,
  calls: Calls<T>,
): Collection<T> {
  const target: KubernetesTarget = {
    system: 'objects',
    name: 'The Kubernetes API that holds the objects of stacks',
    timeoutMs,
    secrets: secretsOf(kubeConfig),
  };
  const ask = <R>(work: (call: ConfigurationOptions) => Promise<R>, signal: AbortSignal): Promise<R> =>
    callKubernetes(target, work, signal);
  const readable = (body: T): Found<T> | undefined => {
    const parsed = metadataSchema.safeParse(body.metadata);
    if (!parsed.success) return undefined;
    const { deletionTimestamp, ...metadata } = parsed.data;
    return { body, ending: deletionTimestamp !== undefined, ...metadata };
  };
  const read = (body: T): Found<T> => {
    const found = readable(body);
    if (found) return found;
    throw new UnavailableError('objects', `${target.name} answered with no ${kind} when asked for one`);
  };
  const listed = async (
    of: { labelSelector: string; limit?: number; _continue?: string },
    signal: AbortSignal,
  ): Promise<{ items: T[]; next: string | undefined }> => {
    const list: unknown = await ask((call) => calls.list({ namespace, ...of }, call), signal);
    const parsed = listSchema<T>().safeParse(list);
    if (parsed.success)
      return { items: parsed.data.items, next: parsed.data.metadata?._continue || undefined };
    throw new UnavailableError('objects', `${target.name} answered with no list of ${kind} objects`);
  };

  return {
    kind,
    async find(name, signal) {
      const body = await unlessMissing(() => ask((call) => calls.read({ namespace, name }, call), signal));
      return body && read(body);
    },
    async labelled(labelSelector, signal) {
      return (await listed({ labelSelector }, signal)).items.map(read);
    },
    survey: (labelSelector, keep, signal) =>
      pageByPage(
        (from) => listed({ labelSelector, limit: PAGE_SIZE, _continue: from }, signal),
        (body) => {
          const found = readable(body);
          return found && { name: found.name, kept: keep(found) };
        },
      ),
    async create(body, signal) {
      try {
        await ask((call) => calls.create({ namespace, body }, call), signal);
        return true;
      } catch (error) {
        if (error instanceof ConflictError && error.reason === 'AlreadyExists') return false;
        throw error;
      }
    },
    async replace({ name }, body, signal) {
      await stillThere(ask((call) => calls.replace({ namespace, name, body }, call), signal));
    },
    async patch({ name, uid }, patch, signal) {
      const body = { ...patch, metadata: { ...patch.metadata, uid } };
      await stillThere(ask((call) => calls.patch({ namespace, name, body }, withMergePatch(call)), signal));
    },
    async remove({ name, uid }, propagationPolicy, signal) {
      const body: DeleteOptions = { preconditions: { uid }, propagationPolicy };
      await unlessMissing(() => ask((call) => calls.remove({ namespace, name, body }, call), signal));
    },
  };
}

const metadataSchema = z.object({
  name: z.string().min(1),
  uid: z.string().min(1),
  resourceVersion: z.string().min(1),
  generation: z.number().default(0),
  deletionTimestamp: z.unknown().optional(),
  annotations: z.record(z.string(), z.string()).default({}),
});

/** The package calls the field `continue` so. */
function listSchema<T>() {
  return z.object({
    metadata: z.object({ _continue: z.string().nullish() }).nullish(),
    items: z.array(z.custom<T>(isObject)),
  });
}

/** A list that expires half-way (410) is read again from its start. */
async function pageByPage<T, R>(
  page: (from: string | undefined) => Promise<{ items: T[]; next: string | undefined }>,
  read: (body: T) => { name: string; kept: R } | undefined,
): Promise<ReadonlyMap<string, R>> {
  for (let restarts = 0; ; restarts += 1) {
    const all = new Map<string, R>();
    try {
      for (let from: string | undefined; ;) {
        const { items, next } = await page(from);
        for (const body of items) {
          const one = read(body);
          if (one) all.set(one.name, one.kept);
        }
        if (next === undefined) return all;
        from = next;
      }
    } catch (error) {
      if (!(error instanceof ListExpiredError) || restarts === MOST_RESTARTS) throw error;
    }
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function withMergePatch(call: ConfigurationOptions): ConfigurationOptions {
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch, call);
}

async function unlessMissing<R>(work: () => Promise<R>): Promise<R | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** What was there a moment ago and is gone now must be looked at again. */
async function stillThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error;
    throw new UnavailableError('objects', `It was removed meanwhile: ${error.message}`, { cause: error });
  }
}
