import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { ProblemError } from '../../../problem.ts';
import { commandBody, commandRoute, orchestrationParam, toControlled } from '../commands/command-route.ts';
import { sendCommand } from '../commands/send-command.ts';
import { tellQueue } from './pause-queue.ts';

const route = commandRoute({
  path: '/queue/{orchestrationID}/front',
  params: orchestrationParam,
  body: commandBody('Front', {}),
  summary: 'Move an orchestration that waits to the front of its lane',
  description:
    'It gets the next turn, unless another one is moved to the front after it. Nothing changes when it is the first one already.',
});

export function registerFront(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const { reason } = c.req.valid('json');
    const sent = { orchestrationID, wish: { command: 'front' }, reason } as const;
    const row = await sendCommand(c, deps, sent, assertWaiting);
    await tellQueue(c, deps);
    return c.json(toControlled(row), 200);
  });
}

/** Throws ProblemError conflict, but for one that waits: when that was not moved, it is the first one already. */
function assertWaiting({ state }: OrchestrationRow): void {
  if (state === 'pending' || state === 'retrying') return;
  throw new ProblemError('conflict', 'The orchestration does not wait: it has the turn of its lane already');
}
