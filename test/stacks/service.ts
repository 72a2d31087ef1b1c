/** The whole service for tests of stacks, and the simulated driver's own record beside it. */
import { openDatabase } from '../../src/db/connection.ts';
import { simulationControl } from '../../src/activities/stacks/drivers/simulated/control.ts';
import { startService, type OutsideOptions, type Service } from '../e2e/service.ts';
import { atEndOfFile } from '../support/environment.ts';
import { StackClient } from '../support/stacks/definitions.ts';

export interface StackService extends Service {
  stacks: StackClient;
  /** The simulated driver's record, and its faults. */
  simulation: ReturnType<typeof simulationControl>;
}

/** One service for a test file; each test takes names of its own. `env` adds settings or replaces them. */
export async function startStackService(
  env: Record<string, string> = {},
  outside: OutsideOptions = {},
): Promise<StackService> {
  const settings = { STACK_MONITOR_SECONDS: '1', ...env };
  const service = await startService({ fleetSize: 1, ...outside, env: settings });
  const database = openDatabase(service.env['DATABASE_URL'] ?? '');
  atEndOfFile(() => database.close());
  return {
    ...service,
    stacks: new StackClient(service.rest),
    simulation: simulationControl(database, Date.now),
  };
}
