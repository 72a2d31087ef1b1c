import type { Client } from '@temporalio/client';
import type {
  InventoryClient,
  OverridesClient,
  ProvisionerClient,
  ShootInventory,
  ShootsClient,
} from '../clients/upgrades/outside-systems.ts';
import type { WebhookSender } from '../clients/webhooks/webhook-sender.ts';
import type { Repositories } from '../db/repositories/repository-types.ts';
import type { PolicyVersions } from '../db/repositories/upgrades/policy-versions.ts';
import type { Meter } from '../domain/measures.ts';
import type { Lanes } from '../domain/upgrades/lanes.ts';
import type { Tuning } from '../workflows/contract/engine.ts';
import type { FleetSnapshot } from './upgrades/fleet-snapshot.ts';
import type { Drivers } from './stacks/drivers/driver.ts';

/** A component of Kyma and the namespace it is installed into. */
export interface ComponentRef {
  component: string;
  namespace: string;
}

/** Needs of upgrades of clusters by Gardener itself. */
export interface GardenerDependencies {
  shoots: ShootsClient;
  /** New upgrades of clusters are Gardener's; those that it has begun are followed in any case. */
  isChosen: boolean;
  /** Milliseconds that a Shoot must be healthy without a break before its upgrade counts as done. */
  healthyMs: number;
}

/** Needs of telling webhooks. */
export interface WebhookDependencies {
  sender: WebhookSender;
  /** Milliseconds without progress after which an orchestration stands still. */
  stalledMs: number;
}

/** Everything the activities need, given to their factories once. */
export interface ActivityDependencies {
  /** UUID of this installation; part of every owner key. */
  installationID: string;
  temporal: Client;
  repositories: Repositories;
  policies: PolicyVersions;
  inventory: InventoryClient & ShootInventory;
  /** The fleet as it was read within the last minute, shared by all previews. */
  fleet: FleetSnapshot;
  /** Single Shoots, read this moment. */
  shoots: Pick<ShootsClient, 'find'>;
  provisioner: ProvisionerClient;
  /** Without it the Provisioner carries out all upgrades. */
  gardener?: GardenerDependencies;
  overrides: OverridesClient;
  /** Throws FinalError COMPONENTS_MISSING for a version without a component list. */
  componentsFor(version: string): ComponentRef[];
  /** Milliseconds since the epoch. */
  clock(): number;
  /** Milliseconds between two looks at an operation of the Provisioner, or at a Shoot that Gardener upgrades. */
  pollMs: number;
  /** The drivers that create, change and destroy the objects of stacks. */
  drivers: Drivers;
  /** Milliseconds between two looks at an object that is under way, at first; later a tenth of the time it takes. */
  objectPollMs: number;
  lanes: Lanes;
  webhooks: WebhookDependencies;
  /** Rows of a plan that one transaction writes, default 500. */
  planBatch?: number;
  /** Told of what was mended; of what is written, the repositories tell theirs. Default: nobody is told. */
  meter?: Meter;
  /** Given to workflows that activities start. */
  tuning?: Tuning;
}

/** RFC 3339 UTC of the dependencies' clock. */
export function nowOf(deps: Pick<ActivityDependencies, 'clock'>): string {
  return new Date(deps.clock()).toISOString();
}
