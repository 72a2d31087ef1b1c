/** Descriptions in rows that say what something waits for: whoever writes them, and whoever tells from them, uses these. */

/** Of an orchestration that waits for its turn, for the first time or again. */
export const QUEUED = 'queued for processing';

/** Of a canceled orchestration, and of its operations that were never begun. */
export const CANCELED = 'Orchestration was canceled';

/** How they begin. */
export const DESCRIPTION_BEGINS = {
  /** Of an orchestration: its plan can't be made, and why. Likewise of a wave that is looked at. */
  inventory: 'Waits for the inventory: ',
  /** Of a waiting operation: the freeze or opt-out that is in its way follows, with its reason and its end. */
  frozen: 'Waits for the end of the ',
  /** Of a waiting operation: who has the lock on its runtime follows. */
  busy: 'Waits: the runtime is held by ',
  /** Of a waiting operation that has failed: the number of its next try, the end of the wait and the failure follow. */
  backoff: 'Waits with ',
  /** Of a waiting operation that was in progress: when something else was last seen to keep its runtime busy, and what that was, follow. */
  wasBusy: 'Its runtime was busy when it was last looked at, ',
  /** Of an operation in progress: what was said by the system that does not answer follows. It is replaced once one does. */
  again: 'Trying again: ',
} as const;

const BUSY_PROVISIONER =
  /^The Provisioner is busy with another operation on the runtime \((?<kind>.*), (?<id>.*)\)$/;
const BUSY_GARDENER = /^Gardener is busy with something else on the Shoot \((?<what>.*)\)$/;

/** An operation of the Provisioner: its kind, such as `UpgradeShoot`, and its ID. */
export interface ProvisionerBusyness {
  kind: string;
  id: string;
}

/** The sentence for a Provisioner that does something else on the runtime. */
export function busyProvisioner({ kind, id }: ProvisionerBusyness): string {
  return `The Provisioner is busy with another operation on the runtime (${kind}, ${id})`;
}

/** Reads that again; undefined for anything else. */
export function readBusyProvisioner(text: string): ProvisionerBusyness | undefined {
  const { kind, id } = BUSY_PROVISIONER.exec(text)?.groups ?? {};
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

/** The sentence for a Gardener that does something else on the Shoot, like `Reconcile, Processing`. */
export function busyGardener(what: string): string {
  return `Gardener is busy with something else on the Shoot (${what})`;
}

/** Reads what it does again; undefined for anything else. */
export function readBusyGardener(text: string): string | undefined {
  return BUSY_GARDENER.exec(text)?.groups?.['what'];
}

const BUSY_RUNTIME = 'The runtime is busy: ';

/** The sentence for a runtime that something happens to, which ends by itself. */
export function busyRuntime(reason: string): string {
  return `${BUSY_RUNTIME}${reason}`;
}

/** Reads that again, as a part of a sentence; undefined for anything else. */
export function readBusyRuntime(text: string): string | undefined {
  return text.startsWith(BUSY_RUNTIME) ? text.slice(BUSY_RUNTIME.length) : undefined;
}
