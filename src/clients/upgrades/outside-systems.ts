/**
 * The outside systems as activities and the API need them. Every call throws UnavailableError or FinalError, nothing else.
 */
import type { ClusterConfig, ConfigEntry, KymaConfig } from '../../domain/upgrades/operation-config.ts';
import type { CloudProfile } from '../../domain/upgrades/cloud-profile.ts';
import type { ShootPatch } from '../../domain/upgrades/gardener-patch.ts';
import type { GardenerShoot } from '../../domain/upgrades/gardener-shoot.ts';
import type { InventoryShoot } from '../../domain/upgrades/inventory-shoot.ts';
import type { CloudProfileName, ExcludedShoot, Runtime } from '../../domain/upgrades/runtime.ts';

/** Looks once, with one small request. Answers what was found in a few words; rejects like every other call. */
export type Look = (signal?: AbortSignal) => Promise<string>;

export interface InventoryPage {
  runtimes: Runtime[];
  excluded: ExcludedShoot[];
}

/** The fleet. Pages are read one after the other and never kept: memory stays bounded. */
export interface InventoryClient {
  pages(options: { pageSize?: number; signal?: AbortSignal }): AsyncIterable<InventoryPage>;
}

/** All Shoots of the inventory, those that take no part in upgrades too, each once. Read like `pages`. */
export interface ShootInventory {
  shoots(options: { pageSize?: number; signal?: AbortSignal }): AsyncIterable<InventoryShoot[]>;
}

export type ProvisionerOperationKind = 'Upgrade' | 'UpgradeShoot';

export interface ProvisionerOperation {
  id: string;
  /** `Upgrade`, `UpgradeShoot`, `Provision`, `Deprovision` and others. */
  operation: string;
  state: 'Pending' | 'InProgress' | 'Succeeded' | 'Failed';
  message: string;
  runtimeID: string;
  lastError?: { errMessage?: string; reason?: string; component?: string };
}

/** Options of every call of the Provisioner. */
export interface ProvisionerCallOptions {
  signal?: AbortSignal;
  /** The global account of the runtime: a Provisioner that serves several accounts wants it as a header. */
  tenant?: string;
  /**
   * Values that must not appear in an error, for a call that may be answered with words about an upgrade that was sent
   * before. Asked for only when there is such an answer; undefined when they can't be read, and then nothing is quoted.
   */
  secrets?(): Promise<readonly string[] | undefined>;
}

/** Options of a call that sends an upgrade. */
export interface ProvisionerSendOptions extends ProvisionerCallOptions {
  /**
   * Awaited each time before the request goes out, when everything that takes time, such as getting a token, is done.
   * When it throws, nothing is sent, and the call throws that very error.
   */
  beforeSending?(): Promise<void>;
}

export interface ProvisionerClient {
  /** Sends the upgrade. FinalError PROVISIONER_REFUSED when it is refused. */
  upgradeRuntime(
    runtimeID: string,
    config: KymaConfig,
    options?: ProvisionerSendOptions,
  ): Promise<ProvisionerOperation>;
  upgradeShoot(
    runtimeID: string,
    config: ClusterConfig,
    options?: ProvisionerSendOptions,
  ): Promise<ProvisionerOperation>;
  /** FinalError OPERATION_UNKNOWN when the Provisioner does not know that operation. */
  operationStatus(operationID: string, options?: ProvisionerCallOptions): Promise<ProvisionerOperation>;
  /**
   * The runtime's last operation of any kind; undefined when it never had one. FinalError PROVISIONER_REFUSED for an
   * unknown runtime.
   */
  lastOperation(
    runtimeID: string,
    options?: ProvisionerCallOptions,
  ): Promise<ProvisionerOperation | undefined>;
  /**
   * The version of Kyma that it has installed last; undefined when it does not say, and when the last operation is an upgrade that has not
   * succeeded: the Provisioner names the new version from the begin of an upgrade on. FinalError PROVISIONER_REFUSED as above.
   */
  kymaVersion(runtimeID: string, options?: ProvisionerCallOptions): Promise<string | undefined>;
}

/** Overrides for one component; '' is global. */
export interface OverrideSet {
  /** Of a Secret: another one whenever somebody has changed it. Says nothing of its values. */
  version?: string;
  component: string;
  entries: ConfigEntry[];
}

export interface OverridesClient {
  /** FinalError OVERRIDES_MISSING when no ConfigMap exists for the pair of plan and version. */
  forKyma(planName: string, version: string, signal?: AbortSignal): Promise<OverrideSet[]>;
}

/** Single Shoots of the Gardener project, for upgrades by Gardener itself. */
export interface ShootsClient {
  /** Undefined when there is none of that name. */
  find(name: string, signal?: AbortSignal): Promise<GardenerShoot | undefined>;
  /**
   * Changes a Shoot, unless it has changed since the version that the patch names: ConflictError then, and nothing was changed.
   * FinalError GARDENER_REFUSED for what is not valid or not permitted, MissingObjectError for one that is gone.
   */
  patch(
    name: string,
    patch: ShootPatch,
    options?: { signal?: AbortSignal } & Pick<ProvisionerSendOptions, 'beforeSending'>,
  ): Promise<GardenerShoot>;
  /** Undefined when there is none of that name. */
  cloudProfile(profile: CloudProfileName, signal?: AbortSignal): Promise<CloudProfile | undefined>;
}
