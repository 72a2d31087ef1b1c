/** Holds calls of a function, so that a test decides what happens meanwhile. */
export interface Gate {
  /** How many calls have come to the gate. */
  arrived(): number;
  /** Lets the calls that wait, and all later ones, through. */
  open(): void;
}

/**
 * Puts a gate behind one method of an object: the call is carried out, its answer is held until the gate opens. With
 * `before` the call itself is held.
 */
export function gate<T extends object>(object: T, method: keyof T, when: 'before' | 'after' = 'after'): Gate {
  const original = object[method] as unknown as (...args: unknown[]) => Promise<unknown>;
  let arrived = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gated = async (...args: unknown[]): Promise<unknown> => {
    if (when === 'before') {
      arrived += 1;
      await opened;
      return await original(...args);
    }
    const answer = await original(...args);
    arrived += 1;
    await opened;
    return answer;
  };
  object[method] = gated as unknown as T[keyof T];
  return { arrived: () => arrived, open: () => open() };
}
