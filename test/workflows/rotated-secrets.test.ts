import { describe, expect, it } from 'vitest';
import { createUpgradeActivities } from '../../src/activities/index.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';
import { aPlan, FIRST } from '../support/rows.ts';

/**
 * The message on an upgrade whose first execution died after it had sent, when the Provisioner repeats what it was given.
 */
async function saidAfter(rotate: (fleet: FleetInMemory) => void): Promise<string> {
  const fleet = new FleetInMemory(1);
  const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
  fleet.overrides = [{ key: 'password', value: 'hunter2', secret: true }];
  fleet.overridesVersion = 'keys/1';
  fleet.says = 'helm was given password=hunter2';
  fleet.failing.add(runtimeID);
  fleet.afterAccept = () => {
    throw new Error('the worker died');
  };
  const rig = await Rig.start({ fleet });
  const { id, operationIDs } = await aPlan(rig.repositories, 1);
  const { upgradeRuntime } = createUpgradeActivities(rig.dependencies());
  const execute = () =>
    executeActivity(() =>
      upgradeRuntime({
        orchestrationID: id,
        operationID: operationIDs[0] ?? '',
        ...FIRST,
        runtimeID,
        shootName: 'c-0000',
        type: 'upgradeKyma',
        dryRun: false,
      }),
    );
  await expect(execute()).rejects.toThrow('the worker died');
  rotate(fleet);
  fleet.endAll();
  const error: unknown = await execute().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'UPGRADE_FAILED' });
  return error instanceof Error ? error.message : '';
}

describe('what the Provisioner says to an execution that has not sent the upgrade itself', () => {
  it('is shown without the secrets that were sent, as long as they can be read', async () => {
    expect(await saidAfter(() => undefined)).toContain('helm was given password=********');
  });

  it('is not shown when a Secret has been changed since: the value that was sent is not known any more', async () => {
    const said = await saidAfter((fleet) => {
      fleet.overrides = [{ key: 'password', value: 'swordfish', secret: true }];
      fleet.overridesVersion = 'keys/2';
    });
    expect(said).not.toContain('hunter2');
    expect(said).toContain('is not shown');
  });
});
