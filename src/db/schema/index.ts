/** One file per table. */
export * from './installations.ts';
export * from './upgrades/orchestrations.ts';
export * from './upgrades/operations.ts';
export * from './upgrades/waves.ts';
export * from './upgrades/queue-control.ts';
export * from './upgrades/retry-requests.ts';
export * from './upgrades/events.ts';
export * from './upgrades/maintenance-policies.ts';
export * from './upgrades/rollout-plans.ts';
export * from './upgrades/rollout-plan-operations.ts';
export * from './upgrades/left-out-shoots.ts';
export * from './upgrades/unselected-runtimes.ts';
export * from './upgrades/runtimes.ts';
export * from './upgrades/fleet-reads.ts';
export * from './stacks/life-cycles.ts';
export * from './stacks/backups.ts';
export * from './stacks/simulation.ts';
export { OF_PEOPLE } from './of-people.ts';
