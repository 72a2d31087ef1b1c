import { createRoute, z } from '@hono/zod-openapi';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { UnavailableError } from '../../../../domain/errors.ts';
import { LONGEST_REASON, type Command, type CommandName } from '../../../../domain/upgrades/control.ts';
import { isClean } from '../../../../domain/texts.ts';
import { isFinalOrchestrationState } from '../../../../domain/upgrades/states.ts';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { acceptsAtMost } from '../../../middleware/json-body.ts';
import { unknownID } from '../../../middleware/problem-details.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinDatabaseLimit, withinStartLimit } from '../../../time-limit.ts';
import { controlShape, toControl } from './control-answer.ts';

const bodySchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .max(LONGEST_REASON, {
        error: `must not be longer than ${LONGEST_REASON.toLocaleString('en-US')} characters`,
      })
      .refine(isClean, 'must not contain NUL or broken Unicode')
      .nullish()
      .openapi({ description: 'Why, for those who find it', example: 'Errors in the logs of eastus' }),
  })
  .openapi('Command');

const controlledSchema = z.object({ orchestrationID: z.uuid(), ...controlShape }).openapi('Controlled', {
  example: {
    orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
    paused: true,
    pauses: [
      {
        code: 'person',
        by: 'jane@example.com',
        reason: 'Errors in the logs of eastus',
        since: '2030-10-12T19:31:02.117046Z',
      },
    ],
    revision: 3,
    observedRevision: 2,
  },
});

function commandRoute<P extends string>(path: P, texts: { summary: string; description: string }) {
  return createRoute({
    method: 'put',
    path,
    tags: ['orchestrations'],
    ...texts,
    security: bearer,
    middleware: [permits('write'), ...acceptsAtMost('application/json')],
    request: {
      params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
      query: noQuery,
      body: { content: { 'application/json': { schema: bodySchema } } },
    },
    responses: {
      200: {
        description: 'What holds from now on',
        content: { 'application/json': { schema: controlledSchema } },
      },
      ...problems(
        'malformed-body',
        'invalid-input',
        'not-found',
        'conflict',
        'body-too-large',
        'unsupported-media-type',
      ),
    },
  });
}

const pauseRoute = commandRoute('/orchestrations/{orchestrationID}/pause', {
  summary: 'Pause an orchestration',
  description:
    'From the answer on nothing more begins; operations that are being processed finish. One that waits for its turn keeps its place, and begins nothing when it gets it. Holds while Temporal is away, too. Nothing changes when somebody has paused it already.',
});

const resumeRoute = commandRoute('/orchestrations/{orchestrationID}/resume', {
  summary: 'Resume a paused orchestration',
  description: 'Takes back all reasons to pause. Nothing changes when there is none.',
});

/** What is wanted stands in the row; the workflow is only told to look there. */
export function registerPause(api: Api, deps: AppDependencies): void {
  api.openapi(pauseRoute, async (c) => {
    const row = await command(c, deps, c.req.valid('param').orchestrationID, 'pause', c.req.valid('json'));
    return c.json({ orchestrationID: row.id, ...toControl(row) }, 200);
  });
  api.openapi(resumeRoute, async (c) => {
    const row = await command(c, deps, c.req.valid('param').orchestrationID, 'resume', c.req.valid('json'));
    return c.json({ orchestrationID: row.id, ...toControl(row) }, 200);
  });
}

/** Throws ProblemError not-found and conflict, UnavailableError('database'). */
async function command(
  c: ApiContext,
  deps: AppDependencies,
  id: string,
  name: CommandName,
  { reason }: z.output<typeof bodySchema>,
): Promise<OrchestrationRow> {
  const asked: Command = { command: name, by: principalOf(c).subject, reason: reason ?? '' };
  const done = await withinDatabaseLimit(
    deps.repositories.control.command(id, asked, nowOf(deps)),
    READ_LIMIT_MS,
  );
  if (!done) throw unknownID();
  if (!done.changed) assertControllable(done.row);
  c.var.logger.info({ orchestrationID: id, command: name, changed: done.changed }, 'command carried out');
  // Told again when nothing changed, too: the request may be repeated because nobody was told.
  await tell(c, deps, id);
  return done.row;
}

function assertControllable({ state }: OrchestrationRow): void {
  if (state === 'canceling')
    throw new ProblemError('conflict', 'The orchestration is being canceled: nothing more of it begins');
  if (isFinalOrchestrationState(state))
    throw new ProblemError(
      'conflict',
      `The orchestration has ended (${state}): there is nothing to pause or to resume`,
    );
}

/** If this fails, the reconciler does so within minutes; nothing begins meanwhile that must not. */
async function tell(c: ApiContext, deps: AppDependencies, id: string): Promise<void> {
  try {
    await withinStartLimit(deps.orchestrations.look(id));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error, orchestrationID: id }, 'the orchestration is told later');
  }
}
