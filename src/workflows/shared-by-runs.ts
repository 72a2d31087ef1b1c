/**
 * The modules that all runs of a worker share, evaluated once; any other is evaluated for each run again. They keep nothing that differs from run
 * to run, so nothing of this folder and nothing of Temporal's is among them.
 */
import { z } from 'zod';

export * as actors from '../domain/actors.ts';
export * as errors from '../domain/errors.ts';
export * as texts from '../domain/texts.ts';
export * as definition from '../domain/stacks/definition.ts';
export * as definitionChange from '../domain/stacks/definition-change.ts';
export * as multipartName from '../domain/stacks/multipart-name.ts';
export * as planOrder from '../domain/stacks/plan-order.ts';
export * as statuses from '../domain/stacks/statuses.ts';
export * as limits from '../domain/upgrades/limits.ts';
export * as loopSteps from '../domain/upgrades/loop-steps.ts';
export * as orchestrationParameters from '../domain/upgrades/orchestration-parameters.ts';
export * as rolloutControl from '../domain/upgrades/rollout-control.ts';
export * as states from '../domain/upgrades/states.ts';
export * as upgradeChecks from '../domain/upgrades/upgrade-checks.ts';
export * as windows from '../domain/upgrades/windows.ts';

/** The worker freezes what is shared, and the package decides some things for good with its first schema and its first object. */
z.object({ text: z.string() }).parse({ text: '' });

export { z };
