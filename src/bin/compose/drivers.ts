/** The drivers of stacks out of the configuration. */
import { createNestedDriver } from '../../activities/stacks/drivers/nested.ts';
import { createKubernetesDrivers, inOwnNamespace } from '../../activities/stacks/drivers/kubernetes/index.ts';
import { createSimulatedDrivers } from '../../activities/stacks/drivers/simulated/index.ts';
import type { Drivers } from '../../activities/stacks/drivers/driver.ts';
import type { StackGateway } from '../../clients/stacks/life-cycle-gateway.ts';
import type { Config } from '../../config/index.ts';
import type { Database } from '../../db/connection.ts';
import type { Repositories } from '../../db/repositories/repository-types.ts';
import type { Meter } from '../../domain/measures.ts';
import { readKubeconfig } from './kubeconfig.ts';

export interface DriverParts {
  installationID: string;
  database: Database;
  repositories: Repositories;
  gateway: StackGateway;
  clock(): number;
  meter: Meter;
}

/** Every type of object by the configured driver; a nested stack is driven by this service itself. */
export function createDrivers({ stacks }: Config, parts: DriverParts): Drivers {
  const single =
    stacks.driver === 'kubernetes' && stacks.kubeconfig !== undefined
      ? kubernetesDrivers(stacks, stacks.kubeconfig, parts)
      : createSimulatedDrivers(parts.database, parts.clock);
  return { ...single, orchestration: createNestedDriver(parts.repositories.stacks, parts.gateway) };
}

function kubernetesDrivers(
  { namespace, requestMs }: Config['stacks'],
  kubeconfig: string,
  { installationID, meter }: DriverParts,
): Omit<Drivers, 'orchestration'> {
  const options = {
    kubeConfig: readKubeconfig(kubeconfig, 'STACKS_KUBECONFIG'),
    namespace,
    timeoutMs: requestMs,
    meter,
  };
  return inOwnNamespace(createKubernetesDrivers(options), installationID, options);
}
