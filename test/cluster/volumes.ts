/** Storage of the control plane: no plug-in makes volumes here, so a loop does. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { KubernetesHTTP } from '../support/kubernetes-http.ts';

const CLASS = 'standard';
const PROVISIONER = 'drydock.dev/test';
const ROUND_MS = 150;

/** Of claims that name none. */
export const STORAGE_CLASS = {
  metadata: { name: CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: PROVISIONER,
  reclaimPolicy: 'Retain',
  volumeBindingMode: 'Immediate',
};

/** Makes a volume for each claim of that class; answers how to end that. */
export function supplyVolumes(http: KubernetesHTTP): () => Promise<void> {
  const supplied = new Set<string>();
  const end = new AbortController();
  const ended = (): boolean => end.signal.aborted;
  const rounds = async (): Promise<void> => {
    while (!ended()) {
      try {
        const { items } = claimsSchema.parse(await http.ask('GET', '/api/v1/persistentvolumeclaims'));
        for (const claim of items) await supply(http, claim, supplied);
      } catch (error) {
        // The API server may be on its way down; tests see for themselves what is missing.
        if (!ended()) console.error(`[tests] volumes of the control plane: ${String(error)}`);
      }
      await delay(ROUND_MS);
    }
  };
  const running = rounds();
  return async () => {
    end.abort();
    await running;
  };
}

const claimsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ uid: z.string(), name: z.string(), namespace: z.string() }),
      spec: z.object({
        storageClassName: z.string().optional(),
        accessModes: z.array(z.string()),
        resources: z.object({ requests: z.record(z.string(), z.string()) }),
      }),
      status: z.object({ phase: z.string() }),
    }),
  ),
});
type Claim = z.infer<typeof claimsSchema>['items'][number];

async function supply(
  http: KubernetesHTTP,
  { metadata, spec, status }: Claim,
  supplied: Set<string>,
): Promise<void> {
  const { uid, name, namespace } = metadata;
  if (status.phase !== 'Pending' || spec.storageClassName !== CLASS || supplied.has(uid)) return;
  supplied.add(uid);
  await http.create('/api/v1/persistentvolumes', {
    metadata: { name: `volume-${uid}` },
    spec: {
      capacity: spec.resources.requests,
      accessModes: spec.accessModes,
      storageClassName: CLASS,
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/nowhere' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
    },
  });
}
