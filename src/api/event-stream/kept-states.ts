/** The latest known states of what the changes in the ring are about, as JSON. */
export interface KeptStates {
  /** Takes the states of subjects that changes were added about, one for each change. */
  add(subjects: readonly string[], states: ReadonlyMap<string, string>): void;
  /** As many changes about these subjects are gone. */
  release(subjects: readonly string[]): void;
  /** `null` for what is gone. */
  of(subject: string): string;
  readonly size: number;
}

/** A state that is read later is newer: all reads come one after the other. */
export function createKeptStates(): KeptStates {
  const kept = new Map<string, { json: string; changes: number }>();
  return {
    add(subjects, states) {
      for (const subject of subjects) {
        const json = states.get(subject) ?? 'null';
        kept.set(subject, { json, changes: (kept.get(subject)?.changes ?? 0) + 1 });
      }
    },
    release(subjects) {
      for (const subject of subjects) {
        const known = kept.get(subject);
        if (!known) continue;
        known.changes -= 1;
        if (known.changes === 0) kept.delete(subject);
      }
    },
    of: (subject) => kept.get(subject)?.json ?? 'null',
    get size() {
      return kept.size;
    },
  };
}
