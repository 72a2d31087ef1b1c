import { createRoute, z } from '@hono/zod-openapi';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, toPaging } from '../../../paging.ts';
import { backupParameters, backupSchema, documentSchema, findBackup, toBackup } from './backup.ts';
import { answerDocument } from './backup-document.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/backups',
  tags: ['backups'],
  summary: 'All backups, newest first',
  security: bearer,
  middleware: [permits('read')],
  request: { query: z.strictObject(pagingQuery) },
  responses: {
    200: {
      description: 'A page of backups',
      content: inStackTypes({ schema: envelopeSchema(backupSchema).openapi('BackupPage') }),
    },
    ...problems('invalid-input'),
  },
});

const getRoute = createRoute({
  method: 'get',
  path: '/backups/{id}',
  tags: ['backups'],
  summary: 'One backup as a whole',
  security: bearer,
  middleware: [permits('read')],
  request: { params: backupParameters, query: noQuery },
  responses: {
    200: { description: 'The backup', content: inStackTypes({ schema: documentSchema }) },
    ...problems('invalid-input', 'not-found'),
  },
});

/** A92. */
export function registerReadBackups(api: Api, deps: AppDependencies): void {
  api.openapi(listRoute, async (c) => {
    const { rows, total } = await deps.repositories.backups.list(toPaging(c.req.valid('query')));
    return c.json(envelope(rows.map(toBackup), total), 200);
  });
  api.openapi(
    getRoute,
    async (c) => await answerDocument(c, deps, await findBackup(deps, c.req.valid('param').id), 200),
  );
}
