/** Reads of the inventory into real rows, where the inventory does not answer to the end. */
import { expect, it } from 'vitest';
import { createFleetActivities } from '../../src/activities/upgrades/fleet-reading.ts';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import type { FleetReadRow } from '../../src/db/schema/upgrades/fleet-reads.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { atEndOfTest } from '../support/endings.ts';
import { freshRepositories } from '../support/repositories.ts';
import { AT } from '../support/rows.ts';

/** How reading stands after one read that `meanwhile` happens to, and which fails with this message. */
async function afterFailure(
  message: string,
  meanwhile: () => void = () => undefined,
  signal?: AbortSignal,
): Promise<FleetReadRow | undefined> {
  const repositories = await freshRepositories(atEndOfTest);
  const inventory = {
    async *shoots() {
      yield await Promise.resolve([]);
      meanwhile();
      throw new UnavailableError('inventory', message);
    },
    pages: () => {
      throw new Error('Nobody asks for pages');
    },
  };
  const policies = new PolicyVersions(repositories.policies);
  const clock = (): number => Date.parse(AT);
  const { readFleet } = createFleetActivities({ repositories, policies, inventory, clock });
  const reading = executeActivity(() => readFleet({ everySeconds: 10 }), {}, { signal });
  await expect(reading).rejects.toThrow(message);
  return await repositories.fleet.lastRead();
}

it('a failure of the inventory is kept, cut where it is long', async () => {
  const kept = await afterFailure(`It says\0: ${'x'.repeat(5_000)}`);
  expect(kept?.failure).toBe(`It says\uFFFD: ${'x'.repeat(490)}…`);
});

it('the end of a worker is no failure of the inventory', async () => {
  const ending = new AbortController();
  const kept = await afterFailure('aborted', () => ending.abort(), ending.signal);
  expect(kept).toMatchObject({ failedAt: null, failure: null });
});
