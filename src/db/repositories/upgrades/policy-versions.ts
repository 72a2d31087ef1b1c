import {
  compilePolicy,
  UnusablePolicyError,
  type CompiledPolicy,
} from '../../../domain/upgrades/compiled-policy.ts';
import type { PolicyRules } from '../../../domain/upgrades/plan-text.ts';
import { EMPTY_POLICY } from '../../../domain/upgrades/maintenance-policy.ts';
import type { MaintenancePolicyRow, PolicyRepository } from './policy-repository.ts';

/** Those of the orchestrations that run or are looked at, and the one that holds. */
const MOST_KEPT = 4;

type VersionRow = Pick<MaintenancePolicyRow, 'version' | 'changedAt' | 'policy'>;

/** In place of a row where none was stored. */
const NONE: VersionRow = { version: 0, changedAt: '', policy: EMPTY_POLICY };

/** A version of the maintenance policy, ready to be asked; 0 stands for none at all. */
export interface PolicyVersion {
  version: number;
  policy: CompiledPolicy;
  /** As they were stored. */
  rules: PolicyRules;
}

interface Kept {
  changedAt: string;
  /** Of one that can't be compiled the error: it would be tried again each time. */
  compiled: CompiledPolicy | UnusablePolicyError;
}

/** The versions of the maintenance policy, compiled once, since a version never changes. */
export class PolicyVersions {
  private readonly kept = new Map<number, Kept>();

  constructor(private readonly repository: Pick<PolicyRepository, 'current' | 'find'>) {}

  /** The one that holds now. Throws UnusablePolicyError. */
  async current(): Promise<PolicyVersion> {
    const row = (await this.repository.current()) ?? NONE;
    const known = this.kept.get(row.version);
    // The same number with another date: the database was restored, and all that is kept may be of its other life.
    if (known && known.changedAt !== row.changedAt) this.kept.clear();
    const policy = usable(this.kept.get(row.version) ?? this.keep(row));
    return { version: row.version, policy, rules: row.policy };
  }

  /**
   * One by its number; undefined for one that the database does not have, as after a restore. Throws UnusablePolicyError.
   */
  async find(version: number): Promise<CompiledPolicy | undefined> {
    const known = this.kept.get(version);
    if (known) return usable(known);
    const row = version === 0 ? NONE : await this.repository.find(version);
    return row && usable(this.keep(row));
  }

  private keep({ version, changedAt, policy }: VersionRow): Kept {
    const kept = { changedAt, compiled: compile(policy) };
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MOST_KEPT) this.kept.delete(oldest);
    this.kept.set(version, kept);
    return kept;
  }
}

function compile(policy: VersionRow['policy']): Kept['compiled'] {
  try {
    return compilePolicy(policy);
  } catch (error) {
    if (error instanceof UnusablePolicyError) return error;
    throw error;
  }
}

function usable({ compiled }: Kept): CompiledPolicy {
  if (compiled instanceof UnusablePolicyError) throw compiled;
  return compiled;
}
