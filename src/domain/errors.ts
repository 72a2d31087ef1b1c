/** Every way in which an operation or an orchestration can fail, as a closed union of codes. */
export const FAILURE_CODES = [
  /** The Provisioner refused the request: bad input, unknown runtime, or it has another operation under way. */
  'PROVISIONER_REFUSED',
  /** Gardener refused the change of the Shoot, or the Shoot can't be upgraded as it is; nothing of it was begun. */
  'GARDENER_REFUSED',
  /** The Provisioner, or Gardener, carried the upgrade out and reported that it failed. */
  'UPGRADE_FAILED',
  /** Somebody has changed the Shoot back after the upgrade was sent. No try that follows by itself goes against that. */
  'TAKEN_BACK',
  /** Its upgrade succeeded, and its runtime was not healthy in time afterwards, or not at the version that was asked for. */
  'HEALTH_CHECK_FAILED',
  /** The check before it found that its runtime is not to be upgraded; nothing was sent. */
  'NOT_ELIGIBLE',
  /** The Provisioner no longer knows the operation that was being followed, or another upgrade has taken the Shoot over. */
  'OPERATION_UNKNOWN',
  /** No overrides exist for the pair of plan and version. */
  'OVERRIDES_MISSING',
  /** The version to upgrade to has no component list in the configuration. */
  'COMPONENTS_MISSING',
  /** The patterns of the targets are too large, or not valid: accepted by an earlier version. */
  'TARGETS_REFUSED',
  /** The operation did not end within its timeout, counted from the start of executing. */
  'OPERATION_TIMEOUT',
  /** Another workflow held the runtime for longer than the operation timeout. */
  'RUNTIME_BUSY',
  /** It was to be tried again, and its runtime had a newer operation of the same type by the time it was its turn. */
  'OVERTAKEN',
  /** The operation's workflow was terminated or failed outside of its own code. */
  'OPERATION_LOST',
  /** The orchestration's workflow was terminated or failed outside of its own code. */
  'ORCHESTRATION_LOST',
  /** The driver refused an object of a stack: bad values, or something that it refers to does not exist. */
  'OBJECT_REFUSED',
  /** An object of a stack was accepted, and then failed. */
  'OBJECT_FAILED',
  /** An object of a stack did not get ready, or did not end, within its timeout. */
  'OBJECT_TIMEOUT',
  /** An object of a stack was to be destroyed while something else uses it. */
  'OBJECT_IN_USE',
  /** Something should happen to an object of a stack that does not exist. */
  'OBJECT_MISSING',
  /** An operation found no maintenance window in the time that its orchestration had; nothing was sent. */
  'WINDOW_NOT_REACHED',
  /** An outside system answers, but in a way that this service does not understand. */
  'UNEXPECTED_ANSWER',
  /** The database refuses to store something, and would refuse it again. */
  'DATABASE_REFUSED',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Type of the failure of an activity whose statement was refused for what is in it. */
export const DATABASE_REFUSED = 'DATABASE_REFUSED' satisfies FailureCode;

/**
 * A failure that trying again cannot mend. Clients throw it; activities turn it into a non-retryable failure of that type.
 */
export class FinalError extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FinalError';
    this.code = code;
  }
}

/** An outside system did not answer, or answered that it can't now. Trying again may help. */
export class UnavailableError extends Error {
  readonly system: 'inventory' | 'provisioner' | 'overrides' | 'database' | 'engine' | 'issuer' | 'objects';
  constructor(system: UnavailableError['system'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnavailableError';
    this.system = system;
  }
}

/** An outside system answers, but with nothing that can be understood of the one object that was asked for. */
export class UnreadableError extends UnavailableError {}

/**
 * An object can't be destroyed while something else uses it. It is waited for, but not as long as for a system that is away.
 */
export class InUseError extends UnavailableError {
  constructor(message: string, options?: ErrorOptions) {
    super('objects', message, options);
  }
}
