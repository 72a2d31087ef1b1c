import { CoreV1Api, V1ConfigMap } from '@kubernetes/client-node';
import { z } from 'zod';
import { callKubernetes, ConflictError, MissingObjectError } from '../../../../clients/kubernetes-api.ts';
import { FinalError } from '../../../../domain/errors.ts';
import type { Drivers, InstanceDriver, ObjectDriver } from '../driver.ts';
import type { ClusterOptions } from './collection.ts';

/** The ConfigMap that says which installation a namespace belongs to. */
export const MARKER_NAME = 'drydock-installation';

const markerSchema = z.object({ data: z.object({ installation: z.string() }) });

type Single = Omit<Drivers, 'orchestration'>;
type Demand = (signal: AbortSignal) => Promise<void>;

/**
 * Lets drivers change something only in a namespace that belongs to the installation: its marker is made where there is
 * none, and one that names another installation is a refusal. Looked at until it was right once, and not again.
 */
export function inOwnNamespace(drivers: Single, installationID: string, options: ClusterOptions): Single {
  let isOurs = false;
  const demand: Demand = async (signal) => {
    if (isOurs) return;
    const owner = await markNamespace(installationID, options, signal);
    if (owner !== installationID) {
      throw new FinalError(
        'OBJECT_REFUSED',
        `The Kubernetes namespace ${options.namespace} belongs to the Drydock installation ${owner}, and this one is ` +
          `${installationID}: give each a namespace of its own (STACKS_NAMESPACE)`,
      );
    }
    isOurs = true;
  };
  const { launchplan, ...others } = drivers;
  const guarded = Object.entries(others).map(([type, driver]) => [type, guardObjects(driver, demand)]);
  return {
    ...(Object.fromEntries(guarded) as typeof others),
    launchplan: guardInstances(launchplan, demand),
  };
}

function guardObjects(driver: ObjectDriver, demand: Demand): ObjectDriver {
  return {
    ...driver,
    create: async (object, signal) => {
      await demand(signal);
      await driver.create(object, signal);
    },
    destroy: async (object, signal) => {
      await demand(signal);
      await driver.destroy(object, signal);
    },
  };
}

function guardInstances(driver: InstanceDriver, demand: Demand): InstanceDriver {
  return {
    ...driver,
    ...guardObjects(driver, demand),
    start: async (object, signal) => {
      await demand(signal);
      await driver.start(object, signal);
    },
    stop: async (object, signal) => {
      await demand(signal);
      await driver.stop(object, signal);
    },
    restart: async (object, token, signal) => {
      await demand(signal);
      await driver.restart(object, token, signal);
    },
  };
}

/** Makes the marker unless there is one; answers the installation that it names. */
async function markNamespace(
  installation: string,
  { kubeConfig, namespace, timeoutMs, meter }: ClusterOptions,
  signal: AbortSignal,
): Promise<string> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const target = {
    system: 'objects',
    name: 'The Kubernetes API that holds the objects of stacks',
    timeoutMs,
    meter,
  } as const;
  const read = async (): Promise<string> => {
    const found: unknown = await callKubernetes(
      target,
      (call) => core.readNamespacedConfigMap({ namespace, name: MARKER_NAME }, call),
      signal,
    );
    const marker = markerSchema.safeParse(found);
    return marker.success ? marker.data.data.installation : 'of an unreadable marker';
  };
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error;
  }
  const body = Object.assign(new V1ConfigMap(), {
    metadata: { name: MARKER_NAME, labels: { 'app.kubernetes.io/managed-by': 'drydock' } },
    data: { installation },
  });
  try {
    await callKubernetes(target, (call) => core.createNamespacedConfigMap({ namespace, body }, call), signal);
    return installation;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return await read();
  }
}
