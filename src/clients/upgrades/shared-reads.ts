/**
 * Answers that are kept for a short while by key; callers that ask while one is being read wait for that one. An error is
 * handed to those who waited for it, and not kept.
 */
export class SharedReads<T> {
  private readonly entries = new Map<string, { value: Promise<T>; readAt: number }>();

  constructor(
    private readonly ttlMs: number,
    /** ms of a clock that never goes back. */
    private readonly elapsed: () => number,
  ) {}

  /** `read` must not depend on the caller: it answers for everybody who asks at the same time. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const now = this.elapsed();
    const known = this.entries.get(key);
    if (known && now - known.readAt < this.ttlMs) return known.value;
    for (const [old, entry] of this.entries) {
      if (now - entry.readAt >= this.ttlMs) this.entries.delete(old);
    }
    const entry = { value: read(), readAt: now };
    this.entries.set(key, entry);
    entry.value.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return entry.value;
  }
}
