import type { z } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { acceptsAtMost } from '../../../middleware/json-body.ts';
import { READ_LIMIT_MS, withinDatabaseLimit, withinStartLimit } from '../../../time-limit.ts';
import { commandBody, limitOfReason } from '../commands/command-route.ts';
import { tellOrchestrations } from '../commands/tell-orchestrations.ts';
import { queueControlSchema, toQueueControl } from './queue-answer.ts';

function controlRoute<P extends string, B extends z.ZodType>(of: {
  path: P;
  body: B;
  summary: string;
  description: string;
}) {
  const { path, body, summary, description } = of;
  return createRoute({
    method: 'put',
    path,
    tags: ['queue'],
    summary,
    description,
    security: bearer,
    middleware: [permits('write'), ...acceptsAtMost(JSON_TYPE, limitOfReason)],
    request: { query: noQuery, body: { required: false, content: { [JSON_TYPE]: { schema: body } } } },
    responses: {
      200: {
        description: 'What holds from now on',
        content: { [JSON_TYPE]: { schema: queueControlSchema } },
      },
      ...problems(...BODY_PROBLEMS),
    },
  });
}

const pauseRoute = controlRoute({
  path: '/queue/pause',
  body: commandBody('PauseQueue', {}),
  summary: 'Pause everything',
  description:
    'From the answer on nothing more begins in any orchestration, and none gets a turn; what was sent finishes. Orchestrations may be created meanwhile, and wait. Holds while Temporal is away, too. Nothing changes when somebody has paused everything already.',
});

const resumeRoute = controlRoute({
  path: '/queue/resume',
  body: commandBody('ResumeQueue', {}),
  summary: 'Let everything go on',
  description:
    'Takes the pause of everything back; orchestrations that are paused by themselves stay so. Nothing changes when there is none.',
});

export function registerPauseQueue(api: Api, deps: AppDependencies): void {
  api.openapi(pauseRoute, async (c) =>
    c.json(await control(c, deps, true, c.req.valid('json').reason ?? ''), 200),
  );
  api.openapi(resumeRoute, async (c) =>
    c.json(await control(c, deps, false, c.req.valid('json').reason ?? ''), 200),
  );
}

/** The row is what counts. Throws UnavailableError('database'). */
async function control(
  c: ApiContext,
  deps: AppDependencies,
  isPaused: boolean,
  reason: string,
): Promise<z.infer<typeof queueControlSchema>> {
  const change = { actor: principalOf(c).subject, reason, now: nowOf(deps) };
  const done = await withinDatabaseLimit(deps.repositories.queue.change(isPaused, change), READ_LIMIT_MS);
  const { changed, row } = done;
  c.var.logger.info({ isPaused, changed, reason, revision: row?.revision }, 'everything paused or resumed');
  // Also when nothing changed: the request may be repeated because nobody was told.
  await tellOrchestrations(c, deps, 'the pause of everything, or its end,');
  await tellQueue(c, deps);
  return toQueueControl(row);
}

/** If this fails, the reconciler does so within minutes. */
export async function tellQueue(c: ApiContext, deps: AppDependencies): Promise<void> {
  try {
    await withinStartLimit(deps.orchestrations.lookAtQueue());
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error }, 'the queue is told later');
  }
}
