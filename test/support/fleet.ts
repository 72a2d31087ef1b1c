/**
 * The edge of the workflows in tests: a fleet and its Provisioner in memory, so that a test decides when an upgrade ends.
 * The wire itself is tested against the simulated landscape.
 */
import { randomUUID } from 'node:crypto';
import type {
  InventoryClient,
  OverridesClient,
  ProvisionerClient,
  ProvisionerOperation,
  ProvisionerSendOptions,
  ShootInventory,
  ShootsClient,
} from '../../src/clients/upgrades/outside-systems.ts';
import { FinalError, UnavailableError } from '../../src/domain/errors.ts';
import type { ConfigEntry } from '../../src/domain/upgrades/operation-config.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';
import { aRuntime, asShoot } from './rows.ts';
import { ShootsInMemory } from './shoots-in-memory.ts';

export interface RecordedUpgrade {
  runtimeID: string;
  operation: ProvisionerOperation;
  /** Called when it ends well. */
  whenSucceeded?: () => void;
}

export class FleetInMemory {
  readonly runtimes: Runtime[];
  readonly shoots: ShootsInMemory;
  /** The version of Kyma of each runtime, as the Provisioner has it. */
  readonly kymaVersions = new Map<string, string>();
  /** Every accepted upgrade, in the order in which it came. */
  readonly upgrades: RecordedUpgrade[] = [];
  /** Most upgrades under way at one time. */
  mostAtOnce = 0;
  /** True: an upgrade succeeds when it is looked at. False: it waits for `end` or `endAll`. */
  autoEnd = true;
  /** Set to let calls fail as an outside system that is away. */
  down = { inventory: false, provisioner: false };
  /** Runtimes whose upgrade ends as failed. */
  readonly failing = new Set<string>();
  /** Runtimes whose upgrade is refused. */
  readonly refused = new Set<string>();
  overrides: ConfigEntry[] = [{ key: 'domain', value: 'example.com', secret: false }];
  /** Changes when somebody changes a Secret. */
  overridesVersion: string | undefined;
  /** Called before an upgrade is answered, after it was accepted. */
  afterAccept: (() => Promise<void> | void) | undefined;
  pagesRead = 0;
  /** The Provisioner's last word on an upgrade. */
  says: string | undefined;

  constructor(count: number, change: (index: number) => Partial<Runtime> = () => ({})) {
    // No other fleet has the same runtimes: workers of a namespace see those of several tests.
    const fleet = randomUUID().slice(0, 24);
    this.runtimes = Array.from({ length: count }, (_, index) =>
      aRuntime({
        runtimeID: `${fleet}${String(index).padStart(12, '0')}`,
        shootName: `c-${String(index).padStart(4, '0')}`,
        ...change(index),
      }),
    );
    this.shoots = new ShootsInMemory(this.runtimes);
  }

  setWindow(index: number, maintenanceWindow: Runtime['maintenanceWindow']): void {
    const runtime = this.runtimes[index];
    if (runtime) runtime.maintenanceWindow = maintenanceWindow;
  }

  get underWay(): RecordedUpgrade[] {
    return this.upgrades.filter(({ operation }) => operation.state === 'InProgress');
  }

  /** Shoot names in the order in which their upgrades were accepted. */
  get order(): string[] {
    const names = new Map(this.runtimes.map(({ runtimeID, shootName }) => [runtimeID, shootName]));
    return this.upgrades.map(({ runtimeID }) => names.get(runtimeID) ?? runtimeID);
  }

  end(upgrade: RecordedUpgrade): void {
    const failed = this.failing.has(upgrade.runtimeID);
    if (!failed) upgrade.whenSucceeded?.();
    upgrade.operation = {
      ...upgrade.operation,
      state: failed ? 'Failed' : 'Succeeded',
      message: this.says ?? (failed ? 'something broke' : 'done'),
      ...(failed ? { lastError: { errMessage: this.says ?? 'the installer gave up' } } : {}),
    };
  }

  endAll(): void {
    for (const upgrade of this.underWay) this.end(upgrade);
  }

  readonly inventory: InventoryClient & ShootInventory = {
    pages: ({ pageSize = 500 }) => this.pages(pageSize),
    shoots: ({ pageSize = 500 }) => this.shootPages(pageSize),
  };

  readonly shootsClient: Pick<ShootsClient, 'find'> = {
    find: async (shootName) => {
      this.inventoryMustBeUp();
      return await Promise.resolve(this.shoots.look(shootName));
    },
  };

  private inventoryMustBeUp(): void {
    if (this.down.inventory) throw new UnavailableError('inventory', 'The inventory does not answer');
  }

  private async *pages(pageSize: number): ReturnType<InventoryClient['pages']> {
    for (let at = 0; at < Math.max(this.runtimes.length, 1); at += pageSize) {
      this.inventoryMustBeUp();
      this.pagesRead += 1;
      yield await Promise.resolve({ runtimes: this.runtimes.slice(at, at + pageSize), excluded: [] });
    }
  }

  private async *shootPages(pageSize: number): ReturnType<ShootInventory['shoots']> {
    for await (const { runtimes } of this.pages(pageSize)) yield runtimes.map(asShoot);
  }

  provisioner: ProvisionerClient = {
    upgradeRuntime: (runtimeID, { version }, options) =>
      this.accept(runtimeID, 'Upgrade', options, () => this.kymaVersions.set(runtimeID, version)),
    upgradeShoot: (runtimeID, { kubernetesVersion = '' }, options) =>
      this.accept(runtimeID, 'UpgradeShoot', options, () =>
        this.shoots.set(runtimeID, { kubernetesVersion }),
      ),
    kymaVersion: async (runtimeID) => {
      this.provisionerMustBeUp();
      return await Promise.resolve(this.kymaVersions.get(runtimeID));
    },
    operationStatus: async (id) => {
      this.provisionerMustBeUp();
      const upgrade = this.upgrades.find(({ operation }) => operation.id === id);
      if (!upgrade)
        throw new FinalError('OPERATION_UNKNOWN', `The Provisioner does not know operation ${id}`);
      if (this.autoEnd && upgrade.operation.state === 'InProgress') this.end(upgrade);
      return Promise.resolve(upgrade.operation);
    },
    lastOperation: async (runtimeID) => {
      this.provisionerMustBeUp();
      return Promise.resolve(
        this.upgrades.filter((upgrade) => upgrade.runtimeID === runtimeID).at(-1)?.operation,
      );
    },
  };

  private async accept(
    runtimeID: string,
    operation: string,
    options?: ProvisionerSendOptions,
    whenSucceeded: () => void = () => undefined,
  ): Promise<ProvisionerOperation> {
    await options?.beforeSending?.();
    this.provisionerMustBeUp();
    if (this.refused.has(runtimeID))
      throw new FinalError('PROVISIONER_REFUSED', 'The Provisioner refuses it');
    if (this.underWay.some((upgrade) => upgrade.runtimeID === runtimeID)) {
      throw new FinalError('PROVISIONER_REFUSED', 'An operation is in progress already');
    }
    const accepted = {
      id: randomUUID(),
      operation,
      state: 'InProgress' as const,
      message: 'under way',
      runtimeID,
    };
    this.upgrades.push({ runtimeID, operation: accepted, whenSucceeded });
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay.length);
    await this.afterAccept?.();
    return accepted;
  }

  private provisionerMustBeUp(): void {
    if (this.down.provisioner) throw new UnavailableError('provisioner', 'The Provisioner does not answer');
  }

  readonly overridesClient: OverridesClient = {
    forKyma: () =>
      Promise.resolve([{ component: '', entries: this.overrides, version: this.overridesVersion }]),
  };
}
