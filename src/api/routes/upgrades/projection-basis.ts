/** How long operations were taken to last, in answers about ends that are projected. */
import { z } from '@hono/zod-openapi';

export const basisSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('earlier operations'),
    count: z.int().min(0).openapi({
      description:
        'Latest operations of this type that have succeeded; of one under way its own, as soon as there are five',
    }),
    medianSeconds: z.number().openapi({ description: 'Each operation is taken to last that long' }),
    p90Seconds: z.number().openapi({ description: 'Nine of ten took no longer' }),
  }),
  z.object({
    kind: z.literal('assumed'),
    seconds: z.number().openapi({
      description:
        'Each operation is taken to last that long: none of this type has ended yet, or it is a dry run',
    }),
  }),
]);
