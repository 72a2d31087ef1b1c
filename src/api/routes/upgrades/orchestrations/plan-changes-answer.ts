/** How the plan of an orchestration differs from the one that was approved, as clients see it. */
import { z } from '@hono/zod-openapi';
import {
  describeChanges,
  type ChangedRuntimes,
  type PlanChanges,
} from '../../../../domain/upgrades/plan-comparison.ts';

const NONE: ChangedRuntimes = { count: 0, first: [] };

const changed = (description: string) =>
  z
    .object({
      count: z.int().min(0),
      first: z
        .array(z.object({ shootName: z.string(), runtimeID: z.string() }))
        .openapi({ description: 'At most 100' }),
    })
    .openapi({ description });

export const planChangesSchema = z
  .object({
    description: z.string().openapi({ description: 'All of it in a few words' }),
    added: changed('Runtimes that are upgraded, and were not in the approved plan'),
    gone: changed('Runtimes of the approved plan that are not upgraded'),
    moved: changed('Runtimes with other windows than in the approved plan'),
    inOtherWaves: changed(
      'Runtimes in other waves than in the approved plan, whether or not they are moved, too',
    ),
    rulesChanged: z.boolean().openapi({
      description: 'The rules of the maintenance policy are others than those of the approved plan',
    }),
    isUnknown: z.boolean().openapi({
      description: 'The approved plan is not kept any more, so nothing can be counted',
    }),
  })
  .nullable()
  .openapi({
    description:
      'With a `planHash`: how the plan that was made at the turn differs from the approved one. Null when it does not, and before the turn',
  });

export function toPlanChanges(changes: PlanChanges | null): z.infer<typeof planChangesSchema> {
  if (!changes) return null;
  const { added, gone, moved, inOtherWaves = NONE, rulesChanged, isUnknown = false } = changes;
  return { description: describeChanges(changes), added, gone, moved, inOtherWaves, rulesChanged, isUnknown };
}
