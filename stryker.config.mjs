/**
 * Mutation testing of the pure decisions (`npm run mutate`): changes the code in small ways and demands that a test fails for
 * nearly each of them. One file: `npm run mutate -- --mutate src/domain/upgrades/loop-steps.ts`.
 */
const ROOM = 'src/domain/upgrades';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    // The deciders.
    `${ROOM}/loop-steps.ts`,
    `${ROOM}/wave-phases.ts`,
    `${ROOM}/failure-budget.ts`,
    `${ROOM}/rollout-control.ts`,
    `${ROOM}/live-freezes.ts`,
    `${ROOM}/placement.ts`,
    `${ROOM}/limits.ts`,
    `${ROOM}/waiting.ts`,
    `${ROOM}/waits-in-plan.ts`,
    `${ROOM}/waiting-codes.ts`,
    `${ROOM}/waits-between-waves.ts`,
    `${ROOM}/drain.ts`,
    `${ROOM}/parked-at-keys.ts`,
    `${ROOM}/lane-turns.ts`,
    `${ROOM}/lanes.ts`,
    `${ROOM}/retry-decision.ts`,
    // The order of the event stream.
    'src/domain/event-stream/*.ts',
    // Answers about the fleet, and about how an orchestration goes.
    `${ROOM}/inventory-shoot.ts`,
    `${ROOM}/runtime-state.ts`,
    `${ROOM}/rollout-groups.ts`,
    // The checks before and after an upgrade.
    `${ROOM}/upgrade-checks.ts`,
    `${ROOM}/shoot-health.ts`,
    `${ROOM}/cloud-profile.ts`,
    `${ROOM}/kubernetes-skew.ts`,
    `${ROOM}/versions.ts`,
    // Upgrades by Gardener itself.
    `${ROOM}/gardener-patch.ts`,
    `${ROOM}/gardener-progress.ts`,
    `${ROOM}/gardener-shoot.ts`,
    // The planner.
    `${ROOM}/selectors.ts`,
    `${ROOM}/patterns.ts`,
    `${ROOM}/pattern-size.ts`,
    `${ROOM}/rollout-plan.ts`,
    `${ROOM}/wave-assignment.ts`,
    `${ROOM}/spread-draw.ts`,
    `${ROOM}/percents.ts`,
    `${ROOM}/plan-comparison.ts`,
    `${ROOM}/request-comparison.ts`,
    `${ROOM}/rollout-summary.ts`,
    `${ROOM}/runtime-in-plan.ts`,
    `${ROOM}/first-windows.ts`,
    `${ROOM}/heap.ts`,
    `${ROOM}/plan-simulation.ts`,
    `${ROOM}/parked-at-keys.ts`,
    `${ROOM}/waiting-series.ts`,
    `${ROOM}/projection-of-plans.ts`,
    `${ROOM}/estimate.ts`,
    // The policy.
    `${ROOM}/compiled-policy.ts`,
    `${ROOM}/policy-checks.ts`,
    `${ROOM}/policy-preview.ts`,
    `${ROOM}/policy-times.ts`,
    `${ROOM}/policy-windows.ts`,
    `${ROOM}/zone-times.ts`,
    `${ROOM}/windows.ts`,
    `${ROOM}/window-origin.ts`,
    // States.
    `${ROOM}/states.ts`,
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutate.config.ts' },
  coverageAnalysis: 'perTest',
  // Texts for people are no decision, and names of cases are compared by the type checker.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: '.drydock/mutation.json' },
  tempDirName: '.drydock/mutants',
  concurrency: 2,
  thresholds: { high: 95, low: 90, break: 90 },
};
