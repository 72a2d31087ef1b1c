/** One file per table. */
export * from './orchestrations.ts';
export * from './operations.ts';
export * from './events.ts';
export * from './stacks.ts';
export * from './backups.ts';
export * from './simulation.ts';
