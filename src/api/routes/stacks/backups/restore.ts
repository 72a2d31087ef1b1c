import pLimit from 'p-limit';
import { createRoute, z } from '@hono/zod-openapi';
import type { BackupEntryRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { prepareDefinition } from '../../../../domain/stacks/prepared-plan.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import { nowOf, type Api, type AppDependencies } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../../time-limit.ts';
import { nestingCheck } from '../definitions/nesting.ts';
import { noBodyLimit, readNoBody } from '../definitions/definition-body.ts';
import { backupParameters, findBackup } from './backup.ts';
import { entriesOf } from './backup-document.ts';

/** Leaves the other connections of the pool to other requests. */
const ADDED_AT_ONCE = 4;

const restoredSchema = z
  .object({
    restored: z
      .array(z.string())
      .openapi({ description: 'Names of the stacks that were missing, stopped now' }),
    present: z.array(z.string()).openapi({ description: 'Names of those that exist; they stay as they are' }),
    refused: z
      .array(z.object({ name: z.string(), reason: z.string() }))
      .openapi({ description: 'Those that together with what exists now would hold themselves' }),
  })
  .openapi('Restored', { example: { restored: ['/acme/jack/shop'], present: [], refused: [] } });
type Restored = z.infer<typeof restoredSchema>;

const route = createRoute({
  method: 'post',
  path: '/backups/{id}/restore',
  tags: ['backups'],
  summary: 'Add the stacks of a backup that are missing, stopped',
  description: 'Safe to repeat: what exists stays as it is. The body is empty or `{}`.',
  security: bearer,
  middleware: [permits('write'), noBodyLimit],
  request: { params: backupParameters, query: noQuery },
  responses: {
    200: { description: 'What was added', content: inStackTypes({ schema: restoredSchema }) },
    ...problems(...BODY_PROBLEMS, 'not-found'),
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
  const answer: Restored = { restored: [], present: [], refused: [] };
  for await (const page of entriesOf(deps, id, 'included')) {
    const rows = await deps.repositories.stacks.findMany(page.map(({ name }) => name));
    const present = new Set(rows.map(({ name }) => name));
    answer.present.push(...present);
    const missing = page.filter(({ name }) => !present.has(name));
    const limit = pLimit(ADDED_AT_ONCE);
    const single = missing.filter((entry) => !holdsOthers(entry));
    await Promise.all(single.map((entry) => limit(() => add(deps, entry, createdBy, answer))));
    // One after the other: two that hold each other must not come at once.
    for (const entry of missing.filter(holdsOthers)) await add(deps, entry, createdBy, answer);
  }
  for (const names of [answer.restored, answer.present]) names.sort();
  return answer;
}

function holdsOthers({ definition }: BackupEntryRow): boolean {
  return definition?.oplans.some((oplan) => oplan.obj_type === 'orchestration') === true;
}

async function add(
  deps: AppDependencies,
  { name, definition }: BackupEntryRow,
  createdBy: string,
  answer: Restored,
): Promise<void> {
  // Only entries that are left out have none.
  if (!definition) return;
  const stack = { ...prepareDefinition(definition, deps.randomUUID()), createdBy, createdAt: nowOf(deps) };
  try {
    const adding = deps.repositories.stacks.add(stack, nestingCheck(definition));
    const row = await withinDatabaseLimit(adding, READ_LIMIT_MS);
    // Somebody else may have added it meanwhile.
    answer[row ? 'restored' : 'present'].push(name);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    answer.refused.push({ name, reason: error.message });
  }
}
