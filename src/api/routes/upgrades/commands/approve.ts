import { z } from '@hono/zod-openapi';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { StandingWave } from '../../../../db/repositories/upgrades/control-repository.ts';
import type { WaveRow } from '../../../../db/schema/upgrades/waves.ts';
import type { Api, ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { principalOf } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { findOrchestration } from '../orchestrations/find-orchestration.ts';
import { commandBody, commandRoute, orchestrationParam, toControlled } from './command-route.ts';
import { sendCommand } from './send-command.ts';

const NUMBER = /^[1-9]\d{0,8}$/;

const route = commandRoute({
  method: 'post',
  path: '/orchestrations/{orchestrationID}/approvals/{number}',
  params: {
    ...orchestrationParam,
    number: z
      .string()
      .regex(NUMBER, 'must be the number of the question, as the orchestration shows it')
      .transform(Number)
      .openapi({
        param: { name: 'number', in: 'path' },
        type: 'integer',
        description: 'Number of the question: an answer to an earlier one is refused',
        example: 1,
      }),
  },
  body: commandBody('Answer', {
    decision: z
      .enum(['approve', 'reject'], { error: 'must be "approve" or "reject"' })
      .openapi({ description: 'A rejected orchestration is canceled' }),
  }),
  needsBody: true,
  access: 'anybody',
  summary: 'Answer whether the next wave may run',
  description:
    'For members of the groups that the wave names, or for admins where it names none. A wave may bar the one who created the orchestration.',
});

/** `deps` has the repositories for reading. */
export function registerApprove(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID, number } = c.req.valid('param');
    const { decision, reason } = c.req.valid('json');
    const row = await findOrchestration(deps, orchestrationID);
    const waves = await deps.repositories.control.waveRows(orchestrationID);
    const asked = waves.find(({ question }) => question === number);
    // For an earlier question: those who may answer the one that stands are told that it is another one.
    assertMayAnswer(c, row, asked ?? waves.find(({ phase }) => phase === 'asking'));
    const wish = { command: decision, number };
    const done = await sendCommand(c, deps, { orchestrationID, wish, reason }, async (standing) => {
      const now = await deps.repositories.control.waveRows(orchestrationID);
      const answered = now.find(({ question }) => question === number);
      // The request was repeated: its answer stands.
      if (decision === 'approve' && answered?.approvedBy === principalOf(c).subject) return;
      throw new ProblemError('conflict', whyNot(standing, now, number));
    });
    return c.json(toControlled(done), 200);
  });
}

/** Throws ProblemError forbidden. */
function assertMayAnswer(c: ApiContext, row: OrchestrationRow, wave: WaveRow | undefined): void {
  const { roles, groups, subject } = principalOf(c);
  const named = wave?.approval?.groups;
  const belongs = named ? named.some((group) => groups.has(group)) : roles.has('admin');
  if (!belongs) {
    const who = named ? `of ${named.join(', ')}` : 'of the admin group';
    throw new ProblemError(
      'forbidden',
      `Only members ${who} may answer this; ask for a token with that group`,
    );
  }
  if (wave?.approval?.notByCreator && subject === row.createdBy)
    throw new ProblemError('forbidden', 'The one who created the orchestration may not approve its waves');
}

function whyNot(row: OrchestrationRow, waves: StandingWave[], number: number): string {
  const asking = waves.find(({ phase }) => phase === 'asking');
  if (asking?.isOld)
    return 'Everything was paused since the question was asked; it is asked anew when everything goes on';
  if (asking?.question === number) {
    if (asking.approvedBy !== null) return `${asking.approvedBy} has approved it already`;
    return 'The question has expired: resume the orchestration, and it is asked anew';
  }
  if (asking) return `Question ${asking.question} stands now: read the orchestration again before you answer`;
  if (row.pauses.length > 0)
    return 'No question stands while the orchestration is paused; it is asked anew after the resume';
  return `No question ${number} stands: nothing is asked now`;
}
