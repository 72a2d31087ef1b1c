interface Entry<T> {
  value: Promise<T>;
  /** Infinity while it is being read. */
  expiresAt: number;
}

/**
 * Answers that are kept by key for a short while after they were read. Whoever asks while one is being read waits for that one, however long that
 * takes: a slow read is never begun twice. An error is handed to those who waited for it, and not kept.
 */
export class SharedReads<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(
    private readonly ttlMs: number,
    /** ms of a clock that never goes back. */
    private readonly elapsed: () => number,
  ) {}

  /** `read` must not depend on the caller: it answers for everybody who asks at the same time. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const now = this.elapsed();
    for (const [old, { expiresAt }] of this.entries) if (expiresAt <= now) this.entries.delete(old);
    const known = this.entries.get(key);
    if (known) return known.value;
    const entry: Entry<T> = { value: read(), expiresAt: Infinity };
    this.entries.set(key, entry);
    void entry.value.then(
      () => (entry.expiresAt = this.elapsed() + this.ttlMs),
      () => this.entries.delete(key),
    );
    return entry.value;
  }
}
