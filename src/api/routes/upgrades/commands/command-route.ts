/** The shapes that the routes of commands share. */
import { createRoute, z } from '@hono/zod-openapi';
import { reasonSchema } from '../../../../domain/upgrades/reason-schema.ts';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { BODY_PROBLEMS, bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { accepts, acceptsAtMost, limitsBody } from '../../../middleware/json-body.ts';
import { controlShape, toControl } from '../orchestrations/control-answer.ts';

/** For a body that has nothing long but a reason. */
export const limitOfReason = limitsBody('shorten the reason');

/** Why something is done. */
export const reasonText = reasonSchema
  .nullish()
  .openapi({ description: 'Why, for those who find it', example: 'Errors in the logs of eastus' });

/** The body of a command: a reason, and what it needs besides. */
export function commandBody<S extends z.ZodRawShape>(name: string, shape: S) {
  return z.strictObject({ ...shape, reason: reasonText }).openapi(name);
}

export const orchestrationParam = { orchestrationID: idParameter('orchestrationID', 'The orchestration') };

const controlledSchema = z.object({ orchestrationID: z.uuid(), ...controlShape }).openapi('Controlled', {
  example: {
    orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
    workers: 5,
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

export function toControlled(row: OrchestrationRow): z.infer<typeof controlledSchema> {
  return { orchestrationID: row.id, ...toControl(row) };
}

/** A command is a PUT, or a POST where it answers a question. One without a body of its own may come without any. */
export function commandRoute<P extends string, Q extends z.ZodRawShape, B extends z.ZodType>(of: {
  method?: 'put' | 'post';
  path: P;
  params: Q;
  body: B;
  needsBody?: boolean;
  access?: 'write' | 'anybody';
  summary: string;
  description: string;
}) {
  const {
    method = 'put',
    path,
    params,
    body,
    needsBody = false,
    access = 'write',
    summary,
    description,
  } = of;
  return createRoute({
    method,
    path,
    tags: ['commands'],
    summary,
    description,
    security: bearer,
    middleware: [
      ...(access === 'write' ? [permits('write')] : []),
      ...(needsBody ? accepts : acceptsAtMost)(JSON_TYPE, limitOfReason),
    ],
    request: {
      params: z.object(params),
      query: noQuery,
      body: { required: needsBody, content: { [JSON_TYPE]: { schema: body } } },
    },
    responses: {
      200: {
        description: 'What holds from now on',
        content: { [JSON_TYPE]: { schema: controlledSchema } },
      },
      ...problems(...BODY_PROBLEMS, 'not-found', 'conflict'),
    },
  });
}
