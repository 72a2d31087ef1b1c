import { z } from '@hono/zod-openapi';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { whyTooMany } from '../../../../domain/upgrades/lanes.ts';
import { wholeNumber } from '../../../../domain/upgrades/number-schema.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../../time-limit.ts';
import { findOrchestration } from '../orchestrations/find-orchestration.ts';
import { commandBody, commandRoute, orchestrationParam, toControlled } from './command-route.ts';
import { sendCommand } from './send-command.ts';

const pauseRoute = commandRoute({
  path: '/orchestrations/{orchestrationID}/pause',
  params: orchestrationParam,
  body: commandBody('Pause', {}),
  summary: 'Pause an orchestration',
  description:
    'From the answer on nothing more begins; what was sent finishes. One that waits for its turn keeps its place, and begins nothing when it gets it. A question that stands is withdrawn. Holds while Temporal is away, too. Nothing changes when somebody has paused it already.',
});

const resumeRoute = commandRoute({
  path: '/orchestrations/{orchestrationID}/resume',
  params: orchestrationParam,
  body: commandBody('Resume', {
    acknowledge: z.boolean().nullish().openapi({
      description:
        'Forgives the failures so far: the failure budget counts from nothing again. Needed when it is paused by its budget',
    }),
  }),
  summary: 'Resume a paused orchestration',
  description: 'Takes back all reasons to pause. Nothing changes when there is none.',
});

const workersRoute = commandRoute({
  path: '/orchestrations/{orchestrationID}/workers',
  params: orchestrationParam,
  body: commandBody('Workers', {
    workers: wholeNumber(1, 1_000).openapi({ example: 5 }),
  }),
  needsBody: true,
  summary: 'Change how many operations run at the same time',
  description:
    'In place of `strategy.parallel.workers` from now on. Those that are being processed beyond the new number finish. A wave with fewer workers keeps to its own number. Not more than the lane may have.',
});

export function registerPause(api: Api, deps: AppDependencies): void {
  api.openapi(pauseRoute, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const { reason } = c.req.valid('json');
    return c.json(
      toControlled(await sendCommand(c, deps, { orchestrationID, wish: { command: 'pause' }, reason })),
      200,
    );
  });
  api.openapi(resumeRoute, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const { reason, acknowledge } = c.req.valid('json');
    const wish = { command: 'resume', acknowledge: acknowledge ?? false } as const;
    return c.json(
      toControlled(await sendCommand(c, deps, { orchestrationID, wish, reason }, whyNotResumed)),
      200,
    );
  });
  api.openapi(workersRoute, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const { reason, workers } = c.req.valid('json');
    const found = await withinDatabaseLimit(findOrchestration(deps, orchestrationID), READ_LIMIT_MS);
    assertWithinCap(deps, found, workers);
    const wish = { command: 'workers', workers } as const;
    return c.json(toControlled(await sendCommand(c, deps, { orchestrationID, wish, reason })), 200);
  });
}

/** Throws ProblemError invalid-input. */
function assertWithinCap({ lanes }: AppDependencies, { lane }: OrchestrationRow, workers: number): void {
  const message = whyTooMany(lanes, lane, workers);
  if (message === undefined) return;
  throw new ProblemError('invalid-input', `workers ${message}`, { errors: [{ path: 'workers', message }] });
}

function whyNotResumed({ pauses }: OrchestrationRow): void {
  const budget = pauses.find(({ code }) => code === 'budget');
  if (!budget) return;
  throw new ProblemError(
    'conflict',
    `It is paused by its failure budget (${budget.reason}): look at the failures, and send {"acknowledge": true} to go on in spite of them`,
  );
}
