/** A stack as clients see it. */
import { z } from '@hono/zod-openapi';
import type { StackObjectRow, StackRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { oplanStatus, STACK_STATUSES } from '../../../../domain/stacks/statuses.ts';
import { HA_POLICIES, OBJECT_TYPES, type Oplan } from '../../../../domain/stacks/definition.ts';
import { needsByLabel } from '../../../../domain/stacks/prepared-plan.ts';
import { timestamp } from '../../../answers.ts';

const status = z.enum(STACK_STATUSES);

const errorsBy = (key: string) =>
  z.record(z.string(), z.string()).openapi({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: `What went wrong, by ${key}; empty when nothing did`,
  });

const objectSchema = z
  .record(z.string(), z.unknown())
  .openapi({ type: 'object', description: 'An object, or `{instances: [...]}` in a launch plan' });

const oplanSchema = z
  .object({
    label: z.string(),
    obj_type: z.enum(OBJECT_TYPES),
    ha_policy: z.enum(HA_POLICIES),
    objects: z.array(objectSchema),
    status,
    status_timestamp: timestamp,
    info: z.object({
      errors: errorsBy('name of the object'),
      needs: z.array(z.string()).openapi({
        description:
          'Labels of the plans whose objects are there before its own are: by a relationship, or because its objects refer to theirs',
      }),
    }),
  })
  .openapi('ObjectPlan');

export const stackSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    account: z.string(),
    schedule: z.object({ start_time: timestamp.nullable(), stop_time: timestamp.nullable() }),
    oplans: z.array(oplanSchema),
    relationships: z.array(z.object({ oplan: z.string(), to_oplan: z.string(), type: z.literal('depends') })),
    status,
    status_timestamp: timestamp,
    uri: z.string().openapi({ format: 'uri', description: 'Where it can be read' }),
    user: z.string().openapi({ description: 'Who added it: the subject of the token' }),
    info: z.object({ errors: errorsBy('label of the object plan') }),
  })
  .openapi('Stack', {
    description: 'The definition as it was sent, defaults filled in, and what became of it',
    example: {
      name: '/acme/jack/shop',
      description: 'The shop',
      account: '/acme/default',
      schedule: { start_time: null, stop_time: null },
      oplans: [
        {
          label: 'disk',
          obj_type: 'storage/volume',
          ha_policy: 'none',
          objects: [{ name: '/acme/jack/disk1', size: '10G' }],
          status: 'ready',
          status_timestamp: '2026-05-12T08:00:01.021000Z',
          info: { errors: {}, needs: [] },
        },
        {
          label: 'web',
          obj_type: 'launchplan',
          ha_policy: 'active',
          objects: [
            {
              instances: [
                { name: '/acme/jack/web1', storage_attachments: [{ index: 1, volume: '/acme/jack/disk1' }] },
              ],
            },
          ],
          status: 'ready',
          status_timestamp: '2026-05-12T08:00:02.310000Z',
          info: { errors: {}, needs: ['disk'] },
        },
      ],
      relationships: [{ oplan: 'web', to_oplan: 'disk', type: 'depends' }],
      status: 'ready',
      status_timestamp: '2026-05-12T08:00:02.402000Z',
      uri: 'https://drydock.example/orchestration/acme/jack/shop',
      user: 'jack@example.com',
      info: { errors: {} },
    },
  });
export type StackAnswer = z.infer<typeof stackSchema>;

/**
 * `objects` are those of this stack, also of plans that the definition no longer has; `base` is what the addresses of
 * this service begin with.
 */
export function toStack(row: StackRow, objects: readonly StackObjectRow[], base: string): StackAnswer {
  const { name, description, account, schedule, oplans, relationships } = row.definition;
  const byLabel = groupByLabel(objects);
  const needs = needsByLabel(row.definition);
  return {
    name,
    description,
    account,
    schedule: { start_time: schedule.start_time, stop_time: schedule.stop_time },
    oplans: oplans.map((oplan) =>
      toOplan(oplan, row, byLabel.get(oplan.label) ?? [], needs.get(oplan.label) ?? []),
    ),
    relationships: relationships.map(({ oplan, to_oplan, type }) => ({ oplan, to_oplan, type })),
    status: row.status,
    status_timestamp: row.statusAt,
    uri: stackURI(name, base),
    user: row.createdBy,
    info: { errors: errorsByLabel(byLabel) },
  };
}

/** Where a stack can be read, absolute; `base` is what the addresses of this service begin with. */
export function stackURI(name: string, base: string): string {
  return `${base}/orchestration${name}`;
}

function toOplan(
  oplan: Oplan,
  stack: StackRow,
  objects: readonly StackObjectRow[],
  needs: string[],
): StackAnswer['oplans'][number] {
  const failed = objects.flatMap(({ name, error }): [string, string][] =>
    error === null ? [] : [[name, error]],
  );
  return {
    label: oplan.label,
    obj_type: oplan.obj_type,
    ha_policy: oplan.ha_policy,
    objects: oplan.objects,
    status: oplanStatus(objects),
    // RFC 3339 UTC with the same digits everywhere: the latest one is the greatest text.
    status_timestamp: objects.reduce(
      (latest, { conditionAt }) => (conditionAt > latest ? conditionAt : latest),
      objects[0]?.conditionAt ?? stack.statusAt,
    ),
    info: { errors: Object.fromEntries(failed), needs },
  };
}

function groupByLabel(objects: readonly StackObjectRow[]): Map<string, StackObjectRow[]> {
  const groups = new Map<string, StackObjectRow[]>();
  for (const object of objects) {
    const group = groups.get(object.label);
    if (group) group.push(object);
    else groups.set(object.label, [object]);
  }
  return groups;
}

/** `<object>: <message>; ...` for each plan in which something failed. */
function errorsByLabel(byLabel: ReadonlyMap<string, readonly StackObjectRow[]>): Record<string, string> {
  const failed = [...byLabel].flatMap(([label, objects]): [string, string][] => {
    const messages = objects.flatMap(({ name, error }) => (error === null ? [] : [`${name}: ${error}`]));
    return messages.length === 0 ? [] : [[label, messages.join('; ')]];
  });
  return Object.fromEntries(failed);
}
