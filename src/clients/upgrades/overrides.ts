import { CoreV1Api, type ConfigurationOptions, type KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { FinalError, UnavailableError } from '../../domain/errors.ts';
import type { Meter } from '../../domain/measures.ts';
import { outsideText } from '../outside-text.ts';
import type { ConfigEntry } from '../../domain/upgrades/operation-config.ts';
import {
  callKubernetes,
  countOf,
  listMetadataSchema,
  secretsOf,
  type KubernetesTarget,
} from '../kubernetes-api.ts';
import { SharedReads } from './shared-reads.ts';
import type { Look, OverrideSet, OverridesClient } from './outside-systems.ts';

const COMPONENT_LABEL = 'component';
const SECRETS = 'runtime-override=true';
/** Long enough for a wave of operations to share one read, short enough for a correction to take effect. */
const DEFAULT_TTL_MS = 5_000;
/** A label's name, by the rules of Kubernetes; anything else can't have overrides, and must not reach a label selector. */
const LABEL_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

const listSchema = z.object({
  metadata: listMetadataSchema.nullish(),
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string().optional(),
        resourceVersion: z.string().optional(),
        labels: z.record(z.string(), outsideText).optional(),
      }),
      data: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
type Items = z.infer<typeof listSchema>['items'];

export interface OverridesOptions {
  kubeConfig: KubeConfig;
  namespace: string;
  /** Milliseconds an answer is shared, default 5,000. */
  ttlMs?: number;
  /** Milliseconds, default 30,000. */
  timeoutMs?: number;
  /** Milliseconds since the epoch. */
  clock?: () => number;
  meter?: Meter;
}

/**
 * Overrides for a Kyma upgrade from ConfigMaps and Secrets of one namespace, by their labels. Values of Secrets are marked
 * secret. A Secret's entries come first, as Kyma's own broker sends them.
 */
export function createOverridesClient(options: OverridesOptions): OverridesClient & { look: Look } {
  const api = options.kubeConfig.makeApiClient(CoreV1Api);
  const target: KubernetesTarget = {
    system: 'overrides',
    name: 'The Kubernetes API that holds the overrides',
    timeoutMs: options.timeoutMs,
    secrets: secretsOf(options.kubeConfig),
    meter: options.meter,
  };
  const reads = new SharedReads<Items>(
    options.ttlMs ?? DEFAULT_TTL_MS,
    options.clock ?? (() => performance.now()),
  );
  const { namespace } = options;

  const configMaps = (labelSelector: string): Promise<Items> =>
    reads.get(labelSelector, () =>
      read((call) => api.listNamespacedConfigMap({ namespace, labelSelector }, call)),
    );
  const secrets = (): Promise<Items> =>
    reads.get(SECRETS, () =>
      read((call) => api.listNamespacedSecret({ namespace, labelSelector: SECRETS }, call)),
    );
  const noList = (): Error => new UnavailableError('overrides', `${target.name} answered with no list`);
  /** Sorted by name: the order must not change from one upgrade to the next. */
  async function read(list: (call: ConfigurationOptions) => Promise<unknown>): Promise<Items> {
    const parsed = listSchema.safeParse(await callKubernetes(target, list));
    if (!parsed.success) throw noList();
    return parsed.data.items.sort((a, b) => compare(a.metadata.name, b.metadata.name));
  }

  return {
    // Secrets by their label only: others are nobody's business here.
    async look(signal) {
      const first = { namespace, limit: 1 };
      const count = async (
        kind: string,
        list: (call: ConfigurationOptions) => Promise<unknown>,
      ): Promise<string> => {
        const parsed = listSchema.safeParse(await callKubernetes(target, list, signal));
        if (!parsed.success) throw noList();
        return countOf(kind, parsed.data);
      };
      const [configMaps, overrides] = await Promise.all([
        count('ConfigMap', (call) => api.listNamespacedConfigMap(first, call)),
        count('Secret', (call) => api.listNamespacedSecret({ ...first, labelSelector: SECRETS }, call)),
      ]);
      return `${configMaps} and ${overrides} with overrides in ${namespace}`;
    },
    async forKyma(planName, version, signal) {
      const selectors = labelSelectors(planName, version);
      const lists = [secrets(), ...selectors.map(configMaps)];
      const [secret = [], ...plain] = await unlessAborted(Promise.all(lists), signal);
      const found = plain.flat();
      if (found.length === 0) throw missing(namespace, planName, version);
      return [...secret.map((item) => toSet(item, true)), ...found.map((item) => toSet(item, false))];
    },
  };
}

/**
 * `PR-1` is looked for as it is and, as Kyma's own broker spells its labels, in lower case. None for an impossible label.
 */
function labelSelectors(planName: string, version: string): string[] {
  const plan = `overrides-plan-${planName}`;
  const versions = [...new Set([version, version.toLowerCase()])].map((text) => `overrides-version-${text}`);
  if (![plan, ...versions].every((name) => LABEL_NAME.test(name))) return [];
  return versions.map((label) => `${plan}=true,${label}=true`);
}

function missing(namespace: string, planName: string, version: string): FinalError {
  return new FinalError(
    'OVERRIDES_MISSING',
    `No overrides exist for plan "${planName}" and Kyma version "${version}"; create a ConfigMap in namespace ` +
      `"${namespace}" with the labels overrides-plan-${planName}: "true" and overrides-version-${version}: "true"`,
  );
}

function toSet(item: Items[number], secret: boolean): OverrideSet {
  const entries = Object.entries(item.data ?? {}).map(([key, value]): ConfigEntry => ({
    key,
    value: secret ? Buffer.from(value, 'base64').toString('utf8') : value,
    secret,
  }));
  const { name, uid = '', resourceVersion = '', labels } = item.metadata;
  return {
    component: labels?.[COMPONENT_LABEL] ?? '',
    entries: entries.sort((a, b) => compare(a.key, b.key)),
    // The name besides: a Secret that is made anew has other values, whatever else the server says of it.
    ...(secret ? { version: [name, uid, resourceVersion].join('/') } : {}),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The read goes on for those who share it; the caller who gives up does not wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return await work;
  const givenUp = (): UnavailableError =>
    new UnavailableError('overrides', 'The request for overrides was given up');
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(givenUp());
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
