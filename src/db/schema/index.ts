/** One file per table. */
export * from './orchestrations.ts';
export * from './operations.ts';
export * from './events.ts';
