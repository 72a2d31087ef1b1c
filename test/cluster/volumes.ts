/** Storage of the control plane: no plug-in makes volumes here, so a loop does. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CoreV1Api,
  type KubeConfig,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from '@kubernetes/client-node';

const CLASS = 'standard';
const PROVISIONER = 'drydock.dev/test';
const ROUND_MS = 150;

/** Of claims that name none. */
export const STORAGE_CLASS: V1StorageClass = {
  metadata: { name: CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: PROVISIONER,
  reclaimPolicy: 'Retain',
  volumeBindingMode: 'Immediate',
};

/** Makes a volume for each claim of that class; answers how to end that. */
export function supplyVolumes(kubeConfig: KubeConfig): () => Promise<void> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const supplied = new Set<string>();
  let ended = false;
  const rounds = async (): Promise<void> => {
    while (!ended) {
      try {
        const { items } = await core.listPersistentVolumeClaimForAllNamespaces();
        for (const claim of items) await supply(core, claim, supplied);
      } catch (error) {
        // The API server may be on its way down; tests see for themselves what is missing.
        if (!ended) console.error(`[tests] volumes of the control plane: ${String(error)}`);
      }
      await delay(ROUND_MS);
    }
  };
  const running = rounds();
  return async () => {
    ended = true;
    await running;
  };
}

async function supply(core: CoreV1Api, claim: V1PersistentVolumeClaim, supplied: Set<string>): Promise<void> {
  const { uid = '', name, namespace } = claim.metadata ?? {};
  const waits = claim.status?.phase === 'Pending' && claim.spec?.storageClassName === CLASS;
  if (!waits || supplied.has(uid)) return;
  supplied.add(uid);
  await core.createPersistentVolume({
    body: {
      metadata: { name: `volume-${uid}` },
      spec: {
        capacity: claim.spec?.resources?.requests,
        accessModes: claim.spec?.accessModes,
        storageClassName: CLASS,
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: { path: '/nowhere' },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      },
    },
  });
}
