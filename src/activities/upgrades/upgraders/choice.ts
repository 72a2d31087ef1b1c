import { GardenerUpgrader, isGardeners } from './gardener/gardener-upgrader.ts';
import { ProvisionerUpgrader } from './provisioner/provisioner-upgrader.ts';
import type { Execution, Upgrader } from './upgrader.ts';

/** The upgrader that carries this upgrade out: who has begun it ends it, whatever has been chosen since. */
export function upgraderFor(execution: Execution): Upgrader {
  const { deps, input, row } = execution;
  const { gardener } = deps;
  if (!gardener || input.type !== 'upgradeCluster') return new ProvisionerUpgrader(execution);
  const hasBegun = row.provisionerOperationID !== null || row.baselineOperationID !== null;
  const isByGardener = hasBegun ? isGardeners(row) : gardener.isChosen;
  return isByGardener ? new GardenerUpgrader(execution, gardener) : new ProvisionerUpgrader(execution);
}
