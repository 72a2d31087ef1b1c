import { simulationControl } from '../../../src/activities/stacks/drivers/simulated/control.ts';
import { createSimulatedDrivers } from '../../../src/activities/stacks/drivers/simulated/index.ts';
import { openDatabase } from '../../../src/db/connection.ts';
import { driverContract } from '../../contract/driver-contract.ts';
import { usageContract } from '../../contract/usage-contract.ts';
import type { World } from '../../contract/world.ts';
import { atEndOfFile, createDatabase } from '../../support/environment.ts';

const open = async (): Promise<World> => {
  const database = openDatabase((await createDatabase()).url);
  atEndOfFile(() => database.close());
  const control = simulationControl(database, Date.now);
  return {
    drivers: createSimulatedDrivers(database, Date.now),
    putVolume: ({ objType, name, spec }) => control.put(objType, name, spec),
    vanish: ({ objType, name }) => control.remove(objType, name),
    kill: ({ name }) => control.kill(name),
    // Nothing in the simulation runs again by itself.
    revive: async () => undefined,
  };
};

driverContract('the simulated driver', open);
usageContract('the simulated driver', open);
