import { CustomObjectsApi, type ConfigurationOptions, type KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { UnavailableError } from '../../domain/errors.ts';
import {
  callKubernetes,
  countOf,
  listMetadataSchema,
  MissingObjectError,
  secretsOf,
  withMergePatch,
  type KubernetesTarget,
} from '../kubernetes-api.ts';
import { cloudProfileSchema, readCloudProfile } from './cloud-profile-reading.ts';
import { gardenerShootSchema, readGardenerShoot } from './gardener-shoot-reading.ts';
import type { Look, ShootsClient } from './outside-systems.ts';

const GARDENER = { group: 'core.gardener.cloud', version: 'v1beta1' } as const;
const SHOOTS = { ...GARDENER, plural: 'shoots' } as const;
const PROFILES = { ...GARDENER, plural: 'cloudprofiles' } as const;

const profilesSchema = z.object({
  metadata: listMetadataSchema.nullish(),
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});

export interface ShootsOptions {
  kubeConfig: KubeConfig;
  /** The namespace of the Gardener project. */
  namespace: string;
  /** Milliseconds, default 30,000. */
  timeoutMs?: number;
}

/** Reads and changes single Shoots, and reads the profiles that say which versions they may have. */
export function createShootsClient({
  kubeConfig,
  namespace,
  timeoutMs,
}: ShootsOptions): ShootsClient & { look: Look } {
  const api = kubeConfig.makeApiClient(CustomObjectsApi);
  const secrets = secretsOf(kubeConfig);
  const target: KubernetesTarget = {
    system: 'inventory',
    name: 'The Gardener API',
    timeoutMs,
    refusal: { code: 'GARDENER_REFUSED', advice: 'mend the version that is asked for, or the Shoot' },
    secrets,
  };

  /** Undefined when there is no object of that name. */
  async function find(
    read: (call: ConfigurationOptions) => Promise<unknown>,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    try {
      return await callKubernetes(target, read, signal);
    } catch (error) {
      if (error instanceof MissingObjectError) return undefined;
      throw error;
    }
  }

  return {
    async look(signal) {
      const list: unknown = await callKubernetes(
        target,
        (call) => api.listClusterCustomObject({ ...PROFILES, limit: 1 }, call),
        signal,
      );
      return countOf('CloudProfile', parsed(profilesSchema, list, 'list of CloudProfiles'));
    },
    async find(name, signal) {
      const found = await find(
        (call) => api.getNamespacedCustomObject({ ...SHOOTS, namespace, name }, call),
        signal,
      );
      return found === undefined
        ? undefined
        : readGardenerShoot(parsed(gardenerShootSchema, found, 'Shoot'), secrets);
    },
    async patch(name, body, { signal, beforeSending } = {}) {
      await beforeSending?.();
      const changed: unknown = await callKubernetes(
        target,
        (call) => api.patchNamespacedCustomObject({ ...SHOOTS, namespace, name, body }, withMergePatch(call)),
        signal,
      );
      return readGardenerShoot(parsed(gardenerShootSchema, changed, 'Shoot'), secrets);
    },
    async cloudProfile({ kind, name }, signal) {
      const found = await find(
        (call) =>
          kind === 'CloudProfile'
            ? api.getClusterCustomObject({ ...PROFILES, name }, call)
            : api.getNamespacedCustomObject(
                { ...GARDENER, namespace, plural: 'namespacedcloudprofiles', name },
                call,
              ),
        signal,
      );
      return found === undefined ? undefined : readCloudProfile(parsed(cloudProfileSchema, found, kind));
    },
  };
}

function parsed<T>(schema: z.ZodType<T>, answer: unknown, kind: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new UnavailableError('inventory', `The Gardener API answered with no ${kind} (at "${where}")`);
}
