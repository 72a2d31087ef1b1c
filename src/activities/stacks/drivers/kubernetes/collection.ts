/** One kind of Kubernetes objects in one namespace: what may be asked of it, and how each answer is read. */
import type { ConfigurationOptions, KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import {
  callKubernetes,
  ConflictError,
  ListExpiredError,
  MissingObjectError,
  secretsOf,
  unlessMissing,
  withMergePatch,
  type KubernetesTarget,
} from '../../../../clients/kubernetes-api.ts';
import { UnavailableError } from '../../../../domain/errors.ts';
import type { Meter } from '../../../../domain/measures.ts';
import type { Metadata } from './plain.ts';

export interface ClusterOptions {
  kubeConfig: KubeConfig;
  /** Namespace that the objects are in; it must exist. */
  namespace: string;
  /** Milliseconds that one request may take, default 30,000. */
  timeoutMs?: number;
  meter?: Meter;
}

/** An object with what is needed of its metadata, read and checked. */
export interface Found<T> {
  body: T;
  name: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  /** Its end was asked for. */
  ending: boolean;
  annotations: Record<string, string>;
}

/** Like `apps/v1` and `StatefulSet`. */
export interface KubernetesType {
  apiVersion: string;
  kind: string;
}

/** Objects of one kind. All throw UnavailableError('objects') when trying again may help, FinalError otherwise. */
export interface Collection<T> {
  /** As it stands in messages and in attributes, like `statefulset`. */
  readonly kind: string;
  /** As others refer to its objects. */
  readonly type: KubernetesType;
  find(name: string, signal: AbortSignal): Promise<Found<T> | undefined>;
  /** The objects that have a label, whatever its value. */
  labelled(label: string, signal: AbortSignal): Promise<Found<T>[]>;
  /** One of the objects that have a label, whatever its value; undefined when there are none. */
  anyLabelled(label: string, signal: AbortSignal): Promise<Found<T> | undefined>;
  /**
   * All objects that a selector matches, read page by page and each made small before the next page comes, by their names.
   * Those that can't be read are left out.
   */
  survey<R>(
    selector: string,
    keep: (found: Found<T>) => R,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, R>>;
  /** Undefined when the name is taken. */
  create(body: T, signal: AbortSignal): Promise<Found<T> | undefined>;
  /** Throws ConflictError when it has changed since it was read. */
  replace(found: Found<T>, body: T, signal: AbortSignal): Promise<void>;
  /** A merge patch of that very object; the last one wins. */
  patch(found: Found<T>, patch: MergePatch, signal: AbortSignal): Promise<void>;
  /** Writes annotations on that very object. False when it is gone, or its end was asked for. */
  note(found: Found<T>, annotations: Record<string, string>, signal: AbortSignal): Promise<boolean>;
  /** Asks for the end of that very object. Throws ConflictError when it has changed since it was read. */
  remove(found: Found<T>, propagation: 'Foreground' | 'Background', signal: AbortSignal): Promise<void>;
}

/** Objects in one page of a survey: a StatefulSet is about 4 kB. */
const PAGE_SIZE = 500;
/** A list that expires more often than that can't be read to its end. */
const MOST_RESTARTS = 3;

/** How often a note is tried again at once. */
const MOST_NOTES = 5;

/** As RFC 7396 has it: null removes. */
export interface MergePatch {
  metadata?: { annotations: Record<string, string | null> };
  spec?: Record<string, unknown>;
}

/** Asks for the end of one very object, as it was read. */
interface DeleteOptions {
  preconditions: { uid: string; resourceVersion: string };
  propagationPolicy: 'Foreground' | 'Background';
}

/** Which objects a list is to have, and which page of it. */
export interface Selection {
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  _continue?: string | undefined;
}

type ListCall<T> = (
  of: Selection & { namespace: string },
  call: ConfigurationOptions,
) => Promise<{ items: T[] }>;

/** One page of a list, and where the next one begins. */
type Lister<T> = (of: Selection, signal: AbortSignal) => Promise<{ items: T[]; next: string | undefined }>;

/** The methods of the package for one kind. */
interface Calls<T> {
  list: ListCall<T>;
  read(of: { namespace: string; name: string }, call: ConfigurationOptions): Promise<T>;
  create(of: { namespace: string; body: T }, call: ConfigurationOptions): Promise<T>;
  replace(of: { namespace: string; name: string; body: T }, call: ConfigurationOptions): Promise<unknown>;
  patch(of: { namespace: string; name: string; body: object }, call: ConfigurationOptions): Promise<T>;
  remove(
    of: { namespace: string; name: string; body: DeleteOptions },
    call: ConfigurationOptions,
  ): Promise<unknown>;
}

const API = 'The Kubernetes API that holds the objects of stacks';

/** Of requests that are waited for, whoever gives up meanwhile; they have a deadline. */
const NEVER = new AbortController().signal;

type Ask = <R>(work: (call: ConfigurationOptions) => Promise<R>, signal: AbortSignal) => Promise<R>;

function requests({ kubeConfig, timeoutMs, meter }: ClusterOptions): Ask {
  const target: KubernetesTarget = {
    system: 'objects',
    name: API,
    timeoutMs,
    secrets: secretsOf(kubeConfig),
    meter,
  };
  return (work, signal) => callKubernetes(target, work, signal);
}

/** Lists of one kind, page by page. */
function lister<T>(options: ClusterOptions, kind: string, call: ListCall<T>): Lister<T> {
  const ask = requests(options);
  return async (of, signal) => {
    const list: unknown = await ask((how) => call({ namespace: options.namespace, ...of }, how), signal);
    const parsed = listSchema<T>().safeParse(list);
    if (parsed.success)
      return { items: parsed.data.items, next: parsed.data.metadata?._continue || undefined };
    throw new UnavailableError('objects', `${API} answered with no list of ${kind} objects`);
  };
}

/** Objects of a kind that are only looked at: at most this many match. */
const MOST_READ = 50;

/** Reads objects of one kind that the driver does not make. */
export function reader<T>(
  options: ClusterOptions,
  kind: string,
  call: ListCall<T>,
): (of: Selection, signal: AbortSignal) => Promise<T[]> {
  const list = lister(options, kind, call);
  return async (of, signal) => (await list({ limit: MOST_READ, ...of }, signal)).items;
}

/** The objects of one kind in one namespace. */
export function collection<T extends { metadata?: Metadata }>(
  options: ClusterOptions,
  type: KubernetesType,
  calls: Calls<T>,
): Collection<T> {
  const { namespace } = options;
  const kind = type.kind.toLowerCase();
  const ask = requests(options);
  /** A write whose answer nobody waits for may still be carried out: it is not begun, or waited for to its end. */
  const write: Ask = (work, signal) => {
    signal.throwIfAborted();
    return ask(work, NEVER);
  };
  const list = lister(options, kind, calls.list);
  const readable = (body: T): Found<T> | undefined => {
    const parsed = metadataSchema.safeParse(body.metadata);
    if (!parsed.success) return undefined;
    const { deletionTimestamp, ...metadata } = parsed.data;
    return { body, ending: deletionTimestamp !== undefined, ...metadata };
  };
  const read = (body: T): Found<T> => {
    const found = readable(body);
    if (found) return found;
    throw new UnavailableError('objects', `${API} answered with no ${kind} when asked for one`);
  };
  return {
    kind,
    type,
    async find(name, signal) {
      const body = await unlessMissing(() => ask((call) => calls.read({ namespace, name }, call), signal));
      return body && read(body);
    },
    async labelled(labelSelector, signal) {
      return (await list({ labelSelector }, signal)).items.map(read);
    },
    async anyLabelled(labelSelector, signal) {
      for (let from: string | undefined; ;) {
        const { items, next } = await list({ labelSelector, limit: 1, _continue: from }, signal);
        const [first] = items;
        if (first !== undefined) return read(first);
        // A page may be empty and not the last: the server may filter after it has counted.
        if (next === undefined) return undefined;
        from = next;
      }
    },
    survey: (labelSelector, keep, signal) =>
      pageByPage(
        (from) => list({ labelSelector, limit: PAGE_SIZE, _continue: from }, signal),
        (body) => {
          const found = readable(body);
          return found && { name: found.name, kept: keep(found) };
        },
      ),
    async create(body, signal) {
      try {
        return read(await write((call) => calls.create({ namespace, body }, call), signal));
      } catch (error) {
        if (error instanceof ConflictError && error.reason === 'AlreadyExists') return undefined;
        throw error;
      }
    },
    async replace({ name }, body, signal) {
      await stillThere(write((call) => calls.replace({ namespace, name, body }, call), signal));
    },
    async patch({ name, uid }, patch, signal) {
      const body = { ...patch, metadata: { ...patch.metadata, uid } };
      await stillThere(write((call) => calls.patch({ namespace, name, body }, withMergePatch(call)), signal));
    },
    async note({ name, uid }, annotations, signal) {
      const body = { metadata: { annotations, uid } };
      const patch = (call: ConfigurationOptions): Promise<T> =>
        calls.patch({ namespace, name, body }, withMergePatch(call));
      const noted = await unlessMissing(() => unlessConflict(() => write(patch, signal)));
      return noted !== undefined && !read(noted).ending;
    },
    async remove({ name, uid, resourceVersion }, propagationPolicy, signal) {
      const body: DeleteOptions = { preconditions: { uid, resourceVersion }, propagationPolicy };
      await unlessMissing(() => write((call) => calls.remove({ namespace, name, body }, call), signal));
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

/** The server gives a patch up when too many others come at the same time. */
async function unlessConflict<R>(work: () => Promise<R>): Promise<R> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConflictError) || conflicts === MOST_NOTES) throw error;
    }
  }
}

/** An object that was there a moment ago and is gone now must be looked at again. */
async function stillThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error;
    throw new UnavailableError('objects', `It was removed meanwhile: ${error.message}`, { cause: error });
  }
}
