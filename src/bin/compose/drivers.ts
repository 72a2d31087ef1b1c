/** The drivers of stacks out of the configuration. */
import { createNestedDriver } from '../../activities/drivers/nested.ts';
import { createKubernetesDrivers } from '../../activities/drivers/kubernetes/index.ts';
import { createSimulatedDrivers } from '../../activities/drivers/simulated/index.ts';
import type { Drivers } from '../../activities/drivers/types.ts';
import type { StackGateway } from '../../clients/stack-gateway-types.ts';
import type { Config } from '../../config/index.ts';
import type { Database } from '../../db/connection.ts';
import type { Repositories } from '../../db/repositories/types.ts';
import { readKubeconfig } from './kubeconfig.ts';

export interface DriverParts {
  database: Database;
  repositories: Repositories;
  gateway: StackGateway;
  clock(): number;
}

/** Every type of object by the configured driver; a nested stack is driven by this service itself. */
export function createDrivers({ stacks }: Config, parts: DriverParts): Drivers {
  const single =
    stacks.driver === 'kubernetes' && stacks.kubeconfig !== undefined
      ? createKubernetesDrivers({
          kubeConfig: readKubeconfig(stacks.kubeconfig, 'STACKS_KUBECONFIG'),
          namespace: stacks.namespace,
        })
      : createSimulatedDrivers(parts.database, parts.clock);
  return { ...single, orchestration: createNestedDriver(parts.repositories.stacks, parts.gateway) };
}
