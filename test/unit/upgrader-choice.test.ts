import { expect, it } from 'vitest';
import { upgraderFor } from '../../src/activities/upgrades/upgraders/choice.ts';
import type { Execution } from '../../src/activities/upgrades/upgraders/upgrader.ts';

const ID = '22222222-2222-4222-8222-222222222222';

/** Only what the choice reads. */
function chosen(
  type: Execution['input']['type'],
  isChosen: boolean | undefined,
  row: { provisionerOperationID?: string; baselineOperationID?: string } = {},
): string {
  const execution = {
    deps: { gardener: isChosen === undefined ? undefined : { isChosen } },
    input: { type },
    row: { id: ID, provisionerOperationID: null, baselineOperationID: null, sentSecrets: null, ...row },
  };
  return upgraderFor(execution as unknown as Execution).constructor.name;
}

it('goes by the setting for clusters alone', () => {
  expect(chosen('upgradeCluster', true)).toBe('GardenerUpgrader');
  expect(chosen('upgradeCluster', false)).toBe('ProvisionerUpgrader');
  expect(chosen('upgradeCluster', undefined)).toBe('ProvisionerUpgrader');
  expect(chosen('upgradeKyma', true)).toBe('ProvisionerUpgrader');
});

it('leaves an upgrade to who has begun it, or may have, whatever the setting says since', () => {
  for (const isChosen of [true, false]) {
    for (const row of [{ provisionerOperationID: `${ID}/1` }, { baselineOperationID: 'shoot 4711' }])
      expect(chosen('upgradeCluster', isChosen, row)).toBe('GardenerUpgrader');
    for (const row of [
      { provisionerOperationID: 'an-id-of-the-Provisioner', baselineOperationID: 'shoot 4711' },
      { baselineOperationID: 'an-id-of-the-Provisioner' },
      { baselineOperationID: '' },
    ])
      expect(chosen('upgradeCluster', isChosen, row)).toBe('ProvisionerUpgrader');
  }
});
