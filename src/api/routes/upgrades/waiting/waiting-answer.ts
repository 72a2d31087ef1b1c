/** A wait as clients see it. */
import { z } from '@hono/zod-openapi';
import { WAITING_CODES } from '../../../../domain/upgrades/waiting.ts';

export const waitingForSchema = z
  .object({
    code: z.enum(WAITING_CODES).openapi({ description: 'More codes may come' }),
    message: z.string().openapi({ description: 'One sentence for people' }),
    until: z.string().optional().openapi({
      format: 'date-time',
      description: 'When that is over, or looked at again; left out when nobody knows',
    }),
    who: z.string().optional().openapi({
      description: 'The orchestration or operation that it waits for; left out when it is none, or not known',
    }),
  })
  .openapi('WaitingFor', {
    examples: [
      {
        code: 'window',
        message: 'Its window opens 2030-11-28T22:00Z',
        until: '2030-11-28T22:00:00.000000Z',
      },
      {
        code: 'turn',
        message:
          'It waits for its turn: orchestration 07089b96-8e31-49a4-96d0-f8288253c804 has it, and 2 others are before it',
        who: 'orchestration 07089b96-8e31-49a4-96d0-f8288253c804',
      },
    ],
  });

/** The field of an answer. */
export const waitingFor = z.union([waitingForSchema, z.null()]).openapi({
  description: 'Why it does not go on; null when it does, when it is being canceled, and after its end',
});
