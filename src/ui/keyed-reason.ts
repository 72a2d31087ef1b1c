import { useRef, useState } from 'react';

interface KeyedReason {
  /** The Idempotency-Key of all tries. */
  key: string;
  /** The reason of the first try, which is given here. */
  reasonOf: (given: string) => string;
}

/**
 * A key for one request, with its reason, which is part of what the key stands for: a second try, of which nobody knows whether the
 * first one has come, must have the same.
 */
export function useKeyedReason(): KeyedReason {
  const [key] = useState(() => crypto.randomUUID());
  const first = useRef<string>(undefined);
  return { key, reasonOf: (given) => (first.current ??= given) };
}
