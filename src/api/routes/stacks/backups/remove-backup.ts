import { createRoute } from '@hono/zod-openapi';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../../time-limit.ts';
import { backupID, backupParameters, unknownBackup } from './backup.ts';

const route = createRoute({
  method: 'delete',
  path: '/backups/{id}',
  tags: ['backups'],
  summary: 'Delete a backup; the stacks stay as they are',
  security: bearer,
  middleware: [permits('write')],
  request: { params: backupParameters, query: noQuery },
  responses: {
    204: { description: 'It is gone' },
    ...problems('invalid-input', 'not-found'),
  },
});

/** A92. */
export function registerRemoveBackup(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const id = backupID(c.req.valid('param').id);
    if (!(await withinDatabaseLimit(deps.repositories.backups.remove(id), READ_LIMIT_MS))) {
      throw unknownBackup();
    }
    c.var.logger.info({ backup: id }, 'backup deleted');
    return c.body(null, 204);
  });
}
