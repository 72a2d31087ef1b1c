/** The whole service for tests of stacks, and the simulated driver's own record beside it. */
import { openDatabase } from '../../src/db/connection.ts';
import { simulationControl } from '../../src/activities/drivers/simulated/control.ts';
import { startService, type Service } from '../e2e/service.ts';
import { atEndOfFile } from '../support/environment.ts';
import { StackClient } from '../support/stacks.ts';

export interface StackService extends Service {
  stacks: StackClient;
  /** What the simulated driver has recorded, and what it should do. */
  simulation: ReturnType<typeof simulationControl>;
}

/** One service for a test file; each test takes names of its own. */
export async function startStackService(env: Record<string, string> = {}): Promise<StackService> {
  const service = await startService({ fleetSize: 1, env: { STACK_MONITOR_SECONDS: '1', ...env } });
  const database = openDatabase(service.env['DATABASE_URL'] ?? '');
  atEndOfFile(() => database.close());
  return {
    ...service,
    stacks: new StackClient(service.rest),
    simulation: simulationControl(database, Date.now),
  };
}
