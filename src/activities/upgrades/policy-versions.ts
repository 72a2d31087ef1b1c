import { FinalError, UnavailableError } from '../../domain/errors.ts';
import { compilePolicy, type CompiledPolicy } from '../../domain/upgrades/compiled-policy.ts';
import type { MaintenancePolicy } from '../../domain/upgrades/maintenance-policy.ts';
import type {
  MaintenancePolicyRow,
  PolicyRepository,
} from '../../db/repositories/upgrades/policy-repository.ts';

/** Compiled ones that are kept: those of the orchestrations that run, and the one that holds. */
const MOST_KEPT = 4;

type KeptRow = Pick<MaintenancePolicyRow, 'version' | 'changedAt' | 'policy'>;

/** In place of a row where none was stored. */
const NONE: KeptRow = { version: 0, changedAt: '', policy: { rules: [], freezes: [], optOut: [] } };

/** A version of the maintenance policy, ready to be asked; 0 stands for none at all. */
export interface PolicyVersion {
  version: number;
  policy: CompiledPolicy;
}

/** The versions of the maintenance policy as a worker needs them: compiled once, since a version never changes. */
export class PolicyVersions {
  private readonly kept = new Map<number, { changedAt: string; policy: CompiledPolicy }>();

  constructor(private readonly repository: Pick<PolicyRepository, 'current' | 'find'>) {}

  /** The one that holds now. Throws FinalError UNEXPECTED_ANSWER for one that can't be used on this machine. */
  async current(): Promise<PolicyVersion> {
    const row = (await this.repository.current()) ?? NONE;
    const known = this.kept.get(row.version);
    // The same number with another date: the database was restored, and all that is kept may be of its other life.
    if (known && known.changedAt !== row.changedAt) this.kept.clear();
    const { version } = row;
    return { version, policy: this.kept.get(version)?.policy ?? this.keep(row) };
  }

  /**
   * One by its number. Throws UnavailableError('database') for one that the database does not have, as after a restore, and for
   * one that can't be used on this machine, whose zone data may be older: another worker may know better.
   */
  async find(version: number): Promise<CompiledPolicy> {
    const known = this.kept.get(version);
    if (known) return known.policy;
    const row = version === 0 ? NONE : await this.repository.find(version);
    if (!row)
      throw new UnavailableError('database', `There is no version ${version} of the maintenance policy`);
    try {
      return this.keep(row);
    } catch (error) {
      if (!(error instanceof FinalError)) throw error;
      throw new UnavailableError('database', error.message, { cause: error });
    }
  }

  private keep({ version, changedAt, policy }: KeptRow): CompiledPolicy {
    const compiled = compile(policy, `Version ${version} of the maintenance policy`);
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MOST_KEPT) this.kept.delete(oldest);
    this.kept.set(version, { changedAt, policy: compiled });
    return compiled;
  }
}

/** Throws FinalError UNEXPECTED_ANSWER, which begins with `name`, when it can't be used on this machine. */
export function compile(policy: MaintenancePolicy, name: string): CompiledPolicy {
  try {
    return compilePolicy(policy);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FinalError('UNEXPECTED_ANSWER', `${name} can't be used here: ${why}; store it again`, {
      cause: error,
    });
  }
}
