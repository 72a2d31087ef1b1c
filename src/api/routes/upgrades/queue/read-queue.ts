import { createRoute } from '@hono/zod-openapi';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { waitsOfOrchestrations } from '../waiting/orchestration-waits.ts';
import { pauseOfEverything } from '../../../../domain/upgrades/rollout-control.ts';
import { pausedWith } from './paused-rows.ts';
import { MOST_NAMED, queueSchema, toQueue } from './queue-answer.ts';

const route = createRoute({
  method: 'get',
  path: '/queue',
  tags: ['queue'],
  summary: 'Lanes, who has their turns, and who waits',
  description: `Of each lane the first ${MOST_NAMED} that wait, in the order in which turns are given, and why. Answered from the rows, also while Temporal is away.`,
  security: bearer,
  middleware: [permits('read')],
  request: { query: noQuery },
  responses: {
    200: { description: 'The queue', content: { 'application/json': { schema: queueSchema } } },
    ...problems('invalid-input'),
  },
});

/** `deps` has the repositories for reading. */
export function registerReadQueue(api: Api, deps: AppDependencies): void {
  const { queue } = deps.repositories;
  api.openapi(route, async (c) => {
    const control = await queue.latest();
    const rows = await queue.lanes(MOST_NAMED);
    const pause = pauseOfEverything(control);
    const first = pausedWith(pause, rows.first);
    const waits = await waitsOfOrchestrations(deps, first, new Map());
    const begun = pausedWith(pause, rows.begun);
    return c.json(toQueue(deps.lanes, control, { ...rows, begun, first }, waits), 200);
  });
}
