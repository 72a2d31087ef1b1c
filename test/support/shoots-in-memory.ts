/** Shoots of a fleet in memory, read one by one. All are healthy, and at an old version, unless a test says otherwise. */
import type { GardenerShoot, ShootCondition } from '../../src/domain/upgrades/gardener-shoot.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';

export const WELL: ShootCondition = {
  type: 'EveryNodeReady',
  status: 'True',
  message: 'All nodes are ready.',
};
export const BROKEN: ShootCondition = {
  type: 'EveryNodeReady',
  status: 'False',
  message: 'Node n-1 is not ready.',
};

export function lastOperation(state: string): NonNullable<GardenerShoot['lastOperation']> {
  return { type: 'Reconcile', state, progress: 50, description: '' };
}

/** A Shoot that is healthy and idle. */
export function aShoot(runtimeID: string, changes: Partial<GardenerShoot> = {}): GardenerShoot {
  return {
    name: 'c-0000',
    runtimeID,
    resourceVersion: '1',
    generation: 2,
    observedGeneration: 2,
    annotations: {},
    isBeingDeleted: false,
    isHibernated: false,
    isConfined: false,
    kubernetesVersion: '1.30.1',
    workers: [{ name: 'cpu', image: { name: 'gardenlinux', version: '1312.3.0' }, manifest: {} }],
    lastOperation: lastOperation('Succeeded'),
    lastErrors: [],
    conditions: [WELL],
    ...changes,
  };
}

export class ShootsInMemory {
  /** Names of Shoots, in the order in which they were read. */
  readonly read: string[] = [];
  private readonly changes = new Map<string, Partial<GardenerShoot> | 'gone'>();

  constructor(private readonly runtimes: readonly Runtime[]) {}

  /** Changes one for good; `gone` takes it away. */
  set(runtimeID: string, changes: Partial<GardenerShoot> | 'gone'): void {
    const earlier = this.changes.get(runtimeID);
    const both = typeof earlier === 'object' && changes !== 'gone' ? { ...earlier, ...changes } : changes;
    this.changes.set(runtimeID, both);
  }

  look(shootName: string): GardenerShoot | undefined {
    this.read.push(shootName);
    const runtime = this.runtimes.find((one) => one.shootName === shootName);
    const changes = runtime && this.changes.get(runtime.runtimeID);
    return runtime && changes !== 'gone' ? aShoot(runtime.runtimeID, changes) : undefined;
  }
}
