import { CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Meter } from '../../domain/measures.ts';
import {
  callKubernetes,
  countOf,
  listMetadataSchema,
  readAnswer,
  secretsOf,
  unlessMissing,
  withMergePatch,
  type KubernetesTarget,
} from '../kubernetes-api.ts';
import { cloudProfileSchema, readCloudProfile } from './cloud-profile-reading.ts';
import { gardenerShootSchema, readGardenerShoot } from './gardener-shoot-reading.ts';
import type { Look, ShootsClient } from './outside-systems.ts';
import { SHOOTS } from './shoot.ts';

const PROFILES = { ...SHOOTS, plural: 'cloudprofiles' } as const;
const NAMESPACED_PROFILES = { ...SHOOTS, plural: 'namespacedcloudprofiles' } as const;

const profilesSchema = z.object({
  metadata: listMetadataSchema.nullish(),
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});

export interface ShootsOptions {
  kubeConfig: KubeConfig;
  /** The namespace of the Gardener project. */
  namespace: string;
  meter?: Meter;
}

/** Reads and changes single Shoots, and reads the profiles that say which versions they may have. */
export function createShootsClient({
  kubeConfig,
  namespace,
  meter,
}: ShootsOptions): ShootsClient & { look: Look } {
  const api = kubeConfig.makeApiClient(CustomObjectsApi);
  const secrets = secretsOf(kubeConfig);
  const target: KubernetesTarget = {
    system: 'inventory',
    name: 'The Gardener API',
    refusal: { code: 'GARDENER_REFUSED', advice: 'mend the version that is asked for, or the Shoot' },
    secrets,
    meter,
  };
  const read = <T>(schema: z.ZodType<T>, answer: unknown, kind: string): T =>
    readAnswer(target, schema, answer, kind);

  return {
    async look(signal) {
      const list: unknown = await callKubernetes(
        target,
        (call) => api.listClusterCustomObject({ ...PROFILES, limit: 1 }, call),
        signal,
      );
      return countOf('CloudProfile', read(profilesSchema, list, 'list of CloudProfiles'));
    },
    async find(name, signal) {
      const request = { ...SHOOTS, namespace, name };
      const found: unknown = await unlessMissing(() =>
        callKubernetes(target, (call) => api.getNamespacedCustomObject(request, call), signal),
      );
      if (found === undefined) return undefined;
      return readGardenerShoot(read(gardenerShootSchema, found, 'Shoot'), secrets);
    },
    async patch(name, body, { signal, beforeSending } = {}) {
      await beforeSending?.();
      const changed: unknown = await callKubernetes(
        target,
        (call) => api.patchNamespacedCustomObject({ ...SHOOTS, namespace, name, body }, withMergePatch(call)),
        signal,
      );
      return readGardenerShoot(read(gardenerShootSchema, changed, 'Shoot'), secrets);
    },
    async cloudProfile({ kind, name }, signal) {
      const found: unknown = await unlessMissing(() =>
        callKubernetes(
          target,
          (call) =>
            kind === 'CloudProfile'
              ? api.getClusterCustomObject({ ...PROFILES, name }, call)
              : api.getNamespacedCustomObject({ ...NAMESPACED_PROFILES, namespace, name }, call),
          signal,
        ),
      );
      return found === undefined ? undefined : readCloudProfile(read(cloudProfileSchema, found, kind));
    },
  };
}
