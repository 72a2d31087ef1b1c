/** The state that is wanted of an orchestration, as clients see it. */
import { z } from '@hono/zod-openapi';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { PAUSE_CODES } from '../../../../domain/upgrades/rollout-control.ts';
import { timestamp } from '../../../answers.ts';

/** Reasons to pause. */
export const pausesSchema = z.array(
  z.object({
    code: z.enum(PAUSE_CODES),
    by: z.string().openapi({ description: 'Subject of the token, or `drydock`' }),
    reason: z.string(),
    since: timestamp,
  }),
);

/** Fields that several answers have. */
export const controlShape = {
  workers: z.int().openapi({
    description: 'Operations that may run at the same time: as the request said, or a command since',
  }),
  paused: z.boolean().openapi({ description: 'Nothing of it begins' }),
  pauses: pausesSchema.openapi({ description: 'Why it is paused; empty when it is not' }),
  revision: z.int().openapi({ description: 'Grows with every change of what is wanted of it' }),
  observedRevision: z.int().openapi({
    description:
      'The last revision that its workflow has read; nothing begins against a pause or a cancel in a later one',
  }),
};

export function toControl({
  parameters,
  workers,
  pauses,
  revision,
  observedRevision,
}: OrchestrationRow): z.infer<z.ZodObject<typeof controlShape>> {
  return {
    workers: workers ?? parameters.strategy.parallel.workers,
    paused: pauses.length > 0,
    pauses,
    revision,
    observedRevision,
  };
}
