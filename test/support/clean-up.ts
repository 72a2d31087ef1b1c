/** What a test file opened is closed at its end, also when a test has failed. Loaded before every test file. */
import { afterAll } from 'vitest';

const pending: (() => Promise<void> | void)[] = [];

/** Runs at the end of the test file, the newest first; one that fails does not keep the others from running. */
export function atEndOfFile(close: () => Promise<void> | void): void {
  pending.push(close);
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (let close = pending.pop(); close; close = pending.pop()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be cleaned up');
});
