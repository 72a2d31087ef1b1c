/** A wait as clients see it. */
import { z } from '@hono/zod-openapi';
import { WAITING_CODES } from '../../../../domain/upgrades/waiting.ts';

const wait = {
  code: z.enum(WAITING_CODES).openapi({ description: 'More codes may come' }),
  message: z.string().openapi({ description: 'One sentence for people' }),
  until: z.string().optional().openapi({
    format: 'date-time',
    description: 'When that is over, or looked at again; left out when nobody knows',
  }),
  who: z.string().optional().openapi({
    description: 'The orchestration or operation that it waits for; left out when it is none, or not known',
  }),
};

export const waitingForSchema = z
  .object({
    ...wait,
    then: z.array(z.object(wait)).optional().openapi({
      description:
        'Everything that it waits for after that, in this order, as far as it can be told now: behind a pause and earlier waves. Left out when that is nothing',
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
      {
        code: 'paused',
        message:
          'Its orchestration is paused by jane since 2030-11-28T20:00Z: errors; an admin can go on with PUT /orchestrations/{id}/resume',
        who: 'jane',
        then: [
          {
            code: 'window',
            message: 'Its window opens 2030-11-28T22:00Z',
            until: '2030-11-28T22:00:00.000000Z',
          },
        ],
      },
    ],
  });

/** The field of an answer. */
export const waitingFor = z.union([waitingForSchema, z.null()]).openapi({
  description:
    'Why it does not go on; null when it does, and after its end; also of an orchestration that is being canceled, as it waits for nothing but what is in progress',
});
