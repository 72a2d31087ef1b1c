import type { PolicyRepository } from '../../../../db/repositories/upgrades/policy-repository.ts';
import { compilePolicy, type CompiledPolicy } from '../../../../domain/upgrades/compiled-policy.ts';
import { EMPTY_POLICY } from '../policy/policy-document.ts';

/** Those of the orchestrations that are looked at: the one in progress, and a few before it. */
const MOST_KEPT = 4;

/**
 * Versions of the maintenance policy, compiled once, since a version never changes. What can't be compiled is remembered too:
 * it would be tried again for every answer.
 */
export class PolicyCache {
  private readonly kept = new Map<number, CompiledPolicy | { error: unknown }>();

  constructor(private readonly repository: Pick<PolicyRepository, 'find'>) {}

  /**
   * Undefined for a version that the database does not have, as after a restore. Throws PatternError or RangeError for one
   * that can't be used on this machine.
   */
  async find(version: number): Promise<CompiledPolicy | undefined> {
    const compiled = this.kept.get(version) ?? (await this.compile(version));
    if (compiled && 'error' in compiled) throw compiled.error;
    return compiled;
  }

  private async compile(version: number): Promise<CompiledPolicy | { error: unknown } | undefined> {
    const policy = version === 0 ? EMPTY_POLICY : (await this.repository.find(version))?.policy;
    if (!policy) return undefined;
    let compiled: CompiledPolicy | { error: unknown };
    try {
      compiled = compilePolicy(policy);
    } catch (error) {
      compiled = { error };
    }
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MOST_KEPT) this.kept.delete(oldest);
    this.kept.set(version, compiled);
    return compiled;
  }
}
