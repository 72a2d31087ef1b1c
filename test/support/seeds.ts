import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of how many random cases one is tried; 1 without it. */
    oneSeedOf?: number;
    /** Of how many entries of a large fleet one is there; 1 without it. */
    oneEntryOf?: number;
  }
}

/** Random cases that a test goes through: fewer when it runs for each of thousands of mutants of the code. */
export function seeds(all: number): number {
  return Math.ceil(all / (inject('oneSeedOf') ?? 1));
}

/** Entries of a large fleet, or list, likewise. */
export function many(all: number): number {
  return Math.ceil(all / (inject('oneEntryOf') ?? 1));
}
