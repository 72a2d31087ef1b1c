import { FinalError, UnavailableError } from '../../domain/errors.ts';
import { compilePolicy, type CompiledPolicy } from '../../domain/upgrades/compiled-policy.ts';
import type { MaintenancePolicy } from '../../domain/upgrades/maintenance-policy.ts';
import type { PolicyRepository } from '../../db/repositories/upgrades/policy-repository.ts';

/** Compiled ones that are kept: those of the orchestrations that run, and the one that holds. */
const MOST_KEPT = 4;

const NO_POLICY: MaintenancePolicy = { rules: [], freezes: [], optOut: [] };

/** A version of the maintenance policy, ready to be asked; 0 stands for none at all. */
export interface PolicyVersion {
  version: number;
  policy: CompiledPolicy;
}

/**
 * The versions of the maintenance policy as a worker needs them: compiled once, since a version never changes. Each throws
 * FinalError UNEXPECTED_ANSWER for a version that can't be used on this machine, whose zone data may be older.
 */
export class PolicyVersions {
  private readonly kept = new Map<number, CompiledPolicy>();

  constructor(private readonly repository: Pick<PolicyRepository, 'current' | 'find'>) {}

  /** The one that holds now. */
  async current(): Promise<PolicyVersion> {
    const row = await this.repository.current();
    const version = row?.version ?? 0;
    return { version, policy: this.kept.get(version) ?? this.keep(version, row?.policy ?? NO_POLICY) };
  }

  /** One by its number. Throws UnavailableError('database') for one that the database does not have, as after a restore. */
  async find(version: number): Promise<CompiledPolicy> {
    const known = this.kept.get(version);
    if (known) return known;
    if (version === 0) return this.keep(0, NO_POLICY);
    const row = await this.repository.find(version);
    if (!row)
      throw new UnavailableError('database', `There is no version ${version} of the maintenance policy`);
    return this.keep(version, row.policy);
  }

  private keep(version: number, policy: MaintenancePolicy): CompiledPolicy {
    const compiled = compile(policy, `Version ${version} of the maintenance policy`);
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MOST_KEPT) this.kept.delete(oldest);
    this.kept.set(version, compiled);
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
