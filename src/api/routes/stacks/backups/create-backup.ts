import { v5 as uuidV5 } from 'uuid';
import { createRoute } from '@hono/zod-openapi';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import { nowOf, type Api, type AppDependencies } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { IDEMPOTENCY_NAMESPACE, idempotencyHeader } from '../../../idempotency.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { withinDatabaseLimit } from '../../../time-limit.ts';
import { noBodyLimit, readNoBody } from '../definitions/definition-body.ts';
import { documentSchema } from './backup.ts';
import { answerDocument } from './backup-document.ts';

/** Every stack is looked at. */
const CREATE_LIMIT_MS = 60_000;

const route = createRoute({
  method: 'post',
  path: '/backups',
  tags: ['backups'],
  summary: 'Back up the definitions of all stacks, with the states of their instances',
  description:
    'Only stacks that define an instance and create nothing that instances of other stacks use are in it; of the others the reason is. The body is empty or `{}`.',
  security: bearer,
  middleware: [permits('write'), noBodyLimit],
  request: { query: noQuery, headers: idempotencyHeader },
  responses: {
    201: {
      description: 'The backup',
      headers: {
        Location: {
          description: 'Where it can be read',
          schema: { type: 'string', format: 'uri' },
          required: true,
        },
      },
      content: inStackTypes({ schema: documentSchema }),
    },
    ...problems(...BODY_PROBLEMS),
  },
});

/** A92, A93, A94. */
export function registerCreateBackup(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    await readNoBody(c);
    const createdBy = principalOf(c).subject;
    const key = c.req.valid('header')['Idempotency-Key'];
    const backup = {
      id:
        key === undefined
          ? deps.randomUUID()
          : uuidV5(JSON.stringify(['backup', createdBy, key]), IDEMPOTENCY_NAMESPACE),
      createdBy,
      createdAt: nowOf(deps),
    };
    const row = await withinDatabaseLimit(deps.repositories.backups.create(backup), CREATE_LIMIT_MS);
    c.var.logger.info({ backup: row.id }, 'backup made');
    c.header('Location', `${c.var.baseURL}/backups/${row.id}`);
    return await answerDocument(c, deps, row, 201);
  });
}
