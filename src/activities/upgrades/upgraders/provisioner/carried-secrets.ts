import { createHash } from 'node:crypto';
import type { OverrideSet } from '../../../../clients/upgrades/outside-systems.ts';
import { FinalError, UnavailableError } from '../../../../domain/errors.ts';

/**
 * The secret values that an upgrade carries, to be taken out of what the Provisioner says of it. It may repeat the
 * values that it was given hours ago, by another worker, and they are kept nowhere. What is kept is which versions of
 * the Secrets were sent: as long as these are there to be read, or were sent by this execution, the values are known.
 */
export class CarriedSecrets {
  private sent: { values: string[]; versions: string | null } | undefined;

  /** `recorded`: the versions that were sent before this execution; null for none. */
  constructor(
    private readonly read: () => Promise<OverrideSet[]>,
    private readonly recorded: string | null,
  ) {}

  /** Remembers what this execution sends; answers what is to be recorded of it. */
  sending(sets: OverrideSet[]): string | null {
    this.sent = { values: valuesOf(sets), versions: versionsOf(sets) };
    return this.sent.versions;
  }

  /** Undefined when they can't be read, or were changed since they were sent. */
  async values(): Promise<string[] | undefined> {
    let sets: OverrideSet[];
    try {
      sets = await this.read();
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof FinalError)) throw error;
      return undefined;
    }
    const known = [null, versionsOf(sets), this.sent?.versions];
    return known.includes(this.recorded) ? [...(this.sent?.values ?? []), ...valuesOf(sets)] : undefined;
  }
}

function valuesOf(sets: OverrideSet[]): string[] {
  return sets.flatMap(({ entries }) => entries.filter(({ secret }) => secret).map(({ value }) => value));
}

/** A digest, for there may be many; null without any Secret. Nothing of the values is in it: it stands in the database. */
function versionsOf(sets: OverrideSet[]): string | null {
  const versions = sets.flatMap(({ version }) => version ?? []);
  if (versions.length === 0) return null;
  return createHash('sha256').update(JSON.stringify(versions.sort())).digest('hex');
}
