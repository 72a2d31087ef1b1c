/** Backups as clients see them (A92). */
import { z } from '@hono/zod-openapi';
import type {
  BackupEntryRow,
  BackupRow,
} from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { DESIRED_STATES, OBJECT_CONDITIONS, STACK_STATUSES } from '../../../../domain/stacks/statuses.ts';
import { timestamp } from '../../../answers.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';
import { ProblemError } from '../../../problem.ts';

const common = { id: z.uuid(), created_at: timestamp, created_by: z.string() };
const EXAMPLE = {
  id: '9b1f4c1e-6f0a-4d0e-8a57-1d6e0f8f2c11',
  created_at: '2026-05-12T08:10:00.000000Z',
  created_by: 'jack@example.com',
};

export const backupSchema = z
  .object({
    ...common,
    // The document has the entries themselves as `stacks` and `excluded`.
    included_count: z.int().openapi({ description: 'Stacks in it' }),
    excluded_count: z.int().openapi({ description: 'Stacks that are left out' }),
  })
  .openapi('Backup', { example: { ...EXAMPLE, included_count: 1, excluded_count: 1 } });

const includedSchema = z.object({
  name: z.string(),
  status: z.enum(STACK_STATUSES),
  definition: z.record(z.string(), z.unknown()).nullable(),
  instances: z.array(
    z.object({
      name: z.string(),
      state: z.enum(OBJECT_CONDITIONS),
      desired_state: z.enum(DESIRED_STATES),
      id: z.string().nullable(),
    }),
  ),
});
const excludedSchema = z.object({ name: z.string(), reason: z.string().nullable() });

export const documentSchema = z
  .object({ ...common, stacks: z.array(includedSchema), excluded: z.array(excludedSchema) })
  .openapi('BackupDocument', {
    example: {
      ...EXAMPLE,
      stacks: [
        {
          name: '/acme/jack/shop',
          status: 'ready',
          definition: {
            name: '/acme/jack/shop',
            description: '',
            account: '',
            schedule: { start_time: null, stop_time: null },
            oplans: [
              {
                label: 'web',
                obj_type: 'launchplan',
                ha_policy: 'none',
                objects: [{ instances: [{ name: '/acme/jack/web1' }] }],
              },
            ],
            relationships: [],
          },
          instances: [
            {
              name: '/acme/jack/web1',
              state: 'running',
              desired_state: 'running',
              id: '4f5e0a5c-8a37-4a6e-9a55-6c1f2f0f7f10',
            },
          ],
        },
      ],
      excluded: [{ name: '/acme/jack/disks', reason: 'It defines no instance' }],
    },
  });
export type BackupDocument = z.infer<typeof documentSchema>;

/** An ID that is no UUID is one that nothing has: `backupID` says so. */
export const backupParameters = z.object({
  id: z.string().openapi({
    param: { name: 'id', in: 'path' },
    format: 'uuid',
    description: 'The backup. One that is no UUID is unknown, too: 404',
    example: EXAMPLE.id,
  }),
});

/** The ID as it is stored. Throws ProblemError not-found for one that can't be any. */
export function backupID(given: string): string {
  const parsed = z.uuid().safeParse(given);
  if (!parsed.success) throw unknownBackup();
  return parsed.data.toLowerCase();
}

export function unknownBackup(): ProblemError {
  return new ProblemError('not-found', 'No backup has this ID; GET /backups lists those that exist');
}

/** Throws ProblemError not-found. */
export async function findBackup(
  deps: Pick<AppDependencies, 'repositories'>,
  given: string,
): Promise<BackupRow> {
  const row = await deps.repositories.backups.find(backupID(given));
  if (!row) throw unknownBackup();
  return row;
}

export function toBackup(row: BackupRow): z.infer<typeof backupSchema> {
  const { id, createdAt, createdBy, includedCount, excludedCount } = row;
  return {
    id,
    created_at: createdAt,
    created_by: createdBy,
    included_count: includedCount,
    excluded_count: excludedCount,
  };
}

export function toIncluded(entry: BackupEntryRow): z.infer<typeof includedSchema> {
  const { name, status, definition, instances } = entry;
  return { name, status, definition: definition && { ...definition }, instances: instances ?? [] };
}

export function toExcluded({ name, reason }: BackupEntryRow): z.infer<typeof excludedSchema> {
  return { name, reason };
}
