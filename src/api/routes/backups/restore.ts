import { createRoute, z } from '@hono/zod-openapi';
import type { BackupEntryRow } from '../../../db/repositories/stack-types.ts';
import { prepareDefinition } from '../../../domain/stack-plan.ts';
import { bearer, noQuery, problems } from '../../answers.ts';
import { nowOf, type Api, type AppDependencies } from '../../dependencies.ts';
import { inStackTypes } from '../../media-types.ts';
import { permits, principalOf } from '../../middleware/authorization.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../time-limit.ts';
import { readNoBody, stackBodyLimit } from '../stacks/body.ts';
import { backupParameters, findBackup } from './backup.ts';
import { entriesOf } from './document.ts';

/** Leaves the other connections of the pool to other requests. */
const ADDED_AT_ONCE = 4;

const restoredSchema = z
  .object({
    restored: z
      .array(z.string())
      .openapi({ description: 'Names of the stacks that were missing, stopped now' }),
    present: z.array(z.string()).openapi({ description: 'Names of those that exist; they stay as they are' }),
  })
  .openapi('Restored', { example: { restored: ['/acme/jack/shop'], present: [] } });
type Restored = z.infer<typeof restoredSchema>;

const route = createRoute({
  method: 'post',
  path: '/backups/{id}/restore',
  tags: ['backups'],
  summary: 'Add the stacks of a backup that are missing, stopped',
  description: 'Safe to repeat: what exists stays as it is. The body is empty or `{}`.',
  security: bearer,
  middleware: [permits('write'), stackBodyLimit],
  request: { params: backupParameters, query: noQuery },
  responses: {
    200: { description: 'What was added', content: inStackTypes({ schema: restoredSchema }) },
    ...problems('malformed-body', 'invalid-input', 'not-found', 'body-too-large', 'unsupported-media-type'),
  },
});

/** A92. Each stack gets its workflow with its first action. */
export function registerRestoreBackup(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    await readNoBody(c);
    const { id } = await findBackup(deps, c.req.valid('param').id);
    const restored = await restore(deps, id, principalOf(c).subject);
    c.var.logger.info({ backup: id, stacks: restored.restored.length }, 'backup restored');
    return c.json(restored, 200);
  });
}

async function restore(deps: AppDependencies, id: string, createdBy: string): Promise<Restored> {
  const answer: Restored = { restored: [], present: [] };
  for await (const page of entriesOf(deps, id, 'included')) {
    const rows = await deps.repositories.stacks.findMany(page.map(({ name }) => name));
    const present = new Set(rows.map(({ name }) => name));
    for (let from = 0; from < page.length; from += ADDED_AT_ONCE) {
      const entries = page.slice(from, from + ADDED_AT_ONCE);
      const added = await Promise.all(
        entries.map(async (entry) => !present.has(entry.name) && (await add(deps, entry, createdBy))),
      );
      entries.forEach(({ name }, index) => answer[added[index] ? 'restored' : 'present'].push(name));
    }
  }
  return answer;
}

/** False when somebody else has added it meanwhile. */
async function add(deps: AppDependencies, entry: BackupEntryRow, createdBy: string): Promise<boolean> {
  // Only entries that are left out have none.
  if (!entry.definition) return false;
  const prepared = prepareDefinition(entry.definition, deps.randomUUID());
  const row = await withinDatabaseLimit(
    deps.repositories.stacks.add({ ...prepared, createdBy, createdAt: nowOf(deps) }),
    READ_LIMIT_MS,
  );
  return row !== undefined;
}
