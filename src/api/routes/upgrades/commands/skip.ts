import { z } from '@hono/zod-openapi';
import { isFinalOperationState } from '../../../../domain/upgrades/states.ts';
import { idParameter } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { unknownID } from '../../../middleware/problem-details.ts';
import { ProblemError } from '../../../problem.ts';
import { commandBody, commandRoute, orchestrationParam, toControlled } from './command-route.ts';
import { sendCommand } from './send-command.ts';

const SKIP = commandBody('Skip', {});

const operationRoute = commandRoute({
  path: '/orchestrations/{orchestrationID}/operations/{operationID}/skip',
  params: { ...orchestrationParam, operationID: idParameter('operationID', 'The operation') },
  body: SKIP,
  summary: 'Skip an operation that waits',
  description:
    'It becomes `canceled`, and no failure budget counts it. Nothing changes when it is canceled already; one that is being processed, or that has ended otherwise, cannot be skipped.',
});

const waveRoute = commandRoute({
  path: '/orchestrations/{orchestrationID}/waves/{wave}/skip',
  params: {
    ...orchestrationParam,
    wave: z
      .string()
      .openapi({ param: { name: 'wave', in: 'path' }, description: 'Name of the wave', example: 'canary' }),
  },
  body: SKIP,
  summary: 'Skip what waits of a wave',
  description:
    'All operations of the wave that wait become `canceled`; those that are being processed finish. A wave of which nothing is left passes.',
});

/** `deps` has the repositories for reading. */
export function registerSkip(api: Api, deps: AppDependencies): void {
  const { operations, control } = deps.repositories;
  api.openapi(operationRoute, async (c) => {
    const { orchestrationID, operationID } = c.req.valid('param');
    const { reason } = c.req.valid('json');
    const operation = await operations.find(orchestrationID, operationID);
    if (!operation) throw unknownID();
    const wish = { command: 'skip', operationID } as const;
    const row = await sendCommand(c, deps, { orchestrationID, wish, reason }, async () => {
      const state = (await operations.find(orchestrationID, operationID))?.state ?? operation.state;
      if (state === 'canceled') return;
      const what = isFinalOperationState(state)
        ? `has ended (${state})`
        : 'is being processed, and goes to its end';
      throw new ProblemError('conflict', `The operation ${what}`);
    });
    return c.json(toControlled(row), 200);
  });
  api.openapi(waveRoute, async (c) => {
    const { orchestrationID, wave } = c.req.valid('param');
    const { reason } = c.req.valid('json');
    const wish = { command: 'skip-wave', wave } as const;
    const row = await sendCommand(c, deps, { orchestrationID, wish, reason }, async () => {
      const names = (await control.waveRows(orchestrationID)).map(({ name }) => name);
      if (names.includes(wave)) return;
      const known = names.length === 0 ? 'no waves, or no plan yet' : `the waves ${names.join(', ')}`;
      throw new ProblemError('not-found', `The orchestration has ${known}`);
    });
    return c.json(toControlled(row), 200);
  });
}
